"""The difference of two trials: only what there is of it."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from anew.model import UNSET
from anew.render.screen import open_screen, print_rendered
from anew.render.text import cut, show_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare import Difference
    from anew.model import Verdict

__all__ = ["make_difference", "paint_diff", "print_difference"]

_VALUE_WIDTH: Final = 60

_COLOURS: Final = {
    "diff --git": "1",
    "index ": "2",
    "--- ": "1",
    "+++ ": "1",
    "@@": "36",
    "+": "32",
    "-": "31",
}
"""ANSI codes of the lines of a diff by how they begin, the longest beginnings first."""


def print_difference(found: Difference) -> None:
    """Print what two trials differ in.

    Parameters
    ----------
    found
        The difference.
    """
    if not found:
        print_rendered(f"no difference between trial {found.a} and trial {found.b}")
        return
    table = make_difference(found)
    print_rendered(Text(f"trial {found.a} → trial {found.b}", style="bold"))
    if table.row_count:
        print_rendered(table)
    if found.code:
        print_rendered(Text("code", style="dim"))
        screen = open_screen()
        is_coloured = screen.is_terminal and not screen.no_color
        sys.stdout.write(paint_diff(found.code) if is_coloured else found.code)


def paint_diff(diff: str) -> str:
    """Colour a unified diff for a terminal, and show carriage returns, as git does.

    Parameters
    ----------
    diff
        The diff.
    """
    return "".join(_paint_line(line) for line in diff.split("\n")[:-1])


def _paint_line(line: str) -> str:
    text = line.replace("\r", "^M").replace("\033", "^[")
    code = next((code for start, code in _COLOURS.items() if text.startswith(start)), None)
    return f"\033[{code}m{text}\033[0m\n" if code else f"{text}\n"


def make_difference(found: Difference) -> Table:
    """Put all but the code into a table, one line for each thing that differs.

    Parameters
    ----------
    found
        The difference.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column()
    last = ""
    for label, name, text in _lines(found):
        grid.add_row(label if label != last else "", name, text)
        last = label
    return grid


def _lines(found: Difference) -> Iterator[tuple[str, str, str]]:
    """Give section, name and text of each line."""
    for name, (old, new) in found.parameters.items():
        yield "parameters", name, f"{_show(old)} → {_show(new)}"
    if found.seeds:
        yield "seed", "", f"{found.seeds[0]} → {found.seeds[1]}"
    for name, (one, other) in found.metrics.items():
        yield "metrics", name, f"{_show(one)} → {_show(other)}{_show_share(one, other)}"
    if found.result:
        yield "result", found.result.name, _show_verdict(found.result)
    for name, versions in found.packages.items():
        yield "packages", name, _show_versions(*versions)
    for change in found.data:
        yield "data", change.kind, change.text
    for change in found.facets:
        yield change.kind, "", change.text


def _show(value: Any) -> str:
    return "none" if value is UNSET or value is None else cut(show_value(value), _VALUE_WIDTH)


def _show_share(old: float | None, new: float | None) -> str:
    """Say by how much of its value a metric changed."""
    if not old or new is None or not math.isfinite(new) or not math.isfinite(old):
        return ""
    return f"  ({(new - old) / abs(old) * 100:+.3g} %)"


def _show_verdict(verdict: Verdict) -> str:
    if verdict.verdict == "different" and verdict.detail:
        return verdict.detail
    return f"{verdict.verdict}: {verdict.detail}" if verdict.detail else verdict.verdict


def _show_versions(old: str | None, new: str | None) -> str:
    if old is None:
        return f"added {new}"
    return f"removed {old}" if new is None else f"{old} → {new}"
