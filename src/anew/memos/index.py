"""The index of a memo folder: one SQLite file, one connection per process, never inherited."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anew.connections import NO_WRITING, ByProcess, FileId, Held, connect, is_code, transaction
from anew.errors import StoreError, StoreNotWritableError, StoreTooNewError
from anew.memos.schema import APPLICATION_ID, SCHEMA, VERSION
from anew.notices import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Index", "IndexLostError"]

_BUSY_S: Final = 20
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_ANSWERS: Final = 1024
"""So many answers are remembered, each of some kilobytes at most."""


class IndexLostError(StoreError):
    """The index was damaged and is set aside; writing once more begins a new one."""


class _ForeignError(sqlite3.DatabaseError):
    """The file is a database of somebody else, or of another scheme."""


@dataclass
class _Held(Held):
    """The connection of a process, and what it has answered since somebody wrote."""

    tried: FileId | None = None
    answers: dict[str, list[Any]] = field(default_factory=dict)
    version: Any = None

    def close(self) -> None:
        """Close the connection."""
        self.answers.clear()
        super().close()


class Index(ByProcess[_Held]):
    """A connection that threads share under a lock and that no fork inherits.

    Parameters
    ----------
    path
        The database file; made when something is first written.

    Notes
    -----
    A file that is damaged, or is no index of memos, is set aside with a warning: what it said can
    be computed again. One of a later scheme is left alone.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_Held)
        self.path = path
        self._text = os.fspath(path)

    def query(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Give the rows of a query; none when there is no index.

        Raises
        ------
        StoreError
            When it cannot be read.
        """
        held = self.hold()
        with held.lock:
            try:
                connection = self._connection(held)
                return (
                    [] if connection is None else connection.execute(statement, values).fetchall()
                )
            except sqlite3.DatabaseError as error:
                if not is_code(error, *NO_WRITING):
                    self._explain(held, error, "read")
                    return []
            return self._query_untouched(statement, values)

    def ask(self, statement: str, value: str, read: Callable[[Any], Any]) -> list[Any]:
        """Give the rows of a query that is asked again and again, from memory while nobody writes.

        Parameters
        ----------
        statement
            The query, always the same one.
        value
            The value in it.
        read
            Makes something of each row that nobody changes.

        Raises
        ------
        StoreError
            When it cannot be read.
        """
        held = self.hold()
        with held.lock:
            answers = held.answers
            if value in answers or not answers:
                self._forget_if_written(held)
            if value not in answers:
                while len(answers) >= _ANSWERS:
                    del answers[next(iter(answers))]
                answers[value] = [read(row) for row in self.query(statement, (value,))]
            return answers[value]

    def _forget_if_written(self, held: _Held) -> None:
        """Forget what was answered when somebody has written since; this process says so itself."""
        version = None
        with suppress(sqlite3.DatabaseError):  # the query will say so
            connection = self._connection(held)
            if connection is not None:
                version = connection.execute("PRAGMA data_version").fetchall()
        if version is None or version != held.version:
            held.answers.clear()
            held.version = version

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that took the write lock at once.

        Raises
        ------
        StoreError
            When it cannot be written; nothing of the block is kept then.
        """
        held = self.hold()
        with held.lock:
            try:
                connection = self._connection(held) or self._make(held)
                try:
                    with transaction(connection):
                        yield connection
                finally:
                    held.answers.clear()
            except sqlite3.DatabaseError as error:
                self._explain(held, error, "written")
                message = "the index of the memos was damaged"
                raise IndexLostError(message, where=self._text) from error
            except OSError as error:
                if isinstance(error, StoreError):
                    raise
                raise self._not_writable(error.strerror or error) from error

    def _connection(self, held: _Held) -> sqlite3.Connection | None:
        """Give the connection; None when there is no index."""
        try:
            stat = os.stat(self._text)  # noqa: PTH116 - a third of a hit's time would be pathlib's
        except (FileNotFoundError, NotADirectoryError):
            held.close()
            return None
        except OSError as error:
            raise self._unreadable(error.strerror) from error
        file = (stat.st_dev, stat.st_ino)
        if held.file == file:
            return held.sqlite
        held.close()  # somebody deleted or replaced it
        held.tried = file
        connection = connect(self.path, "mode=rw", timeout_s=_BUSY_S)
        try:
            if not self._is_ready(connection):
                connection.close()
                return None
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        held.keep(connection, file, at_exit=False)  # its owner may still have to write then
        return connection

    def _query_untouched(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """Query an index in whose folder no file can be made."""
        try:
            with closing(connect(self.path, "immutable=1", timeout_s=_BUSY_S)) as connection:
                return connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._unreadable(error) from error

    @staticmethod
    def _is_ready(connection: sqlite3.Connection) -> bool:
        """Tell whether the tables are made; refuse what is none of ours."""
        owner, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_schema",
            )
        )
        if owner == APPLICATION_ID and version > VERSION:
            message = f"the memos have scheme {version}, this anew knows {VERSION}"
            raise StoreTooNewError(message, hint="pip install --upgrade anew")
        if (owner, version) != (APPLICATION_ID, VERSION) and (tables or owner or version):
            message = "it is no index of memos"
            raise _ForeignError(message)
        return bool(tables)

    def _make(self, held: _Held) -> sqlite3.Connection:
        """Make the index beside its place and move it there whole."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise self._not_writable(error.strerror or error) from error
        with self._alone():
            connection = self._connection(held)
            if connection is None:
                fresh = self.path.with_name(f".put-{os.getpid()}.db")
                try:
                    _fill(fresh)
                    for log in ("-wal", "-shm"):  # of one that was removed: never of this one
                        self.path.with_name(self.path.name + log).unlink(missing_ok=True)
                    fresh.replace(self.path)
                finally:
                    fresh.unlink(missing_ok=True)
                connection = self._connection(held)
        if connection is None:
            why = "it was removed at once"
            raise self._not_writable(why)
        return connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Make or set aside the index in one process at a time."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(f"{self._text}.lock", timeout=_BUSY_S):
                yield
        except Timeout as error:
            why = "another process makes it"
            raise self._not_writable(why) from error

    def _explain(self, held: _Held, error: sqlite3.DatabaseError, verb: str) -> None:
        """Set a damaged index aside; say anything else in our words."""
        if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
            raise error  # mistakes of ours
        if not isinstance(error, _ForeignError) and not is_code(error, *_DAMAGED):
            message = f"the memos cannot be {verb}: {error}"
            hint = "free some space there, or use a folder on a local disk that you may write to"
            raise StoreError(message, where=self._text, hint=hint) from error
        self._set_aside(held, error)

    def _set_aside(self, held: _Held, why: object) -> None:
        """Rename a damaged index, unless another process has done that meanwhile."""
        seen = held.file or held.tried
        held.close()
        try:
            with self._alone():
                if seen is None or _identify(self.path) != seen:
                    return
                number = 1
                while (place := self.path.with_name(f"{self.path.name}.broken-{number}")).exists():
                    number += 1
                self.path.rename(place)
                for log in ("-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        self.path.with_name(self.path.name + log).rename(f"{place}{log}")
        except OSError as error:
            message = f"the memos are damaged and cannot be set aside: {error.strerror or error}"
            raise StoreError(message, where=self._text) from error
        warn_once(
            f"the index of the memos was damaged ({why}) and is set aside as {place}: "
            "what it knew is computed again",
            about=f"damaged {self._text} {number}",
        )

    def _unreadable(self, why: object) -> StoreError:
        return StoreError(f"the memos cannot be read: {why}", where=self._text)

    def _not_writable(self, why: object) -> StoreNotWritableError:
        return StoreNotWritableError(
            f"no memos can be kept here: {why}",
            where=str(self.path.parent),
            hint="set ANEW_STORE to a folder that you may write to",
        )


def _identify(path: Path) -> FileId | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _fill(path: Path) -> None:
    """Make an empty index."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
