"""The store of a project: SQLite, with objects, snapshots and journals in folders beside it."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

from anew.errors import StoreError
from anew.journal import Ended, Journal, read_journal
from anew.notices import warn_once
from anew.objects import FolderObjects
from anew.provenance.process import is_alive
from anew.stores.amending import Amending, add_marks
from anew.stores.connection import Connection
from anew.stores.encoding import read_json, to_json
from anew.stores.rows import insert_pieces, insert_said
from anew.stores.unkept import Listener, list_journals, read_rest, says_end

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from anew.journal import Said
    from anew.model import Facet, Failure
    from anew.types import ObjectStore

__all__ = ["SQLiteStore"]

_FOLD_PATIENCE_S: Final = 0.1
"""A trial that runs is not held up by others that write: what it says is as safe in its journal."""


class SQLiteStore(Amending):
    """Trials in one SQLite file that many processes may write at once.

    Parameters
    ----------
    folder
        The store's folder. Nothing is made before it is first used.

    Notes
    -----
    Every write is one short transaction, committed when the call returns: after a kill it is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = str(folder)
        self.objects: ObjectStore = FolderObjects(folder / "objects")
        self.connection = Connection(folder / "trials.db")
        self._listener = Listener(folder / "journal")

    def __reduce__(self) -> tuple[type[SQLiteStore], tuple[Path]]:
        return SQLiteStore, (self.folder,)

    def __repr__(self) -> str:
        return f"SQLiteStore({self.url!r})"

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        self.connection.close()

    def experiment_seed(self, experiment: str, draw: Callable[[], int]) -> int:
        """Give the root seed of an experiment, drawn when it has none yet."""
        query = "SELECT seed FROM experiments WHERE name = ?"
        for seed in self._rows(lambda seed: seed, query, experiment):
            if seed is not None:
                return int(seed)
        with self.connection.writing() as sql:
            self._add_experiment(sql, experiment)
            (seed,) = sql.execute(query, (experiment,)).fetchone()
            if seed is None:
                seed = draw()
                sql.execute("UPDATE experiments SET seed = ? WHERE name = ?", (seed, experiment))
        return int(seed)

    def begin(
        self, uuid: str, experiment: str, record: Mapping[str, Any], facets: Iterable[Facet] = ()
    ) -> int:
        """Enter a running trial with its facets and give its number.

        Parameters
        ----------
        uuid
            The trial's UUIDv7.
        experiment
            The experiment's name.
        record
            ``started`` (UTC seconds), ``seed``, ``parameters``, ``process``, ``reproduces``,
            ``parent``.
        facets
            Those that are known by now.
        """
        self.close_ended()
        with self.connection.writing() as sql:
            self._add_experiment(sql, experiment)
            cursor = sql.execute(
                "INSERT INTO trials"
                " (uuid, experiment, status, started, seed, parameters, process, reproduces,"
                " parent) VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)",
                (
                    uuid,
                    experiment,
                    record["started"],
                    str(record["seed"]),
                    to_json(record["parameters"]),
                    to_json(record["process"]),
                    record["reproduces"],
                    record.get("parent"),
                ),
            )
            _insert_facets(sql, uuid, facets)
        return int(cursor.lastrowid or 0)

    def add_facets(self, uuid: str, facets: Iterable[Facet]) -> None:
        """Keep facets, each distinct content once."""
        with self.connection.writing() as sql:
            _insert_facets(sql, uuid, facets)

    def fold(self, uuid: str, file: str, start: int, size: int, said: Said) -> int:
        """Take in points and printed text of a running trial.

        Parameters
        ----------
        uuid
            The trial's UUID.
        file
            The name of the journal that says them.
        start
            From which byte on ``said`` is what it says.
        size
            Up to which byte.
        said
            Points and text.

        Returns
        -------
        int
            Up to which byte the tables have the file: ``size``; less when they had it up to
            another byte than ``start``, and nothing was written.

        Raises
        ------
        StoreError
            When it cannot be written now, or the trial is not running; nothing is written then.
        """
        with self.connection.writing(patience_s=_FOLD_PATIENCE_S) as sql:
            query = "SELECT size FROM folded WHERE trial = ? AND file = ?"
            known = int((sql.execute(query, (uuid, file)).fetchone() or (0,))[0])
            if known != start:
                return known
            query = "SELECT metrics, process FROM trials WHERE uuid = ? AND status = 'running'"
            row = sql.execute(query, (uuid,)).fetchone()
            if row is None:
                raise self._gone(uuid)
            last = insert_pieces(sql, uuid, said, _find_limit(row[1]))
            metrics = to_json({**(read_json(row[0]) or {}), **last})
            sql.execute("UPDATE trials SET metrics = ? WHERE uuid = ?", (metrics, uuid))
            times = [points.latest() for points in said.series.values()]
            time_of_last = max([*times, *(each.time for each in said.printed)], default=None)
            sql.execute(
                "INSERT OR REPLACE INTO folded VALUES (?, ?, ?, ?)",
                (uuid, file, size, time_of_last),
            )
        return size

    def finish(
        self,
        uuid: str,
        *,
        status: str,
        seconds: float | None,
        error: Failure | None,
        facets: Iterable[Facet] = (),
    ) -> None:
        """Fold the journals into the store, add facets, and close the trial.

        Raises
        ------
        StoreError
            When the store no longer has the trial, or cannot be written; its journals stay then.
        """
        path = self.journal_path(uuid)
        heard = {each.name: (each, read_journal(each)) for each in self._journals(uuid)}
        if heard[path.name][1].ended is None and path.is_file():  # the recorder may have said it
            with suppress(OSError), closing(Journal(path)) as journal:
                journal.write(Ended(status, seconds, error, time.time()))
        failure = None if error is None else to_json(vars(error))
        with self.connection.writing() as sql:
            wanted = "status, parameters, metrics, process, tags, notes"
            row = sql.execute(f"SELECT {wanted} FROM trials WHERE uuid = ?", (uuid,)).fetchone()  # noqa: S608
            if row is None:
                raise self._gone(uuid)
            _insert_facets(sql, uuid, facets)
            if row[0] != "running":
                return  # another process closed it first
            kept = sql.execute("SELECT file, size FROM folded WHERE trial = ?", (uuid,)).fetchall()
            said = read_rest(heard, dict(kept))
            metrics = (read_json(row[2]) or {}) | insert_said(sql, uuid, said, _find_limit(row[3]))
            known = {
                "status": status,
                "seconds": seconds,
                "error": failure,
                "metrics": to_json(metrics),
                "tags": add_marks(row[4], said.marked("tag")),
                "notes": add_marks(row[5], said.marked("note")),
                "parameters": _add_parameters(row[1], said.parameters),
            }
            sql.execute(
                f"UPDATE trials SET {', '.join(f'{name} = ?' for name in known)} WHERE uuid = ?",  # noqa: S608
                (*known.values(), uuid),
            )
            sql.execute("DELETE FROM folded WHERE trial = ?", (uuid,))
        for each in self._journals(uuid):
            with suppress(OSError):  # a journal that stays is read no more
                each.unlink()

    def _journals(self, uuid: str) -> list[Path]:
        return list_journals(self.folder / "journal", uuid)

    def _gone(self, uuid: str) -> StoreError:
        message = f"trial {uuid} is not in the store any more"
        hint = "keep the store's folder while a trial runs, and run it again"
        return StoreError(message, where=self.url, hint=hint)

    def add_late(self, uuid: str) -> None:
        """Fold in what was said of a trial after it had been closed."""
        path = self.journal_path(uuid)
        said = read_journal(path)
        with self.connection.writing() as sql:
            query = "SELECT metrics, parameters, process FROM trials WHERE uuid = ?"
            metrics, parameters, process = sql.execute(query, (uuid,)).fetchone()
            last = insert_said(sql, uuid, said, _find_limit(process))
            metrics = to_json({**(read_json(metrics) or {}), **last})
            row = (metrics, _add_parameters(parameters, said.parameters), uuid)
            sql.execute("UPDATE trials SET metrics = ?, parameters = ? WHERE uuid = ?", row)
        path.unlink()

    def close_ended(self) -> None:
        """Close the trials that could not close themselves, keeping what they had said."""
        query = "SELECT uuid, process FROM trials WHERE status = 'running'"
        for uuid, process in self._rows(lambda *row: row, query):
            if is_alive(read_json(process)) and not says_end(self.journal_path(uuid)):
                continue  # it is none of those, and what it says need not be read
            for trial in self._trials("WHERE uuid = ? AND status = 'running'", uuid):
                if trial.status == "running":
                    continue
                status, seconds, failure = trial.status, trial.seconds, trial.error
                try:
                    self.finish(trial.uuid, status=status, seconds=seconds, error=failure)
                except StoreError as error:  # somebody else's, or damaged: no reason to stop work
                    if not self.numbers([trial.uuid]):
                        continue  # it was removed meanwhile
                    warn_once(f"trial {trial.number} is {status} and cannot be closed: {error}")

    @staticmethod
    def _add_experiment(sql: sqlite3.Connection, experiment: str) -> None:
        sql.execute(
            "INSERT OR IGNORE INTO experiments (name, created) VALUES (?, ?)",
            (experiment, time.time()),
        )


def _insert_facets(sql: sqlite3.Connection, uuid: str, facets: Iterable[Facet]) -> None:
    """Write the facets of a trial, each distinct content once."""
    facets = [*facets]
    digests = [facet.digest for facet in facets]
    query = f"SELECT digest FROM facets WHERE digest IN ({', '.join('?' * len(digests))})"  # noqa: S608
    known = {digest for (digest,) in sql.execute(query, digests)}
    new = {each.digest: each.content for each in facets if each.digest not in known}
    rows = [(digest, to_json(content)) for digest, content in new.items()]
    sql.executemany("INSERT INTO facets VALUES (?, ?)", rows)
    sql.executemany(
        "INSERT OR REPLACE INTO trial_facets VALUES (?, ?, ?)",
        [(uuid, facet.name, facet.digest) for facet in facets],
    )


def _find_limit(process: str) -> int | None:
    """Give how many characters of what a trial prints are kept, as it was set when it began."""
    limit = (read_json(process) or {}).get("console_limit")
    return limit if isinstance(limit, int) else None


def _add_parameters(known: str, parameters: dict[str, Any]) -> str:
    """Add to the JSON of parameters those that showed while the trial ran."""
    return to_json(read_json(known) | parameters) if parameters else known
