"""The environment variables of a trial that is run again, and what is not as it was."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anew
from anew.changes import compare_facets
from anew.plan import VARIABLE
from anew.provenance.command import is_recorded
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anew.environments import Environment
    from anew.reproduce.move import Move
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.scratch import Scratch

__all__ = ["compare_environments", "follow_conda", "list_uncontrolled", "make_variables"]

_STORE: Final = "ANEW_STORE"
_PATH: Final = "PYTHONPATH"
_SET_BY_ENVIRONMENTS: Final = ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONHOME")

# What decides on numbers and pictures, and can be given back.
_GIVEN_BACK: Final = ("packages", "conda", "python", "locale")

# What decides on them, too, and is as it is on this machine.
_UNCONTROLLED: Final = ("platform", "cpu", "gpu", "numerics", "libraries")

# The variable that sets the threads of a numerical library, by the name that it has in the record.
_THREADS: Final = {
    "blis": "BLIS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "openblas": "OPENBLAS_NUM_THREADS",
    "openmp": "OMP_NUM_THREADS",
}


def make_variables(
    recipe: Recipe, move: Move, environment: Environment, scratch: Scratch
) -> dict[str, str]:
    """Give the environment variables of the process that makes a trial anew.

    Parameters
    ----------
    recipe
        What the trial is made of.
    move
        Where the project was and is.
    environment
        What it runs in.
    scratch
        The scratch folder.

    Returns
    -------
    dict
        Those of today, except that all that could be recorded are as they were: set, or not there.
        Threads and time zone are as they were also where they came from the machine. Modules are
        imported from the scratch folder first.
    """
    facet = recipe.facets["command"]
    recorded: dict[str, str] = facet["environment"]
    asked = frozenset(facet.get("asked", ()))
    follow = follow_conda(recipe.facets, move, environment)
    variables = {
        name: follow(value)
        for name, value in os.environ.items()
        if MASK in recorded.get(name, "") or not (name in asked or is_recorded(name))
    }
    variables |= _restore_machine(recipe.facets)
    for name, value in recorded.items():
        if MASK not in value:
            variables[name] = move.relocate(follow(value))
    variables.pop(_STORE, None)
    variables[VARIABLE] = str(scratch.plan)
    _activate(variables, environment, scratch)
    folders = [str(move.new_root / path) for path in facet["paths"]]
    own = _place_of_anew(scratch)
    variables[_PATH] = _join([*folders, variables.get(_PATH, ""), own])
    for name, given in recipe.variables.items():
        if given is None:
            variables.pop(name, None)
        else:
            variables[name] = given
    return variables


def follow_conda(
    facets: Mapping[str, dict[str, Any]], move: Move, environment: Environment
) -> Callable[[str], str]:
    """Have paths into an environment of conda lead into the one that was made anew.

    Packages of conda set such variables when their environment is activated.

    Parameters
    ----------
    facets
        Content of facets by name.
    move
        Where the project was and is.
    environment
        The one that was made anew.

    Returns
    -------
    callable
        Gives the value of a variable as it has to be.
    """
    facet = facets.get("python", {})
    told = facet.get("executable") if facet.get("prefix") == "conda" else None
    if not (told and environment.prefix and environment.is_conda):
        return str
    program = Path(told)
    with suppress(RuntimeError):  # nobody's home
        program = program.expanduser()
    old = str(Path(move.old_root, program).parent.parent)
    return replace(move, old_root=old, new_root=environment.prefix).relocate


def _restore_machine(facets: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Give what no variable said, but the machine decided: threads and time zone."""
    libraries = facets.get("numerics", {}).get("libraries", ())
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    variables = {
        _THREADS[each["library"]]: str(each["threads"])
        for each in libraries
        if each["library"] in _THREADS and each["threads"] != usable
    }
    zone = facets.get("locale", {}).get("zone", "")
    if zone and zone != _zone() and (Path("/usr/share/zoneinfo") / zone).is_file():
        variables["TZ"] = zone
    return variables


def _zone() -> str:
    from anew.provenance.locale import name_zone

    return name_zone()


def _activate(variables: dict[str, str], environment: Environment, scratch: Scratch) -> None:
    """Have programs find the interpreter, as ``activate`` of an environment does."""
    for name in _SET_BY_ENVIRONMENTS:
        variables.pop(name, None)
    if environment.prefix:
        name = "CONDA_PREFIX" if environment.is_conda else "VIRTUAL_ENV"
        variables[name] = str(environment.prefix)
    # Beside a python3.12 of the system there need not be a python.
    folder = scratch.folder / "bin"
    folder.mkdir(exist_ok=True)
    for name in () if environment.prefix else ("python", "python3"):
        _link(folder / name, environment.python)
    first = environment.prefix / "bin" if environment.prefix else folder
    variables["PATH"] = _join([str(first), variables.get("PATH", os.defpath)])


def _join(places: list[str]) -> str:
    """Join the folders of a path, each once."""
    folders = [each for place in places for each in place.split(os.pathsep) if each]
    return os.pathsep.join(dict.fromkeys(map(os.path.normpath, folders)))


def _place_of_anew(scratch: Scratch) -> str:
    """Give a folder from which anew can be imported, and nothing that is installed beside it."""
    folder = scratch.folder / "own"
    folder.mkdir(exist_ok=True)
    _link(folder / "anew", Path(anew.__file__).resolve().parent)
    return str(folder)


def _link(link: Path, place: Path) -> None:
    """Make a link, also where an earlier one is."""
    link.unlink(missing_ok=True)
    link.symlink_to(place)


def compare_environments(
    old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> list[str]:
    """Say in what an environment differs from that of a trial, of what can be given back.

    Parameters
    ----------
    old, new
        Content of facets by name.

    Returns
    -------
    list of str
        One line for each facet that differs.
    """
    return _compare(_GIVEN_BACK, _leave_out_place(old), _leave_out_place(new))


def _leave_out_place(facets: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out where the interpreter lies, and anew, which is given to it from elsewhere."""
    python = {
        k: v for k, v in facets.get("python", {}).items() if k not in {"executable", "prefix"}
    }
    packages = dict(facets.get("packages", {}))
    if "versions" in packages:
        packages["versions"] = {k: v for k, v in packages["versions"].items() if k != "anew"}
    left = {"python": python, "packages": packages}
    return {name: left.get(name, content) for name, content in facets.items()}


def list_uncontrolled(
    old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> list[str]:
    """Say what was not as it was for the trial and cannot be given back: the machine.

    Parameters
    ----------
    old, new
        Content of facets by name.

    Returns
    -------
    list of str
        One line for each facet that differs, and one for each thing that the tracker could not
        see.
    """
    unseen = [f"not seen: {told}" for told in old.get("tracking", {}).get("unseen", ())]
    return [*_compare(_UNCONTROLLED, old, new), *unseen]


def _compare(
    names: tuple[str, ...], old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> list[str]:
    shared = [name for name in names if name in old and name in new]
    changes = compare_facets({n: old[n] for n in shared}, {n: new[n] for n in shared})
    return [str(change) for change in changes]
