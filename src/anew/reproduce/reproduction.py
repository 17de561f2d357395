"""What came of making a trial anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from anew.model import Trial, Verdict

__all__ = ["Reproduction"]

# From the best to the worst; a reproduction is as good as the worst of its parts.
_ORDER: Final = (
    "identical",
    "same content",
    "close",
    "not compared",
    "extra",
    "missing",
    "different",
)


@dataclass(frozen=True)
class Reproduction:
    """A trial and the one that was made of its record.

    Parameters
    ----------
    trial
        The trial that was to be made anew.
    made
        The new one; None when the command came to its end without beginning it.
    verdicts
        How each output compares.
    first_difference
        The first step that made something else of the same, and how it differs.
    warnings
        What the record could not give back: masked credentials, files that were not kept.
    folder
        The scratch folder, when it was kept.
    environment
        How packages and interpreter were had, on one line.
    differences
        In what they are not as they were.
    uncontrolled
        What nobody could give back: processor, system, files that the tracker could not see.
    """

    trial: Trial
    made: Trial | None
    verdicts: list[Verdict] = field(default_factory=list)
    first_difference: str | None = None
    warnings: list[str] = field(default_factory=list)
    folder: str | None = None
    environment: str = ""
    differences: list[str] = field(default_factory=list)
    uncontrolled: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether the trial was made anew: something was compared, and all of it is good.

        That both came to their end says nothing of what they made. A step whose output could not be
        compared does no harm when what it feeds is good.
        """
        good = [v for v in self.deciding if v.is_good and v.kind != "status"]
        return bool(good) and all(v.is_good or self._is_covered(v) for v in self.verdicts)

    @property
    def deciding(self) -> list[Verdict]:
        """The verdicts that count; what goes to standard error is shown beside them."""
        return [verdict for verdict in self.verdicts if verdict.decides]

    @property
    def verdict(self) -> str:
        """The verdict on the whole: the worst of all that matters."""
        told = [v.verdict for v in self.deciding if not self._is_covered(v)]
        return max(told, key=_ORDER.index, default="not compared")

    def _is_covered(self, verdict: Verdict) -> bool:
        """Tell whether a step that was not compared shows in something that was."""
        if verdict.kind != "step" or verdict.verdict != "not compared":
            return False
        good = {(v.kind, v.name) for v in self.deciding if v.is_good}
        if any(kind in {"result", "error"} for kind, _ in good):
            return True  # every step of a graph leads to its result, or to its end
        fed = {verdict.name}
        for step in self.trial.steps:  # in the order in which they began, so inputs come first
            if fed & set(step.inputs):
                fed.add(step.label)
        return any(("step", label) in good for label in fed)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew reproduce --json`` prints it."""
        return {
            "trial": self.trial.number,
            "uuid": self.trial.uuid,
            "made": self.made.number if self.made else None,
            "is_good": self.is_good,
            "verdict": self.verdict,
            "verdicts": [_to_plain(verdict) for verdict in self.verdicts],
            "first_difference": self.first_difference,
            "environment": self.environment,
            "differences": list(self.differences),
            "uncontrolled": list(self.uncontrolled),
            "warnings": list(self.warnings),
            "folder": self.folder,
        }


def _to_plain(verdict: Verdict) -> dict[str, Any]:
    """Give all but the picture, which is no text."""
    return {name: value for name, value in vars(verdict).items() if name != "picture"}
