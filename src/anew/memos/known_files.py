"""What is known of files for longer than a process lives: digests of large ones, texts of code."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.digests import FileDigest
from anew.forks import close_before_fork

if TYPE_CHECKING:
    from pathlib import Path

    from anew.digests.files import State

__all__ = ["KnownCode", "KnownFiles"]

_WORTH_BYTES: Final = 1 << 18
"""A smaller file is read sooner than looked up."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS known (
    path TEXT PRIMARY KEY,
    state TEXT NOT NULL,   -- device, inode, size, times
    digest TEXT NOT NULL,
    rows INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS code (
    key TEXT PRIMARY KEY,
    texts BLOB NOT NULL,   -- of the functions of a file, as the fingerprint takes them
    used INTEGER NOT NULL  -- day, to forget files that are gone
) STRICT, WITHOUT ROWID;
"""
_DAY_S: Final = 86_400
_DAYS: Final = 30
_CHECK_BYTES: Final = 8


class _Database:
    """A small database, for what may as well be found out again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        close_before_fork(self)

    def close_for_fork(self) -> Any:
        """Take the lock, close the connection, and give the lock."""
        self._lock.acquire()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return self._lock

    def ask(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        """Give one row; None when there is none, or it cannot be had."""
        with suppress(sqlite3.Error, OSError, UnicodeError), self._lock:
            row = self._open().execute(statement, values).fetchone()
            return None if row is None else tuple(row)
        return None

    def _open(self) -> sqlite3.Connection:
        """Open the database; after a fork again."""
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            made = sqlite3.connect(
                self.path, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            made.execute("PRAGMA journal_mode = WAL")
            made.execute("PRAGMA synchronous = OFF")  # what a crash takes is only read again
            made.executescript(_TABLES)
            self._connection = made
        return self._connection


class KnownFiles:
    """A memory for `anew.digests.use_memory`, in a database.

    Parameters
    ----------
    path
        The database; made when the first digest is put into it. Whatever is wrong with it, a file
        is read once more.
    """

    def __init__(self, path: Path) -> None:
        self._database = _Database(path)

    def get(self, state: State) -> FileDigest | None:
        """Give the digest of a file in this state, if it is known."""
        path, *marks = state
        if state[3] < _WORTH_BYTES or not self._database.path.exists():
            return None
        query = "SELECT digest, rows FROM known WHERE path = ? AND state = ?"
        row = self._database.ask(query, path, repr(marks))
        return FileDigest(row[0], state[3], row[1]) if row else None

    def put(self, state: State, found: FileDigest) -> None:
        """Remember the digest of a file in this state."""
        path, *marks = state
        if state[3] >= _WORTH_BYTES:
            statement = "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)"
            self._database.ask(statement, path, repr(marks), found.digest, found.rows)


class KnownCode:
    """A memory for `anew.code.memory.use_memory`, in a database.

    Parameters
    ----------
    path
        The database; made when the first text is put into it.
    """

    def __init__(self, path: Path) -> None:
        self._database = _Database(path)

    def get(self, key: str) -> bytes | None:
        """Give what was put under a key, if it is there."""
        if not self._database.path.exists():
            return None
        row = self._database.ask("SELECT texts FROM code WHERE key = ?", key)
        if row is None or _check(row[0][_CHECK_BYTES:]) != row[0][:_CHECK_BYTES]:
            return None  # SQLite does not see that a bit has changed
        return bytes(row[0][_CHECK_BYTES:])

    def put(self, key: str, data: bytes) -> None:
        """Remember bytes, and forget what nobody has put for a month."""
        today = int(time.time() // _DAY_S)
        statement = "INSERT OR REPLACE INTO code VALUES (?, ?, ?)"
        self._database.ask(statement, key, _check(data) + data, today)
        self._database.ask("DELETE FROM code WHERE used < ?", today - _DAYS)


def _check(data: bytes) -> bytes:
    import xxhash

    return xxhash.xxh3_64_digest(data)
