"""What a search for the cause of a difference found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anew.bisect.mixtures import Candidate
    from anew.model import Trial

__all__ = ["Bisection", "Cause"]


@dataclass(frozen=True)
class Cause:
    """Changes that make a difference together, and none of which can be left out.

    Parameters
    ----------
    changes
        The changes.
    effect
        What differs with them: ``rmse 35.68 → 35.71``.
    is_minimal
        Whether without any one of them all was seen to be as before. Otherwise they could not be
        told apart: some mixtures of them cannot run.
    commits
        The commits of the user's repository that brought them, each as hash and subject, as far as
        its history tells.
    """

    changes: tuple[Candidate, ...]
    effect: str
    is_minimal: bool = True
    commits: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The changes as one speaks of them."""
        titles = [change.title for change in self.changes]
        return " and ".join([*([", ".join(titles[:-1])] if titles[1:] else []), titles[-1]])

    def describe(self, *, is_first: bool = True) -> str:
        """Say in one sentence what the changes do.

        Parameters
        ----------
        is_first
            Whether it is the first cause; another one adds to those before it.
        """
        several = len(self.changes) > 1
        how = "" if not is_first else " together" if several else " alone"
        verb = "change" if several else "changes"
        before = "" if is_first else "with that, "
        return f"{before}{self.title}{how} {verb} {self.effect}"

    def to_dict(self) -> dict[str, Any]:
        """Give plain data."""
        return {
            "changes": [
                {
                    "kind": change.kind,
                    "name": change.name,
                    "part": change.part,
                    "text": change.text,
                    "diff": change.diff,
                }
                for change in self.changes
            ],
            "effect": self.effect,
            "is_minimal": self.is_minimal,
            "commits": list(self.commits),
        }


@dataclass(frozen=True)
class Bisection:
    """Why one trial differs from another.

    Parameters
    ----------
    a, b
        The trials.
    causes
        What makes the difference; each adds to those before it.
    is_explained
        Whether with the causes, trial A came out as trial B did.
    problem
        Why the difference is not explained; empty when it is.
    hint
        What to do about that.
    compared
        By what the trials were compared: ``result``, ``metric`` …, or the test.
    candidates
        In how many things the trials differ that were searched.
    not_searched
        In what else they differ.
    unresolved
        The mixtures that gave no answer, and why.
    noise
        What of the trials comes out otherwise each time, and was not looked at: a metric of the
        time that something took, for example.
    runs
        How many mixtures were run now; those that were known from an earlier search are not
        counted.
    known
        How many were known.
    seconds
        How long the runs took.
    """

    a: Trial
    b: Trial
    causes: tuple[Cause, ...] = ()
    is_explained: bool = False
    problem: str = ""
    hint: str = ""
    compared: str = ""
    candidates: int = 0
    not_searched: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    runs: int = 0
    known: int = 0
    seconds: float = 0.0

    @property
    def lines(self) -> list[str]:
        """One sentence for each cause."""
        return [cause.describe(is_first=not at) for at, cause in enumerate(self.causes)]

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew bisect --json`` prints it."""
        return {
            "a": self.a.number,
            "b": self.b.number,
            "is_explained": self.is_explained,
            "text": self.lines,
            "causes": [cause.to_dict() for cause in self.causes],
            "problem": self.problem,
            "hint": self.hint,
            "compared": self.compared,
            "candidates": self.candidates,
            "not_searched": list(self.not_searched),
            "unresolved": list(self.unresolved),
            "noise": list(self.noise),
            "runs": self.runs,
            "known": self.known,
            "seconds": self.seconds,
        }
