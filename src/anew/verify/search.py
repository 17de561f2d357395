"""Finding out whether a trial is deterministic, and what it depends on."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.compare import compare_trials
from anew.provenance import make_facet
from anew.reproduce.record import read_record
from anew.reproduce.reproduction import Reproduction
from anew.reproduce.scratch import open_scratch
from anew.reproduce.world import check_offline
from anew.verify.changing import change_each
from anew.verify.conditions import list_conditions, plain_change
from anew.verify.judging import name_of
from anew.verify.known import Known
from anew.verify.repeating import explain, repeat
from anew.verify.runs import Runs
from anew.verify.verification import FACET, Row, Verification
from anew.verify.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.model import Trial, Verdict
    from anew.reproduce.record import Record

__all__ = ["verify"]

_MOST_AT_ONCE: Final = 4


def verify(
    trial: Trial, *, progress: Callable[[str], None] | None = None, **wishes: Any
) -> Verification:
    """Find out whether a trial is deterministic, by running it again under changed conditions.

    Parameters
    ----------
    trial
        The trial. Of a reproduction, the trial that it made anew.
    progress
        Called with a line on each run.
    **wishes
        How, as `Wishes` says: ``times``, ``rtol``, ``atol``, ``env``, ``only``, ``parallel``,
        ``first``, ``offline``, ``timeout``.

    Returns
    -------
    Verification
        What came of each condition, what the trial depends on and in which step.

    Raises
    ------
    NotReproducibleError
        When the trial cannot be run again.
    EnvironmentProblemError
        When its environment cannot be rebuilt, or the network cannot be kept away.
    SnapshotError
        When the code cannot be checked out.
    UsageError
        When a wish cannot be.

    Notes
    -----
    Nothing is reused from earlier runs. Each run has a scratch folder and a store of its own, which
    are gone afterwards; the project is not touched. The verdict is kept with the trial.

    First everything is changed at once, in as few runs as that takes. Only when that makes a
    difference, each condition is changed by itself. Where runs with nothing changed differ, each
    condition is held in turn, to see with which they do not.
    """
    wanted = Wishes(**wishes)
    record = read_record(trial)
    began = time.perf_counter()
    with open_scratch(keep=False) as scratch:
        if wanted.offline:
            check_offline(scratch.world)
        plain, parallel = plain_change(record.facets), wanted.parallel or _count_parallel(record)
        runs = Runs(record, wanted, scratch, plain, parallel, progress or (lambda _: None))
        known = _find_out(runs)
        problem, hint = ("", "") if known.findings else _doubt(runs, known)
    found = Verification(
        trial=record.trial,
        rows=tuple(known.rows),
        findings=tuple(known.findings),
        problem=problem,
        hint=hint,
        runs=runs.number,
        seconds=time.perf_counter() - began,
        environment=runs.environment,
        ignored={name_of(key): told for key, told in runs.ignored.items()},
    )
    content = found.to_dict() | {"told": found.told, "ended": time.time()}
    record.store.add_facets(record.trial.uuid, [make_facet(FACET, content)])
    return found


def _find_out(runs: Runs) -> Known:
    """Run the trial with nothing changed, then with one thing after another."""
    conditions = list_conditions(runs.record.facets)
    known = Known(runs.begin(), stops_early=runs.wanted.first)
    repeat(runs, known, runs.wanted.times - 1)
    explain(runs, known, conditions)
    if not known.is_enough:
        only = runs.wanted.only
        changed = (each for each in conditions if each.variants or each.obstacle)
        change_each(runs, known, [each for each in changed if not only or each.name in only])
    told = next((f.text for f in known.findings if f.condition == "runs"), "")
    tried = f"{runs.wanted.times} runs with nothing changed"
    known.rows.insert(0, Row("runs", "differs" if told else "same", told, (tried,)))
    return known


def _count_parallel(record: Record) -> int:
    """Say how many runs do not get in each other's way.

    One, where a run computes on the whole machine, or writes outside of its project.
    """
    facets = record.facets
    if any(use.role == "output" and Path(use.path).is_absolute() for use in record.trial.files):
        return 1
    libraries = facets.get("numerics", {}).get("libraries") or ()
    is_wide = any((each.get("threads") or 1) > 1 for each in libraries)
    if is_wide or facets.get("gpu", {}).get("devices"):
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min((usable or 1) // 2, _MOST_AT_ONCE))


def _doubt(runs: Runs, known: Known) -> tuple[str, str]:
    """Say why runs that all gave the same do not say enough, and what to do about it."""
    trial, alike = runs.record.trial, known.reference
    itself = _compare(alike, alike, runs)
    if not Reproduction(alike, alike, itself).is_good:
        names = [verdict.name for verdict in itself if verdict.verdict == "not compared"]
        told = f"{names[0]} cannot be compared" if names else "it made nothing to compare"
        return told, "log a metric, save a value, or write a file"
    bad = [v for v in _compare(trial, alike, runs) if not v.is_good]
    if all(verdict.verdict == "not compared" for verdict in bad):
        return "", ""
    named = next(f"{v.kind} {v.name}" for v in bad if v.verdict != "not compared")
    told = f"all runs gave the same, but another {named} than it gave itself"
    if runs.plain.variables:
        return told, f"it had a hash seed of its own: anew verify {trial.number} --only hash-seed"
    return told, f"anew reproduce {trial.number} tells in what they differ"


def _compare(a: Trial, b: Trial, runs: Runs) -> list[Verdict]:
    wanted = runs.wanted
    return compare_trials(a, b, rtol=wanted.rtol, atol=wanted.atol, terms=runs.record.terms)
