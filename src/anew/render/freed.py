"""What cleaning freed, as a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from anew.formats.size import write_size
from anew.render.screen import print_rendered
from anew.render.text import count, show_seconds

if TYPE_CHECKING:
    from anew.memos import Freed, FreedValue

__all__ = ["print_freed"]


def print_freed(freed: Freed, *, is_planned: bool) -> None:
    """Print what was freed, by function, the largest first, and the total.

    Parameters
    ----------
    freed
        What was freed.
    is_planned
        Whether it only would be.
    """
    if not freed.values and not freed.files:
        print_rendered(Text("nothing to free"))
        return
    by_function: dict[str, list[FreedValue]] = {}
    for value in freed.values:
        by_function.setdefault(value.function, []).append(value)
    rows = [
        (name, values, sum(value.size_bytes for value in values))
        for name, values in by_function.items()
    ]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("function")
    for head in ("values", "size", "to recompute"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, values, size in sorted(rows, key=lambda row: (-row[2], row[0])):
        seconds = sum(value.seconds for value in values)
        cells = (name, str(len(values)), write_size(size), show_seconds(seconds))
        table.add_row(*(Text(cell) for cell in cells))
    if freed.values:
        print_rendered(table)
    if freed.files:
        told = f"{count(freed.files, 'file')} that nothing refers to"
        print_rendered(Text(f"{told}: {write_size(freed.files_bytes)}"))
    verb = "would free" if is_planned else "freed"
    print_rendered(Text(f"{verb} {write_size(freed.size_bytes)}", style="bold"))
