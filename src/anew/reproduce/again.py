"""Making a trial anew, from its record to the verdict."""

from __future__ import annotations

import errno
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from anew.compare import compare_trials, first_difference
from anew.compare.finding import Tolerance
from anew.errors import NotReproducibleError, UsageError
from anew.model import Verdict
from anew.provenance import capture
from anew.records import dataclass, replace
from anew.reproduce.child import last_lines
from anew.reproduce.command import find_masked
from anew.reproduce.environment import provide
from anew.reproduce.limits import check_timeout
from anew.reproduce.recipe import recipe_of
from anew.reproduce.record import read_record
from anew.reproduce.remembering import remember
from anew.reproduce.reproduction import Reproduction
from anew.reproduce.rerun import prepare, rerun
from anew.reproduce.scratch import open_scratch
from anew.reproduce.variables import compare_environments, list_uncontrolled
from anew.reproduce.world import check_offline

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.environments import Environment
    from anew.model import Trial
    from anew.reproduce.move import Move
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.record import Record
    from anew.reproduce.rerun import Made
    from anew.reproduce.scratch import Scratch

__all__ = ["Wishes", "reproduce"]

_SHOWN: Final = 3
_ENVIRONMENTS: Final = ("exact", "nearest", "current")


@dataclass(frozen=True)
class Wishes:
    """How a trial is to be made anew.

    Parameters
    ----------
    rtol
        How far apart two numbers may be, relative to the first, to be called close.
    atol
        The same, absolute.
    env
        ``"exact"`` for the packages and the interpreter of then, ``"nearest"`` for the nearest that
        are to be had, ``"current"`` for those of today.
    offline
        Whether it is kept from the network.
    keep
        Whether the scratch folder stays, to be looked at.
    timeout
        After how many seconds it is ended; None to let it run.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite, the timeout is not positive, or when there is no
        such environment.
    """

    rtol: float = 0.0
    atol: float = 0.0
    env: str = "exact"
    offline: bool = False
    keep: bool = False
    timeout: float | None = None

    def __post_init__(self) -> None:
        Tolerance(self.rtol, self.atol)
        check_timeout(self.timeout)
        if self.env not in _ENVIRONMENTS:
            message = f"env is {self.env!r}, expected one of {', '.join(_ENVIRONMENTS)}"
            raise UsageError(message, hint="env='exact'")


def reproduce(
    trial: Trial, *, progress: Callable[[str], None] | None = None, **wishes: Any
) -> Reproduction:
    """Make a trial anew from what was recorded, and compare.

    Parameters
    ----------
    trial
        The trial. Of a reproduction, the trial that it made anew is made anew again.
    progress
        Called with a line on each stage, and with each line that the trial prints.
    **wishes
        How, as `Wishes` says: ``rtol``, ``atol``, ``env``, ``offline``, ``keep``, ``timeout``.

    Returns
    -------
    Reproduction
        The new trial, the verdict on each output, and what could not be given back.

    Raises
    ------
    NotReproducibleError
        When the record does not say how to run the trial, when inputs are not to be had, or when
        its command fails before the trial begins.
    EnvironmentProblemError
        When its environment cannot be rebuilt, or the network cannot be kept away.
    SnapshotError
        When the code cannot be checked out.
    UsageError
        When a wish cannot be.

    Notes
    -----
    The code, data, command, variables, seed, umask, packages and interpreter are those of the
    trial; the machine is that of today. The project that the trial ran in is not touched: all
    happens in a scratch folder, and the new trial is recorded in the store of the old one. What
    the command writes outside of its project is kept from there, or said where that cannot be.
    """
    wanted = Wishes(**wishes)
    record = read_record(trial)
    tell = progress or (lambda _: None)
    recipe = replace(recipe_of(record), limit_s=wanted.timeout)
    found = _make_in_scratch(recipe, wanted, tell)
    if found.made and record.trial.status == "finished" and _is_torn(found.made):
        tell("again, where the project is in one piece with other folders")
        found = _make_in_scratch(replace(recipe, apart=False), wanted, tell)
    if found.made is None:
        return found
    if not found.is_good:
        far = {"rtol": wanted.rtol, "atol": wanted.atol}
        first = first_difference(record.trial, found.made, terms=record.terms, **far)
        found = replace(found, first_difference=first)
    remember(found, wanted.env)
    return found


def _make_in_scratch(recipe: Recipe, wanted: Wishes, tell: Callable[[str], None]) -> Reproduction:
    """Make a trial anew in a scratch folder of its own."""
    with open_scratch(keep=wanted.keep) as scratch:
        if wanted.offline:
            check_offline(scratch.world)
        found = _make(recipe, scratch, wanted, tell)
    return replace(found, folder=str(scratch.folder) if wanted.keep else None)


def _is_torn(made: Trial) -> bool:
    """Tell whether a trial failed for a file that was to be moved between two folders.

    What is shown in another place is a mount of its own, and nothing is renamed across its border.
    """
    if made.status == "finished":
        return False
    printed = "".join(text for _, text in made.source.console(made.uuid))
    return os.strerror(errno.EXDEV) in f"{made.error} {printed}"


def _make(
    recipe: Recipe, scratch: Scratch, wanted: Wishes, tell: Callable[[str], None]
) -> Reproduction:
    """Run the command of a trial in a scratch folder and compare what comes of it."""
    record = recipe.record
    tell("putting back code and inputs")
    prepared = prepare(recipe, scratch)
    environment = provide(recipe, prepared.move.new_root, wanted.env, tell)
    tell(environment.said)
    made = rerun(prepared, environment, offline=wanted.offline, progress=tell)
    if made.trial is None:
        return _explain_nothing(record, scratch, made, environment)
    tell(f"comparing with {record.where}")
    verdicts = [
        *_compare_purpose(record.trial, made.trial, made.move),
        *compare_trials(
            record.trial, made.trial, rtol=wanted.rtol, atol=wanted.atol, terms=record.terms
        ),
    ]
    then, now = record.facets, made.trial.facets
    return Reproduction(
        trial=record.trial,
        made=made.trial,
        verdicts=verdicts,
        warnings=[
            *([f"{made.problem}, and was ended"] if made.problem else []),
            *made.warnings,
            *_list_warnings(record),
            *_compare_inputs(record.trial, made.trial),
        ],
        environment=environment.said,
        differences=list(environment.differences) or compare_environments(then, now),
        uncontrolled=list_uncontrolled(then, now),
    )


def _explain_nothing(
    record: Record, scratch: Scratch, made: Made, environment: Environment
) -> Reproduction:
    """Say why no trial was made."""
    today = {facet.name: facet.content for facet in capture(scratch.folder).facets}
    warnings = _list_warnings(record)
    if made.status == 0:
        told = f"the command came to its end without beginning its trial {record.ordinal}"
        verdict = Verdict("trial", str(record.trial.number), "missing", told)
        return Reproduction(
            trial=record.trial,
            made=None,
            verdicts=[verdict],
            warnings=warnings,
            environment=environment.said,
            differences=list(environment.differences),
            uncontrolled=list_uncontrolled(record.facets, today),
        )
    said = "\n".join(f"    {line}" for line in last_lines(scratch.output))
    message = f"the command ended with status {made.status} before the trial began:\n{said}\n"
    known = [*environment.differences, *warnings]
    hint = "; ".join(known) or "`anew show` tells what the trial ran on"
    raise NotReproducibleError(message, where=record.where, hint=hint)


def _compare_inputs(trial: Trial, made: Trial) -> list[str]:
    """Say which files were read with another content than then: those that cannot be redirected."""
    old, new = (
        {use.path: use.digest for use in each.files if use.role == "input" and use.digest}
        for each in (trial, made)
    )
    return [
        f"input {path} had other content than it had for trial {trial.number}"
        for path, digest in old.items()
        if new.get(path, digest) != digest
    ]


def _list_warnings(record: Record) -> list[str]:
    """Say what the record could not give back."""
    warnings = find_masked(record.facets["command"])
    inputs = {use.path for use in record.trial.files if use.role == "input"}
    snapshot = record.facets["snapshot"]
    inputs |= {each["path"] for each in snapshot.get("large", ()) if each["kept"]}
    skipped = [path for path in snapshot["skipped"] if path not in inputs]
    if skipped:
        more = f" and {len(skipped) - _SHOWN} more" if len(skipped) > _SHOWN else ""
        warnings.append(f"not in the snapshot: {', '.join(skipped[:_SHOWN])}{more}")
    return warnings


def _compare_purpose(trial: Trial, made: Trial, move: Move) -> list[Verdict]:
    """Say when the new trial is not of the same experiment, parameters and seed."""
    old, new = (
        {("experiment", "name"): t.experiment, ("seed", "root"): t.seed}
        | {("parameter", name): value for name, value in t.parameters.items()}
        for t in (trial, made)
    )
    return [
        Verdict(*key, "different", f"{old.get(key)} → {new.get(key)}")
        for key in {**old, **new}
        if _normalise(old.get(key), move) != _normalise(new.get(key), move)
    ]


def _normalise(value: Any, move: Move) -> str:
    """Write a value so that neither the folder nor an address in memory makes a difference."""
    text = move.relocate(json.dumps(value, default=repr, sort_keys=True))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
