"""The world in which a trial is run again, where its program names places by their absolute paths.

A program that was written for ``/home/me/study/data.csv`` looks there again, and would find what is
there today, or nothing. So the project and inputs from outside of it are shown where they were, to
that program alone.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import EnvironmentProblemError
from anew.reproduce.apart import World, find_obstacle
from anew.reproduce.move import Move

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.environments import Environment
    from anew.reproduce.scratch import Scratch

__all__ = ["Place", "check_offline", "plan_place"]

_LARGEST_BYTES: Final = 1 << 20
_MOST_FILES: Final = 5000


@dataclass(frozen=True)
class Place:
    """Where a trial is run again.

    Parameters
    ----------
    move
        Where its project was and is, as its program sees it.
    store
        The folder of the store, as its program sees it.
    world
        What its program sees elsewhere than we do.
    warnings
        What it ought to see and cannot.
    """

    move: Move
    store: Path
    world: World
    warnings: tuple[str, ...] = ()


def plan_place(
    move: Move,
    redirected: Mapping[str, str],
    store: Path,
    scratch: Scratch,
    environment: Environment,
) -> Place:
    """Say where the program of a trial finds what it asks for.

    Parameters
    ----------
    move
        Where its project was and is.
    redirected
        Where inputs are that were elsewhere, by their absolute paths.
    store
        The folder of the store.
    scratch
        The scratch folder, with the project in it.
    environment
        What the program runs in.

    Returns
    -------
    Place
        The project stays in the scratch folder, unless its files name the place where it was.
    """
    named = move.old_root if any(_name_root(move)) else ""
    inside = [each for each in (move.old_root, str(scratch.folder)) if each]
    outside = {
        old: new
        for old, new in redirected.items()
        if not any(Path(old).is_relative_to(place) for place in inside)
    }
    if not named and not outside:
        return Place(move, store, World(str(scratch.world)))
    shown = scratch.folder / "kept" if named else store
    shown.mkdir(exist_ok=True)
    prefixes = [environment.prefix, Path(sys.prefix), Path(sys.base_prefix)]
    kept = [(scratch.folder, scratch.folder), (store, shown)]
    kept += [(each, each) for each in dict.fromkeys(prefixes) if each and each.is_dir()]
    places = [(str(move.new_root), named)] if named else []
    world = World(
        str(scratch.world),
        places=(*places, *((new, old) for old, new in outside.items())),
        kept=tuple((str(path), str(place)) for path, place in kept),
        cwd=move.old_cwd if named and not move.is_outside else str(move.new_cwd),
    )
    if obstacle := find_obstacle(world):
        wanted = [*([named] if named else []), *outside]
        told = f"the program may look at {', '.join(wanted[:3])} of today: {obstacle}"
        return Place(move, store, World(str(scratch.world)), (told,))
    if not named:
        return Place(move, store, world)
    cwd = move.new_cwd if move.is_outside else Path(move.old_cwd)
    return Place(Move(named, Path(named), move.old_cwd, cwd), shown, world)


def _name_root(move: Move) -> Iterator[str]:
    """Give the files of the project that name the place where it was."""
    if len(Path(move.old_root).parts) <= 1:
        return
    asked, number = os.fsencode(move.old_root), 0
    for folder, _, files in os.walk(move.new_root):
        for path in (os.path.join(folder, name) for name in files):  # noqa: PTH118 - many files
            number += 1
            if number > _MOST_FILES:
                return
            if _has(path, asked):
                yield path


def _has(path: str, asked: bytes) -> bool:
    """Tell whether a text names something; data are not looked into."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - many files
            text = file.read(_LARGEST_BYTES)
    except OSError:
        return False
    return asked in text and b"\0" not in text


def check_offline(folder: Path) -> None:
    """See whether a program can be kept from the network here.

    Parameters
    ----------
    folder
        An empty folder.

    Raises
    ------
    EnvironmentProblemError
        When it cannot.
    """
    if obstacle := find_obstacle(World(str(folder), offline=True)):
        message = f"nothing can be kept from the network here: {obstacle}"
        raise EnvironmentProblemError(message, hint="leave out --offline")
