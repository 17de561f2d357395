"""Rows of the index: from records, and back."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.memos.record import INLINE, Found, Memo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from anew.memos.place import Place

__all__ = [
    "FIND",
    "FIND_OF_SEED",
    "Placed",
    "drop_contents",
    "drop_rows",
    "find_keys",
    "find_same",
    "insert_row",
    "insert_rows",
    "release",
    "sweep",
    "to_found",
]

_COLUMNS: Final = (
    "key, function, content, seconds, cost, seed, reads, effects, code, parts, trial, created"
)
_FIELDS: Final = tuple(_COLUMNS.split(", "))
_ALL: Final = f"SELECT {_COLUMNS}, payload, size, used, id, inline FROM memos"  # noqa: S608 - ours

FIND: Final = f"{_ALL} WHERE key = ? ORDER BY id DESC"
FIND_OF_SEED: Final = f"{_ALL} WHERE key = ? AND (seed IS NULL OR seed = ?) ORDER BY id DESC"

_SAME: Final = f"{_ALL} WHERE key = ? AND seed IS ? AND reads = ?"
_MARKS: Final = ", ".join("?" * 16)
_INSERT: Final = f"INSERT INTO memos ({_COLUMNS}, used, payload, size, inline) VALUES ({_MARKS})"  # noqa: S608 - ours
_AT_ONCE: Final = 250
"""Rows in one statement: SQLite takes 32,766 values."""
_IS_USED: Final = (
    "SELECT EXISTS (SELECT 1 FROM memos WHERE payload = :name)"
    " OR EXISTS (SELECT 1 FROM files WHERE digest = :name)"
)
_ASKED_AT_ONCE: Final = 500
_new: Final = object.__new__
_set: Final = object.__setattr__
_LONE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Placed:
    """Where a value is: the name of its file, how large it is, or the payload itself."""

    payload: str | None = None
    size: int = 0
    inline: bytes | None = None


def to_found(row: tuple[Any, ...]) -> Found:
    """Make a row a record.

    Parameters
    ----------
    row
        What `FIND` gives.
    """
    # Past the initialisers of frozen classes, which would take longer than the query.
    told = dict(zip(_FIELDS, row, strict=False))
    if told["seed"] is not None:
        told["seed"] = int(told["seed"])
    told["reads"] = _read_reads(told["reads"]) if told["reads"] else ()
    memo: Memo = _new(Memo)
    _set(memo, "__dict__", told)
    payload, size, used, identity, inline = row[12:]
    place = {
        "memo": memo,
        "payload": payload if inline is None else INLINE,
        "size_bytes": size,
        "last_used": used,
        "identity": identity,
        "inline": inline,
    }
    found: Found = _new(Found)
    _set(found, "__dict__", place)
    return found


def _read_reads(text: str) -> tuple[Any, ...]:
    return tuple(map(tuple, json.loads(text)))


def _write_reads(memo: Memo) -> str:
    """Write what a call read in one order, so that equal conditions are equal texts."""
    if not memo.reads:
        return ""
    return json.dumps(sorted(memo.reads, key=lambda read: read[0]), separators=(",", ":"))


def _write_seed(memo: Memo) -> str | None:
    return None if memo.seed is None else str(memo.seed)


def find_same(query: Callable[[str, tuple[Any, ...]], Iterable[Any]], memo: Memo) -> Found | None:
    """Find the row of the same call under the same conditions.

    Parameters
    ----------
    query
        Gives the rows of a query.
    memo
        The record.
    """
    row = next(iter(query(_SAME, (memo.key, _write_seed(memo), _write_reads(memo)))), None)
    return None if row is None else to_found(row)


def find_keys(
    query: Callable[[str, tuple[Any, ...]], Iterable[Any]], keys: Sequence[str]
) -> set[str]:
    """Tell of which keys there are rows.

    Parameters
    ----------
    query
        Gives the rows of a query.
    keys
        The keys.
    """
    found: set[str] = set()
    for start in range(0, len(keys), _ASKED_AT_ONCE):
        some = tuple(keys[start : start + _ASKED_AT_ONCE])
        text = f"SELECT key FROM memos WHERE key IN ({', '.join('?' * len(some))})"  # noqa: S608
        found.update(key for (key,) in query(text, some))
    return found


def insert_rows(
    sql: sqlite3.Connection, entries: Sequence[tuple[Memo, Placed]], *, used: float
) -> None:
    """Enter many records: in few statements, for each of them lets other threads go first.

    Parameters
    ----------
    sql
        The connection, in a transaction.
    entries
        Each record, and where its value is.
    used
        When they were last used, in UTC seconds.
    """
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        text = _INSERT + f", ({_MARKS})" * (len(some) - 1)
        sql.execute(text, [each for entry in some for each in _write_row(*entry, used)])


def insert_row(sql: sqlite3.Connection, memo: Memo, value: Placed, *, used: float) -> int:
    """Enter a record and give the number of its row.

    Parameters
    ----------
    sql
        The connection, in a transaction.
    memo
        The record.
    value
        Where its value is.
    used
        When it was last used, in UTC seconds.
    """
    return int(sql.execute(_INSERT, _write_row(memo, value, used)).lastrowid or 0)


def _write_row(memo: Memo, value: Placed, used: float) -> tuple[Any, ...]:
    """Write a record as the columns of a row."""
    return (
        memo.key,
        _escape(memo.function),
        memo.content,
        *(0.0 if math.isnan(x) else float(x) for x in (memo.seconds, memo.cost)),
        _write_seed(memo),
        _write_reads(memo),
        _escape(memo.effects),
        memo.code,
        _escape(memo.parts),
        memo.trial,
        memo.created,
        used,
        value.payload,
        value.size,
        value.inline,
    )


def _escape(text: str) -> str:
    r"""Write halves of characters, which SQLite does not take, as JSON does: ``\udc80``."""
    if text.isascii():
        return text
    return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def drop_rows(sql: sqlite3.Connection, rows: Iterable[int]) -> set[str]:
    """Remove rows, and give the contents that nobody refers to any more: for `sweep`.

    Parameters
    ----------
    sql
        The connection, in a transaction.
    rows
        Their numbers.
    """
    names: set[str] = set()
    for row in rows:
        names |= release(sql, row)
        sql.execute("DELETE FROM memos WHERE id = ?", (row,))
    return drop_contents(sql, names)


def release(sql: sqlite3.Connection, row: int) -> set[str]:
    """Take its value and its files from a row, and give their names.

    Parameters
    ----------
    sql
        The connection, in a transaction.
    row
        The row's number.
    """
    query = "SELECT payload FROM memos WHERE id = ? AND payload IS NOT NULL"
    names = {name for (name,) in sql.execute(query, (row,))}
    names |= {name for (name,) in sql.execute("SELECT digest FROM files WHERE memo = ?", (row,))}
    sql.execute("UPDATE memos SET payload = NULL, size = 0, inline = NULL WHERE id = ?", (row,))
    sql.execute("DELETE FROM files WHERE memo = ?", (row,))
    return names


def drop_contents(sql: sqlite3.Connection, names: Iterable[str]) -> set[str]:
    """Take contents that no row refers to out of the account, and give their names: for `sweep`.

    Parameters
    ----------
    sql
        The connection, in a transaction.
    names
        Names of payloads, or digests of files.
    """
    lone = {name for name in names if not _is_used(sql, name)}
    sql.executemany("DELETE FROM contents WHERE name = ?", [(name,) for name in lone])
    return lone


def _is_used(sql: sqlite3.Connection, name: str) -> bool:
    return bool(sql.execute(_IS_USED, {"name": name}).fetchone()[0])


def sweep(place: Place, names: Iterable[str]) -> None:
    """Remove contents that no row refers to.

    Parameters
    ----------
    place
        The folder.
    names
        Names of payloads, or digests of files.

    Notes
    -----
    The rows are gone before, in a transaction of their own: a kill leaves files too many, never
    too few. Here the lock keeps others from beginning to refer to one of them.
    """
    listed = list(names)
    if listed:
        with place.index.writing() as sql:
            for name in listed:
                if not _is_used(sql, name):
                    place.remove(name)
