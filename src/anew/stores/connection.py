"""One SQLite connection per process and store, and its errors in our words."""

from __future__ import annotations

import os
import shlex
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from anew.connections import NO_WRITING, ByProcess, FileId, Held, connect, is_code, transaction
from anew.errors import (
    EnvironmentProblemError,
    StoreCorruptError,
    StoreError,
    StoreNotWritableError,
    StoreTooNewError,
)
from anew.records import dataclass
from anew.stores.migrations import migrate, read_as_newest
from anew.stores.schema import APPLICATION_ID, SCHEMA, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Connection"]

_BUSY_S: Final = 60
_OLDEST: Final = (3, 37)  # the first SQLite with strict tables


@dataclass
class _Held(Held):
    """The connection of a process, and the schema that it found."""

    version: int = VERSION


class Connection(ByProcess[_Held]):
    """A connection that threads share under a lock and that no fork inherits.

    Parameters
    ----------
    path
        The database file; made with the newest schema when something is first written.

    Notes
    -----
    Reading makes no file and no folder: a store that is not there answers like an empty one. A
    database of an earlier schema is read as it is, and migrated when something is first written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_Held)
        self.path, self._file_name = path, str(path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for queries."""
        held = self.hold()
        with held.lock, _Explaining(self, "read"), self._lent(held) as connection:
            yield connection

    @contextmanager
    def writing(self, *, patience_s: float | None = None) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that took the write lock at once.

        A transaction that first reads and then writes would be refused when another process wrote
        in between, whatever the busy timeout. ``patience_s`` is how long to wait for others;
        None for the usual time.
        """
        held = self.hold()
        with held.lock, _Explaining(self, "written"):
            connection = self._open(held)
            if connection is None or held.version < VERSION:
                connection = self._make(held)
            with _waiting(connection, patience_s), transaction(connection):
                yield connection

    def damage(self, why: object) -> StoreCorruptError:
        """Make the error that says that the database is damaged, with the way out."""
        folder = shlex.quote(str(self.path.parent))
        return StoreCorruptError(
            f"the store's database is damaged: {why}",
            where=str(self.path),
            hint=f"save what can be saved: python -m anew.stores.salvage {folder}",
        )

    def _keep(self, held: _Held, file: FileId | None) -> None:
        """Connect, and hold that."""
        connection, held.version = self._connect("mode=rw")
        held.keep(connection, file)

    def _open(self, held: _Held) -> sqlite3.Connection | None:
        """Give the connection; None when there is no database, or none with tables."""
        file = self._file()
        if held.file != file or self._is_migrated(held):
            held.close()  # somebody deleted, replaced or migrated it
        if held.sqlite is None and file is not None:
            self._keep(held, file)
        return held.sqlite

    def _is_migrated(self, held: _Held) -> bool:
        """Tell whether the database is no longer of the earlier schema that it was opened with."""
        if held.sqlite is None or held.version == VERSION:
            return False
        return self._find_version(held.sqlite) != held.version

    @contextmanager
    def _lent(self, held: _Held) -> Iterator[sqlite3.Connection]:
        """Give the connection, or one for this time only."""
        try:
            connection = self._open(held)
        except sqlite3.OperationalError as error:
            if not is_code(error, *NO_WRITING):
                raise
            other = self._open_untouched() or _make_empty()
        else:
            if connection is not None:
                yield connection
                return
            other = _make_empty()
        with closing(other):
            yield other

    def _open_untouched(self) -> sqlite3.Connection | None:
        """Open a database in whose folder no file can be made."""
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists() and log.stat().st_size:
            why = "a part of it waits in a log that cannot be taken up without writing"
            raise self._not_readable(why)
        return self._connect("immutable=1")[0]

    def _make(self, held: _Held) -> sqlite3.Connection:
        """Make or migrate the database; a `.gitignore` keeps its folder out of the user's git."""
        held.close()
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists() and not (folder / ".git").exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise self._not_writable(error.strerror or error) from error
        file = self._file()  # asked for first: should another one take its place, that is seen
        made = self._connect_any("mode=rwc")
        try:
            if file is None:  # nobody else's, and the tables need not be written twice
                _use_log(made)
                file = self._file()
            self._make_tables(made)
            _use_log(made)
        except BaseException:
            made.close()
            raise
        held.keep(made, file)
        held.version = VERSION
        if file is None or self._file() != file:
            held.close()
            why = "it was removed at once"
            raise self._not_writable(why)
        return made

    def _make_tables(self, made: sqlite3.Connection) -> None:
        """Make the tables, or migrate them."""
        with transaction(made):
            version = self._find_version(made)
            if 0 < version < VERSION:
                migrate(made, version)
            if not version:  # no other process was first
                for statement in SCHEMA.split(";\n"):
                    made.execute(statement)
                made.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                made.execute(f"PRAGMA user_version = {VERSION}")

    def _connect(self, how: str) -> tuple[sqlite3.Connection | None, int]:
        """Connect to a database that is ready, and tell its schema; None without tables."""
        connection = self._connect_any(how)
        try:
            with transaction(connection, "BEGIN"):
                version = self._find_version(connection)
            _use_log(connection)
            read_as_newest(connection, version)
        except BaseException:
            connection.close()
            raise
        if version:
            return connection, version
        connection.close()
        return None, VERSION

    def _connect_any(self, how: str) -> sqlite3.Connection:
        if sqlite3.sqlite_version_info < _OLDEST:
            message = f"SQLite {sqlite3.sqlite_version} is too old, expected 3.37 or later"
            hint = "use a Python that brings its own: uv python install, or conda"
            raise EnvironmentProblemError(message, hint=hint)
        return connect(self.path, how, timeout_s=_BUSY_S)

    def _find_version(self, connection: sqlite3.Connection) -> int:
        """Tell the schema, 0 without tables; a database of somebody else is left alone."""
        owner, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_schema",
            )
        )
        where = str(self.path)
        if owner != APPLICATION_ID and (tables or owner or version):
            message = "this database was not made by anew"
            raise StoreCorruptError(message, where=where, hint="set ANEW_STORE to another folder")
        if version > VERSION:
            message = f"the store has schema {version}, this anew knows {VERSION}"
            raise StoreTooNewError(message, where=where, hint="pip install --upgrade anew")
        return int(version) if tables else 0

    def _file(self) -> FileId | None:
        """Give what tells the file from another one of the same name; None when there is none."""
        try:
            stat = os.stat(self._file_name)  # noqa: PTH116 - asked before each use
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise self._not_writable(error.strerror) from error
        except OSError as error:
            raise self._not_readable(error.strerror or error) from error
        return stat.st_dev, stat.st_ino

    def explain(self, error: sqlite3.DatabaseError, verb: str) -> StoreError:
        """Say what SQLite says in a way that tells the way out."""
        if isinstance(error, sqlite3.IntegrityError):
            return StoreError(f"the store refuses it: {error}", where=str(self.path))
        if is_code(error, "SQLITE_BUSY", "SQLITE_LOCKED"):
            message = f"another process held the store for {_BUSY_S} seconds: {error}"
            hint = "try again when no other process holds it"
            return StoreError(message, where=str(self.path), hint=hint)
        if is_code(error, "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_PROTOCOL"):
            message = f"the store cannot be {verb}: {error}"
            hint = (
                "free some space there, or set ANEW_STORE to a folder on a local disk; "
                "what was recorded so far is kept"
            )
            return StoreError(message, where=str(self.path), hint=hint)
        if is_code(error, *NO_WRITING):
            return self._not_readable(error) if verb == "read" else self._not_writable(error)
        return self.damage(error)

    def _not_readable(self, why: object) -> StoreError:
        return StoreError(
            f"the store cannot be read: {why}",
            where=str(self.path),
            hint=f"copy it: cp -r {shlex.quote(str(self.path.parent))} FOLDER, as a user who may "
            "read it, and set ANEW_STORE to FOLDER",
        )

    def _not_writable(self, why: object) -> StoreNotWritableError:
        return StoreNotWritableError(
            f"no store can be made or written here: {why}",
            where=str(self.path.parent),
            hint="set ANEW_STORE to a folder that you may write to",
        )


class _Explaining:
    """Raises what SQLite says of a connection as an error of ours, but for mistakes of ours."""

    def __init__(self, connection: Connection, verb: str) -> None:
        self._connection, self._verb = connection, verb

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        is_ours = isinstance(error, sqlite3.ProgrammingError)
        if isinstance(error, sqlite3.DatabaseError) and not is_ours:
            raise self._connection.explain(error, self._verb) from error


def _use_log(connection: sqlite3.Connection) -> None:
    """Have writing keep nobody from reading."""
    # Whoever made it could not set this while another was making it, too.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _waiting(connection: sqlite3.Connection, patience_s: float | None) -> Iterator[None]:
    """Wait so long for others that write."""
    if patience_s is None:
        yield
        return
    connection.execute(f"PRAGMA busy_timeout = {round(patience_s * 1000)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1000}")


def _make_empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    return connection
