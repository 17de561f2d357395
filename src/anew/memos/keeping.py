"""One call is kept: first its value, then the row that refers to it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anew.memos.rows import Placed, drop_rows, find_keys, find_same, insert_row, insert_rows, sweep
from anew.notices import warn_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from anew.memos.payload import Encoded
    from anew.memos.place import Place
    from anew.memos.record import Found, Memo

__all__ = ["Kept", "keep", "keep_many"]

_LARGE: Final = 1 << 20
"""From so many bytes on, the time of writing tells the rate; below, the overhead."""

_RATES: Final = "UPDATE totals SET {0} = min(max(0.8 * {0} + 0.2 * ?, ?), ?)"


@dataclass(frozen=True)
class Kept:
    """What became of it: whether there is a value now, and how much all values take."""

    has_value: bool
    total_bytes: int


def keep(
    place: Place,
    memo: Memo,
    encoded: Encoded | None,
    files: Iterable[str] = (),
    lost: Collection[object] = (),
) -> Kept:
    """Keep the record of a call and its value.

    Parameters
    ----------
    place
        The folder.
    memo
        The record.
    encoded
        Its value; None when none is given.
    files
        Digests of contents that the record refers to.
    lost
        Rows and payloads that could not be read: these are written again.

    Raises
    ------
    StoreError
        When the index cannot be written.
    """
    start = time.perf_counter()
    written = None
    is_early = encoded is not None and encoded.inline is None
    if encoded is not None and is_early:  # before others have to wait
        same = find_same(place.index.query, memo)
        is_early = not _stays(place, same, memo, lost)
        written = _write(place, encoded, lost) if is_early else None
    seconds = time.perf_counter() - start
    with place.index.writing() as sql:
        old = find_same(sql.execute, memo)
        if old is not None and _stays(place, old, memo, lost):
            written = _as_it_is(old)
        elif encoded is not None and (not is_early or _is_gone(place, written)):
            written = _write(place, encoded, lost)
        _enter(sql, place, memo, written or Placed(), files)
        lone = drop_rows(sql, [old.identity]) if old is not None else set()
        if written is not None:
            _learn(sql, written.size, seconds)
        total = sql.execute("SELECT bytes FROM totals").fetchone()[0]
    sweep(place, lone)
    return Kept(written is not None, total)


def keep_many(
    place: Place, calls: Iterable[tuple[Memo, Encoded | None]], lost: Collection[object] = ()
) -> int:
    """Keep many calls at once whose values are small enough to lie in the index.

    Parameters
    ----------
    place
        The folder.
    calls
        Records, each with its value or None.
    lost
        Rows that could not be read: these are written again.

    Returns
    -------
    int
        How much all values take, in bytes.

    Raises
    ------
    StoreError
        When the index cannot be written; nothing is kept then.
    """
    lone: set[str] = set()
    listed = list(calls)
    with place.index.writing() as sql:
        known = find_keys(sql.execute, [memo.key for memo, _ in listed])
        fresh: dict[str, tuple[Memo, Placed]] = {}
        again: list[tuple[Memo, Placed]] = []
        for memo, encoded in listed:
            is_known = memo.key in known or memo.key in fresh
            entry = memo, _place_inline(encoded)
            again.append(entry) if is_known else fresh.setdefault(memo.key, entry)
        insert_rows(sql, [*fresh.values()], used=time.time())
        for memo, written in again:
            old = find_same(sql.execute, memo)
            stays = old is not None and _stays(place, old, memo, lost)
            _enter(sql, place, memo, _as_it_is(old) if old and stays else written, ())
            if old is not None:
                lone |= drop_rows(sql, [old.identity])
        total = sql.execute("SELECT bytes FROM totals").fetchone()[0]
    sweep(place, lone)
    return int(total)


def _place_inline(encoded: Encoded | None) -> Placed:
    """Say that a value lies in the row itself; that none is kept when there is none."""
    if encoded is None or encoded.inline is None:
        return Placed()
    return Placed(None, len(encoded.inline), encoded.inline)


def _as_it_is(old: Found) -> Placed:
    """Refer to a payload that is kept already."""
    return Placed(None if old.inline is not None else old.payload, old.size_bytes, old.inline)


def _stays(place: Place, old: Found | None, memo: Memo, lost: Collection[object]) -> bool:
    """Tell whether the value that is kept already is that of the record."""
    if old is None or old.payload is None or old.identity in lost or old.payload in lost:
        return False
    if memo.content is None or old.memo.content != memo.content:
        return False
    return old.inline is not None or place.payloads.has(old.payload, old.size_bytes)


def _is_gone(place: Place, written: Placed | None) -> bool:
    """Tell whether somebody has removed a payload before a row referred to it."""
    if written is None or written.payload is None:
        return False
    return not place.payloads.has(written.payload, written.size)


def _write(place: Place, encoded: Encoded, lost: Collection[object]) -> Placed | None:
    """Write a payload, unless it is to lie in the row; None when that is not possible."""
    if encoded.inline is not None:
        return _place_inline(encoded)
    try:
        name, size = place.payloads.write(encoded, anew=lost)
    except Exception as error:  # noqa: BLE001 - Arrow writes files, too, and fails in its own ways
        reason = getattr(error, "strerror", None) or error
        text = f"a value cannot be kept in {place.payloads.folder}: {reason}"
        warn_once(text, about=f"value {place.payloads.folder}")
        return None
    return Placed(name, size)


def _enter(
    sql: sqlite3.Connection, place: Place, memo: Memo, written: Placed, files: Iterable[str]
) -> None:
    """Enter the row and what it refers to."""
    row = insert_row(sql, memo, written, used=time.time())
    contents = [] if written.payload is None else [(written.payload, written.size)]
    for digest in dict.fromkeys(files):
        size = place.size(digest)
        if size is not None:
            sql.execute("INSERT INTO files VALUES (?, ?, ?)", (row, digest, size))
            contents.append((digest, size))
    if contents:
        sql.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?)", contents)


def _learn(sql: sqlite3.Connection, size: int, seconds: float) -> None:
    """Take part of what writing took into the averages from which keeping is estimated."""
    if size < _LARGE:
        sql.execute(_RATES.format("overhead"), (seconds, 1e-4, 5e-2))
    else:
        sql.execute(_RATES.format("per_byte"), (seconds / size, 5e-11, 5e-8))
