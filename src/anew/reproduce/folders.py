"""The folders that a trial wrote into and did not make: git keeps none that are empty."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.reproduce.move import Move
    from anew.reproduce.record import Record

__all__ = ["find_folders", "make_folders"]


def find_folders(record: Record) -> Iterator[tuple[str, str]]:
    """Give the folder of each file that a trial wrote, as it was before the trial.

    Parameters
    ----------
    record
        The record of the trial.

    Yields
    ------
    tuple of str
        The file, and the nearest folder above it that the trial was not seen to make: relative to
        the project inside of it.
    """
    told = record.facets.get("tracking", {}).get("made", ())
    made = {os.path.expanduser(path) for path in told}  # noqa: PTH111 - relative paths are text
    for use in record.trial.files:
        if use.role == "output" and "://" not in use.path:
            above = [str(each) for each in Path(use.path).parents]
            own = [number for number, each in enumerate(above, 1) if each in made]
            yield use.path, above[min(max(own, default=0), len(above) - 1)]


def make_folders(record: Record, move: Move) -> None:
    """Make those of the project that are not there, and were before the trial.

    Parameters
    ----------
    record
        The record of the trial.
    move
        Where its project was and is.
    """
    had = record.facets.get("tracking", {}).get("had", ())
    for folder in {*(folder for _, folder in find_folders(record)), *had}:
        place = move.new_root / folder
        if Path(os.path.realpath(place)).is_relative_to(move.new_root) and not os.path.lexists(
            place
        ):
            place.mkdir(parents=True)
