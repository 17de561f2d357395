"""What two trials are compared by, and whether a mixture came out as the one or as the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from anew.bisect.ddmin import AS_A, AS_B, UNRESOLVED
from anew.compare import compare_trials

if TYPE_CHECKING:
    from anew.model import Trial, Verdict

__all__ = ["Measure", "choose_measure"]

_ORDER: Final = ("result", "metric", "series", "artifact", "output", "value", "step", "console")
"""What is looked at: the first of these in which the trials differ."""

_ENDING: Final = "ending"
_ENDINGS: Final = frozenset({"status", "error"})
_BAD: Final = frozenset({"different", "missing", "extra"})
_FINISHED: Final = "finished"
_SHOWN: Final = 2


@dataclass(frozen=True)
class Measure:
    """What trials are compared by.

    Parameters
    ----------
    kind
        Of what: ``result``, ``metric``, ``output`` …; ``ending`` when one of them failed.
    a, b
        The trials between which the difference is.
    limits
        On which terms trials are compared, as `compare_trials` takes them.
    noise
        Names of what comes out otherwise each time, and is not looked at.
    """

    kind: str
    a: Trial
    b: Trial
    limits: dict[str, Any] = field(default_factory=dict)
    noise: frozenset[str] = frozenset()

    def judge(self, before: Trial, made: Trial) -> tuple[str, str]:
        """Tell whether a trial came out as another one did.

        Parameters
        ----------
        before
            The one with which it is compared: trial A, or what is between A and B.
        made
            The trial that was made.

        Returns
        -------
        tuple of str
            ``"as A"`` when it came out likewise, ``"as B"`` when not, ``"unresolved"`` when it
            failed as neither did; and how it differs, or why there is no answer.
        """
        endings = [_ending(each, self.a, self.b) for each in (before, made)]
        if endings[0] != endings[1]:
            return self._judge_ending(before, made)
        if self.kind == _ENDING:
            return AS_A, ""
        verdicts = self._compare(before, made)
        bad = [each for each in verdicts if each.verdict in _BAD]
        if bad:
            return AS_B, _describe(bad)
        if any(each.is_good for each in verdicts):
            return AS_A, ""
        return UNRESOLVED, f"{self.kind} could not be compared"

    def _judge_ending(self, before: Trial, made: Trial) -> tuple[str, str]:
        """Say of a trial that ended otherwise; a failure that neither A nor B had says nothing."""
        if made.status == _FINISHED or _is_like(made, self.a, self.b):
            told = f"{_show_ending(before)} → {_show_ending(made)}"
            return AS_B, f"how it ends: {told}"
        return UNRESOLVED, _show_ending(made)

    def leave_out_noise(self, trial: Trial, made: Trial) -> Measure:
        """Leave out what differs between a trial and the same trial made anew.

        Parameters
        ----------
        trial
            Trial A or B.
        made
            The one that was made anew of it.

        Returns
        -------
        Measure
            This one, when nothing that differs between A and B would be left.
        """
        if self.kind == _ENDING:
            return self
        noise = {each.name for each in self._compare(trial, made) if each.verdict in _BAD}
        quiet = replace(self, noise=self.noise | noise)
        is_left = quiet.judge(self.a, self.b)[0] == AS_B
        return quiet if is_left else self

    def _compare(self, a: Trial, b: Trial) -> list[Verdict]:
        verdicts = compare_trials(a, b, **self.limits)
        return [v for v in verdicts if v.kind == self.kind and v.name not in self.noise]


def choose_measure(a: Trial, b: Trial, **limits: Any) -> Measure | None:
    """Choose what two trials are compared by: the first thing in which they differ.

    Parameters
    ----------
    a, b
        The trials.
    **limits
        On which terms, as `compare_trials` takes them.

    Returns
    -------
    Measure or None
        By how they ended, when that differs; else by result, metrics or outputs. None when no
        difference is known.
    """
    verdicts = compare_trials(a, b, **limits)
    differing = {each.kind for each in verdicts if each.verdict in _BAD}
    if differing & _ENDINGS:
        return Measure(_ENDING, a, b, limits)
    others = sorted(differing.difference(_ORDER))
    kind = next((kind for kind in (*_ORDER, *others) if kind in differing), None)
    return Measure(kind, a, b, limits) if kind else None


def _is_like(made: Trial, *others: Trial) -> bool:
    return any(_ending(made, *others) == _ending(other, *others) for other in others)


def _ending(trial: Trial, a: Trial, b: Trial) -> tuple[str, str]:
    """Give how a trial ended: by the kind of its error, and its words where both failed alike."""
    if not trial.error:
        return trial.status, ""
    kinds = [each.error.type for each in (a, b) if each.error]
    is_enough = len(set(kinds)) == len(kinds)
    return trial.status, trial.error.type if is_enough else str(trial.error)


def _show_ending(trial: Trial) -> str:
    return str(trial.error) if trial.error else trial.status


def _describe(bad: list[Verdict]) -> str:
    """Say what differs, and from what to what."""
    told = [f"{each.name} {each.detail}".strip() for each in bad[:_SHOWN]]
    rest = len(bad) - _SHOWN
    return "; ".join([*told, *([f"and {rest} more"] if rest > 0 else [])])
