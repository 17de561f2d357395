"""An environment that is there already, and in what it differs from the recorded one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.environments.conda import explicit_of
from anew.environments.environment import Environment
from anew.environments.interpreters import clean_variables, describe_python
from anew.environments.origins import expand_path
from anew.environments.place import find_place
from anew.errors import EnvironmentProblemError
from anew.provenance.conda import list_explicit, versions_of
from anew.provenance.interpreter import ask_interpreter
from anew.provenance.packages import packages_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.provenance.interpreter import Asked

__all__ = ["ask", "compare_with", "expand_recorded", "find_unchanged", "use_current"]

_OWN: Final = "anew"
_SHOWN: Final = 4


def use_current(facets: Mapping[str, Any], python: Path, *, root: Path) -> Environment:
    """Take an environment as it is.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    python
        Its interpreter.
    root
        The project's folder, to which paths of origins are relative.

    Returns
    -------
    Environment
        With all in which it differs from that of the trial.

    Raises
    ------
    EnvironmentProblemError
        When the interpreter does not start.
    """
    asked = ask(python)
    return Environment(
        python=python,
        prefix=_prefix_of(asked),
        how="current",
        said=f"the environment of today, {python}",
        differences=(
            *compare_with(facets, asked.facts, packages_of(asked.paths, root)),
            *_compare_conda(facets, Path(asked.prefix)),
        ),
    )


def find_unchanged(facets: Mapping[str, Any], project: Path) -> Environment | None:
    """Give the environment that a trial ran in, if it is today as it was recorded.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    project
        The folder of the user's project, not one where its tree was checked out.

    Returns
    -------
    Environment or None
        None when anything differs, or could differ unseen: what is installed as editable is
        imported from the user's tree of today.
    """
    python, packages = expand_recorded(facets, project), facets.get("packages")
    if python is None or not packages or _has_folders(packages, project):
        return None
    try:
        asked = ask(python)
    except EnvironmentProblemError:
        return None
    today = packages_of(asked.paths, project)
    is_same = all(_without_own(today[k]) == _without_own(packages.get(k, {})) for k in today)
    if not is_same or not _is_same_python(facets["python"], asked.facts):
        return None
    if (*explicit_of(facets),) != tuple(list_explicit(Path(asked.prefix))):
        return None
    said = "the environment that it ran in is unchanged"
    return Environment(python, _prefix_of(asked), "exact", said)


def compare_with(
    facets: Mapping[str, Any], python: Mapping[str, Any], packages: Mapping[str, Any]
) -> list[str]:
    """Say in what an environment differs from that of a trial.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    python, packages
        The facets of the environment.

    Returns
    -------
    list of str
        A line for the interpreter and for each package; anew itself counts only with its version.
    """
    lines = []
    before = facets.get("python")
    if before and not _is_same_python(before, python):
        names = describe_python(before), describe_python(python)
        lines.append(f"{names[0]} → {'another build' if names[0] == names[1] else names[1]}")
    old = _without_own(facets.get("packages", {}).get("versions", {}))
    new = _without_own(packages["versions"])
    changed = [name for name in old if new.get(name) != old[name]]
    lines += [_describe(name, old[name], new.get(name)) for name in changed]
    added = [name for name in new if name not in old]
    if added and old:
        lines.append(f"not there then: {_shorten(added)}")
    return lines


def _compare_conda(facets: Mapping[str, Any], prefix: Path) -> list[str]:
    """Say in what packages of conda differ that Python does not know of, such as libraries."""
    old, new = versions_of(explicit_of(facets)), versions_of(list_explicit(prefix))
    if old and not new:
        return ["the packages of conda are not there"]
    known = facets.get("packages", {}).get("versions", {})
    changed = [name for name in old if name not in known and new.get(name) != old[name]]
    return [_describe(name, old[name], new.get(name)) for name in changed]


def _prefix_of(asked: Asked) -> Path | None:
    """Give the folder of an environment; an interpreter of the system is in none."""
    return None if asked.facts["prefix"] == "system" else Path(asked.prefix)


def _describe(name: str, old: str, new: str | None) -> str:
    return f"{name} {old} → {new}" if new else f"{name} {old} is not there"


def _shorten(names: list[str]) -> str:
    """Name the first few."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def ask(python: Path) -> Asked:
    """Ask an interpreter what it is, and where it imports from.

    Parameters
    ----------
    python
        The interpreter.

    Raises
    ------
    EnvironmentProblemError
        When it does not start.
    """
    return ask_interpreter(str(python), clean_variables(os.environ), find_place().known)


def expand_recorded(facets: Mapping[str, Any], project: Path) -> Path | None:
    """Give the interpreter that a trial ran in, if there still is one at its place.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    project
        The folder of the user's project.
    """
    recorded = facets.get("python", {}).get("executable")
    python = expand_path(recorded, project) if recorded else None
    return python if python and os.access(python, os.X_OK) else None


def _has_folders(packages: Mapping[str, Any], project: Path) -> bool:
    """Tell whether any package is of a folder, whose content the record does not tell."""
    origins = _without_own(packages.get("origins", {}))
    return any(
        text.startswith("editable ") or ("://" not in text and expand_path(text, project).is_dir())
        for text in origins.values()
    )


def _is_same_python(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    names = ("version", "implementation", "build", "compiler", "free_threaded")
    return all(old[name] == new[name] for name in names if name in old)


def _without_own(table: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in table.items() if name != _OWN}
