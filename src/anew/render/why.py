"""Why each step was reused or computed: a line for each, and below it what made the difference."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from anew.render.difference import paint_diff
from anew.render.screen import open_screen, print_rendered
from anew.render.text import count, cut, show_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from anew.model import Trial
    from anew.why import Difference, Reason

__all__ = ["make_reasons", "print_reasons"]

_STYLES: Final = {"reused": "green", "computed": "yellow", "failed": "red"}
_SHOWN: Final = 10
"""How many differences of a step are shown among other steps."""

_VALUE_WIDTH: Final = 60


def print_reasons(trial: Trial, reasons: list[Reason], *, is_whole: bool) -> None:
    """Print why steps were reused or computed.

    Parameters
    ----------
    trial
        The trial.
    reasons
        Those of its steps.
    is_whole
        Whether these are all of its steps; of a single one the source that changed is shown, too.
    """
    if not reasons:
        print_rendered(f"trial {trial.number} has no steps")
        return
    print_rendered(Text(f"{trial.experiment}: trial {trial.number}", style="bold"))
    print_rendered(make_reasons(reasons, limit=_SHOWN if is_whole else None))
    if not is_whole:
        _print_sources(each for reason in reasons for each in reason.differences)
    print_rendered(_show_more(trial, reasons, is_whole=is_whole))


def make_reasons(reasons: Iterable[Reason], *, limit: int | None = None) -> Table:
    """Put reasons into a table.

    Parameters
    ----------
    reasons
        The reasons.
    limit
        How many differences of each step are shown.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_column(no_wrap=True, justify="right")
    for reason in reasons:
        grid.add_row(reason.label, _show_reason(reason, limit), _show_time(reason))
    return grid


def _show_reason(reason: Reason, limit: int | None) -> RenderableType:
    """Give the reason, and the differences below it."""
    style = _STYLES[reason.decision]
    decision, _, rest = reason.text.partition(" ")
    if reason.decision != "reused":
        decision, rest = f"{reason.decision}:", reason.text
    line = Text.assemble((decision, style), " ", rest)
    if not reason.differences:
        return line
    grid = Table.grid(padding=(0, 2, 0, 0))
    for each in reason.differences[:limit]:
        grid.add_row("", Text(each.subject, style="dim"), _show_difference(each))
    rest_count = len(reason.differences[limit:]) if limit else 0
    if rest_count:
        grid.add_row("", Text(f"and {rest_count} more", style="dim"))
    return Group(line, grid)


def _show_difference(difference: Difference) -> str:
    """Write one difference; long texts are cut, each by itself."""
    is_pair = None not in (difference.old, difference.new) and difference.old != difference.new
    if difference.detail or not is_pair:
        return cut(difference.text, 2 * _VALUE_WIDTH)
    return f"{cut(difference.old or '', _VALUE_WIDTH)} → {cut(difference.new or '', _VALUE_WIDTH)}"


def _show_time(reason: Reason) -> Text:
    if reason.decision != "reused":
        return Text(show_seconds(reason.seconds))
    spared = "" if reason.spared is None else f"spared {show_seconds(reason.spared)}"
    return Text(spared, style="dim")


def _print_sources(differences: Iterable[Difference]) -> None:
    """Print how functions and classes changed."""
    screen = open_screen()
    is_coloured = screen.is_terminal and not screen.no_color
    for source in dict.fromkeys(each.source for each in differences if each.source):
        print_rendered("")
        sys.stdout.write(paint_diff(source) if is_coloured else source)


def _show_more(trial: Trial, reasons: list[Reason], *, is_whole: bool) -> RenderableType:
    """Sum up, and say how to get at the rest."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    changed = [r for r in reasons if any(each.source for each in r.differences)]
    if is_whole and changed:
        command = f"anew why {trial.number} {changed[0].label}"
        grid.add_row(Text(command, style="cyan"), Text("what changed in the code", style="dim"))
    numbers = dict.fromkeys(r.against for r in reasons if r.against is not None)
    for number in sorted(numbers)[-2:]:
        command, what = f"anew diff {number} {trial.number}", f"all that differs from {number}"
        grid.add_row(Text(command, style="cyan"), Text(what, style="dim"))
    parts: list[RenderableType] = ["", grid] if grid.row_count else []
    return Group(*([_sum_up(reasons)] if is_whole else []), *parts)


def _sum_up(reasons: list[Reason]) -> Text:
    reused = [reason for reason in reasons if reason.decision == "reused"]
    spared = sum(reason.spared or 0 for reason in reused)
    told = f", {show_seconds(spared)} spared" if spared else ""
    return Text(f"{len(reused)} of {count(len(reasons), 'step')} reused{told}")
