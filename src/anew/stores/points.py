"""Points of metrics in their table: added block by block, read whole or in outline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.journal import Columns
from anew.stores.blocks import BLOCK_POINTS, Block, pack_blocks, unpack_block

if TYPE_CHECKING:
    import sqlite3

__all__ = ["add_points", "list_metrics", "read_points", "unpack_points"]

_COLUMNS: Final = ", ".join(Block._fields)
_WORTH_EXTENDING: Final = 8
"""A last block is packed again with new points, unless it has that many times their number."""


def add_points(sql: sqlite3.Connection, trial: str, metric: str, points: Columns) -> float:
    """Add points of a metric after those that the tables have.

    Parameters
    ----------
    sql
        A connection inside a transaction.
    trial
        The trial's UUID.
    metric
        Its name.
    points
        In the order of logging; automatic steps are found here.

    Returns
    -------
    float
        The last value.
    """
    query = (
        "SELECT number, count, last_step, points FROM blocks WHERE trial = ? AND metric = ?"
        " ORDER BY number DESC LIMIT 1"
    )
    number, count, last, packed = sql.execute(query, (trial, metric)).fetchone() or (
        -1,
        0,
        None,
        b"",
    )
    points = points.settle(last)
    if 0 < count < min(BLOCK_POINTS, _WORTH_EXTENDING * len(points)):
        begin = unpack_points(count, packed)
        begin.extend(points)
        points = begin
    else:
        number += 1
    marks = ", ".join("?" * (3 + len(Block._fields)))
    sql.executemany(
        f"INSERT OR REPLACE INTO blocks (trial, metric, number, {_COLUMNS}) VALUES ({marks})",  # noqa: S608
        ((trial, metric, number + at, *block) for at, block in enumerate(pack_blocks(points))),
    )
    return points.values[-1]


def unpack_points(count: int, block: bytes) -> Columns:
    """Give the points of a block.

    Parameters
    ----------
    count
        How many points it has.
    block
        Its bytes.

    Raises
    ------
    ValueError, zlib.error
        When nobody can have written it.
    """
    points = Columns()
    steps, values, times = unpack_block(count, block)
    points.add_many(steps, values, times)
    return points


def read_points(
    sql: sqlite3.Connection, trial: str, metric: str
) -> list[tuple[int, int | None, bytes]]:
    """Read the blocks of a metric as (count, last step, points), in the order of logging.

    Parameters
    ----------
    sql
        A connection.
    trial
        The trial's UUID.
    metric
        Its name.
    """
    query = (
        "SELECT count, last_step, points FROM blocks WHERE trial = ? AND metric = ? ORDER BY number"
    )
    return sql.execute(query, (trial, metric)).fetchall()


def list_metrics(sql: sqlite3.Connection, trial: str) -> list[str]:
    """List the metrics of which the tables have points.

    Parameters
    ----------
    sql
        A connection.
    trial
        The trial's UUID.
    """
    query = "SELECT DISTINCT metric FROM blocks WHERE trial = ?"
    return [name for (name,) in sql.execute(query, (trial,))]
