"""Trials as a table that fits the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from anew.query import FACTS
from anew.render.screen import note, open_screen, print_rendered
from anew.render.text import count, cut, join_names, show_value, show_when

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from anew.query import Selection

__all__ = ["STATUS_STYLES", "Listing", "choose_columns", "make_listing", "print_listing"]

STATUS_STYLES: Final = {
    "finished": "green",
    "failed": "red",
    "interrupted": "yellow",
    "killed": "yellow",
    "running": "cyan",
}

_CELL_WIDTHS: Final = (80, 40, 24)
"""How wide a cell may be: the first width with which all columns fit, else the last."""

_GAP: Final = 2

# The room is given away in this order; names of parameters and metrics stand at the two marks.
_FIRST: Final = ("number", "experiment", "status", "result")
_THEN: Final = ("strict", "reproduces", "started", "seconds")
_VARIED_FIRST: Final = 4


@dataclass(frozen=True)
class Listing:
    """A table, and the columns that found no room in it."""

    table: Group
    left_out: list[str]


def print_listing(found: Selection, *, store: str) -> None:
    """Print trials as a table, and beside it what the table does not show.

    Parameters
    ----------
    found
        The trials.
    store
        Where they are from.
    """
    if not found.total:
        note(f"no trials yet in {store}")
        note("hint: record one: anew run FILE; or look on first: anew demo")
        return
    if not found.rows:
        note(f"none of {count(found.total, 'trial')} matches")
        return
    width = open_screen().width
    listing = make_listing(found.rows, found.columns, width=width)
    print_rendered(listing.table, width=width)
    rest, is_more = found.rest
    if rest:
        note(f"{'over ' if is_more else ''}{count(rest, 'more trial')} (anew ls -n 0)")
    if listing.left_out:
        note(f"no room for {join_names(listing.left_out)} (anew ls --columns …)")


def make_listing(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    width: int,
    now: datetime | None = None,
) -> Listing:
    """Make a table of trials.

    Parameters
    ----------
    rows
        Trials as flat rows.
    columns
        The names to show, ``number`` among them.
    width
        How many characters a line has.
    now
        What ages are counted from; the present by default.

    Returns
    -------
    Listing
        The table, with as many of the columns as fit.
    """
    texts = {name: [_show_cell(row, name, now) for row in rows] for name in columns}
    for cell_width in _CELL_WIDTHS:
        cells = {name: [cut(text, cell_width) for text in texts[name]] for name in columns}
        heads = {name: cut(name, cell_width) for name in columns}
        widths = {name: max(map(cell_len, (heads[name], *cells[name]))) for name in columns}
        if sum(widths.values()) + _GAP * (len(widths) - 1) <= width:
            break
    metrics = {name for name in columns if any(f"metric.{name}" in row for row in rows)}
    shown = choose_columns(columns, widths, width, metrics=metrics)
    is_number = {
        name: all(isinstance(row.get(name, 0), int | float) for row in rows) for name in shown
    }
    lines = [Text(no_wrap=True, style="bold")]
    lines += [Text(no_wrap=True) for _ in rows]
    for name in shown:
        for line, text in zip(lines, [heads[name], *cells[name]], strict=True):
            blank = " " * (min(widths[name], width) - cell_len(text))
            style = "" if line is lines[0] else _style(name, text)
            before, after = (blank, "") if is_number[name] else ("", blank)
            line.append(before).append(text, style or None).append(after + " " * _GAP)
    return Listing(Group(*lines), [name for name in columns if name not in shown])


def choose_columns(
    columns: Sequence[str],
    widths: Mapping[str, int],
    width: int,
    *,
    metrics: Collection[str] = (),
) -> list[str]:
    """Choose the columns that fit, the most telling first.

    Parameters
    ----------
    columns
        The names, in the order in which they are shown.
    widths
        How wide each column is.
    width
        How many characters a line has.
    metrics
        Which of them are metrics, so that neither these nor parameters take all the room.

    Returns
    -------
    list of str
        Those that fit, in their order; the first of all columns always does.
    """
    varied = [name for name in columns if name not in FACTS]
    parameters = [name for name in varied if name not in metrics]
    logged = [name for name in varied if name in metrics]
    mixed = [name for pair in zip_longest(parameters, logged) for name in pair if name]
    ranked = [*_FIRST, *mixed[:_VARIED_FIRST], *_THEN, *mixed[_VARIED_FIRST:], *FACTS]
    room = width
    fitting: set[str] = set()
    for name in dict.fromkeys((columns[0], *ranked)):
        if name in columns and (widths[name] <= room or not fitting):
            fitting.add(name)
            room -= widths[name] + _GAP
    return [name for name in columns if name in fitting]


def _show_cell(row: Mapping[str, Any], name: str, now: datetime | None) -> str:
    if name not in row:
        return ""
    value = row[name]
    if name == "started":
        return show_when(value, now=now)
    if name in {"tags", "notes"}:
        return show_value(", ".join(value)) if value else ""
    if name == "seconds":
        return f"{value:.3g}"
    return show_value(value)


def _style(name: str, text: str) -> str:
    return "bold" if name == "number" else STATUS_STYLES.get(text, "") if name == "status" else ""
