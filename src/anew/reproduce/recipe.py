"""All that a trial is made of, so that it can be run again: as it was, or with a part exchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from anew.model import FileUse
    from anew.reproduce.record import Record

__all__ = ["Recipe", "recipe_of"]


@dataclass(frozen=True)
class Recipe:
    """What a trial is run again from; `dataclasses.replace` exchanges a part.

    Parameters
    ----------
    record
        The record of the trial, in whose store code and inputs are found.
    facets
        Content of facets by name: ``snapshot`` is the code, ``command`` how it is started,
        ``packages`` and ``python`` the environment.
    inputs
        The files that it reads.
    seed
        The root seed.
    overlay
        Files of the project that are not as in the snapshot, by path: their content, or None for
        one that is not there.
    variables
        Environment variables that are not as recorded; None for one that is not set.
    fresh
        Whether every step is computed, also one whose value is known.
    in_place
        Whether its program is started where the project was, as it sees it, where that can be.
    apart
        Whether its program is shown what lay elsewhere than it lies now, where that can be.
    store
        The folder of the store in which the new trial is recorded; None for that of the trial.
    limit_s
        After how many seconds its command is ended; None to let it run.
    """

    record: Record
    facets: dict[str, dict[str, Any]]
    inputs: tuple[FileUse, ...]
    seed: int
    overlay: dict[str, bytes | None] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)
    fresh: bool = True
    in_place: bool = True
    apart: bool = True
    store: Path | None = None
    limit_s: float | None = None


def recipe_of(record: Record) -> Recipe:
    """Give what a trial was made of.

    Parameters
    ----------
    record
        Its record.
    """
    trial = record.trial
    inputs = [use for use in record.store.files(trial.uuid) if use.role == "input" and use.digest]
    return Recipe(record, dict(record.facets), tuple(inputs), trial.seed)
