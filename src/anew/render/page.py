"""What came of making a trial anew, as a page of one file that loads nothing else."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from anew.render.text import show_time
from anew.render.verdicts import count_verdicts, show_verdict, summarize_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Verdict
    from anew.reproduce import Reproduction

__all__ = ["to_page"]

_STYLES: Final = {
    "identical": "good",
    "same content": "good",
    "close": "good",
    "not compared": "unsure",
}


def to_page(found: Reproduction) -> str:
    """Write a page with all that is known of a reproduction.

    Parameters
    ----------
    found
        What came of making a trial anew.

    Returns
    -------
    str
        HTML with styles and pictures in it, light or dark as the reader's system is. It has no
        script, and asks no server for anything.
    """
    from anew import __version__

    headline = summarize_verdicts(found).plain
    template = Template((files("anew.render") / "templates/reproduction.html").read_text("utf-8"))
    return template.substitute(
        version=escape(__version__),
        title=escape(headline),
        headline=escape(headline),
        style="good" if found.is_good else "bad",
        mark="✓" if found.is_good else "✗",
        subtitle=escape(_describe(found)),
        body="\n".join(_make_body(found)),
    )


def _describe(found: Reproduction) -> str:
    """Say of which trials the page tells."""
    trial, made = found.trial, found.made
    told = f"{trial.experiment}, trial {trial.number} of {show_time(trial.started)} ({trial.uuid})"
    return f"{told}; made anew {show_time(made.started)} ({made.uuid})" if made else told


def _make_body(found: Reproduction) -> Iterable[str]:
    if found.first_difference:
        yield "<h2>Where it first differs</h2>"
        yield f"<p>{escape(found.first_difference)}</p>"
    other = [each for each in found.verdicts if each.verdict != "identical"]
    same = [each for each in found.verdicts if each.verdict == "identical"]
    if other:
        yield "<h2>Not identical</h2>"
        yield _make_table(other)
        yield from (_show_difference(each) for each in other if each.excerpt or each.picture)
    remarks = {
        "Warnings": found.warnings,
        "Environment": [found.environment, *found.differences],
        "Not controlled": found.uncontrolled,
    }
    for title, lines in remarks.items():
        told = "".join(f"<li>{escape(line)}</li>" for line in lines if line)
        if told:
            yield f"<h2>{title}</h2><ul>{told}</ul>"
    if same:
        state = "" if other else " open"
        yield f"<h2>Identical</h2><details{state}><summary>{count_verdicts(same)}</summary>"
        yield f"{_make_table(same)}</details>"


def _make_table(verdicts: Iterable[Verdict]) -> str:
    heads = ("verdict", "kind", "output", "difference", "absolute", "relative")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(map(_make_row, verdicts))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>{rows}</table></div>'


def _make_row(verdict: Verdict) -> str:
    style = _STYLES.get(verdict.verdict, "bad") if verdict.decides else "dim"
    told, detail = show_verdict(verdict)
    cells = [
        f'<td class="verdict {style}">{escape(told)}</td>',
        f'<td class="dim">{escape(verdict.kind)}</td>',
        f"<td>{escape(verdict.name)}</td>",
        f"<td>{escape(detail)}</td>",
        *(f'<td class="number">{_number(x)}</td>' for x in (verdict.absolute, verdict.relative)),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _show_difference(verdict: Verdict) -> str:
    """Show what differs: lines of a text, pixels of a picture."""
    name = escape(verdict.name)
    parts = []
    if verdict.picture:
        data = b64encode(verdict.picture).decode()
        image = f'<img src="data:image/png;base64,{data}" alt="where {name} differs">'
        parts.append(f"<figure>{image}<figcaption>where {name} differs</figcaption></figure>")
    if verdict.excerpt:
        lines = "".join(map(_make_line, verdict.excerpt.splitlines()))
        parts.append(f"<p>{name}</p><pre>{lines}</pre>")
    return "".join(parts)


def _make_line(line: str) -> str:
    style = {"+": "good", "-": "bad", "@": "dim"}.get(line[:1], "")
    return f'<span class="{style}">{escape(line)}</span>'
