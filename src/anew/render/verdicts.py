"""What came of making a trial anew, as a table of verdicts and a last line that says it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from anew.render.screen import print_rendered
from anew.render.text import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.model import Verdict
    from anew.reproduce import Reproduction

__all__ = [
    "count_verdicts",
    "make_verdicts",
    "print_reproduction",
    "show_verdict",
    "summarize_verdicts",
]

_STYLES: Final = {
    "identical": "green",
    "same content": "green",
    "close": "green",
    "not compared": "yellow",
}

_SHOWN: Final = 10
"""How many outputs of a kind are shown when all of them are identical."""

_NAME_WIDTH: Final = 40


def print_reproduction(found: Reproduction) -> None:
    """Print what came of making a trial anew.

    Parameters
    ----------
    found
        What came of it.
    """
    for warning in found.warnings:
        print_rendered(Text.assemble(("warning: ", "bold yellow"), warning))
    print_rendered(make_verdicts(found.verdicts))
    print_rendered("")
    remarks: dict[str, list[str | None]] = {
        "environment": [found.environment, *found.differences],
        "not controlled": [*found.uncontrolled],
        "first difference": [found.first_difference],
        "scratch folder": [found.folder],
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, lines in remarks.items():
        if told := "\n".join(line for line in lines if line):
            grid.add_row(name, Text(told))
    print_rendered(grid)
    print_rendered(summarize_verdicts(found))


def make_verdicts(verdicts: Iterable[Verdict]) -> Table:
    """Put verdicts into a table; of many identical outputs of a kind it shows a few.

    Parameters
    ----------
    verdicts
        How each output compares.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for kind, of_kind in groupby(verdicts, key=lambda verdict: verdict.kind):
        for name, verdict, detail in _lines(list(of_kind)):
            grid.add_row(kind, name, Text(verdict, style=_STYLES.get(verdict, "red")), Text(detail))
    return grid


def _lines(verdicts: list[Verdict]) -> Iterator[tuple[str, str, str]]:
    same = [verdict for verdict in verdicts if verdict.verdict == "identical"]
    hidden = {id(verdict) for verdict in same[_SHOWN:]}
    for verdict in verdicts:
        if id(verdict) not in hidden:
            yield cut(verdict.name, _NAME_WIDTH), *show_verdict(verdict)
    if hidden:
        yield f"and {len(hidden)} more", "identical", ""


def show_verdict(verdict: Verdict) -> tuple[str, str]:
    """Give the word for a verdict, and how the output differs and where.

    Parameters
    ----------
    verdict
        The verdict; one that does not decide says so.
    """
    is_told = not verdict.place or verdict.place in verdict.detail
    detail = verdict.detail if is_told else f"{verdict.place}: {verdict.detail}"
    if verdict.decides:
        return verdict.verdict, detail
    return verdict.verdict, f"{detail} (does not count)".strip()


def summarize_verdicts(found: Reproduction) -> Text:
    """Say in one line whether the trial was made anew.

    Parameters
    ----------
    found
        What came of it.
    """
    told = count_verdicts(found.deciding) or "there was nothing to compare"
    made = f" as trial {found.made.number}" if found.made else ""
    negation, style = ("", "bold green") if found.is_good else ("not ", "bold red")
    return Text(f"trial {found.trial.number} was {negation}made anew{made}: {told}", style=style)


def count_verdicts(verdicts: Iterable[Verdict]) -> str:
    """Say how many verdicts of each kind there are: ``3 identical, 1 close``.

    Parameters
    ----------
    verdicts
        The verdicts.
    """
    counted = Counter(verdict.verdict for verdict in verdicts)
    return ", ".join(f"{number} {verdict}" for verdict, number in counted.items())
