"""The world in which a trial is run again, where its program names places by their absolute paths.

A program that was written for ``/home/me/study/data.csv`` looks there again, and would find what is
there today, or nothing. So the project and inputs from outside of it are shown where they were, to
that program alone.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import EnvironmentProblemError
from anew.reproduce.apart import World, find_obstacle
from anew.reproduce.move import Move
from anew.reproduce.outside import find_outside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.environments import Environment
    from anew.reproduce.rerun import Prepared

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


def plan_place(prepared: Prepared, store: Path, environment: Environment) -> Place:
    """Say where the program of a trial finds what it asks for.

    Parameters
    ----------
    prepared
        The scratch folder, with the project in it.
    store
        The folder of the store.
    environment
        What the program runs in.

    Returns
    -------
    Place
        The project is seen where it was, so that neither a path that the program makes up nor one
        that leads out of the folder ends among the files of today.
    """
    move, scratch = prepared.move, prepared.scratch
    inside = [each for each in (move.old_root, str(scratch.folder)) if each]
    written = find_outside(prepared.recipe.record, move.new_root, (*inside, str(store)))
    as_it_is = Place(move, store, World(str(scratch.world)), _warn_of(*written.all))
    if not prepared.recipe.apart:
        return as_it_is
    outside = {
        old: new
        for old, new in prepared.redirected.items()
        if not any(Path(old).is_relative_to(place) for place in inside)
    }
    named = move.old_root if any(_name_root(move)) else ""
    asked = named or (move.old_root if _is_worth_showing(move, outside) else "")
    obstacle: str | None = None
    also = (*written.covered, *written.named)
    some = written.folders, written.shared
    covers = dict.fromkeys(((also, *some), (written.covered, *some), ((), (), written.all)))
    for (covered, folders, rest), root in product(covers, dict.fromkeys((asked, named))):
        if not (root or outside or covered):
            continue
        place = _show(prepared, root, outside, store, environment)
        absent = written.absent if covered else ()
        world = replace(place.world, covered=covered, folders=folders, absent=absent)
        place = replace(place, world=world, warnings=_warn_of(*rest))
        obstacle = find_obstacle(world)
        if obstacle is None:
            is_in_place = named or prepared.recipe.in_place
            return place if is_in_place else _stay(place, move)
    wanted = [*([named] if named else []), *outside]
    told = f"the program may look at {', '.join(wanted[:3])} of today: {obstacle}"
    return replace(as_it_is, warnings=(*([told] if wanted else []), *as_it_is.warnings))


def _warn_of(*written: str) -> tuple[str, ...]:
    """Say what the program writes again where it wrote it."""
    return tuple(f"it writes {each} of today again, outside of its project" for each in written)


def _is_worth_showing(move: Move, outside: Mapping[str, str]) -> bool:
    """Tell whether a project may be shown where it was though its files do not name that place.

    The home folder stays as it is, for what other programs keep is there, too.
    """
    root = Path(move.old_root)
    if len(root.parts) <= 1:
        return False
    is_there = bool(outside) or root.is_dir()
    covered = root if is_there else next(each for each in root.parents if each.exists())
    return not Path(os.path.realpath(Path.home())).is_relative_to(covered)


def _stay(place: Place, move: Move) -> Place:
    """Have the program start in the scratch folder, though it would see that at the old place."""
    return replace(place, move=move, world=replace(place.world, cwd=str(move.new_cwd)))


def _show(
    prepared: Prepared, root: str, outside: dict[str, str], store: Path, environment: Environment
) -> Place:
    """Plan a world in which the project is at its old root, if any, and inputs are outside."""
    move, scratch = prepared.move, prepared.scratch
    shown = scratch.folder / "kept" if root else store
    for folder in (store, shown):
        folder.mkdir(parents=True, exist_ok=True)
    base = environment.python.resolve().parent.parent
    prefixes = [environment.prefix, base, Path(sys.prefix), Path(sys.base_prefix)]
    kept = [(scratch.folder, scratch.folder), (store, shown)]
    kept += [(each, each) for each in dict.fromkeys(prefixes) if each and each.is_dir()]
    places = [(str(move.new_root), root)] if root else []
    cwd = Path(move.old_cwd) if root and not move.is_outside else move.new_cwd
    world = World(
        str(scratch.world),
        places=(*places, *((new, old) for old, new in outside.items())),
        kept=tuple((str(path), str(place)) for path, place in kept),
        cwd=str(cwd),
    )
    if not root:
        return Place(move, store, world)
    return Place(Move(root, Path(root), move.old_cwd, cwd), shown, world)


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
