"""Which trials to show, in which order, with which columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.errors import StoreError, UnknownNameError
from anew.query.plain import to_plain, to_rows
from anew.query.rows import default_columns, known_names, to_values
from anew.settings import STORE_FOLDER
from anew.where import compile_sort, compile_where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Trial
    from anew.query.rows import Row
    from anew.types import Store

__all__ = ["Selection", "list_trials", "open_to_read", "select"]


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


@dataclass(frozen=True)
class Selection:
    """Some trials of a store.

    Parameters
    ----------
    rows
        The trials that are shown.
    columns
        The names that are shown.
    is_chosen
        Whether the columns were asked for.
    matching
        How many trials were looked for and found, those that are not shown included.
    total
        How many trials there are at all.
    """

    rows: list[Row]
    columns: list[str]
    is_chosen: bool
    matching: int
    total: int

    def to_plain(self) -> list[dict[str, Any]]:
        """Give the trials as plain data: the columns that were asked for, or all there is."""
        if not self.is_chosen:
            return to_rows(row.trial for row in self.rows)
        return [
            {name: to_plain(row.get(name)) for name in self.columns}  # null for what is not there
            for row in self.rows
        ]


def list_trials(store: Store, experiment: str | None = None) -> list[Trial]:
    """List the trials of a store, or of one of its experiments.

    Parameters
    ----------
    store
        The store.
    experiment
        The name of the experiment.

    Raises
    ------
    UnknownNameError
        When there are trials, but not of such an experiment.
    """
    trials = store.trials(experiment)
    if not trials and experiment is not None:
        known = {trial.experiment for trial in store.trials()}
        if known:
            kind = "experiment"
            raise UnknownNameError(kind, experiment, known=known, where=f"store {store.folder}")
    return trials


def select(
    trials: Iterable[Trial],
    *,
    where: str | None = None,
    sort: str | None = None,
    columns: str | None = None,
    limit: int | None = None,
) -> Selection:
    """Choose trials, an order and columns.

    Parameters
    ----------
    trials
        The trials to choose from, in the order of their numbers.
    where
        Only trials for which it is true; see `anew.where.compile_where`.
    sort
        In which order; see `anew.where.compile_sort`. By number otherwise.
    columns
        Names, separated by commas; otherwise those that tell the trials apart.
    limit
        How many at most, 0 for all: the first in an order that was given, otherwise the most
        recent ones.

    Raises
    ------
    UsageError
        When an expression cannot be read.
    UnknownNameError
        When a name is neither a fact, a parameter nor a metric.
    """
    rows = to_values(trials)
    known = known_names(rows) if rows else None
    matches = compile_where(where, known=known) if where is not None else None
    in_order = compile_sort(sort, known=known) if sort is not None else None
    chosen = _parse_columns(columns, known) if columns is not None else None
    found = [row for row in rows if matches is None or matches(row)]
    cut = slice(limit or None) if in_order else slice(-limit if limit else None, None)
    shown = (in_order(found) if in_order else found)[cut]
    return Selection(
        rows=shown,
        columns=chosen or default_columns(row.trial for row in shown),
        is_chosen=chosen is not None,
        matching=len(found),
        total=len(rows),
    )


def _parse_columns(text: str, known: Iterable[str] | None) -> list[str]:
    """Read names of columns; the number, which says which trial it is, is always the first."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if known is not None and name not in known:
            kind = "column"
            raise UnknownNameError(kind, name, known=known, where="--columns")
    return list(dict.fromkeys(("number", *names)))
