"""Comparing two trials, output by output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.compare.console import compare_console
from anew.compare.finding import DIFFERENT, IDENTICAL, Tolerance
from anew.compare.kept import compare_artifacts, compare_uses
from anew.compare.metrics import compare_last, compare_series
from anew.compare.pairs import match_files, pair_up, to_verdict
from anew.compare.steps import compare_steps
from anew.compare.terms import Case, Terms
from anew.model import Verdict
from anew.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.model import Trial

__all__ = ["compare_trials"]


def compare_trials(
    a: Trial, b: Trial, *, rtol: float = 0.0, atol: float = 0.0, terms: Terms | None = None
) -> list[Verdict]:
    """Compare the outputs of two trials.

    Parameters
    ----------
    a, b
        Trials; ``a`` is the reference.
    rtol, atol
        How far apart two numbers may be to be called close; see `compare_values`.
    terms
        Tolerances by name, and what is noise; no such tolerance and all known noise by default.

    Returns
    -------
    list of Verdict
        How the trials ended, when not well; result, metrics and their series, artifacts, files
        written, kept values, steps, what was printed, and that they came to their end.
        ``identical`` stands for equal bytes, ``same content`` for what differs in the container or
        in noise alone, which is named. What cannot be compared is ``not compared``, what only one
        of them has is ``missing`` or ``extra``. Empty when the trials made nothing.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite.
    """
    case = Case.of(a, b, Tolerance(rtol, atol), terms)
    made = [
        *_compare_kept(case, "result"),
        *_compare_metrics(case),
        *_compare_kept(case, "artifact"),
        *_compare_files(case),
        *_compare_kept(case, "value"),
        *compare_steps(case),
    ]
    made += _compare_printed(case, has_made=bool(made))
    return [*_compare_endings(a, b), *made, *_compare_success(a, b, has_made=bool(made))]


def _compare_endings(a: Trial, b: Trial) -> Iterator[Verdict]:
    """Compare how two trials ended, where not both came to their end."""
    if a.status != b.status:
        told = f": {b.error}" if b.error else ""
        yield Verdict("status", a.status, DIFFERENT, f"{a.status} → {b.status}{told}")
    elif a.error or b.error:
        old, new = str(a.error), str(b.error)
        verdict = IDENTICAL if old == new else DIFFERENT
        name = a.error.type if a.error else "none"
        yield Verdict("error", name, verdict, "" if old == new else f"{old} → {new}")


def _compare_success(a: Trial, b: Trial, *, has_made: bool) -> Iterator[Verdict]:
    """Say that both came to their end, which says nothing where they made nothing."""
    if has_made and a.status == b.status == "finished" and not a.error and not b.error:
        yield Verdict("status", a.status, IDENTICAL)


def _compare_metrics(case: Case) -> Iterator[Verdict]:
    """Compare the last value of each metric, and its series where it has one."""
    for name, verdict in pair_up("metric", case, case.a.metrics, case.b.metrics):
        if verdict:
            yield verdict
            continue
        yield to_verdict("metric", name, compare_last(case, name))
        if found := compare_series(case, name):
            yield to_verdict("series", name, found)


def _compare_kept(case: Case, role: str) -> Iterator[Verdict]:
    """Compare what was kept in one role; a trial has one result, however its step is called."""
    old, new = (
        {x.name: x for x in t.source.artifacts(t.uuid) if x.role == role} for t in (case.a, case.b)
    )
    if role == "result" and old and new:
        (name, artifact), other = next(iter(old.items())), next(iter(new.values()))
        yield to_verdict(role, name, compare_artifacts(case, artifact, other))
        return
    for name, verdict in pair_up(role, case, old, new):
        yield verdict or to_verdict(role, name, compare_artifacts(case, old[name], new[name]))


def _compare_files(case: Case) -> Iterator[Verdict]:
    """Compare the files that two trials wrote, those of the second where the first had them."""
    old, new = match_files(case, "output")
    for name, verdict in pair_up("output", case, old, new):
        yield verdict or to_verdict("output", name, compare_uses(case, old[name], new[name]))


def _compare_printed(case: Case, *, has_made: bool) -> list[Verdict]:
    """Compare the streams; warnings and the like decide only where there is nothing else."""
    found = dict(compare_console(case))
    decides = {"stdout": True, "stderr": not has_made and "stdout" not in found}
    verdicts = [to_verdict("console", name, each) for name, each in found.items()]
    return [replace(each, decides=decides[each.name]) for each in verdicts]
