"""Comparing SQLite databases, table by table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from anew.changes import grouped
from anew.compare.finding import DIFFERENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_sqlite"]

_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def compare_sqlite(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare schemas and rows; pages, free space and counters are not looked at.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    with closing(_open(a)) as old, closing(_open(b)) as new:
        schemas = [each.execute(_SCHEMA).fetchall() for each in (old, new)]
        if schemas[0] != schemas[1]:
            return join([("schema", way.compare_values(*schemas))], "")
        names = [n for kind, n, _, sql in schemas[0] if kind == "table" and _is_plain(sql)]
        return join(((f"table {n!r}", _compare_table(n, old, new, way)) for n in names), "tables")


def _open(data: bytes) -> sqlite3.Connection:
    """Open a database in memory, where there is no write-ahead log: so it says that it has none."""
    database = sqlite3.connect(":memory:")
    without_log = data[:18] + b"\1\1" + data[20:]  # https://sqlite.org/fileformat2.html, 1.3.3
    database.deserialize(without_log)
    database.text_factory = lambda text: text.decode(errors="surrogateescape")
    return database


def _is_plain(sql: str | None) -> bool:
    return not (sql or "").upper().startswith("CREATE VIRTUAL")


def _compare_table(
    name: str, old: sqlite3.Connection, new: sqlite3.Connection, way: Way
) -> Finding:
    quoted = '"' + name.replace('"', '""') + '"'
    tables = [_read(each, quoted) for each in (old, new)]
    counts = [len(rows) for _, rows in tables]
    if counts[0] != counts[1]:
        return Finding(DIFFERENT, f"{grouped(counts[0])} rows → {grouped(counts[1])} rows")
    return join(_columns(tables, way), "columns")


def _read(database: sqlite3.Connection, table: str) -> tuple[list[str], list[Any]]:
    """Read all rows in the order of the primary key, else in that of writing."""
    cursor = database.execute(f"SELECT * FROM {table}")  # noqa: S608 - a quoted name
    return [column[0] for column in cursor.description], cursor.fetchall()


def _columns(tables: list[tuple[list[str], list[Any]]], way: Way) -> Iterator[tuple[str, Finding]]:
    (names, old), (_, new) = tables
    for at, name in enumerate(names):
        columns = [[row[at] for row in rows] for rows in (old, new)]
        if columns[0] != columns[1]:
            found = way.compare_tree(*columns)
            yield f", column {name!r}", found
