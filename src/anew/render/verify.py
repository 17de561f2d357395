"""Whether a trial is deterministic, as a table of conditions and a last line that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from anew.render.screen import note, print_rendered
from anew.render.text import count, show_seconds

if TYPE_CHECKING:
    from anew.verify import Verification

__all__ = ["print_verification"]

_STYLES: Final = {"same": "green", "differs": "red"}


def print_verification(found: Verification) -> None:
    """Print what came of running a trial again and again.

    Parameters
    ----------
    found
        What came of it.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for row in found.rows:
        told = row.detail or Text("; ".join(row.tried), style="dim")
        style = _STYLES.get(row.verdict, "yellow")
        grid.add_row(row.condition.replace("-", " "), Text(row.verdict, style=style), told)
    print_rendered(grid)
    print_rendered("")
    note(f"{count(found.runs, 'run')} in {show_seconds(found.seconds)}; {found.environment}")
    if found.hint:
        print_rendered(Text.assemble(("hint: ", "bold cyan"), found.hint))
    style = "bold green" if found.is_good else "bold red"
    print_rendered(Text(found.text, style=style))
