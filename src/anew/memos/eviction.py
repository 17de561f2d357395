"""What goes when space runs out: the values that are cheapest to have again, for their size."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.errors import StoreError
from anew.memos.place import FILE_PREFIX, Place
from anew.memos.record import Freed, FreedValue
from anew.memos.rows import drop_contents, drop_rows, release, sweep

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["clean", "clean_store", "evict", "find_named"]

_HOUR: Final = 3600.0
_DAY: Final = 86400.0
_BATCH: Final = 500
"""So many rows are given up in one transaction: others wait for it."""

_ROWS: Final = 1_000_000
"""So many records without a value are kept."""

_PREFIX: Final = ".put-"

# Rows that share a payload stand together: their space is free only when all of them give it up.
_BY_WORTH: Final = """
WITH held AS (
    SELECT id, function, payload, cost, used, ifnull(length(inline), 0) AS inside,
        size + ifnull((SELECT sum(size) FROM files WHERE memo = memos.id), 0) AS bytes
    FROM memos
    WHERE payload IS NOT NULL OR inline IS NOT NULL OR id IN (SELECT memo FROM files)
), together AS (
    SELECT *, max(cost) OVER same AS worth, max(used) OVER same AS latest
    FROM held WINDOW same AS (PARTITION BY ifnull(payload, id))
)
SELECT id, function, payload, cost, used, inside FROM together
ORDER BY worth / max(bytes, 1) / (1 + max(:now - latest, 0) / 86400.0), latest, payload, id
"""


def clean_store(folder: Path, limit_bytes: int, *, dry_run: bool = False) -> Freed:
    """Free space in a store: values of memos, and temporary files that killed processes left.

    Parameters
    ----------
    folder
        The store's folder. What trials keep in it is not touched.
    limit_bytes
        How much the memos may take.
    dry_run
        Only say what would be freed.

    Returns
    -------
    Freed
        What was freed.

    Raises
    ------
    StoreError
        When the memos cannot be read or written.
    """
    freed = clean(Place(folder / "memo"), limit_bytes, dry_run=dry_run)
    left = _find_temporary(folder / "objects", time.time() - _DAY)
    return freed + _remove(left, dry_run=dry_run)


def find_named(folder: Path) -> list[str]:
    """Give texts in which the digests stand of all content outside of the memos that they name.

    Parameters
    ----------
    folder
        That of the memos.

    Raises
    ------
    StoreError
        When the index cannot be read.
    """
    if not folder.is_dir():
        return []
    query = "SELECT DISTINCT effects FROM memos UNION SELECT DISTINCT reads FROM memos"
    return [text for (text,) in Place(folder).index.query(query)]


def clean(place: Place, limit_bytes: int, *, dry_run: bool = False) -> Freed:
    """Give up values until the rest is under the limit, and remove what nothing refers to.

    Parameters
    ----------
    place
        The folder.
    limit_bytes
        How much may stay.
    dry_run
        Only say what would be freed.

    Returns
    -------
    Freed
        What was freed.

    Raises
    ------
    StoreError
        When the index cannot be read or written.
    """
    if not place.folder.is_dir():
        return Freed()
    orphans = _remove_orphans(place, dry_run=dry_run)
    freed = evict(place, limit_bytes, dry_run=dry_run)
    if not dry_run and place.index.path.exists():
        with place.index.writing() as sql:
            _drop_oldest(sql)
            sql.execute("PRAGMA incremental_vacuum").fetchall()
    return freed + orphans


def evict(place: Place, limit_bytes: int, *, dry_run: bool = False) -> Freed:
    """Give up values until the rest is under the limit.

    Parameters
    ----------
    place
        The folder.
    limit_bytes
        How much may stay.
    dry_run
        Only say what would be freed.

    Returns
    -------
    Freed
        The values that were given up.

    Raises
    ------
    StoreError
        When the index cannot be read or written.
    """
    chosen = list(_choose(place.index.query, limit_bytes))
    if not dry_run:
        rows = [row for row, _ in chosen]
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            try:
                _give_up(place, batch)
            except StoreError:  # a full disk takes no note of it before there is space
                _remove_payloads(place, batch)
                _give_up(place, batch)
    return Freed(tuple(value for _, value in chosen))


def _give_up(place: Place, rows: list[int]) -> None:
    """Take their values from rows, and remove what nobody refers to then."""
    with place.index.writing() as sql:
        names: set[str] = set()
        for row in rows:
            names |= release(sql, row)
        unused = drop_contents(sql, names)
    sweep(place, unused)


def _remove_payloads(place: Place, rows: list[int]) -> None:
    """Remove the payloads of rows that are about to give them up."""
    for row in rows:
        for (name,) in place.index.query("SELECT payload FROM memos WHERE id = ?", (row,)):
            if name is not None:
                place.remove(name)


def _choose(query: Callable[..., list[Any]], limit_bytes: int) -> Iterator[tuple[int, FreedValue]]:
    """Choose what goes, that which is least worth its space first."""
    totals = query("SELECT bytes FROM totals")
    total = totals[0][0] if totals else 0
    if total <= limit_bytes:
        return
    sizes = dict(query("SELECT name, size FROM contents"))
    users = dict(query("SELECT payload, count(*) FROM memos GROUP BY payload"))
    files: dict[int, list[str]] = {}
    for row, digest in query("SELECT memo, digest FROM files"):
        users[digest] = users.get(digest, 0) + 1
        files.setdefault(row, []).append(digest)
    before = None
    for row, function, payload, cost, used, inside in query(_BY_WORTH, {"now": time.time()}):
        if total <= limit_bytes and (payload is None or payload != before):
            return
        before = payload
        freed = inside
        for name in (*files.get(row, ()), *([payload] if payload else ())):
            users[name] -= 1
            if not users[name]:
                freed += sizes.get(name, 0)
        total -= freed
        yield row, FreedValue(function, freed, cost, used)


def _remove_orphans(place: Place, *, dry_run: bool) -> Freed:
    """Remove contents that no row refers to and that no process is about to refer to."""
    now = time.time()
    there = dict(_list_contents(place))
    known = {name for (name,) in place.index.query("SELECT name FROM contents")}
    lone = {name: path for name, path in there.items() if name not in known}
    old = {name: path for name, path in lone.items() if now - _changed(path) > _HOUR}
    folders = (place.payloads.folder, place.files.folder)
    left = [path for folder in folders for path in _find_temporary(folder, now - _DAY)]
    left += [path for path in _list(place.folder) if _is_left(path, now - _DAY)]
    if dry_run:
        return _remove([*old.values(), *left], dry_run=True)
    freed = Freed.of_files(_size(path) for path in old.values())
    gone = [name for name in known - there.keys() if place.size(name) is None]
    if not place.index.path.exists():
        return _remove([*old.values(), *left], dry_run=False)
    if gone:
        with place.index.writing() as sql:
            unused = _strike_out(sql, gone)
        sweep(place, unused)
    sweep(place, old)
    return freed + _remove(left, dry_run=False)


def _strike_out(sql: sqlite3.Connection, names: Iterable[str]) -> set[str]:
    """Take what somebody has removed by hand out of the account."""
    lone = set(names)
    for name in tuple(lone):
        rows = sql.execute("SELECT id FROM memos WHERE payload = ?", (name,)).fetchall()
        for (row,) in rows:
            lone |= release(sql, row)
        sql.execute("DELETE FROM files WHERE digest = ?", (name,))
    return drop_contents(sql, lone)


def _drop_oldest(sql: sqlite3.Connection) -> None:
    """Remove the records that were not used for longest, when there are too many."""
    too_many = sql.execute("SELECT count(*) FROM memos").fetchone()[0] - _ROWS
    if too_many > 0:
        oldest = (
            "SELECT id FROM memos WHERE payload IS NULL AND inline IS NULL"
            " AND id NOT IN (SELECT memo FROM files) ORDER BY used LIMIT ?"
        )
        drop_rows(sql, [row for (row,) in sql.execute(oldest, (too_many,))])


def _list_contents(place: Place) -> Iterator[tuple[str, Path]]:
    """Find the payloads and the contents of files that are there."""
    for folder, prefix in ((place.payloads.folder, ""), (place.files.folder, FILE_PREFIX)):
        for part in _list(folder):
            for path in _list(part):
                name = f"{prefix}{part.name}{path.name}"
                with suppress(ValueError, StoreError):
                    place.path(name)
                    yield name, path


def _find_temporary(folder: Path, before: float) -> list[Path]:
    """Find the temporary files of writers that are gone."""
    return [path for part in _list(folder) for path in _list(part) if _is_left(path, before)]


def _is_left(path: Path, before: float) -> bool:
    return path.name.startswith(_PREFIX) and _changed(path) < before


def _list(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # not a folder, or removed meanwhile
        return []


def _changed(path: Path) -> float:
    """Give when a file was written; one that is gone meanwhile is as young as can be."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove(paths: list[Path], *, dry_run: bool) -> Freed:
    """Remove files, and account for those that are gone."""
    sizes = []
    for path in paths:
        with suppress(OSError):
            size = path.stat().st_size
            if not dry_run:
                path.unlink()
            sizes.append(size)
    return Freed.of_files(sizes)
