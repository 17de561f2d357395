"""The environment that a trial is run again in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anew.environments import rebuild, rebuild_in, use_current
from anew.programs import choose_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.environments import Environment
    from anew.reproduce.recipe import Recipe

__all__ = ["provide"]


def provide(
    recipe: Recipe,
    root: Path,
    env: str,
    tell: Callable[[str], None] | None = None,
    folder: Path | None = None,
) -> Environment:
    """Give an environment for a trial.

    Parameters
    ----------
    recipe
        What the trial is made of.
    root
        Where its project's tree lies now.
    env
        ``"exact"``, ``"nearest"`` or ``"current"``.
    tell
        Called with a line on each stage.
    folder
        A new folder for an environment that nobody else will use; that of today is never copied.

    Raises
    ------
    EnvironmentProblemError
        When it cannot be rebuilt; the error says what, all at once.
    """
    store = recipe.record.store
    if env != "current":
        if folder is not None:
            return rebuild_in(folder, recipe.facets, store=store, root=root, how=env)
        return rebuild(recipe.facets, store=store, root=root, how=env, tell=tell)
    project = Path(store.folder).parent
    return use_current(recipe.facets, _find_python(recipe, project), root=project)


def _find_python(recipe: Recipe, project: Path) -> Path:
    """Find the interpreter that the trial would run in, if it were begun today."""
    if "program" in recipe.facets:
        return Path(choose_interpreter(project, os.environ).path)
    recorded = recipe.facets.get("python", {}).get("executable", "")
    place = Path(recorded).expanduser()
    return place if place.is_absolute() and os.access(place, os.X_OK) else Path(sys.executable)
