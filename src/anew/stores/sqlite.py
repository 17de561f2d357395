"""The store of a project: SQLite, with objects, snapshots and journals in folders beside it."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from anew.errors import StoreError
from anew.journal import Ended, Journal, read_journal
from anew.notices import warn_once
from anew.objects import FolderObjects
from anew.stores.amending import Amending, add_marks
from anew.stores.connection import Connection
from anew.stores.encoding import read_json, to_json
from anew.stores.rows import insert_said

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from anew.model import Facet, Failure
    from anew.types import ObjectStore

__all__ = ["SQLiteStore"]


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

    def __reduce__(self) -> tuple[type[SQLiteStore], tuple[Path]]:
        return SQLiteStore, (self.folder,)

    def __repr__(self) -> str:
        return f"SQLiteStore({self.url!r})"

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        self.connection.close()

    def experiment_seed(self, experiment: str, draw: Callable[[], int]) -> int:
        """Give the root seed of an experiment, drawn when it has none yet."""
        with self.connection.writing() as sql:
            self._add_experiment(sql, experiment)
            query = "SELECT seed FROM experiments WHERE name = ?"
            (seed,) = sql.execute(query, (experiment,)).fetchone()
            if seed is None:
                seed = draw()
                sql.execute("UPDATE experiments SET seed = ? WHERE name = ?", (seed, experiment))
        return int(seed)

    def begin(self, uuid: str, experiment: str, record: Mapping[str, Any]) -> int:
        """Enter a running trial and give its number.

        Parameters
        ----------
        uuid
            The trial's UUIDv7.
        experiment
            The experiment's name.
        record
            ``started`` (UTC seconds), ``seed``, ``parameters``, ``process``, ``reproduces``,
            ``parent``.
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
        return int(cursor.lastrowid or 0)

    def add_facets(self, uuid: str, facets: Iterable[Facet]) -> None:
        """Keep facets, each distinct content once."""
        known = "SELECT 1 FROM facets WHERE digest = ?"
        with self.connection.writing() as sql:
            for facet in facets:
                if not sql.execute(known, (facet.digest,)).fetchone():
                    row = (facet.digest, to_json(facet.content))
                    sql.execute("INSERT INTO facets VALUES (?, ?)", row)
                sql.execute(
                    "INSERT OR REPLACE INTO trial_facets VALUES (?, ?, ?)",
                    (uuid, facet.name, facet.digest),
                )

    def finish(
        self, uuid: str, *, status: str, seconds: float | None, error: Failure | None
    ) -> None:
        """Fold the journal into the store and close the trial.

        Raises
        ------
        StoreError
            When the store no longer has the trial, or cannot be written; its journal stays then.
        """
        path = self.journal_path(uuid)
        said = read_journal(path)
        if said.ended is None and path.is_file():  # the recorder may have said it
            with suppress(OSError), closing(Journal(path)) as journal:
                journal.write(Ended(status, seconds, error, time.time()))
        failure = None if error is None else to_json(vars(error))
        with self.connection.writing() as sql:
            query = "SELECT status, parameters, tags, notes FROM trials WHERE uuid = ?"
            row = sql.execute(query, (uuid,)).fetchone()
            if row is None:
                message = f"trial {uuid} is not in the store any more"
                hint = "keep the store's folder while a trial runs, and run it again"
                raise StoreError(message, where=self.url, hint=hint)
            if row[0] != "running":
                return  # another process closed it first
            metrics = insert_said(sql, uuid, said)
            known = {
                "status": status,
                "seconds": seconds,
                "error": failure,
                "metrics": to_json(metrics),
                "tags": add_marks(row[2], said.marked("tag")),
                "notes": add_marks(row[3], said.marked("note")),
                "parameters": _add_parameters(row[1], said.parameters),
            }
            sql.execute(
                f"UPDATE trials SET {', '.join(f'{name} = ?' for name in known)} WHERE uuid = ?",  # noqa: S608
                (*known.values(), uuid),
            )
        with suppress(OSError):  # a journal that stays is read no more
            path.unlink()

    def add_late(self, uuid: str) -> None:
        """Fold in what was said of a trial after it had been closed."""
        path = self.journal_path(uuid)
        said = read_journal(path)
        with self.connection.writing() as sql:
            query = "SELECT metrics, parameters FROM trials WHERE uuid = ?"
            metrics, parameters = sql.execute(query, (uuid,)).fetchone()
            metrics = to_json({**(read_json(metrics) or {}), **insert_said(sql, uuid, said)})
            row = (metrics, _add_parameters(parameters, said.parameters), uuid)
            sql.execute("UPDATE trials SET metrics = ?, parameters = ? WHERE uuid = ?", row)
        path.unlink()

    def close_ended(self) -> None:
        """Close the trials that could not close themselves, keeping what they had said."""
        for trial in self._trials("WHERE status = 'running'"):
            if trial.status != "running":
                status, seconds, failure = trial.status, trial.seconds, trial.error
                try:
                    self.finish(trial.uuid, status=status, seconds=seconds, error=failure)
                except StoreError as error:  # somebody else's, or damaged: no reason to stop work
                    warn_once(f"trial {trial.number} is {status} and cannot be closed: {error}")

    @staticmethod
    def _add_experiment(sql: sqlite3.Connection, experiment: str) -> None:
        sql.execute(
            "INSERT OR IGNORE INTO experiments (name, created) VALUES (?, ?)",
            (experiment, time.time()),
        )


def _add_parameters(known: str, parameters: dict[str, Any]) -> str:
    """Add to the JSON of parameters those that showed while the trial ran."""
    return to_json(read_json(known) | parameters) if parameters else known
