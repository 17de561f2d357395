"""Where trials are looked for: among some that are at hand, or in a store, by SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from anew.model import Search
from anew.query.names import KnownOfStore, KnownOfTrials, Names
from anew.query.rows import make_rows, to_values
from anew.stores.searching import name_in_sql
from anew.where import Column, Sieve, is_missing, sift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from anew.model import Trial
    from anew.query.rows import Row
    from anew.types import Store
    from anew.where import Filter, Order

__all__ = ["Among", "AmongListed", "AmongStored"]

_FACTS: Final = {name: Column(name) for name in ("number", "uuid", "experiment", "status")} | {
    "seconds": Column("seconds"),
    "started": Column("started", is_time=True),
}
_TABLES: Final = {"param": "parameters", "metric": "metrics"}

_NAN: Final = """IN ('{"$float":"nan"}', '{"$float": "nan"}')"""
_DIGITS: Final = 15
"""A number of so many digits is the same to SQLite and to Python."""

_LAST_DIGIT: Final = 1e-15


class Among(Protocol):
    """Where trials are looked for."""

    names: Names

    def is_empty(self) -> bool:
        """Tell whether there is no trial at all."""

    def count(self) -> int:
        """Count the trials, matching or not."""

    def find(self, matches: Filter | None, order: Order | None, limit: int | None) -> list[Row]:
        """Find the trials that match: the first ones in an order, else the last ones."""


class AmongListed:
    """Trials that are at hand.

    Parameters
    ----------
    trials
        The trials, of one store, in the order of their numbers.
    """

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._trials = list(trials)
        self.names = Names(KnownOfTrials(self._trials))

    def is_empty(self) -> bool:
        """Tell whether there is no trial at all."""
        return not self._trials

    def count(self) -> int:
        """Count the trials, matching or not."""
        return len(self._trials)

    def find(self, matches: Filter | None, order: Order | None, limit: int | None) -> list[Row]:
        """Find the trials that match: the first ones in an order, else the last ones."""
        rows = to_values(self._trials)
        found = rows if matches is None else [row for row in rows if matches(row)]
        return cut(found, order, limit)


class AmongStored:
    """The trials of a store.

    SQL sifts and orders those that have ended; the filter and the order themselves decide.

    Parameters
    ----------
    store
        The store.
    experiment
        Only that of its trials.
    """

    def __init__(self, store: Store, experiment: str | None = None) -> None:
        self._store = store
        self._experiment = experiment
        self.names = Names(KnownOfStore(store, experiment))

    def is_empty(self) -> bool:
        """Tell whether there is no trial at all."""
        return not self._store.has_trials(self._experiment)

    def count(self) -> int:
        """Count the trials, matching or not."""
        return self._store.count_trials(self._experiment)

    def find(self, matches: Filter | None, order: Order | None, limit: int | None) -> list[Row]:
        """Find the trials that match: the first ones in an order, else the last ones."""
        sieve = Sieve("1", (), ()) if matches is None else sift(matches, self._column)
        rows = list(self._kept(self._store.running(self._experiment), matches))
        column = self._column(order.keys[0][0]) if order and limit else None
        if order and limit and column and not column.is_truth:
            rows += self._find_first(matches, sieve, order, column, limit)
        else:
            enough = limit if limit and order is None else None
            search = self._search(sieve)._replace(is_reversed=enough is not None)
            rows += self._read(search, matches, enough)
        rows.sort(key=lambda row: row.trial.number)
        return cut(rows, order, limit)

    def _find_first(
        self, matches: Filter | None, sieve: Sieve, order: Order, column: Column, limit: int
    ) -> list[Row]:
        """Find the first ones in an order by what SQL can tell; a few more do no harm."""
        sql, is_single, rows = column.sql, len(order.keys) == 1, []
        direction = "DESC" if order.keys[0][1] else "ASC"
        for odd in column.odd:
            search = self._search(sieve, sql, f"{odd} AND {sql} NOT {_NAN}", direction)
            rows += self._read(search, matches)
        plain = " AND ".join(f"NOT ({odd})" for odd in column.odd)
        search = self._search(sieve, sql, plain, direction)._replace(is_ordered=True)
        rows += self._read_in_order(search, matches, limit, is_single=is_single)
        name = order.keys[0][0]
        if sum(not is_missing(row.get(name)) for row in rows) < limit:
            for missing in ("IS NULL", _NAN):
                search = self._search(sieve, sql, f"{sql} {missing}", direction)
                rows += self._read(search, matches, limit if is_single else None)
        return rows

    def _search(
        self, sieve: Sieve, lead: str = "", more: str = "", direction: str = "ASC"
    ) -> Search:
        condition = f"{sieve.sql} AND {more}" if more else sieve.sql
        return Search(self._experiment, condition, sieve.arguments, sieve.columns, lead, direction)

    def _read(self, search: Search, matches: Filter | None, enough: int | None = None) -> list[Row]:
        """Read the trials that match, until there are enough."""
        rows: list[Row] = []
        for some in self._store.ended(search):
            rows += self._kept([trial for _, trial in some], matches)
            if enough is not None and len(rows) >= enough:
                break
        return rows

    def _read_in_order(
        self, search: Search, matches: Filter | None, limit: int, *, is_single: bool
    ) -> list[Row]:
        """Read until what comes next cannot be among the first."""
        rows: list[Row] = []
        values: dict[int, Any] = {}
        for some in self._store.ended(search):
            values |= {trial.number: value for value, trial in some}
            rows += self._kept([trial for _, trial in some], matches)
            if len(rows) >= limit:
                last = values[rows[limit - 1].trial.number]
                if _is_past(some[-1][0], last, is_single=is_single):
                    break
        return rows

    def _kept(self, trials: Sequence[Trial], matches: Filter | None) -> Iterator[Row]:
        rows = make_rows(trials, ())
        return (row for row in rows if matches is None or matches(row))

    def _column(self, name: str) -> Column | None:
        """Give what a name is in SQL; None for what SQL does not know."""
        asked = self.names.find(name)
        if asked is None:
            return None
        if asked.kind == "fact":
            return _FACTS.get(name)
        if asked.kind == "tag" and asked.name.isalnum():
            return Column(f"instr(tags, '\"{asked.name}\"')", is_truth=True)
        sql = name_in_sql(_TABLES[asked.kind], asked.name) if asked.kind in _TABLES else None
        if sql is None:
            return None
        odd = (f"{sql} >= '{first}' AND {sql} < '{after}'" for first, after in ("[\\", "{|"))
        return Column(sql, tuple(odd))


def cut(rows: list[Row], order: Order | None, limit: int | None) -> list[Row]:
    """Give the first rows in an order, else the last ones.

    Parameters
    ----------
    rows
        In the order of their numbers.
    order
        The order, if any.
    limit
        How many at most, 0 for all.
    """
    if order is None:
        return rows[-limit:] if limit else rows
    return order(rows)[: limit or None]


def _is_past(value: Any, last: Any, *, is_single: bool) -> bool:
    """Tell whether no trial after this value can come before one with the last value."""
    if value == last:  # then the order of the numbers decides, unless SQLite lost a digit
        is_exact = not isinstance(last, float) or float(f"{last:.{_DIGITS}g}") == last
        return is_single and is_exact
    if isinstance(value, str) or isinstance(last, str):
        return True
    return bool(abs(value - last) > _LAST_DIGIT * abs(last))
