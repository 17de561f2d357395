"""What the runs so far have shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from anew.verify.judging import describe, locate
from anew.verify.reasons import find_reason
from anew.verify.verification import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.model import Trial, Verdict
    from anew.verify.conditions import Condition
    from anew.verify.runs import Key, Outcome, Run
    from anew.verify.verification import Row

__all__ = ["Known"]


@dataclass
class Known:
    """What is known so far.

    Parameters
    ----------
    first
        The run that all others are compared with.
    stops_early
        Whether one finding is enough.
    rows, findings
        What is told.
    random
        What differs though nothing was changed.
    """

    first: Run
    stops_early: bool = False
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    random: dict[Key, Verdict] = field(default_factory=dict)
    _differing: Outcome | None = None

    @property
    def reference(self) -> Trial:
        """The trial that all others are compared with."""
        return cast("Trial", self.first.trial)

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is to be found out."""
        return self.stops_early and bool(self.findings)

    def note_random(self, outcome: Outcome) -> None:
        """Note in what a run differs with which nothing was changed."""
        if outcome.bad.keys() - self.random.keys():
            self._differing = self._differing or outcome
            self.random = {**outcome.bad, **self.random}

    def new(self, outcome: Outcome) -> dict[Key, Verdict]:
        """Give in what a run differs beyond what differs anyway."""
        return {key: verdict for key, verdict in outcome.bad.items() if key not in self.random}

    def blame(self, condition: Condition, keys: Mapping[Key, Verdict], outcome: Outcome) -> Finding:
        """Note that something depends on a condition.

        Parameters
        ----------
        condition
            The condition.
        keys
            What depends on it.
        outcome
            The run that shows it.
        """
        step, place = locate(self.reference, keys, outcome)
        finding = Finding(condition.name, condition.blame, step, place)
        self.findings.append(describe(finding, keys))
        return self.findings[-1]

    def add_random(self, keys: Mapping[Key, Verdict], held: Condition | None = None) -> None:
        """Note that something differs from run to run.

        Parameters
        ----------
        keys
            What does.
        held
            The condition with which it does not, when it is held.
        """
        if self._differing is None:
            return
        step, place = locate(self.reference, keys, self._differing)
        reason = find_reason(self.first, step, held.name if held else "")
        if held:
            reason = reason or held.varies
        self.findings.append(describe(Finding("runs", "", step, place, reason), keys))

    def begins_in(self, keys: Mapping[Key, Verdict]) -> bool:
        """Tell whether what differs from run to run begins in one of these."""
        if self._differing is None:
            return False
        step, place = locate(self.reference, keys, self._differing)
        return (step, place) == locate(self.reference, self.random, self._differing)
