"""Save what can be saved of a damaged database: ``python -m anew.stores.salvage FOLDER``.

The damaged database is moved into a folder beside it, and a new one is made of all rows that can
still be read. Objects, snapshots and journals are not touched.
"""

from __future__ import annotations

import sqlite3
import sys
import time
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import AnewError, UsageError
from anew.notices import show_error
from anew.stores.connection import Connection
from anew.stores.encoding import read_json
from anew.stores.migrations import read_as_newest
from anew.stores.points import add_points, list_metrics, unpack_points
from anew.stores.printed import unpack_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["salvage"]

_JSON: Final = {
    "trials": ("parameters", "metrics", "process"),
    "facets": ("content",),
    "steps": ("inputs", "parts"),
    "codes": ("parts",),
}


def salvage(folder: Path) -> tuple[Path, dict[str, int]]:
    """Make a new database of what can be read of a damaged one.

    Parameters
    ----------
    folder
        The store's folder, while no trial is running.

    Returns
    -------
    aside : pathlib.Path
        The folder that the damaged files are in now.
    saved : dict of str to int
        How many rows of each table were saved.

    Raises
    ------
    UsageError
        When there is no database in the folder.

    Notes
    -----
    Each table is read from both ends, up to where it is damaged. A row whose content cannot be
    what was written is left out.
    """
    path = folder / "trials.db"
    if not path.is_file():
        message = f"no store in {str(folder)!r}"
        raise UsageError(message, hint="give the folder that has a 'trials.db'")
    aside = folder / f"damaged-{time.time_ns()}"
    aside.mkdir()
    for file in sorted(folder.glob("trials.db*")):
        file.rename(aside / file.name)
    connection = Connection(path)
    saved = {}
    with connection.writing() as sql, closing(sqlite3.connect(aside / path.name)) as damaged:
        damaged.execute("PRAGMA writable_schema = ON")  # go on where pages are missing
        with suppress(sqlite3.DatabaseError):  # as much as can be told of an earlier schema
            (version,) = damaged.execute("PRAGMA user_version").fetchone()
            read_as_newest(damaged, version)
        damaged.row_factory = sqlite3.Row
        damaged.text_factory = lambda data: str(data, "utf-8", "replace")
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        for (table,) in sql.execute(tables).fetchall():
            before = sql.total_changes
            for row in _read(damaged, table):
                _insert(sql, table, row)
            saved[table] = sql.total_changes - before
    connection.close()
    return aside, saved


def _read(damaged: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Give the rows of a table from its first to its last, then back from its last."""
    for direction in ("ASC", "DESC"):
        query = f"SELECT * FROM {table} ORDER BY 1 {direction}"  # noqa: S608 - a table of ours
        with suppress(sqlite3.DatabaseError):
            yield from damaged.execute(query)


def _insert(sql: sqlite3.Connection, table: str, row: sqlite3.Row) -> None:
    """Insert a row that makes sense and is not there yet."""
    names, marks = ", ".join(row.keys()), ", ".join("?" * len(row))
    with suppress(ValueError, TypeError, zlib.error, sqlite3.IntegrityError):
        for column in {*_JSON.get(table, ())} & {*row.keys()}:  # some came with a later schema
            read_json(row[column])
        if table == "blocks":
            points = unpack_points(row["count"], row["points"])
            if row["first_step"] is None:  # of an earlier schema
                if row["metric"] not in list_metrics(sql, row["trial"]):
                    add_points(sql, row["trial"], row["metric"], points)
                return
        if table == "console":
            unpack_printed(row["dropped"], row["text"])
        query = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - ours
        sql.execute(query, tuple(row))


def _main(folder: str = "") -> int:
    try:
        aside, saved = salvage(Path(folder))
    except AnewError as error:
        show_error(error.message, error.hint)
        return error.exit_code
    counts = ", ".join(f"{count} {table}" for table, count in saved.items() if count)
    sys.stdout.write(f"saved: {counts or 'nothing'}\nthe damaged database is in {aside}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:2]))
