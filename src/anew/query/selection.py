"""Which trials to show, in which order, with which columns."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import StoreError, UnknownNameError, UsageError
from anew.query.finding import AmongListed, AmongStored
from anew.query.frame import frame_of_rows, to_frame
from anew.query.plain import to_plain, to_rows
from anew.query.rows import default_columns
from anew.settings import STORE_FOLDER
from anew.where import compile_sort, compile_where

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

    from anew.model import Trial
    from anew.query.finding import Among
    from anew.query.rows import Row
    from anew.types import Store
    from anew.where import Filter, Order

__all__ = ["Selection", "choose_trials", "open_to_read", "search", "select"]


_COUNTED: Final = 1_000


def open_to_read(folder: str | None = None) -> Store:
    """Open a store that is only read.

    Parameters
    ----------
    folder
        The folder of a store, or of a project that has one, relative to the current folder. The
        store of the project that is worked in by default, which may not be there yet.

    Raises
    ------
    StoreError
        When a folder is given that is not there.
    """
    from anew.stores import open_store

    if folder is None:
        return open_store()
    place = Path(folder).absolute()
    if not place.is_dir():
        message = f"no store in {folder!r}"
        raise StoreError(message, hint=f"give the folder of a store, as in --store {STORE_FOLDER}")
    return open_store(place / STORE_FOLDER if (place / STORE_FOLDER).is_dir() else place)


class Selection:
    """Some trials of a store.

    Attributes
    ----------
    rows : list of Row
        The trials that are shown.
    is_chosen : bool
        Whether the columns were asked for.
    """

    def __init__(
        self, rows: list[Row], chosen: list[str] | None, among: Among, matches: Filter | None
    ) -> None:
        self.rows = rows
        self.is_chosen = chosen is not None
        self._chosen = chosen
        self._among = among
        self._matches = matches

    @cached_property
    def columns(self) -> list[str]:
        """The names that are shown."""
        return self._chosen or default_columns(row.trial for row in self.rows)

    @cached_property
    def total(self) -> int:
        """How many trials there are at all."""
        return self._among.count()

    @cached_property
    def rest(self) -> tuple[int, bool]:
        """How many trials more were found than are shown, and whether there may be still more.

        SQL counts all trials; of those that match a filter, no more are counted than takes no time.
        """
        shown = len(self.rows)
        if self._matches is None:
            return self.total - shown, False
        most = shown + _COUNTED + 1
        found = len(self._among.find(self._matches, None, most))
        return min(found - shown, _COUNTED), found == most

    def to_frame(self) -> pd.DataFrame:
        """Give the trials as a data frame: the columns that were asked for, or all there is."""
        if self.is_chosen:
            return frame_of_rows(self.rows, self.columns)
        return to_frame(row.trial for row in self.rows)

    def to_plain(self) -> list[dict[str, Any]]:
        """Give the trials as plain data: the columns that were asked for, or all there is."""
        if not self.is_chosen:
            return to_rows(row.trial for row in self.rows)
        return [
            {name: to_plain(row.get(name)) for name in self.columns}  # null for what is not there
            for row in self.rows
        ]


def search(store: Store, experiment: str | None = None, **wishes: Any) -> Selection:
    """Choose among the trials of a store, without reading all of them.

    Parameters
    ----------
    store
        The store.
    experiment
        Only the trials of this experiment.
    **wishes
        As `select` takes them.

    Raises
    ------
    UsageError, UnknownNameError
        As for `select`.
    """
    return _choose(AmongStored(store, experiment), **wishes)


def choose_trials(
    store: Store,
    references: Sequence[int | str] = (),
    *,
    experiment: str | None = None,
    **wishes: Any,
) -> Selection:
    """Choose among the trials of a store as the command does.

    Parameters
    ----------
    store
        The store.
    references
        Only these: numbers, ``first``, ``last`` or UUID prefixes.
    experiment
        Only the trials of this experiment.
    **wishes
        As `select` takes them.

    Raises
    ------
    UnknownTrialError
        When there is no such trial.
    UnknownNameError
        When there are trials, but not of such an experiment; and as for `select`.
    UsageError
        As for `select`.
    """
    if experiment is not None and not store.has_trials(experiment):
        known = store.experiments()
        if known:
            kind = "experiment"
            raise UnknownNameError(kind, experiment, known=known, where=f"store {store.folder}")
    if not references:
        return search(store, experiment, **wishes)
    trials = {trial.number: trial for trial in map(store.trial, references)}
    wanted = [
        trials[number]
        for number in sorted(trials)
        if experiment in {None, trials[number].experiment}
    ]
    return select(wanted, **wishes)


def select(trials: Iterable[Trial], **wishes: Any) -> Selection:
    """Choose trials, an order and columns.

    Parameters
    ----------
    trials
        The trials to choose from, of one store, in the order of their numbers.
    **wishes
        ``where``: only trials for which it is true, see `anew.where.compile_where`. ``sort``: in
        which order, see `anew.where.compile_sort`, by number otherwise. ``columns``: names,
        separated by commas, or a list of them; otherwise those that tell the trials apart.
        ``limit``: how many at most, 0 for all: the first in an order that was given, otherwise the
        most recent ones.

    Raises
    ------
    UsageError
        When an expression cannot be read.
    UnknownNameError
        When a name means nothing.
    """
    return _choose(AmongListed(trials), **wishes)


def _choose(
    among: Among,
    *,
    where: str | None = None,
    sort: str | None = None,
    columns: str | Iterable[str] | None = None,
    limit: Any = None,
) -> Selection:
    """Read what is asked for, and find it; where there is no trial, any name will do."""
    if limit is not None and (not isinstance(limit, int) or limit < 0):
        message = f"limit is {limit!r}, expected a whole number from 0"
        raise UsageError(message, hint="give how many trials, 0 for all")
    wishes = where, sort, columns
    known = None if wishes == (None, None, None) or among.is_empty() else among.names
    try:
        matches, order, chosen = _read(*wishes, known)
    except UnknownNameError:
        if not among.is_empty():  # somebody may have removed all of them meanwhile
            raise
        matches, order, chosen = _read(*wishes, None)
    return Selection(among.find(matches, order, limit), chosen, among, matches)


def _read(
    where: str | None,
    sort: str | None,
    columns: str | Iterable[str] | None,
    known: Collection[str] | None,
) -> tuple[Filter | None, Order | None, list[str] | None]:
    """Read what is asked for."""
    matches = None if where is None else compile_where(where, known=known)
    order = None if sort is None else compile_sort(sort, known=known)
    return matches, order, None if columns is None else _parse_columns(columns, known)


def _parse_columns(given: str | Iterable[str], known: Collection[str] | None) -> list[str]:
    """Read names of columns; the number, which says which trial it is, is always the first."""
    listed = given.split(",") if isinstance(given, str) else given
    names = [name.strip() for name in listed if name.strip()]
    for name in names:
        if known is not None and name not in known:
            kind = "column"
            raise UnknownNameError(kind, name, known=known, where="--columns")
    return list(dict.fromkeys(("number", *names)))
