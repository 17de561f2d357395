"""Metrics and their points as tables and plots."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from anew.render.plot import draw_plot
from anew.render.screen import note, open_screen, print_rendered, tolerate
from anew.render.text import show_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.query import TrialSeries

__all__ = ["print_plots", "print_points", "print_series"]

_WIDTH: Final = 80
_HEIGHT: Final = 12
_DRAWN: Final = 2_000
"""Of a longer series the outline is drawn, of more points than there are dots in a line."""

_GAP: Final = 2
_SUMMARY: Final = ("count", "first", "last", "min", "max")


def print_series(found: TrialSeries) -> None:
    """Print each metric of a trial on a line.

    Parameters
    ----------
    found
        The series.
    """
    if _is_empty(found):
        return
    rows: list[tuple[str, ...]] = [("metric", *_SUMMARY)]
    for metric, summary in found.summaries.items():
        rows.append((metric, *(show_value(getattr(summary, name)) for name in _SUMMARY)))
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = [Text(_align(row, widths), no_wrap=True) for row in rows]
    lines[0].stylize("bold")
    print_rendered(Group(*lines), width=sum(widths) + _GAP * len(widths))


def _align(row: Sequence[str], widths: Sequence[int]) -> str:
    """Put cells below each other, numbers to the right; by hand, since there may be thousands."""
    blanks = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    numbers = (blank + cell for cell, blank in zip(row[1:], blanks[1:], strict=True))
    return (" " * _GAP).join((row[0] + blanks[0], *numbers))


def print_points(found: TrialSeries) -> None:
    """Print the points of a metric, one on each line, as numbers that are read back equal.

    Parameters
    ----------
    found
        The series.
    """
    tolerate(sys.stdout)
    sys.stdout.write("step\tvalue\n")
    for steps, values, _ in found.read().values():
        pairs = zip(steps.tolist(), values.tolist(), strict=True)
        sys.stdout.writelines(f"{step}\t{value!r}\n" for step, value in pairs)


def print_plots(found: TrialSeries) -> None:
    """Print a plot of each series.

    Parameters
    ----------
    found
        The series.
    """
    if _is_empty(found):
        return
    tolerate(sys.stdout)
    width = min(open_screen().width, _WIDTH)
    for metric, (steps, values, _) in found.read(_DRAWN).items():
        lines = draw_plot(steps.tolist(), values.tolist(), width=width, height=_HEIGHT)
        shown = "".join(each if each.isprintable() else " " for each in metric)
        sys.stdout.write("\n".join((shown, *lines, "")))


def _is_empty(found: TrialSeries) -> bool:
    if not found.summaries:
        note(f"trial {found.trial.number} logged no metrics")
    return not found.summaries
