"""The command of a trial, run again in a scratch folder."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anew.plan import OTHERS, Plan
from anew.reproduce.child import Child, run_child
from anew.reproduce.command import find_stdin, make_command
from anew.reproduce.laying import lay_out
from anew.reproduce.move import Move, plan_move
from anew.reproduce.variables import make_variables
from anew.reproduce.world import plan_place
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.environments import Environment
    from anew.model import Trial
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.scratch import Scratch

__all__ = ["Made", "Prepared", "prepare", "rerun"]


@dataclass(frozen=True)
class Made:
    """What came of running a trial again.

    Parameters
    ----------
    trial
        The new trial; None when the command came to its end without beginning it.
    status
        The exit status of the command; negative for the signal that ended it.
    seconds
        How long the command took.
    move
        Where the project was and is, as the program saw it.
    warnings
        What the program ought to have seen and could not.
    problem
        Why it was ended before its end; empty where it was not.
    """

    trial: Trial | None
    status: int
    seconds: float
    move: Move
    warnings: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Prepared:
    """A scratch folder with code and inputs of a trial in it.

    Parameters
    ----------
    recipe
        What the trial is made of.
    scratch
        The folder.
    move
        Where the project was and is.
    redirected
        Where inputs are that were elsewhere, by their absolute paths.
    """

    recipe: Recipe
    scratch: Scratch
    move: Move
    redirected: dict[str, str]


def prepare(recipe: Recipe, scratch: Scratch) -> Prepared:
    """Put code and inputs of a trial into a scratch folder.

    Parameters
    ----------
    recipe
        What the trial is made of.
    scratch
        The folder.

    Raises
    ------
    SnapshotError, NotReproducibleError
        As `lay_out` does.
    """
    move = plan_move(recipe.record.root, recipe.facets["command"]["cwd"], scratch.folder)
    redirected = lay_out(recipe, move, scratch.folder / "inputs")
    # The mark of the project's root, behind which the trials are that nobody asked for.
    (scratch.folder / OTHERS).mkdir()
    mark = move.new_root / ".anew"
    if not mark.exists():  # unless somebody has one of his own among the code
        mark.symlink_to(scratch.folder / OTHERS)
    return Prepared(recipe, scratch, move, redirected)


def rerun(
    prepared: Prepared,
    environment: Environment,
    *,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Made:
    """Run the command of a trial in the scratch folder that was prepared for it.

    Parameters
    ----------
    prepared
        The folder.
    environment
        What the command runs in.
    offline
        Whether it is kept from the network.
    progress
        Called with each line that is printed.

    Raises
    ------
    NotReproducibleError
        When there is no command that could be given again, or when it cannot be started.
    """
    recipe, scratch = prepared.recipe, prepared.scratch
    folder = recipe.store or recipe.record.store.folder
    place = plan_place(prepared, folder, environment)
    move, python = place.move, environment.python
    seen = Move(str(prepared.move.new_root), move.new_root, "", move.new_cwd)
    words = make_command(recipe.facets, prepared.move, python, where=recipe.record.where)
    _write_plan(prepared, place.store, seen)
    child = Child(
        command=[seen.relocate(word) for word in words],
        cwd=prepared.move.new_cwd,
        variables=make_variables(recipe, move, environment, scratch),
        umask=recipe.facets["command"].get("umask"),
        world=replace(place.world, offline=offline),
        tells_streams=_told_streams(recipe),
        limit_s=recipe.limit_s,
        stdin=find_stdin(recipe.facets, prepared.move, prepared.redirected),
    )
    if progress:
        progress(f"running {' '.join(child.command)}")
    began, problem = time.perf_counter(), ""
    try:
        status = run_child(child, scratch, progress=progress)
    except TimeoutError as error:
        status, problem = -signal.SIGTERM, str(error)
    seconds = time.perf_counter() - began
    made = None
    if scratch.made is not None:
        store = open_store(recipe.store) if recipe.store else recipe.record.store
        made = store.trial(scratch.made)
    return Made(made, status, seconds, move, place.warnings, problem)


def _told_streams(recipe: Recipe) -> bool:
    """Tell whether the two streams of a trial went to different places: in one they are as one."""
    store, trial = recipe.record.store, recipe.record.trial
    return any(stream == "stderr" for stream, _ in store.console(trial.uuid))


def _write_plan(prepared: Prepared, store: Path, seen: Move) -> None:
    """Tell the process that it makes a trial anew, and which; paths are as it sees them."""
    inputs = {asked: seen.relocate(path) for asked, path in prepared.redirected.items()}
    recipe, scratch = prepared.recipe, prepared.scratch
    Plan(
        uuid=recipe.record.trial.uuid,
        ordinal=recipe.record.ordinal,
        seed=recipe.seed,
        store=str(store),
        snapshot=recipe.facets["snapshot"],
        inputs={asked: path for asked, path in inputs.items() if path != asked},
        folder=str(scratch.folder),
        fresh=recipe.fresh,
    ).write(scratch.plan)
