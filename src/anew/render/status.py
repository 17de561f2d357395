"""How a project stands, grouped, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from anew.render.screen import print_rendered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.guards import Concern, Status

__all__ = ["print_status"]


def print_status(found: Status) -> None:
    """Print what differs from the last trial, and what stands in the way of the next.

    Parameters
    ----------
    found
        How the project stands.
    """
    grave = [each for each in found.concerns if each.severity != "tells"]
    mild = [each for each in found.concerns if each.severity == "tells"]
    if found.trial is None:
        of = f" of {found.experiment}" if found.experiment else ""
        print_rendered(Text(f"no trial{of} yet", style="bold"))
    elif found.changes:
        _print_head(f"changed since trial {found.trial} of {found.experiment}")
        grid = _grid()
        for change in found.changes:
            grid.add_row("", Text(change.kind, style="yellow"), Text(change.text))
        print_rendered(grid)
    else:
        _print_head(f"nothing changed since trial {found.trial} of {found.experiment}")
    if grave:
        _print_head("in the way of making the next trial anew")
        _print_concerns(grave, "red")
    else:
        print_rendered(Text("nothing stands in the way of making the next trial anew", "green"))
    if mild:
        _print_head("what strict mode would stop for, too")
        _print_concerns(mild, "dim")


def _print_head(text: str) -> None:
    print_rendered(Text(text, style="bold"))


def _print_concerns(concerns: Iterable[Concern], style: str) -> None:
    """Print each on a line, and below it what mends it."""
    grid = _grid()
    for each in concerns:
        grid.add_row("", Text(each.kind, style=style), Text(each.text))
        if each.mend:
            grid.add_row("", "", Text(f"  {each.mend}", style="cyan"))
    print_rendered(grid)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
