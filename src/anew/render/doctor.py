"""What anew runs on, section by section, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from anew.render.screen import print_rendered
from anew.render.text import cut, show_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["print_configuration"]

_STYLES: Final = {"blocks": "red", "warns": "yellow", "tells": "dim"}
_LONGEST: Final = 300


def print_configuration(told: Mapping[str, Any]) -> None:
    """Print what `anew.configuration` tells; what is wrong comes last, where it is seen.

    Parameters
    ----------
    told
        What it gave.
    """
    for name, section in told.items():
        if name != "problems" and section not in ({}, []):
            print_rendered(Text(name, style="bold"))
            grid = _grid()
            for path, value in _rows(name, section):
                grid.add_row("", Text(path, style="dim"), cut(show_value(value), _LONGEST))
            print_rendered(grid)
    problems = told["problems"]
    if not problems:
        print_rendered(Text("nothing is wrong", style="green"))
        return
    print_rendered(Text("what is wrong", style="bold"))
    grid = _grid()
    for each in problems:
        grid.add_row("", Text(each["kind"], style=_STYLES[each["severity"]]), Text(each["text"]))
        if each["mend"]:
            grid.add_row("", "", Text(f"  {each['mend']}", style="cyan"))
    print_rendered(grid)


def _rows(name: str, section: Any) -> Iterator[tuple[str, Any]]:
    """Spread a section to lines: dotted names and plain values."""
    if name == "settings":
        for setting, each in section.items():
            yield setting, f"{show_value(each['value'])}  ({each['origin']})"
    elif isinstance(section, dict):
        for key, value in section.items():
            if isinstance(value, dict) and value and name != "packages":
                yield from ((f"{key}.{path}", each) for path, each in _rows("", value))
            elif isinstance(value, dict):
                yield key, ", ".join(f"{each} {found}" for each, found in value.items()) or "none"
            else:
                yield key, value
    else:
        yield "", section


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
