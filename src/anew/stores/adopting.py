"""Trials that go from one store to another: a whole record as plain data, and back into tables."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

from anew.errors import BundleError, StoreCorruptError, UsageError
from anew.journal import Columns, Printed
from anew.provenance import make_facet
from anew.stores.encoding import read_json, to_json, to_text
from anew.stores.points import add_points, list_metrics, read_points, unpack_points
from anew.stores.printed import add_printed, read_printed, unpack_printed
from anew.stores.uses import Tracing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

__all__ = ["Adopting"]

_JSON: Final = {
    "trials": ("parameters", "metrics", "process", "error", "tags", "notes"),
    "steps": ("inputs", "parts"),
}
_COLUMNS: Final = ("steps", "values", "times")
_TABLES: Final = ("steps", "artifacts", "files", "events")
_OWN: Final = frozenset({"id", "trial"})
"""Columns that say where a row is, not what is recorded."""

_LAST_NUMBER: Final = 10**9
"""A greater number of another store is not taken over: it would leave none for those to come."""


class Adopting(Tracing):
    """The part of a store that gives whole records away and takes them in."""

    def close_ended(self) -> None:
        """Close the trials that could not close themselves."""
        raise NotImplementedError

    def export(self, uuid: str) -> dict[str, Any]:
        """Give all that is recorded of a trial.

        Parameters
        ----------
        uuid
            The trial's UUID.

        Returns
        -------
        dict
            Plain data: ``trial`` and ``experiment`` are rows; ``steps``, ``artifacts``, ``files``
            and ``events`` lists of rows; ``facets`` contents by name; ``codes`` what the
            fingerprints of its steps are made of; ``series`` lists of steps, values and times by
            metric; ``console`` lists of stream, text and time.

        Raises
        ------
        UnknownTrialError
            When the store has no such trial.
        UsageError
            When it is still running.
        """
        trial = self.trial(uuid)
        if trial.status == "running":
            message = f"trial {trial.number} is still running"
            raise UsageError(message, hint="wait for its end")
        self.close_ended()
        with self.connection.reading() as sql, self._decoding():
            found = _select(sql, "trials", "uuid", uuid)[0]
            printed = [p for part in read_printed(sql, uuid) for p in unpack_printed(*part)]
            return {
                "trial": {**found, "seed": int(found["seed"])},
                "experiment": _select(sql, "experiments", "name", found["experiment"])[0],
                "facets": _select_facets(sql, uuid),
                **{table: _select(sql, table, "trial", uuid) for table in _TABLES},
                "codes": _select_codes(sql, uuid),
                "series": _select_series(sql, uuid),
                "console": [list(each) for each in printed],
            }

    def adopt(self, record: Mapping[str, Any]) -> int:
        """Take in a trial of another store.

        Parameters
        ----------
        record
            What `export` gave there.

        Returns
        -------
        int
            Its number here: the one that it had when that was never given here, else a new one.
            A trial that is here already keeps its number, and nothing is written.

        Raises
        ------
        StoreError
            When the record is none, or cannot be written; nothing of it is then.
        """
        trial = dict(record["trial"])
        uuid = str(trial["uuid"])
        known = "SELECT number FROM trials WHERE uuid = ?"
        with self.connection.writing() as sql:
            here = sql.execute(known, (uuid,)).fetchone()
            if here is None:
                _insert_experiment(sql, record["experiment"])
                trial["number"] = _choose_number(sql, trial["number"])
                _insert(sql, "trials", [{**trial, "seed": str(trial["seed"])}])
                self._insert_parts(sql, uuid, record)
                self._read_all(uuid, record["series"])
                here = sql.execute(known, (uuid,)).fetchone()
        return int(here[0])

    def _insert_parts(self, sql: sqlite3.Connection, uuid: str, record: Mapping[str, Any]) -> None:
        """Write what belongs to a trial; what is kept once for all is left as it is here."""
        for table in _TABLES:
            _insert(sql, table, ({**row, "trial": uuid} for row in record[table]))
        for name, content in record["facets"].items():
            facet = make_facet(name, content)  # its digest is not taken on trust
            sql.execute(
                "INSERT OR IGNORE INTO facets VALUES (?, ?)", (facet.digest, to_json(facet.content))
            )
            sql.execute("INSERT INTO trial_facets VALUES (?, ?, ?)", (uuid, name, facet.digest))
        for digest, parts in record["codes"].items():
            sql.execute("INSERT OR IGNORE INTO codes VALUES (?, ?)", (digest, to_json(parts)))
        for metric, columns in record["series"].items():
            points = Columns()
            for row in zip(*(columns[name] for name in _COLUMNS), strict=True):
                points.add(*row)
            add_points(sql, uuid, metric, points)
        printed = [Printed(*each, *[0.0][len(each) - 2 :]) for each in record["console"]]
        if printed:
            add_printed(sql, uuid, printed, sys.maxsize)

    def _read_all(self, uuid: str, metrics: Iterable[str]) -> None:
        """Read what was written, so that no record gets in that cannot be shown again."""
        try:
            self.trial(uuid)
            for read in (self.facets, self.steps, self.files, self.artifacts, self.events):
                read(uuid)
            for metric in metrics:
                self.points(uuid, metric)
            self.console(uuid)
        except (StoreCorruptError, UsageError) as error:
            message = f"the record of trial {uuid} says what no trial can have: {error.what}"
            raise BundleError(message, hint="have it made or copied again") from error


def _select(sql: sqlite3.Connection, table: str, column: str, value: str) -> list[dict[str, Any]]:
    """Give rows as dicts, in the order of writing, with what is JSON in them read."""
    order = "id" if table in _TABLES else column
    query = f"SELECT * FROM {table} WHERE {column} = ? ORDER BY {order}"  # noqa: S608 - ours
    found = sql.execute(query, (to_text(value),))
    names = [each[0] for each in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    for row in rows:
        for name in _JSON.get(table, ()):
            row[name] = None if row[name] is None else read_json(row[name])
    return [{name: row[name] for name in row if name not in _OWN} for row in rows]


def _select_facets(sql: sqlite3.Connection, uuid: str) -> dict[str, Any]:
    query = (
        "SELECT name, content FROM trial_facets JOIN facets USING (digest)"
        " WHERE trial = ? ORDER BY name"
    )
    return {name: read_json(content) for name, content in sql.execute(query, (uuid,)).fetchall()}


def _select_codes(sql: sqlite3.Connection, uuid: str) -> dict[str, Any]:
    query = (
        "SELECT DISTINCT codes.digest, codes.parts FROM codes JOIN steps ON code = codes.digest"
        " WHERE trial = ? ORDER BY codes.digest"
    )
    return {digest: json.loads(parts) for digest, parts in sql.execute(query, (uuid,)).fetchall()}


def _select_series(sql: sqlite3.Connection, uuid: str) -> dict[str, Any]:
    """Give each metric as columns: so a long one is short in JSON."""
    series: dict[str, Any] = {}
    for metric in list_metrics(sql, uuid):
        points = Columns()
        for count, _, block in read_points(sql, uuid, metric):
            points.extend(unpack_points(count, block))
        columns: list[Any] = [points.steps, points.values, points.times]
        series[metric] = dict(zip(_COLUMNS, map(list, columns), strict=True))
    return series


def _insert(sql: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows; what a later anew says beyond the columns of this one is left out."""
    found = sql.execute(f"PRAGMA table_info({table})").fetchall()
    columns = [name for _, name, *_ in found if name != "id"]
    for row in rows:
        values = {name: row[name] for name in columns if name in row}
        for name in _JSON.get(table, ()):
            if values.get(name) is not None:
                values[name] = to_json(values[name])
        plain = [to_text(each) if isinstance(each, str) else each for each in values.values()]
        marks = ", ".join("?" * len(values))
        query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - ours
        sql.execute(query, plain)


def _insert_experiment(sql: sqlite3.Connection, experiment: Mapping[str, Any]) -> None:
    """Enter an experiment, or give its seed to one that has drawn none yet."""
    sql.execute(
        "INSERT INTO experiments (name, seed, created) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET seed = coalesce(seed, excluded.seed)",
        (experiment["name"], experiment["seed"], experiment["created"]),
    )


def _choose_number(sql: sqlite3.Connection, wanted: int) -> int | None:
    """Give the number that is asked for when it was never given; else None for the next one."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'trials'"
    last = sql.execute(query).fetchone()
    return wanted if (last[0] if last else 0) < wanted <= _LAST_NUMBER else None
