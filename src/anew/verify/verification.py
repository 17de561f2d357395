"""What is known of whether a trial is deterministic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.model import Trial

__all__ = ["FACET", "Finding", "Row", "Verification"]

FACET = "verification"
"""The facet that keeps it with the trial."""


@dataclass(frozen=True)
class Finding:
    """Something that a trial depends on, or in which it differs from run to run.

    Parameters
    ----------
    condition
        The condition; ``runs`` when nothing was changed.
    blame
        What the result depends on; empty when it differs from run to run.
    step
        The first step that differs; empty when it is no step.
    place
        The first output that differs, where there are no steps.
    reason
        Why it differs from run to run.
    detail
        How it differs.
    rounding
        Within which tolerance, and by how much at most, when it is a matter of rounding.
    reaches_output
        Whether anything differs that is not given from step to step only.
    """

    condition: str
    blame: str = ""
    step: str = ""
    place: str = ""
    reason: str = ""
    detail: str = ""
    rounding: str = ""
    reaches_output: bool = True

    @property
    def text(self) -> str:
        """The finding as a sentence."""
        where = f" in step {self.step}" if self.step else f", first in {self.place}"
        if not self.blame:
            reason = f": {self.reason}" if self.reason else ""
            told = f"differs from run to run{where}{reason}"
        elif self.reaches_output or not self.step:
            told = f"result depends on {self.blame}{where}"
        else:
            told = f"step {self.step} depends on {self.blame}, though no output does"
        return f"{told} ({self.rounding})" if self.rounding else told


@dataclass(frozen=True)
class Row:
    """What came of one condition.

    Parameters
    ----------
    condition
        What was changed; ``runs`` for nothing.
    verdict
        ``same``, ``differs``, or ``not run``.
    detail
        In what it differs, or why it could not be run.
    tried
        The ways in which it was changed.
    """

    condition: str
    verdict: str
    detail: str = ""
    tried: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """What came of running a trial again and again.

    Parameters
    ----------
    trial
        The trial.
    rows
        One for each condition.
    findings
        What it depends on, and in what it differs from run to run.
    problem
        Why nothing can be said, though all runs came out alike: nothing was compared, or they are
        not as the trial was.
    hint
        What to do about that.
    runs
        How many there were.
    seconds
        How long all of it took.
    environment
        How packages and interpreter were had.
    ignored
        By the name of an output what was ignored, by which rules, where runs were else the same.
    """

    trial: Trial
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    hint: str = ""
    runs: int = 0
    seconds: float = 0.0
    environment: str = ""
    ignored: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether the trial came out the same, whatever was changed."""
        return not self.findings and not self.problem

    @property
    def told(self) -> str:
        """The verdict, without the name of the trial."""
        if self.findings:
            return f"not deterministic: {'; '.join(each.text for each in self.findings)}"
        if self.problem:
            return f"not verified: {self.problem}"
        same = [each.condition for each in self.rows[1:] if each.verdict == "same"]
        changed = [name.replace("-", " ") for name in same]
        whatever = f", whatever {_join(changed)}" if changed else ""
        return f"deterministic: {self.runs} runs gave the same{whatever}{self._ignored}"

    @property
    def _ignored(self) -> str:
        """What was ignored in which outputs, as the end of a sentence."""
        places: dict[str, list[str]] = {}
        for name, told in self.ignored.items():
            places.setdefault(told, []).append(name)
        return "".join(f"; {told} in {_join(names)}" for told, names in places.items())

    @property
    def text(self) -> str:
        """The verdict on one line."""
        return f"trial {self.trial.number} is {self.told}"

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew verify --json`` prints it."""
        return {
            "trial": self.trial.number,
            "uuid": self.trial.uuid,
            "is_good": self.is_good,
            "verdict": self.text,
            "conditions": [{**vars(row), "tried": list(row.tried)} for row in self.rows],
            "findings": [{**vars(each), "text": each.text} for each in self.findings],
            "problem": self.problem,
            "hint": self.hint,
            "runs": self.runs,
            "seconds": round(self.seconds, 3),
            "environment": self.environment,
            "ignored": dict(self.ignored),
        }


def _join(words: list[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
