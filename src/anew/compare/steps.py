"""Comparing the steps of two trials by what they gave on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.compare.finding import DIFFERENT, NOT_COMPARED, Finding
from anew.compare.kept import compare_artifacts
from anew.compare.pairs import pair_up, to_verdict
from anew.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.terms import Case
    from anew.model import StepRecord

__all__ = ["compare_steps"]


def compare_steps(case: Case) -> Iterator[Verdict]:
    """Compare what the steps gave on, by digest, else by the values that were kept.

    Parameters
    ----------
    case
        The trials.
    """
    old, new = ({step.label: step for step in trial.steps} for trial in (case.a, case.b))
    both_failed = case.a.status != "finished" and case.b.status != "finished"
    for label, verdict in pair_up("step", case, old, new):
        if verdict and both_failed:
            yield Verdict("step", label, NOT_COMPARED, "only one trial got to it before it failed")
        else:
            yield verdict or to_verdict("step", label, _compare_step(case, old[label], new[label]))


def _compare_step(case: Case, old: StepRecord, new: StepRecord) -> Finding:
    if _ending(old) != _ending(new):
        return Finding(DIFFERENT, f"{old.status} → {new.status}")
    if old.digest is None or new.digest is None:
        why = "failed" if old.status == "failed" else "no digest of what it gave"
        return Finding(NOT_COMPARED, why)
    if old.digest == new.digest:
        return Finding()
    if found := _compare_outputs(case, old.label):
        return found
    why = "digests differ; @ex.step(persist=True) keeps the value, to see where"
    if case.tolerance_of(old.label).is_zero:
        return Finding(DIFFERENT, why)
    return Finding(NOT_COMPARED, f"differs, within the tolerance or not: {why}")


def _ending(step: StepRecord) -> str:
    """Tell how a step ended; one that was reused did so where it was computed."""
    return "finished" if step.status == "reused" else step.status


def _compare_outputs(case: Case, label: str) -> Finding | None:
    """Compare the kept values of a step, or the result that it gave; None when there are none."""
    for role in ("value", "result"):
        kept = [
            [x for x in t.source.artifacts(t.uuid) if x.role == role and x.name == label]
            for t in (case.a, case.b)
        ]
        if all(kept):
            return compare_artifacts(case, kept[0][0], kept[1][0])
    return None
