"""What is known of files for longer than a process lives: their digests, and texts of code."""

from __future__ import annotations

import atexit
import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.code.memory import use_memory as use_code_memory
from anew.digests import FileDigest
from anew.digests import use_memory as use_file_memory
from anew.forks import close_before_fork

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from anew.digests.files import State

__all__ = ["MEMO_FOLDER", "KnownCode", "KnownFiles", "flush", "use_known"]

MEMO_FOLDER: Final = "memo"
"""Where the memos are in the folder of a store."""

_ASKED: Final = 500
"""So many files are asked for at once: SQLite may have been built to take no more than 999."""

_BATCH: Final = 1000
_BATCH_S: Final = 0.5
"""So many digests are gathered, or for so long, to be written at once."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS known (
    path TEXT PRIMARY KEY,
    state TEXT NOT NULL,   -- device, inode, size, times
    digest TEXT NOT NULL,  -- without a stamp; for a file that has one, followed by the size
    rows INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS code (
    key TEXT PRIMARY KEY,
    texts BLOB NOT NULL,   -- of the functions of a file, as the fingerprint takes them
    used INTEGER NOT NULL  -- day, to forget files that are gone
) STRICT, WITHOUT ROWID;
"""
_COUNT: Final = "SELECT count(*) FROM sqlite_master WHERE name IN ('known', 'code')"
_DAY_S: Final = 86_400
_DAYS: Final = 30
_CHECK_BYTES: Final = 8


_Row = tuple[str, str, str, int | None]


class _Database:
    """A small database, for what may as well be found out again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        close_before_fork(self)

    def close_for_fork(self) -> Any:
        """Take the lock, close the connection, and give the lock."""
        self.lock.acquire()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return self.lock

    def ask(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        """Give one row; None when there is none, or it cannot be had."""
        with suppress(sqlite3.Error, OSError, UnicodeError), self.lock:
            row = self._open().execute(statement, values).fetchone()
            return None if row is None else tuple(row)
        return None

    def ask_all(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Give all rows for many values, which stand in the place of ``...``."""
        rows: list[tuple[Any, ...]] = []
        with suppress(sqlite3.Error, OSError, UnicodeError), self.lock:
            for at in range(0, len(values), _ASKED):
                part = values[at : at + _ASKED]
                marks = ",".join("?" * len(part))
                rows += self._open().execute(statement.replace("...", marks), part)
        return rows

    def write(self, statement: str, rows: Collection[tuple[object, ...]]) -> None:
        """Write many rows at once, or none when they cannot be written."""
        if not rows:
            return
        with suppress(sqlite3.Error, OSError, UnicodeError), self.lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # or none of them
                connection.executemany(statement, rows)

    def is_there(self) -> bool:
        """Tell whether there is anything to be asked."""
        return self._connection is not None or self.path.exists()

    def _open(self) -> sqlite3.Connection:
        """Open the database; after a fork again."""
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            made = sqlite3.connect(
                self.path, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            made.execute("PRAGMA synchronous = OFF")  # what a crash takes is only read again
            if made.execute(_COUNT).fetchone() != (2,):
                made.execute("PRAGMA journal_mode = WAL")
                made.executescript(_TABLES)
            self._connection = made
        return self._connection


_used: Final[list[Path]] = []


def use_known(folder: Path) -> None:
    """Have what this process finds out of files and code known for longer than it lives.

    Parameters
    ----------
    folder
        A memo folder; the first one that is named counts for the whole process.
    """
    if not _used:
        _used.append(folder)
        use_file_memory(KnownFiles(folder / "known.db"))
        use_code_memory(KnownCode(folder / "known.db"))


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
        self._waiting: dict[str, _Row] = {}
        self._written = -_BATCH_S  # the first one does not wait
        _all.add(self)

    def get(self, state: State) -> FileDigest | None:
        """Give the digest of a file in this state, if it is known."""
        path, *marks = state
        row = self._waiting.get(path)
        if row is not None:
            return _read_row(row, state) if row[1] == repr(marks) else None
        if not self._database.is_there():
            return None
        query = "SELECT path, state, digest, rows FROM known WHERE path = ? AND state = ?"
        found = self._database.ask(query, path, repr(marks))
        return _read_row(found, state) if found else None

    def find(self, states: Iterable[State]) -> dict[State, FileDigest]:
        """Give those that are known of many files at once."""
        asked = {state[0]: state for state in states}
        rows = {}
        if self._database.is_there():
            query = "SELECT path, state, digest, rows FROM known WHERE path IN (...)"
            found = self._database.ask_all(query, [*filter(_is_text, asked)])
            rows = {row[0]: row for row in found}
        with self._database.lock:
            rows |= {path: row for path, row in self._waiting.items() if path in asked}
        return {
            state: _read_row(row, state)
            for path, row in rows.items()
            if row[1] == repr([*(state := asked[path])[1:]])
        }

    def put(self, state: State, found: FileDigest) -> None:
        """Remember the digest of a file in this state: now here, and soon for all."""
        path, *marks = state
        with self._database.lock:
            self._waiting[path] = (path, repr(marks), _write_digest(found, state), found.rows)
            is_due = time.monotonic() - self._written >= _BATCH_S
        if is_due or len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._database.lock:
            waiting, self._waiting = self._waiting, {}
            self._written = time.monotonic()
        rows = [row for path, row in waiting.items() if _is_text(path)]
        self._database.write("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", rows)


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
        if not self._database.is_there():
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


_all: Final[weakref.WeakSet[KnownFiles]] = weakref.WeakSet()


@atexit.register
def flush() -> None:
    """Write all digests of files that wait to be written."""
    for each in list(_all):
        each.flush()


def _write_digest(found: FileDigest, state: State) -> str:
    """Write a digest, with the size of what it is of where the file has a stamp besides."""
    is_bare = found.size_bytes != state[3]
    return f"{found.digest} {found.size_bytes}" if is_bare else found.digest


def _read_row(row: Sequence[Any], state: State) -> FileDigest:
    digest, _, size = row[2].partition(" ")
    return FileDigest(digest, int(size) if size else state[3], row[3])


def _is_text(path: str) -> bool:
    """Tell a path that a database can hold from one with bytes that are no text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check(data: bytes) -> bytes:
    import xxhash

    return xxhash.xxh3_64_digest(data)
