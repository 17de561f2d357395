"""Where two trials part: the first step, or the first output in time, that differs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from anew.changes import describe_file
from anew.compare.console import compare_console
from anew.compare.finding import DIFFERENT, Tolerance
from anew.compare.kept import compare_uses
from anew.compare.metrics import compare_last, compare_series, find_first_point
from anew.compare.pairs import match_files
from anew.compare.steps import compare_steps
from anew.compare.terms import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.terms import Terms
    from anew.model import StepRecord, Trial, Verdict

    Part: TypeAlias = tuple[float, str]

__all__ = ["first_difference"]


def first_difference(
    a: Trial, b: Trial, *, rtol: float = 0.0, atol: float = 0.0, terms: Terms | None = None
) -> str | None:
    """Find the first step that made something else of the same; else the first output.

    Parameters
    ----------
    a, b
        Trials; ``a`` is the reference.
    rtol, atol
        How far apart two numbers may be to be called close; see `compare_values`.
    terms
        Tolerances by name, and what is noise, as in `compare_trials`.

    Returns
    -------
    str or None
        The step's label, or what the output is called, and how it differs; None when none differs.

    Notes
    -----
    A step that differs because of what it was given is not the first. Where an input cannot be
    compared, that is said. Of a program without steps, or of one whose steps all gave the same, the
    file, metric or stream that differed first in time is told; an input that it had read until then
    and that differs goes before it.
    """
    case = Case.of(a, b, Tolerance(rtol, atol), terms)
    first = _find_step(case) if a.steps or b.steps else None
    return first or _find_output(case)


def _find_step(case: Case) -> str | None:
    verdicts = {v.name: v for v in compare_steps(case)}
    open_questions = None
    for step in case.a.steps:
        verdict = verdicts[step.label]
        inputs = [verdicts[name] for name in step.inputs if name in verdicts]
        if verdict.verdict not in {DIFFERENT, "missing"}:
            continue
        if any(v.verdict in {DIFFERENT, "missing"} for v in inputs):
            continue
        unknown = [v.name for v in inputs if not v.is_good]
        told = _describe(step, verdict, case.b)
        if not unknown:
            return told
        open_questions = open_questions or f"{told}; or {unknown[0]}, which was not compared"
    return open_questions


def _describe(step: StepRecord, verdict: Verdict, b: Trial) -> str:
    """Say which step differs and how."""
    error = f": {b.error}" if b.error and "failed" in verdict.detail else ""
    return f"{step.label}: {verdict.detail}{error}"


def _find_output(case: Case) -> str | None:
    """Find what differed first, by the times of the first trial."""
    parts = [*_differing_files(case), *_differing_metrics(case), *_differing_streams(case)]
    if not parts:
        return None
    when, told = min(parts, key=lambda part: part[0])
    read = [part for part in _differing_inputs(case) if part[0] <= when]
    return f"{min(read)[1]}; it was read before {told}" if read else told


def _differing_files(case: Case) -> Iterator[Part]:
    old, new = match_files(case, "output")
    for path, use in old.items():
        when = math.inf if use.last is None else use.last
        if path not in new:
            yield when, f"{path}: missing"
        elif not (found := compare_uses(case, use, new[path])).is_good:
            yield when, f"{path}: {found.text}"


def _differing_inputs(case: Case) -> Iterator[Part]:
    """Give inputs that differ; what a trial wrote itself before it read it is none."""
    old, new = match_files(case, "input")
    written = {use.path for use in case.a.files if use.role == "output"}
    for path, use in old.items():
        other = new.get(path)
        if other and path not in written and use.digest and other.digest not in {"", use.digest}:
            yield (
                -math.inf if use.first is None else use.first,
                (f"input {path}: {describe_file(use, other)}"),
            )


def _differing_metrics(case: Case) -> Iterator[Part]:
    for name in case.a.metrics:
        if name not in case.b.metrics:
            continue
        found = compare_series(case, name) or compare_last(case, name)
        if not found.is_good:
            point = find_first_point(case, name)
            yield point.time if point else math.inf, f"metric {name}: {found.text}"


def _differing_streams(case: Case) -> Iterator[Part]:
    """Give what was printed, of which the times are not known: it comes after all else."""
    for name, found in compare_console(case):
        if not found.is_good and name == "stdout":
            yield math.inf, f"{name}: {found.text}"
