"""Metrics and their points as tables and plots."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from anew.render.plot import draw_plot
from anew.render.screen import note, open_screen, print_rendered, tolerate
from anew.render.text import show_value

if TYPE_CHECKING:
    from anew.query import TrialSeries

__all__ = ["print_plots", "print_points", "print_series"]

_WIDTH: Final = 80
_HEIGHT: Final = 12
_DRAWN: Final = 2_000
"""Of a longer series the outline is drawn, of more points than there are dots in a line."""

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
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("metric")
    for head in _SUMMARY:
        table.add_column(head, justify="right", no_wrap=True)
    for metric, summary in found.summaries.items():
        cells = [show_value(getattr(summary, name)) for name in _SUMMARY]
        table.add_row(Text(metric), *map(Text, cells))
    print_rendered(table)


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
