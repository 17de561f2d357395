"""How a store of an earlier schema becomes one of the newest, or is read as if it were one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.stores.schema import VERSION

if TYPE_CHECKING:
    import sqlite3

__all__ = ["migrate", "read_as_newest"]

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


def _execute(sql: sqlite3.Connection, script: str) -> None:
    """Run statements one by one: `executescript` would end the transaction first."""
    for statement in script.split(";\n"):
        sql.execute(statement)
