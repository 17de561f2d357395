"""Making a trial anew, from its record to the verdict."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.snapshot import checkout
from anew.compare import compare_trials, first_difference
from anew.compare.finding import Tolerance
from anew.errors import NotReproducibleError
from anew.facts import restore_large
from anew.model import Verdict
from anew.plan import Plan
from anew.provenance import capture
from anew.reproduce.child import Child, last_lines, run_child
from anew.reproduce.command import find_masked, make_command
from anew.reproduce.environment import compare_environments, make_variables
from anew.reproduce.inputs import place_inputs
from anew.reproduce.move import plan_move
from anew.reproduce.record import read_record
from anew.reproduce.reproduction import Reproduction
from anew.reproduce.scratch import open_scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.model import Trial
    from anew.reproduce.move import Move
    from anew.reproduce.record import Record
    from anew.reproduce.scratch import Scratch

__all__ = ["reproduce"]

_SHOWN: Final = 3


def reproduce(
    trial: Trial,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    keep: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Reproduction:
    """Make a trial anew from what was recorded, and compare.

    Parameters
    ----------
    trial
        The trial. Of a reproduction, the trial that it made anew is made anew again.
    rtol
        How far apart two numbers may be, relative to the first, to be called close.
    atol
        The same, absolute.
    keep
        Whether the scratch folder stays, to be looked at.
    progress
        Called with a line on each stage, and with each line that the trial prints.

    Returns
    -------
    Reproduction
        The new trial, the verdict on each output, and what could not be given back.

    Raises
    ------
    NotReproducibleError
        When the record does not say how to run the trial, or when its command fails before the
        trial begins.
    ObjectMissingError
        When the content of an input is not to be had.
    SnapshotError
        When the code cannot be checked out.
    UsageError
        When a tolerance is negative or not finite.

    Notes
    -----
    The code, data, command, variables, seed and umask are those of the trial; packages, interpreter
    and machine are those of today. The project that the trial ran in is not touched: all happens
    in a scratch folder, and the new trial is recorded in the store of the old one. What the command
    writes outside of its project by an absolute path, it writes again.
    """
    Tolerance(rtol, atol)
    record = read_record(trial)
    with open_scratch(keep=keep) as scratch:
        found = _make(record, scratch, rtol=rtol, atol=atol, progress=progress)
    found = replace(found, folder=str(scratch.folder) if keep else None)
    if found.made is None or found.is_good:
        return found
    first = first_difference(record.trial, found.made, rtol=rtol, atol=atol)
    return replace(found, first_difference=first)


def _make(
    record: Record,
    scratch: Scratch,
    *,
    rtol: float,
    atol: float,
    progress: Callable[[str], None] | None,
) -> Reproduction:
    """Run the command of a trial in a scratch folder and compare what comes of it."""
    tell = progress or (lambda _: None)
    tell("putting back code and inputs")
    move = _lay_out(record, scratch)
    child = _prepare(record, scratch, move)
    tell(f"running {' '.join(child.command)}")
    status = run_child(child, scratch, progress=progress)
    if scratch.made is None:
        return _explain_nothing(record, scratch, status)
    tell(f"comparing with {record.where}")
    made = record.store.trial(scratch.made)
    verdicts = [
        *_compare_purpose(record.trial, made, move),
        *compare_trials(record.trial, made, rtol=rtol, atol=atol),
    ]
    return Reproduction(record.trial, made, verdicts, warnings=_list_warnings(record, made.facets))


def _lay_out(record: Record, scratch: Scratch) -> Move:
    """Put code and inputs into the scratch folder, and the plan beside them."""
    snapshot = record.facets["snapshot"]
    move = plan_move(record.root, record.facets["command"]["cwd"], scratch.folder)
    checkout(record.store.folder / "git", snapshot["commit"], move.new_root)
    restore_large(snapshot, record.store.folder, move.new_root)
    _move_links(move)
    # The mark of the project's root, behind which the trials are that nobody asked for.
    (scratch.folder / "others").mkdir()
    (move.new_root / ".anew").symlink_to(scratch.folder / "others")
    move.new_cwd.mkdir(parents=True, exist_ok=True)
    Plan(
        uuid=record.trial.uuid,
        ordinal=record.ordinal,
        seed=record.trial.seed,
        store=str(record.store.folder),
        snapshot=snapshot,
        inputs=place_inputs(record.store, record.trial, move, scratch.folder),
        folder=str(scratch.folder),
    ).write(scratch.plan)
    return move


def _move_links(move: Move) -> None:
    """Let links that name the old project by its absolute path lead to the new one."""
    for folder, folders, files in os.walk(move.new_root):
        for path in (Path(folder, name) for name in (*folders, *files)):
            target = str(path.readlink()) if path.is_symlink() else ""
            if move.relocate(target) != target:
                path.unlink()
                path.symlink_to(move.relocate(target))


def _prepare(record: Record, scratch: Scratch, move: Move) -> Child:
    facet = record.facets["command"]
    return Child(
        command=make_command(facet, move, where=record.where),
        cwd=move.new_cwd,
        variables=make_variables(facet, move, scratch.plan),
        umask=facet.get("umask"),
    )


def _explain_nothing(record: Record, scratch: Scratch, status: int) -> Reproduction:
    """Say why no trial was made."""
    today = {facet.name: facet.content for facet in capture(scratch.folder).facets}
    warnings = _list_warnings(record, today)
    if status == 0:
        told = f"the command came to its end without beginning its trial {record.ordinal}"
        verdict = Verdict("trial", str(record.trial.number), "missing", told)
        return Reproduction(record.trial, None, [verdict], warnings=warnings)
    said = "\n".join(f"    {line}" for line in last_lines(scratch.output))
    message = f"the command ended with status {status} before the trial began:\n{said}\n"
    hint = "; ".join(warnings) or "`anew show` tells what the trial ran on"
    raise NotReproducibleError(message, where=record.where, hint=hint)


def _list_warnings(record: Record, today: dict[str, dict[str, Any]]) -> list[str]:
    """Say what the record could not give back."""
    warnings = [*compare_environments(record.facets, today), *find_masked(record.facets["command"])]
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
