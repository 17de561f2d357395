"""Comparing two trials, output by output, and finding the step at which they part."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import DIFFERENT, IDENTICAL, NOT_COMPARED, SAME_CONTENT, Tolerance
from anew.compare.scalars import compare_numbers
from anew.compare.values import compare_values
from anew.model import Artifact, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.model import FileUse, StepRecord, Trial

__all__ = ["compare_trials", "first_difference"]

_FILE: Final = "file"
_READABLE: Final = {".csv": "csv", ".json": "json", ".npy": "npy", ".parquet": "parquet"}


def compare_trials(a: Trial, b: Trial, *, rtol: float = 0.0, atol: float = 0.0) -> list[Verdict]:
    """Compare the outputs of two trials.

    Parameters
    ----------
    a, b
        Trials; ``a`` is the reference.
    rtol, atol
        How far apart two numbers may be to be called close; see `compare_values`.

    Returns
    -------
    list of Verdict
        How the trials ended, when not alike or both with an error; then result, last values of
        metrics, artifacts, files written, kept values and steps. ``identical`` stands for equal
        bytes, ``same content`` for an equal value in other bytes. What cannot be compared is
        ``not compared``, what only one of them has is ``missing`` or ``extra``.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite.
    """
    tolerance = Tolerance(rtol, atol)
    return [
        *_compare_endings(a, b),
        *_compare_kept(a, b, "result", tolerance),
        *_compare_metrics(a, b, tolerance),
        *_compare_kept(a, b, "artifact", tolerance),
        *_compare_files(a, b, tolerance),
        *_compare_kept(a, b, "value", tolerance),
        *_compare_steps(a, b, tolerance),
    ]


def _compare_endings(a: Trial, b: Trial) -> Iterator[Verdict]:
    """Compare how two trials ended; that both finished says nothing of what they made."""
    if a.status != b.status:
        told = f": {b.error}" if b.error else ""
        yield Verdict("status", a.status, DIFFERENT, f"{a.status} → {b.status}{told}")
    elif a.error or b.error:
        old, new = str(a.error), str(b.error)
        verdict = IDENTICAL if old == new else DIFFERENT
        name = a.error.type if a.error else "none"
        yield Verdict("error", name, verdict, "" if old == new else f"{old} → {new}")


def _compare_metrics(a: Trial, b: Trial, tolerance: Tolerance) -> Iterator[Verdict]:
    """Compare the last value of each metric."""
    for name, verdict in _pair_up("metric", a, a.metrics, b, b.metrics):
        if verdict:
            yield verdict
            continue
        found = compare_numbers(a.metrics[name], b.metrics[name], tolerance)
        yield Verdict("metric", name, found.verdict, found.detail)


def _pair_up(
    kind: str, a: Trial, old: dict[str, Any], b: Trial, new: dict[str, Any]
) -> Iterator[tuple[str, Verdict | None]]:
    """Give each name, with a verdict when only one of the trials has it."""
    for name in old:
        gone = Verdict(kind, name, "missing", f"trial {b.number} has none")
        yield name, None if name in new else gone
    for name in new:
        if name not in old:
            yield name, Verdict(kind, name, "extra", f"trial {a.number} has none")


def _compare_kept(a: Trial, b: Trial, role: str, tolerance: Tolerance) -> Iterator[Verdict]:
    """Compare what was kept in one role; a trial has one result, however its step is called."""
    old, new = ({x.name: x for x in t.source.artifacts(t.uuid) if x.role == role} for t in (a, b))
    if role == "result" and old and new:
        (name, artifact), other = next(iter(old.items())), next(iter(new.values()))
        yield Verdict(role, name, *_compare_artifacts(a, artifact, b, other, tolerance))
        return
    for name, verdict in _pair_up(role, a, old, b, new):
        yield verdict or Verdict(
            role, name, *_compare_artifacts(a, old[name], b, new[name], tolerance)
        )


def _compare_files(a: Trial, b: Trial, tolerance: Tolerance) -> Iterator[Verdict]:
    """Compare the files that two trials wrote; those that are not kept, by their digests."""
    old, new = ({x.path: x for x in t.files if x.role == "output"} for t in (a, b))
    for name, verdict in _pair_up("output", a, old, b, new):
        if verdict:
            yield verdict
            continue
        one, other = old[name], new[name]
        if one.digest == other.digest:
            yield Verdict("output", name, IDENTICAL)
        elif one.kept and other.kept and one.count is None and other.count is None:
            kept = _as_artifact(one), _as_artifact(other)
            yield Verdict("output", name, *_compare_artifacts(a, kept[0], b, kept[1], tolerance))
        else:
            yield Verdict("output", name, DIFFERENT, "by digest")


def _as_artifact(use: FileUse) -> Artifact:
    return Artifact(use.path, "output", _FILE, use.digest, None, use.size_bytes, "")


def _compare_artifacts(
    a: Trial, old: Artifact, b: Trial, new: Artifact, tolerance: Tolerance
) -> tuple[str, str]:
    """Compare by bytes, else by the value's digest, else by the values themselves."""
    if old.digest and old.digest == new.digest:
        return IDENTICAL, ""
    contents = _content(old), _content(new)
    if contents[0] and contents[0] == contents[1]:
        stored = old.digest and new.digest
        return SAME_CONTENT, "in other bytes" if stored else "by digest: the value was not stored"
    if not old.digest or not new.digest:
        why = next(x.summary for x in (old, new) if not x.digest)
        if None not in contents:
            return DIFFERENT, f"by digest: the value was not stored: {why}"
        return NOT_COMPARED, f"not stored: {why}"
    try:
        values = _load(a, old), _load(b, new)
    except Exception as error:  # noqa: BLE001 - a pickle may need anything to be read again
        return NOT_COMPARED, f"cannot be read: {getattr(error, 'message', error)}"
    verdict, detail = compare_values(*values, rtol=tolerance.rtol, atol=tolerance.atol)
    return (SAME_CONTENT, "in other bytes") if verdict == IDENTICAL else (verdict, detail)


def _content(artifact: Artifact) -> str | None:
    """Give the digest of the value; that of a path would say nothing of the file."""
    return None if artifact.format == _FILE else artifact.content


def _load(trial: Trial, artifact: Artifact) -> Any:
    """Load a value; a saved file is read as what its suffix says, where that is possible."""
    from anew.formats import decode

    value = trial.source.load(artifact)
    form = _READABLE.get(PurePath(artifact.name).suffix.lower())
    if form is None or not isinstance(value, bytes):
        return value
    try:
        return decode(form, value)
    except Exception:  # noqa: BLE001 - whatever a reader dislikes, the bytes are there
        return value


def _compare_steps(a: Trial, b: Trial, tolerance: Tolerance) -> Iterator[Verdict]:
    """Compare what the steps gave on, by digest."""
    old, new = ({step.label: step for step in trial.steps} for trial in (a, b))
    both_failed = a.status != "finished" and b.status != "finished"
    for label, verdict in _pair_up("step", a, old, b, new):
        if verdict and both_failed:
            yield Verdict("step", label, NOT_COMPARED, "only one trial got to it before it failed")
        else:
            yield verdict or _compare_step(a, old[label], b, new[label], tolerance)


def _compare_step(
    a: Trial, old: StepRecord, b: Trial, new: StepRecord, tolerance: Tolerance
) -> Verdict:
    if _ending(old) != _ending(new):
        return Verdict("step", old.label, DIFFERENT, f"{old.status} → {new.status}")
    if old.digest is None or new.digest is None:
        why = "failed" if old.status == "failed" else "no digest of what it gave"
        return Verdict("step", old.label, NOT_COMPARED, why)
    if old.digest == new.digest:
        return Verdict("step", old.label, IDENTICAL)
    found = _compare_outputs(a, b, old.label, tolerance)
    if found:
        return Verdict("step", old.label, *found)
    why = "digests differ; @ex.step(persist=True) keeps the value, to see where"
    if tolerance.is_zero:
        return Verdict("step", old.label, DIFFERENT, why)
    return Verdict("step", old.label, NOT_COMPARED, f"differs, within the tolerance or not: {why}")


def _ending(step: StepRecord) -> str:
    """Tell how a step ended; one that was reused did so where it was computed."""
    return "finished" if step.status == "reused" else step.status


def _compare_outputs(
    a: Trial, b: Trial, label: str, tolerance: Tolerance
) -> tuple[str, str] | None:
    """Compare the kept values of a step, or the result that it gave; None when there are none."""
    for role in ("value", "result"):
        kept = [
            [x for x in t.source.artifacts(t.uuid) if x.role == role and x.name == label]
            for t in (a, b)
        ]
        if all(kept):
            return _compare_artifacts(a, kept[0][0], b, kept[1][0], tolerance)
    return None


def first_difference(a: Trial, b: Trial, *, rtol: float = 0.0, atol: float = 0.0) -> str | None:
    """Find the first step that made something else of the same.

    Parameters
    ----------
    a, b
        Trials; ``a`` is the reference.
    rtol, atol
        How far apart two numbers may be to be called close; see `compare_values`.

    Returns
    -------
    str or None
        The step's label and how its output differs; None when no step differs.

    Notes
    -----
    A step that differs because of what it was given is not the first. Where an input cannot be
    compared, that is said.
    """
    verdicts = {v.name: v for v in _compare_steps(a, b, Tolerance(rtol, atol))}
    open_questions = None
    for step in a.steps:
        verdict = verdicts[step.label]
        inputs = [verdicts[name] for name in step.inputs if name in verdicts]
        if verdict.verdict not in {DIFFERENT, "missing"}:
            continue
        if any(v.verdict in {DIFFERENT, "missing"} for v in inputs):
            continue
        unknown = [v.name for v in inputs if not v.is_good]
        told = _describe(step, verdict, b)
        if not unknown:
            return told
        open_questions = open_questions or f"{told}; or {unknown[0]}, which was not compared"
    return open_questions


def _describe(step: StepRecord, verdict: Verdict, b: Trial) -> str:
    """Say which step differs and how."""
    error = f": {b.error}" if b.error and "failed" in verdict.detail else ""
    return f"{step.label}: {verdict.detail}{error}"
