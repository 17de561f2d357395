"""Comparing databases of DuckDB, table by table."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import DIFFERENT, Finding, join

if TYPE_CHECKING:
    from anew.compare.files.way import Way

__all__ = ["compare_duckdb"]

_TABLES: Final = (
    "SELECT schema_name, table_name, sql FROM duckdb_tables() ORDER BY schema_name, table_name"
)


def compare_duckdb(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare schemas and rows.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    old, new = _read(a), _read(b)
    if old.keys() != new.keys():
        return Finding(DIFFERENT, f"tables {', '.join(old)} → {', '.join(new)}")
    return join(((n, way.compare_values(rows, new[n])) for n, rows in old.items()), "tables")


def _read(data: bytes) -> dict[str, Any]:
    """Read all tables into frames, by way of a file: there is no other."""
    import duckdb

    with TemporaryDirectory(prefix="anew-duckdb-") as folder:
        path = Path(folder, "database.duckdb")
        path.write_bytes(data)
        limits: Any = {"enable_external_access": "false"}
        with closing(duckdb.connect(str(path), read_only=True, config=limits)) as database:
            tables = database.execute(_TABLES).fetchall()
            return {
                sql: database.execute(f"SELECT * FROM {_quote(schema)}.{_quote(name)}").df()  # noqa: S608 - quoted
                for schema, name, sql in tables
            }


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
