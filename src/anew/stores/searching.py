"""Trials that are looked for: found by SQL where it can tell, with indexes made on demand."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from anew.errors import StoreError
from anew.model import Result, Summary, Table
from anew.stores.encoding import read_columns, read_json, read_numbers, to_text
from anew.stores.points import unpack_points
from anew.stores.reading import COLUMNS, Reading
from anew.stores.schema import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anew.model import Search, Trial

__all__ = ["Searching", "name_in_sql"]

_ENDED: Final = "status != 'running'"
_FIRST: Final = 32
_SELECTED: Final = 256
"""So many rows are read at once, and of the first ones fewer: often they are enough."""

_SMALL_STORE: Final = 1_000
"""Fewer trials are looked through as quickly as an index is read."""

_MOST_INDEXES: Final = 12
_PREFIX: Final = "found_by_"
_IN_ONE_QUERY: Final = 500


def name_in_sql(table: str, name: str) -> str | None:
    """Give the expression for a value by name; None where SQL cannot look it up.

    Parameters
    ----------
    table
        ``parameters`` or ``metrics``.
    name
        The name. The text of an expression that is indexed cannot be bound, so names with marks
        that mean something in a path of JSON are left to Python.
    """
    if not _is_plain(name):
        return None
    path = f'$."{name}"'.replace("'", "''")
    # What has a name that JSON cannot say is kept as a list of items: it is odd, not missing.
    return f"coalesce(json_extract({table}, '{path}'), json_extract({table}, '$.\"$items\"'))"


def _is_plain(name: str) -> bool:
    return name.isprintable() and not set(name) & set('"\\$')


class Searching(Reading):
    """The part of a store that looks for trials."""

    _known: dict[tuple[Any, ...], int | None]

    def running(self, experiment: str | None = None) -> list[Trial]:
        """List the trials that are not closed: of these only their journals can tell."""
        where, arguments = _of(experiment)
        return self._trials(f"WHERE status = 'running' AND {where} ORDER BY number", *arguments)

    def last_number(self) -> int:
        """Give the greatest number of a trial, 0 when there is none."""
        found = self._rows(lambda number: number or 0, "SELECT max(number) FROM trials")
        return int(found[0])

    def has_trials(self, experiment: str | None = None) -> bool:
        """Tell whether there is any trial."""
        where, arguments = _of(experiment, is_indexed=True)
        query = f"SELECT 1 FROM trials WHERE {where} LIMIT 1"  # noqa: S608 - our own constants
        return bool(self._rows(bool, query, *arguments))

    def count_trials(self, experiment: str | None = None) -> int:
        """Count the trials."""
        where, arguments = _of(experiment, is_indexed=True)
        query = f"SELECT count(*) FROM trials WHERE {where}"  # noqa: S608 - our own constants
        return self._rows(int, query, *arguments)[0]

    def has_name(self, table: str, name: str, experiment: str | None = None) -> bool:
        """Tell whether a trial that has ended has a parameter, a metric or a tag of a name.

        Parameters
        ----------
        table
            ``parameters``, ``metrics`` or ``tags``.
        name
            The name.
        experiment
            Only among its trials.
        """
        file = self.connection.hold().file
        key = (file, table, name, experiment)
        if not hasattr(self, "_known"):
            self._known = {}
        looked = self._known.get(key, 0)
        if looked is None:
            return True
        last = self.last_number()
        where, arguments = _of(experiment)
        quoted = json.dumps(name, ensure_ascii=False)
        query = (
            f"SELECT {table} FROM trials WHERE {_ENDED} AND number > ? AND {where}"  # noqa: S608
            f" AND (instr({table}, ?) OR instr({table}, ?)) ORDER BY number"
        )
        given = (min(looked, last), *arguments, quoted, '"$items"')
        with self.connection.reading() as sql:
            found = sql.execute(query, given)
            is_there = any(name in read_json(text) for (text,) in found)
            query = "SELECT min(number) FROM trials WHERE status = 'running'"
            (open_one,) = sql.execute(query).fetchone()
        self._known[key] = None if is_there else (open_one or last + 1) - 1
        return is_there

    def experiments(self) -> list[str]:
        """List the names of the experiments that have trials."""
        query = "SELECT DISTINCT experiment FROM trials ORDER BY experiment"
        return self._rows(str, query)

    def numbers(self, uuids: Sequence[str]) -> dict[str, int]:
        """Give the numbers of trials by UUID, of those that are here."""
        found: dict[str, int] = {}
        for some in _in_parts(uuids):
            query = f"SELECT uuid, number FROM trials WHERE uuid IN ({_marks(some)})"  # noqa: S608
            found |= dict(self._rows(lambda *row: row, query, *some))
        return found

    def names_in(self, table: str, experiment: str | None = None) -> set[str]:
        """List the parameters, metrics or tags of the trials that have ended."""
        where, arguments = _of(experiment)
        query = f"SELECT DISTINCT {table} FROM trials WHERE {_ENDED} AND {where}"  # noqa: S608
        return set().union(*self._rows(read_json, query, *arguments))

    def ended(self, search: Search) -> Iterator[list[tuple[Any, Trial]]]:
        """Give the trials that have ended and meet a condition, each with what it is ordered by.

        Parameters
        ----------
        search
            The condition and the order.

        Yields
        ------
        list
            Some of them, as (value, trial); those that come next are not read before they are
            asked for. Trials of one value are in the order of their numbers.
        """
        index = self._index(search)
        where, arguments = _of(search.experiment)
        order = f"number {'DESC' if search.is_reversed else 'ASC'}"
        if search.is_ordered:
            where += f" AND {search.lead} IS NOT NULL"
            order = f"{search.lead} {search.direction}, {order}"
        what = f"SELECT {search.lead or 'NULL'}, {COLUMNS} FROM trials"  # noqa: S608 - ours
        which = f"WHERE {_ENDED} AND {where} AND {search.condition} ORDER BY {order}"
        given = (*arguments, *search.arguments)
        count = _FIRST
        with self.connection.reading() as sql:
            try:
                found = sql.execute(f"{what} {index} {which}", given)
            except sqlite3.OperationalError:
                if not index:
                    raise
                found = sql.execute(f"{what} {which}", given)  # somebody dropped it
            while rows := found.fetchmany(count):
                count = _SELECTED
                with self._decoding():
                    yield [(value, self._to_trial(*row)) for value, *row in rows]

    def _index(self, search: Search) -> str:
        """Make the index with which a search is quick, and give the words that ask for it."""
        columns = [column for column in search.columns if column != search.lead]
        if search.lead:  # trials of one value are then in the order of their numbers
            columns = [f"{search.lead} {search.direction}", "number", *columns]
        if not any("(" in column for column in columns) or self.last_number() < _SMALL_STORE:
            return ""
        from hashlib import blake2b

        name = _PREFIX + blake2b("\n".join(columns).encode(), digest_size=8).hexdigest()
        if not self._has_index(name):
            with suppress(StoreError):  # nothing may be written here: it is slower then
                self._make_index(name, columns)
        return f"INDEXED BY {name}" if search.lead and self._has_index(name) else ""

    def _has_index(self, name: str) -> bool:
        query = "SELECT 1 FROM main.sqlite_schema WHERE type = 'index' AND name = ?"
        return bool(self._rows(bool, query, name))

    def _make_index(self, name: str, columns: Sequence[str]) -> None:
        """Make an index in the stead of the oldest one, when there are many."""
        with self.connection.reading() as sql:
            (version,) = sql.execute("PRAGMA user_version").fetchone()
            if version != VERSION:
                return  # reading migrates nothing
        with self.connection.writing() as sql:
            query = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE ? || '%'"
            known = [found for (found,) in sql.execute(query, (_PREFIX,)).fetchall()]
            for old in known[: max(0, len(known) + 1 - _MOST_INDEXES)]:
                sql.execute(f"DROP INDEX {old}")
            sql.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON trials"
                f" ({', '.join(columns)}, experiment) WHERE {_ENDED}"
            )

    def table(self, experiment: str | None = None) -> Table:
        """Give all trials as columns: so a hundred thousand of them are read in a second."""
        where, arguments = _of(experiment, is_indexed=True)
        query = (
            "SELECT number, uuid, status, started, seconds, parameters, metrics"  # noqa: S608
            f" FROM trials WHERE {where} ORDER BY number"
        )
        with self.connection.reading() as sql:
            rows = sql.execute(query, arguments).fetchall()
        if not rows:
            return Table([], [], [], [], [], {}, {})
        numbers, uuids, statuses, started, seconds, *texts = map(list, zip(*rows, strict=True))
        del rows
        with self._decoding():
            values = read_columns(texts[0]), read_numbers(texts[1])
        made = Table(numbers, uuids, statuses, started, seconds, *values)
        if "running" in made.statuses:
            places = {number: place for place, number in enumerate(made.numbers)}
            for trial in self.running(experiment):
                _put(made, places.get(trial.number), trial)
        return made

    def results(self, uuids: Sequence[str] | None = None) -> dict[str, Result]:
        """Give the results of trials by UUID; of all that have ended when None."""
        query = (
            "SELECT trial, format, digest, size_bytes, summary FROM artifacts WHERE role = 'result'"
        )
        return {uuid: Result(*row) for uuid, *row in self._of_some(query, uuids)}

    def facet_of(self, name: str, uuids: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """Give the content of one facet by UUID, of some trials or of all that have it."""
        query = "SELECT trial, digest FROM trial_facets WHERE name = ?"
        found = list(self._of_some(query, uuids, name))
        query = "SELECT digest, content FROM facets WHERE digest IN (%s)"
        contents: dict[str, dict[str, Any]] = {}
        for some in _in_parts(list({digest for _, digest in found})):
            rows = self._rows(lambda *row: row, query % _marks(some), *some)
            contents |= {digest: read_json(content) for digest, content in rows}
        return {uuid: contents[digest] for uuid, digest in found if digest in contents}

    def digests(self) -> list[str]:
        """List texts with the digests of all content that trials refer to, but for folders'."""
        query = (
            "SELECT digest FROM artifacts WHERE digest IS NOT NULL"
            " UNION SELECT digest FROM files UNION ALL SELECT content FROM facets"
            " WHERE digest IN (SELECT digest FROM trial_facets)"  # those of removed trials stay
        )
        return self._rows(str, query)

    def listings(self) -> list[str]:
        """List the digests of folders that are one data set: those of their listings."""
        return self._rows(str, "SELECT DISTINCT digest FROM files WHERE count IS NOT NULL")

    def packages(self) -> set[str]:
        """List the packages that any trial had."""
        query = (
            "SELECT content FROM facets WHERE digest IN"
            " (SELECT DISTINCT digest FROM trial_facets WHERE name = 'packages')"
        )
        return set().union(*(each.get("versions", ()) for each in self._rows(read_json, query)))

    def summaries(self, metric: str, uuids: Sequence[str]) -> dict[str, Summary]:
        """Give the series of one metric in short, by the UUIDs of trials that have ended."""
        # A store of an earlier schema knows nothing of its blocks but what is in them.
        query = (
            "SELECT trial, number, count, first, last, lo, hi,"
            " CASE WHEN first_step IS NULL THEN points END FROM blocks WHERE metric = ?"
        )
        rows = sorted(self._of_some(query, uuids, to_text(metric)))
        with self._decoding():
            return {
                uuid: Summary.join([_sum_up(*row[2:]) for row in blocks])
                for uuid, blocks in groupby(rows, itemgetter(0))
            }

    def overview(self, uuid: str) -> dict[str, Summary]:
        """Give all series of a trial in short, those of the machine and live ones included."""
        query = (
            "SELECT metric, count, first, last, lo, hi,"
            " CASE WHEN first_step IS NULL THEN points END FROM blocks WHERE trial = ?"
            " ORDER BY metric, number"
        )
        parts: dict[str, list[Summary]] = {}
        with self._at_once(uuid) as (sql, unkept), self._decoding():
            for metric, *row in sql.execute(query, (uuid,)):
                parts.setdefault(metric, []).append(_sum_up(*row))
            for metric, points in (unkept.said.series if unkept else {}).items():
                parts.setdefault(metric, []).append(Summary.of(points.values))
        return {metric: Summary.join(some) for metric, some in parts.items()}

    def _of_some(
        self, query: str, uuids: Sequence[str] | None, *arguments: object
    ) -> Iterator[tuple[Any, ...]]:
        """Give the rows of some trials, or of all."""
        parts = [None] if uuids is None else _in_parts(uuids)
        for some in parts:
            more = "" if some is None else f" AND trial IN ({_marks(some)})"
            yield from self._rows(lambda *row: row, query + more, *arguments, *(some or ()))


def _put(table: Table, place: int | None, trial: Trial) -> None:
    """Put what a journal tells of a trial in the place of what the database knew."""
    if place is None:
        return
    table.statuses[place] = trial.status
    table.seconds[place] = trial.seconds
    for name, value in trial.parameters.items():
        table.parameters.setdefault(name, [None] * len(table.numbers))[place] = value
    for name, last in trial.metrics.items():
        table.metrics.setdefault(name, [math.nan] * len(table.numbers))[place] = last


def _of(experiment: str | None, *, is_indexed: bool = False) -> tuple[str, tuple[str, ...]]:
    """Give the condition for an experiment, which need not be what SQLite goes by."""
    if experiment is None:
        return "1", ()
    return f"{'' if is_indexed else '+'}experiment = ?", (experiment,)


def _sum_up(count: int, *known: Any) -> Summary:
    """Give a block in short."""
    *values, points = known
    if points is not None:
        return Summary.of(unpack_points(count, points).values)
    return Summary(count, *(math.nan if value is None else value for value in values))


def _in_parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[i : i + _IN_ONE_QUERY] for i in range(0, len(values), _IN_ONE_QUERY)]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
