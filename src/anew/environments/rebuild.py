"""From the facets of a trial to an environment in which it can be run again."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.environments.build import Blueprint, MissingPackagesError, build, count_packages
from anew.environments.conda import CondaFailedError, explicit_of, find_conda_problems
from anew.environments.current import find_unchanged, use_current
from anew.environments.donors import find_donors
from anew.environments.environment import Environment
from anew.environments.index import find_missing
from anew.environments.interpreters import describe_python
from anew.environments.nearest import (
    apply_choices,
    choose_others,
    describe_choices,
    keep_choices,
    recall_choices,
)
from anew.environments.place import Place, find_place
from anew.environments.problems import Problem, RebuildError
from anew.environments.python import find_python
from anew.environments.uv import find_uv
from anew.environments.wanted import read_wanted
from anew.errors import UsageError, near_misses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anew.environments.donors import Donor
    from anew.environments.interpreters import Interpreter
    from anew.environments.wanted import Wanted
    from anew.types import Store

__all__ = ["find_problems", "rebuild", "rebuild_in"]

_WAYS: Final = ("exact", "nearest", "current")
_NOT_CONDA: Final = "Python and its packages are not from conda, but from the index of Python"
_ROUNDS: Final = 8
"""So often packages are replaced: what cannot be built shows one at a time."""


def rebuild(
    facets: Mapping[str, Any],
    *,
    store: Store,
    root: Path,
    how: str = "exact",
    tell: Callable[[str], None] | None = None,
) -> Environment:
    """Give an environment as it was recorded, made anew or kept from before.

    Parameters
    ----------
    facets
        Facets of a trial by name: ``packages``, ``python``, ``locks``, ``conda``, ``snapshot``.
    store
        The store, whose snapshots hold the projects that were installed as editable.
    root
        Where the project's tree lies now.
    how
        ``exact``; ``nearest`` to replace what cannot be had by the version that comes next to it;
        ``current`` for the environment that anew itself runs in (see `use_current` for another).
    tell
        Called with a line on each stage.

    Returns
    -------
    Environment
        Its interpreter, and in what it differs. Anew itself is not in it: it is for the caller to
        put that of today on the path.

    Raises
    ------
    RebuildError
        When something cannot be had: it says what, all at once.
    EnvironmentProblemError
        When uv is not there.
    UsageError
        When ``how`` is none of the three.

    Notes
    -----
    No version is ever chosen by a resolver: packages are installed one by one as recorded, with
    the hashes of the project's lock where that agrees with what was installed. The environment
    that the trial ran in is taken as it is, as long as nothing in it changed.
    """
    _check(how)
    if how == "current":
        return use_current(facets, Path(sys.executable), root=root)
    if unchanged := find_unchanged(facets, _find_project(store, root)):
        return replace(unchanged, differences=tuple(_compare_own(facets)))
    site = _Site(store, root, find_place())
    return _rebuild(facets, site, how, tell or (lambda _: None))


def rebuild_in(
    folder: Path, facets: Mapping[str, Any], *, store: Store, root: Path, how: str = "exact"
) -> Environment:
    """Make an environment as it was recorded in a folder, for nobody else to use.

    Parameters
    ----------
    folder
        A new folder.
    facets, store, root
        As for `rebuild`.
    how
        ``exact`` or ``nearest``.

    Raises
    ------
    RebuildError, EnvironmentProblemError, UsageError
        As `rebuild` does.
    """
    _check(how)
    return _rebuild(facets, _Site(store, root, Place(folder)), how, lambda _: None)


@dataclass(frozen=True)
class _Site:
    """Where things are: the store, the project's tree, and what is built."""

    store: Store
    root: Path
    place: Place


def _rebuild(
    facets: Mapping[str, Any], site: _Site, how: str, tell: Callable[[str], None]
) -> Environment:
    """Find what belongs into an environment, and build it."""
    store, root = site.store, site.root
    project = _find_project(store, root)
    donors = find_donors(facets, project)
    wanted = _without_given(read_wanted(facets, root), donors)
    interpreter, problems = _find_base(facets, project, how=how)
    explicit = explicit_of(facets) if interpreter is None else ()
    if how == "exact" or not facets.get("packages"):
        problems += wanted.problems
    if problems:
        raise RebuildError([*problems, *_ask_index(wanted, interpreter, root, donors)])
    blueprint = Blueprint(
        interpreter=interpreter,
        pins=tuple(pin for pin in wanted.pins if not pin.is_private or pin.name in donors),
        projects=wanted.projects,
        explicit=explicit,
        root=root,
        git_dir=store.folder / "git",
        donors=donors,
    )
    differences = [*_compare_python(facets, interpreter), *map(str, wanted.problems)]
    try:
        made = _build(blueprint, differences, site.place, how=how, tell=tell)
    except CondaFailedError as error:
        if how == "exact":
            raise
        made = _rebuild({n: c for n, c in facets.items() if n != "conda"}, site, how, tell)
        told = (_NOT_CONDA, *map(str, error.problems), *made.differences)
        return replace(made, how="nearest", differences=told)
    return replace(made, differences=(*made.differences, *_compare_own(facets)))


def find_problems(facets: Mapping[str, Any], *, store: Store, how: str = "exact") -> list[Problem]:
    """List what stands in the way of an environment, without making it.

    Parameters
    ----------
    facets
        Facets of a trial by name.
    store
        The store.
    how
        As for `rebuild`.

    Returns
    -------
    list of Problem
        Empty when it can be rebuilt, as far as can be told before.

    Notes
    -----
    The index is asked for each package, unless the environment that the trial ran in is unchanged.
    Files and folders of the project are not looked at: they come with its snapshot.
    """
    _check(how)
    project = _find_project(store, Path.cwd())
    if how == "current" or find_unchanged(facets, project):
        return []
    donors = find_donors(facets, project)
    wanted = _without_given(read_wanted(facets, None), donors)
    interpreter, problems = _find_base(facets, project, how=how)
    if how == "nearest":
        return problems
    return [*problems, *wanted.problems, *_ask_index(wanted, interpreter, project, donors)]


def _check(how: str) -> None:
    if how not in _WAYS:
        message = f"no way to an environment: {how!r}"
        raise UsageError(message, hint=near_misses(how, _WAYS))


def _find_project(store: Store, root: Path) -> Path:
    """Give the folder of the user's project, which may have been renamed since."""
    folder = Path(store.folder)
    return folder.parent if folder.name == ".anew" else root


def _find_base(
    facets: Mapping[str, Any], project: Path, *, how: str
) -> tuple[Interpreter | None, list[Problem]]:
    """Find what the environment is made of first: an interpreter, or packages of conda."""
    explicit = explicit_of(facets)
    problems = find_conda_problems(explicit) if explicit else []
    if explicit and (how == "exact" or not problems):
        return None, problems
    interpreter, problem = find_python(facets.get("python"), project, find_place(), how=how)
    return interpreter, [problem] if problem else []


def _without_given(wanted: Wanted, donors: Mapping[str, Donor]) -> Wanted:
    """Leave out problems with what is still installed where the trial ran.

    It is taken from there alone: what an index has by that name is something else.
    """
    faulty = {problem.what for problem in wanted.problems}
    given = {p.named for p in wanted.pins if p.name in donors and p.named in faulty}
    return replace(
        wanted,
        pins=tuple(replace(p, is_private=p.is_private or p.named in given) for p in wanted.pins),
        problems=tuple(problem for problem in wanted.problems if problem.what not in given),
    )


def _ask_index(
    wanted: Wanted, interpreter: Interpreter | None, folder: Path, donors: Mapping[str, Donor]
) -> list[Problem]:
    """List the packages that cannot be had; those that are said already are left out."""
    known = {problem.what for problem in wanted.problems}
    pins = [pin for pin in wanted.pins if pin.named not in known and pin.name not in donors]
    if not pins or interpreter is None:
        return []  # what is there depends on the interpreter; conda's packages are not on an index
    return [problem for _, problem in find_missing(pins, interpreter.path, find_uv(folder))]


def _build(
    blueprint: Blueprint,
    differences: list[str],
    place: Place,
    *,
    how: str,
    tell: Callable[[str], None],
) -> Environment:
    """Build an environment; replace what cannot be had where that is allowed."""
    choices = place.room(blueprint.content()).with_suffix(".nearest")
    instead = recall_choices(choices) if how == "nearest" else {}
    for _ in range(_ROUNDS):
        try:
            kept, was_there = build(apply_choices(blueprint, instead), place, tell)
            break
        except MissingPackagesError as error:
            if how == "exact" or all(pin is None for pin, _ in error.missing):
                raise
            instead = choose_others(blueprint, error.missing, instead)
    else:
        raise RebuildError([Problem("the packages", "too many of them cannot be had")])
    keep_choices(choices, instead)
    told = describe_choices(blueprint, instead)
    differences = [*differences, *told, *kept.about["differences"]]
    count = count_packages(apply_choices(blueprint, instead))
    base = blueprint.interpreter.named if blueprint.interpreter else "conda"
    said = f"{base} with {count}, {'kept from before' if was_there else 'rebuilt'}"
    return Environment(
        python=kept.python,
        prefix=kept.prefix,
        how="nearest" if differences else "exact",
        said=said,
        differences=tuple(differences),
    )


def _compare_python(facets: Mapping[str, Any], interpreter: Interpreter | None) -> list[str]:
    """Say that another interpreter is used than was recorded."""
    if interpreter and explicit_of(facets):
        return [_NOT_CONDA]
    wanted = describe_python(facets.get("python", {}))
    if interpreter is None or interpreter.named == wanted:
        return []
    return [f"{wanted} → {interpreter.named.removeprefix('Python ')}: it is not installed"]


def _compare_own(facets: Mapping[str, Any]) -> list[str]:
    """Say that anew is of another version than it was."""
    recorded = facets.get("packages", {}).get("versions", {}).get("anew")
    try:
        today = version_of("anew")
    except PackageNotFoundError:
        return []
    return [f"anew {recorded} → {today}"] if recorded and recorded != today else []
