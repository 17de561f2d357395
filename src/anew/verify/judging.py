"""Where two runs part, put into words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anew.model import Trial, Verdict
    from anew.verify.runs import Key, Outcome
    from anew.verify.verification import Finding

__all__ = ["describe", "find_ignored", "is_inner", "locate", "name_of"]

_INNER: Final = frozenset({"step", "value"})
_NAMED_ALONE: Final = frozenset({"output", "console", "status", "error"})
_IGNORED: Final = re.compile(r"ignoring [^()]+ \(rules?: [^()]+\)")
_ROUNDING: Final = re.compile(r"this is rounding: --rtol (\S+)")


def locate(trial: Trial, keys: Mapping[Key, Verdict], outcome: Outcome) -> tuple[str, str]:
    """Say where a difference begins.

    Parameters
    ----------
    trial
        The run that the other is compared with.
    keys
        What differs, of all that matters here.
    outcome
        The other run.

    Returns
    -------
    step, output : str
        The first step that differs while what it was given does not; the first output where no
        step does. One of them is empty.
    """
    for step in trial.steps:
        if ("step", step.label) in keys and not any(("step", n) in keys for n in step.inputs):
            return step.label, ""
    names = [name_of(key) for key in keys]
    named = [name for name in names if outcome.first.startswith(f"{name}:")]
    return "", (named or names)[0]


def name_of(key: Key) -> str:
    """Name an output as people would.

    Parameters
    ----------
    key
        Its kind and name.
    """
    kind, name = key
    return name if kind in _NAMED_ALONE else f"{kind} {name}"


def is_inner(key: Key) -> bool:
    """Tell whether something is only given from step to step."""
    return key[0] in _INNER


def describe(finding: Finding, keys: Mapping[Key, Verdict]) -> Finding:
    """Say in a finding how the outputs differ.

    Parameters
    ----------
    finding
        What is known besides.
    keys
        What differs.
    """
    outputs = [verdict for key, verdict in keys.items() if not is_inner(key)]
    told = outputs or list(keys.values())
    first = told[0]
    return replace(
        finding,
        detail=f"{first.kind} {first.name}: {first.detail or first.verdict}",
        rounding=_find_rounding(told),
        reaches_output=bool(outputs),
    )


def find_ignored(verdicts: Iterable[Verdict]) -> dict[Key, str]:
    """Say of outputs that are the same but for known noise, what was ignored, by which rules.

    Parameters
    ----------
    verdicts
        How outputs compare.
    """
    told = {(v.kind, v.name): _IGNORED.search(v.detail or "") for v in verdicts if v.is_good}
    return {key: found[0] for key, found in told.items() if found}


def _find_rounding(verdicts: list[Verdict]) -> str:
    """Say within which tolerance all is close, when rounding alone differs."""
    allowed = [_ROUNDING.search(verdict.detail) for verdict in verdicts]
    widest = max((found[1] for found in allowed if found), key=float, default="")
    if not all(allowed):
        return ""
    largest = max(verdict.relative or 0.0 for verdict in verdicts)
    return f"by at most {largest:.1g} relative: close with --rtol {widest}"
