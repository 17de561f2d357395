"""A trial as a folder: its code, its inputs, its environment, and how to run it by hand."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import UsageError
from anew.provenance.masking import MASK
from anew.reproduce.command import find_stdin, make_command, words_by_hand
from anew.reproduce.environment import provide
from anew.reproduce.laying import lay_out
from anew.reproduce.move import move_to
from anew.reproduce.recipe import recipe_of
from anew.reproduce.record import read_record
from anew.reproduce.variables import follow_conda

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.environments import Environment
    from anew.model import Trial
    from anew.reproduce.move import Move
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.record import Record

__all__ = ["Checkout", "checkout"]

_README: Final = "README.anew.md"
_ASIDE: Final = "inputs.anew"
_ENVIRONMENT: Final = ".environment.anew"
_CONDA_PATH: Final = 'export PATH="$CONDA_PREFIX/bin:$PATH"'


@dataclass(frozen=True)
class Checkout:
    """A trial that was put into a folder.

    Parameters
    ----------
    trial
        The trial.
    folder
        The folder.
    environment
        How packages and interpreter were had, on one line; empty when that was not asked for.
    differences
        In what the environment is not as it was.
    command
        What runs the trial by hand.
    """

    trial: Trial
    folder: Path
    environment: str
    differences: tuple[str, ...]
    command: str

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew checkout --json`` prints it."""
        return {
            "trial": self.trial.number,
            "uuid": self.trial.uuid,
            "folder": str(self.folder),
            "environment": self.environment,
            "differences": list(self.differences),
            "command": self.command,
        }


def checkout(
    trial: Trial,
    folder: Path | str | None = None,
    *,
    env: str | None = "exact",
    progress: Callable[[str], None] | None = None,
) -> Checkout:
    """Put a trial into a folder, to be looked at and run by hand.

    Parameters
    ----------
    trial
        The trial; of a reproduction, the one that it made anew.
    folder
        A folder that is new or empty; ``trial-12`` by default.
    env
        ``"exact"``, ``"nearest"`` or ``"current"``, as for `reproduce`; None for no environment.
    progress
        Called with a line on each stage.

    Returns
    -------
    Checkout
        What was put where. The folder has the exact source tree, inputs in their places, the
        environment as ``.venv`` and a ``README.anew.md``.

    Raises
    ------
    UsageError
        When the folder is not empty.
    NotReproducibleError
        When code, command or inputs were not recorded or are not to be had.
    EnvironmentProblemError
        When the environment cannot be rebuilt.
    """
    tell = progress or (lambda _: None)
    record = read_record(trial)
    place = Path(os.path.abspath(folder or f"trial-{record.trial.number}"))  # noqa: PTH100
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        message = f"{str(folder or place.name)!r} is there already, and not an empty folder"
        raise UsageError(message, hint=f"anew checkout {record.trial.number} NEW_FOLDER")
    was_there = place.exists()
    try:
        return _fill(record, place, env, tell)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        if was_there:
            place.mkdir(exist_ok=True)
        raise


def _fill(record: Record, place: Path, env: str | None, tell: Callable[[str], None]) -> Checkout:
    """Put code, inputs, environment and README into the folder."""
    recipe = recipe_of(record)
    move = move_to(record.root, recipe.facets["command"]["cwd"], place, place)
    tell("putting back code and inputs")
    redirected = lay_out(recipe, move, place / _ASIDE)
    environment = None
    if env is not None:
        environment = provide(recipe, place, env, tell, place / _ENVIRONMENT)
        if environment.prefix:
            (place / ".venv").symlink_to(os.path.relpath(environment.prefix, place))
    command = _describe_command(recipe, move, environment)
    if given := find_stdin(recipe.facets, move, redirected):
        command += f" < {shlex.quote(os.path.relpath(given, move.new_cwd))}"
    steps = [*_list_steps(recipe, move, environment), command]
    readme = _write_readme(recipe, environment, redirected, steps)
    (place / _README).write_text(readme, encoding="utf-8")
    said = environment.said if environment else ""
    differences = environment.differences if environment else ()
    return Checkout(record.trial, place, said, differences, command)


def _describe_command(recipe: Recipe, move: Move, environment: Environment | None) -> str:
    """Give the command as it is typed in the folder, once its environment is active."""
    python = environment.python if environment else Path("python")
    words = make_command(recipe.facets, move, python, where=recipe.record.where)
    return shlex.join(words_by_hand(recipe.facets, words))


def _write_readme(
    recipe: Recipe,
    environment: Environment | None,
    redirected: dict[str, str],
    steps: list[str],
) -> str:
    """Say what lies in the folder and how it is run."""
    trial, facet = recipe.record.trial, recipe.facets["command"]
    lines = [
        f"# Trial {trial.number} of {trial.experiment}",
        "",
        f"Begun {trial.started:%Y-%m-%d %H:%M} UTC, {trial.status}; `{trial.uuid}`.",
        "The source tree is that of the trial, and so is the content of the files that it read.",
        "",
        "## To run it by hand",
        "",
        "```bash",
        f"cd {shlex.quote(facet['cwd'] or '.')}",
        *steps,
        "```",
    ]
    if environment:
        lines += ["", "## The environment", "", f"{environment.said}."]
        lines += [f"* {each}" for each in environment.differences]
    if redirected:
        lines += ["", "## Inputs from elsewhere", "", "These lie in this folder now:", ""]
        lines += [f"* `{old}`: `{new}`" for old, new in sorted(redirected.items())]
    lines += _list_results(trial)
    lines += ["", f"`anew reproduce {trial.number}` does all of it, and compares.", ""]
    return "\n".join(lines)


def _list_steps(recipe: Recipe, move: Move, environment: Environment | None) -> list[str]:
    """Give the lines that come before the command: environment and variables."""
    facet: dict[str, Any] = recipe.facets["command"]
    depth = len(Path(os.path.normpath(facet["cwd"] or ".")).parts)
    inside = not Path(facet["cwd"] or ".").expanduser().is_absolute()
    up = "../" * depth if inside else ""
    lines = []
    if environment and environment.is_conda:
        lines = [f'export CONDA_PREFIX="$(cd {up}.venv && pwd -P)"', _CONDA_PATH]
    elif environment and environment.prefix:
        lines = [f". {up}.venv/bin/activate"]
    follow = follow_conda(recipe.facets, move, environment) if environment else str
    told = [
        f"export {name}={shlex.quote(move.relocate(follow(value)))}"
        for name, value in facet["environment"].items()
        if MASK not in value and name != "PYTHONPATH"
    ]
    return lines + told


def _list_results(trial: Trial) -> list[str]:
    """Give what the trial measured, to be compared by eye."""
    if not trial.metrics:
        return []
    told = [f"* {name}: {value!r}" for name, value in sorted(trial.metrics.items())]
    return ["", "## What came of it", "", *told]
