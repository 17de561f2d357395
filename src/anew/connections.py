"""Connections to SQLite: one for each process and file, shared by threads, inherited by no fork."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from anew.forks import close_before_fork
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["NO_WRITING", "ByProcess", "FileId", "Held", "connect", "is_code", "transaction"]

NO_WRITING: Final = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR_SHM")
"""What SQLite says where nothing can be written, not even what reading needs."""

FileId = tuple[int, int]
"""Device and inode: what tells a file from another one of the same name."""


@dataclass
class Held:
    """What a process holds: a connection under a lock, and the file that it leads to."""

    lock: Any = field(default_factory=threading.RLock)
    sqlite: sqlite3.Connection | None = None
    file: FileId | None = None
    end: Callable[[], object] = field(default=lambda: None)

    def keep(
        self, sqlite: sqlite3.Connection | None, file: FileId | None, *, at_exit: bool = True
    ) -> None:
        """Hold a connection in the stead of the one before.

        Parameters
        ----------
        sqlite
            The connection.
        file
            What it leads to.
        at_exit
            Whether it is closed when the process ends, and not only when nobody holds this.
        """
        self.close()
        self.sqlite, self.file = sqlite, file
        if sqlite is not None:
            end = weakref.finalize(self, _close_own, sqlite, os.getpid())
            end.atexit = at_exit
            self.end = end

    def close(self) -> None:
        """Close the connection."""
        self.sqlite = self.file = None
        self.end()


def _close_own(sqlite: sqlite3.Connection, pid: int) -> None:
    """Close a connection, unless this is a fork that has inherited it."""
    if pid == os.getpid():
        sqlite.close()


H = TypeVar("H", bound=Held)


class ByProcess(Generic[H]):
    """What each process holds for itself.

    Parameters
    ----------
    make
        Makes what a process holds.
    """

    def __init__(self, make: Callable[[], H]) -> None:
        self._make_held = make
        # A fork leaves alone what it inherits: it would even do harm by closing it.
        self._by_process: dict[int, H] = {}
        close_before_fork(self)

    def hold(self) -> H:
        """Give what this process holds; to be used under its lock."""
        process = os.getpid()
        return self._by_process.get(process) or self._by_process.setdefault(
            process, self._make_held()
        )

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        held = self.hold()
        with held.lock:
            held.close()

    def close_for_fork(self) -> Any:
        """Take the lock, close the connection, and give the lock."""
        held = self.hold()
        held.lock.acquire()
        if held.sqlite is not None and not held.sqlite.in_transaction:
            held.close()  # not one in the midst of which this very thread forks
        return held.lock


def connect(path: Path, how: str, *, timeout_s: float) -> sqlite3.Connection:
    """Connect to a file, for all threads, with transactions begun by hand.

    Parameters
    ----------
    path
        The database.
    how
        The query of its URI, such as ``mode=rw``.
    timeout_s
        How long to wait for others, in seconds.
    """
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Commit what the block does, or nothing of it.

    Parameters
    ----------
    connection
        The connection.
    begin
        How it begins. One that first reads and then writes would be refused when another process
        wrote in between, so the write lock is taken at once.
    """
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


def is_code(error: sqlite3.Error, *names: str) -> bool:
    """Tell whether an error is of one of some kinds, their refinements included.

    Parameters
    ----------
    error
        What SQLite raised.
    *names
        Such as ``SQLITE_BUSY``.
    """
    name = getattr(error, "sqlite_errorname", None) or ""
    return name.startswith(names)
