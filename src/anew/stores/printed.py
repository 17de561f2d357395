"""What a trial printed: kept with times and in full up to a limit, then without its middle."""

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING, Any, Final

from anew.journal import Printed
from anew.settings import Settings

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

__all__ = ["add_printed", "read_printed", "say_dropped", "unpack_printed"]

_PART: Final = 1 << 16
_PARTS: Final = 8
"""So many parts at least make up what is kept, so that its middle can be found."""


def add_printed(
    sql: sqlite3.Connection, trial: str, printed: Iterable[Printed], limit: int | None
) -> None:
    """Add what was printed after what the tables have.

    Parameters
    ----------
    sql
        A connection inside a transaction.
    trial
        The trial's UUID.
    printed
        In the order of printing.
    limit
        How many characters are kept: the first and the last ones, half of each. None for the
        default, where the record of the trial does not say.
    """
    limit = Settings.console_limit if limit is None else limit
    part = max(1, min(_PART, limit // _PARTS))
    query = "SELECT coalesce(max(number), -1) FROM console WHERE trial = ?"
    (number,) = sql.execute(query, (trial,)).fetchone()
    for pieces in _divide(_join_lines(printed), part):
        number += 1
        size = sum(len(text) for _, text, _ in pieces)
        row = (trial, number, size, 0, zlib.compress(json.dumps(pieces).encode(), 1))
        sql.execute("INSERT INTO console VALUES (?, ?, ?, ?, ?)", row)
    _drop_middle(sql, trial, limit)


def _join_lines(printed: Iterable[Printed]) -> list[list[Any]]:
    """Join neighbouring pieces of one stream to lines, each with the time of its begin."""
    lines: list[list[Any]] = []
    for stream, text, said in printed:
        if lines and lines[-1][0] == stream and not lines[-1][1].endswith("\n"):
            lines[-1][1] += text
        else:
            lines.append([stream, text, said])
    return lines


def _divide(lines: list[list[Any]], part: int) -> Iterable[list[list[Any]]]:
    """Put lines into parts of so many characters at most."""
    pieces: list[list[Any]] = []
    room = part
    for stream, text, said in lines:
        rest = text
        while rest:
            pieces.append([stream, rest[:room], said])
            rest, room = rest[room:], room - len(pieces[-1][1])
            if not room:
                yield pieces
                pieces, room = [], part
    if pieces:
        yield pieces


def _drop_middle(sql: sqlite3.Connection, trial: str, limit: int) -> None:
    """Drop the middle of what is more than the limit, and remark that."""
    query = "SELECT number, size, dropped FROM console WHERE trial = ? ORDER BY number"
    rows = sql.execute(query, (trial,)).fetchall()
    total = sum(size for _, size, _ in rows)
    if total <= limit:
        return
    head = lost = 0
    while rows and not rows[0][2] and head + rows[0][1] <= limit // 2:
        head += rows.pop(0)[1]
    while rows and total > limit:
        number, size, dropped = rows.pop(0)
        lost += size + dropped
        total -= size
        sql.execute("DELETE FROM console WHERE trial = ? AND number = ?", (trial, number))
    if rows:
        query = "UPDATE console SET dropped = dropped + ? WHERE trial = ? AND number = ?"
        sql.execute(query, (lost, trial, rows[0][0]))
    text = f"the middle of what was printed is not kept: more than {limit:,} characters"
    query = (
        "INSERT INTO events (trial, time, kind, text) SELECT ?1, ?2, 'console', ?3 WHERE NOT EXISTS"
        " (SELECT 1 FROM events WHERE trial = ?1 AND kind = 'console')"
    )
    sql.execute(query, (trial, time.time(), text))


def unpack_printed(dropped: int, text: bytes) -> list[Printed]:
    """Read a part of what was printed.

    Parameters
    ----------
    dropped
        How many characters before it are not kept.
    text
        Its bytes.

    Raises
    ------
    ValueError, zlib.error
        When nobody can have written it.
    """
    pieces = [Printed(stream, said, *when) for stream, said, *when in _with_time(text)]
    if dropped:
        stream, _, when = pieces[0]
        pieces.insert(0, Printed(stream, say_dropped(dropped), when))
    return pieces


def _with_time(text: bytes) -> list[list[Any]]:
    """Give stream, text and time; an earlier schema did not keep the time."""
    return [[*piece, 0.0][:3] for piece in json.loads(zlib.decompress(text))]


def say_dropped(count: int) -> str:
    """Tell in the place of text that it is not kept.

    Parameters
    ----------
    count
        Of its characters.
    """
    return f"\n[anew: {count:,} characters are not kept here]\n"


def read_printed(sql: sqlite3.Connection, trial: str) -> list[tuple[int, bytes]]:
    """Read what was printed as (characters dropped before it, text) of each part.

    Parameters
    ----------
    sql
        A connection.
    trial
        The trial's UUID.
    """
    query = "SELECT dropped, text FROM console WHERE trial = ? ORDER BY number"
    return sql.execute(query, (trial,)).fetchall()
