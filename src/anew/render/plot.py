"""A series as a plot of characters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from anew.render.text import show_value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw_plot"]

_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a character of Braille, by column and row (Unicode 16, block U+2800)."""

_EMPTY: Final = 0x2800
_ACROSS: Final = 2
_DOWN: Final = 4
_MARGIN: Final = 1


def draw_plot(
    steps: Sequence[float], values: Sequence[float], *, width: int, height: int
) -> list[str]:
    r"""Draw a series with dots, eight to a character.

    Parameters
    ----------
    steps
        Where each value is, from left to right.
    values
        As many; NaN and infinities are left out.
    width
        How many characters a line has, labels included.
    height
        How many lines the plot has, without the line below it.

    Returns
    -------
    list of str
        The lines. Each column shows the least and the greatest value in it, so no spike is lost.

    Examples
    --------
    >>> print("\n".join(draw_plot([0, 1, 2, 3], [0, 1, 2, 3], width=6, height=1)))
    3 ┤⡀⡴⠘
       0 3
    """
    shown = [pair for pair in zip(steps, values, strict=True) if math.isfinite(pair[1])]
    shown.sort(key=lambda pair: pair[0])
    if not shown:
        return ["nothing to plot: no value is finite"]
    low, high = (choose(value for _, value in shown) for choose in (min, max))
    labels = _label(low, high, height)
    before = max(map(len, labels))
    columns = max(width - before - 2, 1)
    rows = _draw(shown, columns, height)
    left, right = (show_value(choose(step for step, _ in shown)) for choose in (min, max))
    lines = [f"{label:>{before}} ┤{row}" for label, row in zip(labels, rows, strict=True)]
    gap = max(columns - len(left) - len(right), 1)
    return [*lines, f"{'':{before + 2}}{left}{' ' * gap}{right}" if left != right else ""]


def _label(low: float, high: float, height: int) -> list[str]:
    """Write the greatest value beside the first line, the least beside the last."""
    labels = [""] * height
    labels[-1] = show_value(float(low))
    labels[0] = show_value(float(high))
    return labels


def _draw(shown: Sequence[tuple[float, float]], columns: int, height: int) -> list[str]:
    """Set the dots: of each column all between its extremes, and towards the column before."""
    across, down = columns * _ACROSS, height * _DOWN
    by_column: dict[int, tuple[int, int]] = {}
    left, right = (choose(step for step, _ in shown) for choose in (min, max))
    low, high = (choose(value for _, value in shown) for choose in (min, max))
    before = None
    for step, value in shown:
        place = _scale(step, left, right, across)
        level = _scale(value, low, high, down)
        known = by_column.get(place, (level, level))
        levels = (level, *known) if before is None else (level, before, *known)
        by_column[place] = (min(levels), max(levels))
        before = level
    cells = [[_EMPTY] * columns for _ in range(height)]
    for place, (least, most) in by_column.items():
        for level in range(least, most + 1):
            row = height - 1 - level // _DOWN
            bit = _DOTS[place % _ACROSS][_DOWN - 1 - level % _DOWN]
            cells[row][place // _ACROSS] |= bit
    return ["".join(map(chr, row)).replace(chr(_EMPTY), " ").rstrip() for row in cells]


def _scale(value: float, low: float, high: float, count: int) -> int:
    """Give the place of a value among as many as there are dots."""
    if high <= low:
        return count // 2
    part = value / 2 - low / 2, high / 2 - low / 2  # halves: the whole may be more than a float
    return min(int(part[0] / part[1] * (count - 1) + 0.5), count - 1)
