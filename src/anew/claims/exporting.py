r"""Numbers of trials for texts: macros of LaTeX, and tables of Markdown, bound where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.claims.latex import to_latex as escape
from anew.claims.numbers import check_form, default_form, write_value
from anew.errors import UsageError
from anew.query.rows import FACTS, column_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.query import Selection

__all__ = ["to_latex", "to_markdown"]

_FACTS: Final = ("result", "seed", "experiment", "uuid")
_UNSAID: Final = frozenset('\\{}%#~"<>')

_HEAD: Final = r"""% Numbers of trials, written by `anew export latex`; `anew claims` checks them.
% \anew{NAME} is the number of trial FIRST with its unit, \anew[TRIAL]{NAME} that of another;
% \anew*{NAME} leaves the unit out. \anewclaim{TRIAL}{NAME}{FORMAT}{NUMBER} shows NUMBER.
\makeatletter
\gdef\anew@trial{FIRST}
\providecommand*\anewclaim[4]{#4}
\providecommand*\anewdefine[5]{%
  \expandafter\gdef\csname anew@\detokenize{#1}@\detokenize{#2}\endcsname{#4}%
  \expandafter\gdef\csname anew@unit@\detokenize{#1}@\detokenize{#2}\endcsname{}%
  \if\relax\detokenize{#5}\relax\else
    \expandafter\gdef\csname anew@unit@\detokenize{#1}@\detokenize{#2}\endcsname{\,#5}\fi}
\providecommand*\anew@show[2]{%
  \@ifundefined{anew@#1@#2}{\textbf{??}\@latex@warning{No #2 of trial #1}}{%
    \csname anew@#1@#2\endcsname}}
\providecommand*\anew@bare[2][\anew@trial]{\anew@show{#1}{\detokenize{#2}}}
\providecommand*\anew@with[2][\anew@trial]{%
  \anew@show{#1}{\detokenize{#2}}\csname anew@unit@#1@\detokenize{#2}\endcsname}
\providecommand*\anew{}
\DeclareRobustCommand*\anew{\@ifstar\anew@bare\anew@with}
\makeatother
"""


def to_latex(
    found: Selection,
    forms: Mapping[str, str],
    units: Mapping[str, str],
    *,
    first: int | None = None,
) -> str:
    r"""Write numbers of trials as macros of LaTeX.

    Parameters
    ----------
    found
        The trials. Without chosen columns, all of their metrics, parameters and results are
        written.
    forms, units
        Format specification and unit by name; ``""`` is for all other numbers.
    first
        The number of the trial that ``\anew{name}`` means; that of the first one by default.

    Returns
    -------
    str
        A file for ``\input``.

    Raises
    ------
    UsageError
        When there is no trial, or a value cannot be written in its format.
    """
    lines, left_out = [], {}
    for number, name, value, form in _values(found, forms):
        if not _UNSAID.isdisjoint(name):
            left_out[name] = f"% Left out, for its name means something to TeX: {name!r}"
        else:
            unit = units.get(name, "")
            unit = unit if set("\\$") & set(unit) else escape(unit)
            words = number, name, escape(form), escape(write_value(value, form)), unit
            lines.append("\\anewdefine" + "".join(f"{{{word}}}" for word in words))
    numbers = {row.trial.number for row in found.rows}
    head = _HEAD.replace("FIRST", str(first if first in numbers else _first(found)))
    return head + "\n".join([*left_out.values(), *lines]) + "\n"


def to_markdown(found: Selection, forms: Mapping[str, str], units: Mapping[str, str]) -> str:
    """Write numbers of trials as a table of Markdown, to be put in by MyST, Quarto and others.

    Parameters
    ----------
    found, forms, units
        As for `to_latex`.

    Returns
    -------
    str
        A row for each name, a column for each trial; `anew claims` can check each number.

    Raises
    ------
    UsageError
        As for `to_latex`.
    """
    cells: dict[str, dict[int, str]] = {}
    for number, name, value, form in _values(found, forms):
        if '"' not in name and "-->" not in name + form:
            written = _cell(write_value(value, form))
            said = f' format="{form}"' if " " in form else f" format={form}" if form else ""
            words = f"trial={number} {_bind(name, found)}{said}".replace("|", "\\|")
            bound = f"<!-- anew: {words} -->{written}<!-- /anew -->"
            unit = f" {_cell(units[name])}" if name in units else ""
            cells.setdefault(name, {})[number] = f"{bound}{unit}"
    numbers = [row.trial.number for row in found.rows]
    head = ["", *(f"trial {number}" for number in numbers)]
    rows = [[_cell(name), *(said.get(n, "") for n in numbers)] for name, said in cells.items()]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    told = "<!-- Written by `anew export markdown`. Check it with `anew claims`. -->"
    return "\n".join([told, "", *lines]) + "\n"


def _values(
    found: Selection, forms: Mapping[str, str]
) -> Iterator[tuple[int, str, bool | int | float | str, str]]:
    """Give number of the trial, name, value and format of all that a text may say."""
    _first(found)
    for form in forms.values():
        check_form(form)
    for row in found.rows:
        for name in _names(found):
            value = row.get(name)
            if isinstance(value, bool | int | float | str):
                yield row.trial.number, name, value, _form_of(name, value, forms)


def _first(found: Selection) -> int:
    """Give the number of the first trial."""
    if not found.rows:
        message = "no trial to write"
        raise UsageError(message, hint="anew ls lists the trials")
    return found.rows[0].trial.number


def _names(found: Selection) -> list[str]:
    if found.is_chosen:
        return [name for name in found.columns if name != "number"]
    parameters, metrics = column_names(row.trial for row in found.rows)
    return [*metrics.values(), *parameters.values(), *_FACTS]


def _form_of(name: str, value: Any, forms: Mapping[str, str]) -> str:
    """Give the format of a value: its own, that of all numbers, or six digits."""
    if name in forms:
        return forms[name]
    if not isinstance(value, float):
        return ""
    return forms.get("", default_form(value))


def _bind(name: str, found: Selection) -> str:
    """Write what a name is of, and the name."""
    kind, _, rest = name.partition(".")
    trials = [row.trial for row in found.rows]
    if kind not in {"metric", "param"}:
        rest, kind = name, "name"
        if name not in FACTS:
            kind = "metric" if any(name in trial.metrics for trial in trials) else kind
            kind = "param" if any(name in trial.parameters for trial in trials) else kind
    word = "parameter" if kind == "param" else kind
    return f'{word}="{rest}"' if set(" '") & set(rest) else f"{word}={rest}"


def _cell(text: str) -> str:
    """Write a text so that it stays within a cell of a table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
