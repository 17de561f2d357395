"""What surrounds a trial that is run again: variables as recorded, and what differs today."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anew
from anew.changes import compare_facets
from anew.plan import VARIABLE
from anew.provenance.command import is_recorded
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.reproduce.move import Move

__all__ = ["compare_environments", "make_variables"]

_STORE: Final = "ANEW_STORE"
_PATH: Final = "PYTHONPATH"

# What decides on numbers and pictures. The rest is told by other means, or does not matter.
_FACETS: Final = ("packages", "python", "platform", "cpu", "gpu", "numerics", "locale")


def make_variables(facet: Mapping[str, Any], move: Move, plan: Path) -> dict[str, str]:
    """Give the environment variables of the process that makes a trial anew.

    Parameters
    ----------
    facet
        The facet ``command`` of the trial.
    move
        Where the project was and is.
    plan
        The file of the plan.

    Returns
    -------
    dict
        Those of today, except that all that could be recorded are as they were: set, or not there.
        Modules are imported from the scratch folder first.
    """
    recorded: dict[str, str] = facet["environment"]
    variables = {
        name: value
        for name, value in os.environ.items()
        if MASK in recorded.get(name, "") or not is_recorded(name)
    }
    for name, value in recorded.items():
        if MASK not in value:
            variables[name] = move.relocate(value)
    variables.pop(_STORE, None)
    variables[VARIABLE] = str(plan)
    folders = [str(move.new_root / path) for path in facet["paths"]]
    folders += filter(None, [variables.get(_PATH), _place_of_anew()])
    if folders:
        variables[_PATH] = os.pathsep.join(map(os.path.normpath, _unique(folders)))
    return variables


def _unique(folders: list[str]) -> list[str]:
    """Leave out repetitions."""
    return list(dict.fromkeys(f for each in folders for f in each.split(os.pathsep)))


def _place_of_anew() -> str | None:
    """Give the folder from which anew is imported, unless every process finds it there."""
    place = Path(anew.__file__).resolve().parents[1]
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return None if place in installed else str(place)


def compare_environments(
    old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]
) -> list[str]:
    """Say in what today's environment differs from that of a trial.

    Parameters
    ----------
    old, new
        Content of facets by name.

    Returns
    -------
    list of str
        One line for each facet that differs.
    """
    shared = [name for name in _FACETS if name in old and name in new]
    changes = compare_facets({n: old[n] for n in shared}, {n: new[n] for n in shared})
    return [str(change) for change in changes]
