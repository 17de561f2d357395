"""How a store of an earlier schema becomes one of the newest, or is read as if it were one."""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.stores.points import add_points, unpack_points
from anew.stores.schema import VERSION

if TYPE_CHECKING:
    import sqlite3

__all__ = ["migrate", "read_as_newest"]

_BLOCKS: Final = 4
"""The schema that has points in blocks."""

# By the version that each leads to, from the one before. What is released is never changed.
_MIGRATIONS: Final = {
    2: """
ALTER TABLE steps ADD COLUMN key TEXT;
ALTER TABLE steps ADD COLUMN code TEXT;
ALTER TABLE steps ADD COLUMN parts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE steps ADD COLUMN reused TEXT;
ALTER TABLE steps ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE TABLE codes (
    digest TEXT PRIMARY KEY,
    parts TEXT NOT NULL
) STRICT, WITHOUT ROWID
""",
    3: """
ALTER TABLE trials ADD COLUMN parent TEXT;
ALTER TABLE trials ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE trials ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE files ADD COLUMN count INTEGER;
ALTER TABLE files ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN first REAL;
ALTER TABLE files ADD COLUMN last REAL
""",
    4: """
ALTER TABLE series RENAME TO earlier_series;
ALTER TABLE console RENAME TO earlier_console;
CREATE TABLE blocks (
    trial TEXT NOT NULL,
    metric TEXT NOT NULL,
    number INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_step INTEGER,
    last_step INTEGER,
    first REAL,
    last REAL,
    lo REAL,
    lo_step INTEGER,
    lo_time REAL,
    hi REAL,
    hi_step INTEGER,
    hi_time REAL,
    points BLOB NOT NULL,
    PRIMARY KEY (trial, metric, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE folded (
    trial TEXT NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    time REAL,
    PRIMARY KEY (trial, file)
) STRICT, WITHOUT ROWID;
CREATE TABLE console (
    trial TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (trial, number)
) STRICT, WITHOUT ROWID
""",
}

# By the version that is read up to: what stands in front of its tables to answer like the newest.
_FRONTS: Final = {
    1: """
CREATE TEMP VIEW steps AS
    SELECT *, NULL AS key, NULL AS code, '[]' AS parts, NULL AS reused, '' AS reason
    FROM main.steps;
CREATE TEMP TABLE codes (digest TEXT, parts TEXT)
""",
    2: """
CREATE TEMP VIEW trials AS
    SELECT *, NULL AS parent, '[]' AS tags, '[]' AS notes FROM main.trials;
CREATE TEMP VIEW files AS
    SELECT *, NULL AS count, '' AS origin, NULL AS first, NULL AS last FROM main.files
""",
    3: """
CREATE TEMP VIEW blocks AS
    SELECT trial, metric, 0 AS number, count, NULL AS first_step, NULL AS last_step,
        NULL AS first, NULL AS last, NULL AS lo, NULL AS lo_step, NULL AS lo_time,
        NULL AS hi, NULL AS hi_step, NULL AS hi_time, points
    FROM main.series;
CREATE TEMP VIEW console AS
    SELECT trial, 0 AS number, 0 AS size, 0 AS dropped, text FROM main.console;
CREATE TEMP TABLE folded (trial TEXT, file TEXT, size INTEGER, time REAL)
""",
}


def migrate(sql: sqlite3.Connection, version: int) -> None:
    """Bring the tables to the newest schema.

    Parameters
    ----------
    sql
        A connection inside a transaction that holds the write lock: all is done, or nothing.
    version
        The schema that the database has.
    """
    for number in range(version + 1, VERSION + 1):
        _execute(sql, _MIGRATIONS[number])
        if number == _BLOCKS:
            _move_points(sql)
    sql.execute(f"PRAGMA user_version = {VERSION}")


def read_as_newest(sql: sqlite3.Connection, version: int) -> None:
    """Let this connection read an older database like one of the newest schema.

    Parameters
    ----------
    sql
        A connection; the database itself is not touched.
    version
        The schema that the database has.
    """
    for number in range(version, VERSION) if version else ():  # 0: no tables yet
        sql.execute("PRAGMA temp_store = MEMORY")
        _execute(sql, _FRONTS[number])


def _move_points(sql: sqlite3.Connection) -> None:
    """Pack points and text of an earlier schema as those of now, a trial at a time."""
    series = sql.execute("SELECT trial, metric, count, points FROM earlier_series")
    for trial, metric, count, packed in series:
        with suppress(ValueError, zlib.error):  # one that is damaged stays as it is
            add_points(sql, trial, metric, unpack_points(count, packed))
            continue
        row = trial, metric, count, packed
        sql.execute(
            "INSERT INTO blocks (trial, metric, number, count, points) VALUES (?, ?, 0, ?, ?)", row
        )
    sql.execute("INSERT INTO console SELECT trial, 0, length(text), 0, text FROM earlier_console")
    sql.execute("DROP TABLE earlier_series")
    sql.execute("DROP TABLE earlier_console")


def _execute(sql: sqlite3.Connection, script: str) -> None:
    """Run statements one by one: `executescript` would end the transaction first."""
    for statement in script.split(";\n"):
        sql.execute(statement)
