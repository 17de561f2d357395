"""The data behind a figure: found by the file, and given as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownNameError
from anew.notices import say
from anew.origins.finding import stores_near, whence
from anew.plots import ROLE, to_csv
from anew.query import open_to_read

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from anew.model import Artifact
    from anew.origins.origin import Origin
    from anew.types import Store

__all__ = ["data_behind"]


def data_behind(path: str | os.PathLike[str], *, store: str | None = None) -> str:
    """Give the series that a figure shows.

    Parameters
    ----------
    path
        The file of the figure; it is known by its content or its stamp, whatever its name.
    store
        The folder of a store; found as by `whence` by default.

    Returns
    -------
    str
        CSV, as `anew.plots.to_csv` writes it.

    Raises
    ------
    UnknownNameError
        When nothing certain is known of the file, or no data of it were kept.
    UsageError, StampError
        As for `whence`.
    """
    origin = whence(path, store=store)
    is_sure = origin is not None and origin.is_sure
    sources = [open_to_read(store)] if store is not None else stores_near(Path(path))
    for source in sources:
        for kept in _plots_of(origin, source) if origin and is_sure else ():
            table = source.load(kept)
            for text in _tell_left_out(table):
                say(text)
            return to_csv(table)
    error = UnknownNameError("data behind", str(path), known=(), where=_say(origin))
    error.hint = (
        "it is what matplotlib saves in a trial that keeps its data"
        if is_sure
        else "ask the store of the trial that made it: --store FOLDER"
    )
    raise error


def _tell_left_out(table: Any) -> Iterator[str]:
    """Say of which series there are no data."""
    for row in table.select(["axes", "series", "kind", "column"]).to_pylist():
        if row["column"] is None:
            is_other = row["kind"] == "other"
            why = "it is of a kind that cannot be read" if is_other else "it has too many numbers"
            yield f"no data of series {row['series']} of axes {row['axes']}: {why}"


def _say(origin: Origin | None) -> str:
    return "nothing is known of it" if origin is None else origin.summary


def _plots_of(origin: Origin, store: Store) -> list[Artifact]:
    """Find what was kept of a figure in the trials that made this content."""
    uses = [use for use in store.uses({origin.content}) if use.role != "input"]
    named = {(use.uuid, use.name) for use in uses} | {(origin.trial, origin.name)}
    first = sorted(named, key=lambda each: each != (origin.trial, origin.name))
    return [
        kept
        for uuid, name in first
        for kept in store.artifacts(uuid)
        if kept.role == ROLE and kept.name == name
    ]
