"""Comparing metrics: their last values, and their whole series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.compare.arrays import compare_listed
from anew.compare.finding import DIFFERENT, IDENTICAL, SAME_CONTENT, Finding, suggest_tolerance
from anew.compare.scalars import compare_numbers
from anew.errors import UnknownNameError

if TYPE_CHECKING:
    from anew.compare.terms import Case
    from anew.model import Point, Trial

__all__ = ["compare_last", "compare_series", "find_first_point"]

_FEW: Final = 1


def compare_last(case: Case, name: str) -> Finding:
    """Compare the last value of a metric.

    Parameters
    ----------
    case
        The trials, both of which have it.
    name
        The metric.
    """
    tolerance = case.tolerance_of(name)
    found = compare_numbers(case.a.metrics[name], case.b.metrics[name], tolerance)
    if found.verdict == DIFFERENT and case.noise.is_duration(name):
        return replace(found, verdict=SAME_CONTENT, detail=case.noise.tell(("duration",)))
    return found


def compare_series(case: Case, name: str) -> Finding | None:
    """Compare all points of a metric; None when it has one at most.

    Parameters
    ----------
    case
        The trials, both of which have it.
    name
        The metric.

    Returns
    -------
    Finding or None
        With the first step number at which the series differ, and the largest difference.
    """
    old, new = (_points(trial, name) for trial in (case.a, case.b))
    if max(len(old), len(new)) <= _FEW:
        return None
    if len(old) != len(new):
        return Finding(DIFFERENT, f"{grouped(len(old))} points → {grouped(len(new))} points")
    steps = [(x.step, y.step) for x, y in zip(old, new, strict=True) if x.step != y.step]
    if steps:
        return Finding(DIFFERENT, f"step number {steps[0][0]} → {steps[0][1]}")
    tolerance = case.tolerance_of(name)
    values = [point.value for point in old], [point.value for point in new]
    found = compare_listed(*values, tolerance, lambda at: f"step {old[at].step}", len(old))
    if found.verdict == IDENTICAL:
        return found
    if found.verdict == DIFFERENT and case.noise.is_duration(name):
        return replace(found, verdict=SAME_CONTENT, detail=case.noise.tell(("duration",)))
    first = find_first_point(case, name)
    told = f"{found.detail}; from step {first.step} on" if first else found.detail
    return suggest_tolerance(replace(found, detail=told), tolerance)


def find_first_point(case: Case, name: str) -> Point | None:
    """Find the first point of a metric that differs, as the first trial has it.

    Parameters
    ----------
    case
        The trials.
    name
        The metric.
    """
    old, new = (_points(trial, name) for trial in (case.a, case.b))
    pairs = zip(old, new, strict=False)
    return next((x for x, y in pairs if x.step != y.step or _differ(x, y)), None)


def _differ(x: Point, y: Point) -> bool:
    is_nan = x.value != x.value and y.value != y.value
    return x.value != y.value and not is_nan


def _points(trial: Trial, name: str) -> list[Point]:
    try:
        return trial.points(name)
    except UnknownNameError:
        return []
