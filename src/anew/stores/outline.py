"""A long series in a few points that show its shape: the extremes of stretches, as spikes are.

A series that has more blocks than there are stretches is drawn from what is known of its blocks;
nothing is unpacked then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.errors import UsageError
from anew.journal import Columns
from anew.model import Series
from anew.stores.blocks import Block, pack_blocks
from anew.stores.points import read_points, unpack_points

if TYPE_CHECKING:
    import sqlite3

    import numpy as np

    Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]

__all__ = ["check_most", "draw_outline", "to_series"]

_LEAST: Final = 4
_ENDS: Final = 2
_EXTREMES: Final = slice(Block._fields.index("lo"), Block._fields.index("points"))
_SUMMARY: Final = ", ".join(Block._fields[_EXTREMES])


def check_most(points: int) -> int:
    """Give back how many points an outline may have.

    Parameters
    ----------
    points
        As it was asked for.

    Raises
    ------
    UsageError
        When so few points have no outline.
    """
    if not hasattr(points, "__index__") or points < _LEAST:
        message = f"points is {points!r}, expected a whole number from {_LEAST}"
        raise UsageError(message, hint="points=1000")
    return points


def to_series(points: Columns) -> Series:
    """Give columns as arrays, without a copy.

    Parameters
    ----------
    points
        Without automatic steps.
    """
    import numpy as np

    steps = np.asarray(points.steps).view(np.int64)  # of two names for it, the usual one
    return Series(steps, np.asarray(points.values), np.asarray(points.times))


def draw_outline(
    sql: sqlite3.Connection, trial: str, metric: str, live: Columns | None, points: int
) -> Series | None:
    """Draw the outline of a series.

    Parameters
    ----------
    sql
        A connection that sees the tables as they are at one moment.
    trial
        The trial's UUID.
    metric
        Its name.
    live
        The points that the tables do not have yet.
    points
        How many points the outline may have.

    Returns
    -------
    Series or None
        The first and the last point, and of each stretch the least and the greatest that is not
        NaN, or the first where all are. None when the metric has no points.
    """
    stretches = (points - _ENDS) // 2
    query = f"SELECT {_SUMMARY} FROM blocks WHERE trial = ? AND metric = ? ORDER BY number"  # noqa: S608 - ours
    rows = sql.execute(query, (trial, metric)).fetchall()
    if len(rows) < stretches or any(step is None for _, step, *_ in rows):  # of an earlier schema
        return _thin(_read_whole(sql, trial, metric, live), points)
    ends = [_read_block(sql, trial, metric, number) for number in (0, len(rows) - 1)]
    if live:
        last = ends[1].steps[-1]
        ends[1] = live.settle(last)
        rows += [block[_EXTREMES] for block in pack_blocks(ends[1])]
    return _join(
        to_series(ends[0]), *_find_extremes(*_to_tables(rows), stretches), to_series(ends[1])
    )


def _read_whole(sql: sqlite3.Connection, trial: str, metric: str, live: Columns | None) -> Columns:
    points, last = Columns(), None
    for count, last, block in read_points(sql, trial, metric):  # noqa: B007 - that of the last one
        points.extend(unpack_points(count, block))
    if live:
        points.extend(live.settle(last))
    return points


def _read_block(sql: sqlite3.Connection, trial: str, metric: str, number: int) -> Columns:
    query = "SELECT count, points FROM blocks WHERE trial = ? AND metric = ? AND number = ?"
    return unpack_points(*sql.execute(query, (trial, metric, number)).fetchone())


def _thin(points: Columns, most: int) -> Series | None:
    """Draw the outline of points that are at hand."""
    if not points:
        return None
    whole = to_series(points)
    if len(points) <= most:
        return whole
    return _join(whole, *_find_extremes(whole, whole, (most - _ENDS) // 2), whole)


def _to_tables(rows: list[tuple[Any, ...]]) -> tuple[Series, Series]:
    """Give the least and the greatest points of blocks; SQLite has no NaN."""
    import numpy as np

    columns = [*zip(*rows, strict=True)]
    values, steps, times = ("f8", "i8", "f8")
    made = [
        np.array(column, dtype)
        for column, dtype in zip(columns, (values, steps, times, values, steps, times), strict=True)
    ]
    return Series(made[1], made[0], made[2]), Series(made[4], made[3], made[5])


def _find_extremes(lows: Series, highs: Series, stretches: int) -> tuple[Series, Series]:
    """Give the least and the greatest point of each stretch, in the order of logging."""
    import numpy as np

    size = -(-len(lows.values) // stretches)
    low = _find_least(lows.values, size)
    high = _find_least(-highs.values, size)
    least = [column[low] for column in lows]
    most = [column[high] for column in highs]
    (step, _, time), (other_step, _, other_time) = least, most
    is_same_time = (low == high) & (other_time == time)
    is_turned = (high < low) | ((low == high) & (other_time < time))
    is_turned |= is_same_time & (other_step < step)
    pairs = zip(least, most, strict=True)
    ordered = [(np.where(is_turned, b, a), np.where(is_turned, a, b)) for a, b in pairs]
    return Series(*(a for a, _ in ordered)), Series(*(b for _, b in ordered))


def _find_least(values: Any, size: int) -> Any:
    """Find the place of the least number of each stretch; of its begin where there is none."""
    import numpy as np

    count = -(-len(values) // size)
    table = np.full(count * size, np.inf)
    is_nan = np.isnan(values)
    table[: len(values)] = np.where(is_nan, np.inf, values)
    places = table.reshape(count, size).argmin(axis=1) + np.arange(count) * size
    for at in np.flatnonzero(is_nan[places]):  # the least that is a number may be infinite
        start = at * size
        numbers = np.flatnonzero(~is_nan[start : start + size])
        places[at] = start + (numbers[0] if len(numbers) else 0)
    return places


def _join(first: Series, lows: Series, highs: Series, last: Series) -> Series:
    """Put together the first point, the pairs of all stretches and the last point, each once."""
    import numpy as np

    def weave(at: int) -> Any:
        pairs = np.stack([lows[at], highs[at]], axis=1).ravel()
        return np.concatenate([first[at][:1], pairs, last[at][-1:]])

    woven = Series(*(weave(at) for at in range(len(first))))
    # SQLite knows one NaN and one zero: what is unpacked may differ in bits from what is told.
    is_same = np.isnan(woven.values[1:]) & np.isnan(woven.values[:-1])
    is_same |= woven.values[1:] == woven.values[:-1]
    is_same &= (woven.steps[1:] == woven.steps[:-1]) & (woven.times[1:] == woven.times[:-1])
    is_other = np.append(True, ~is_same)
    return Series(*(column[is_other] for column in woven))
