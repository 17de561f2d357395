"""What mixtures of two trials are: as the first, as the second, or neither to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.bisect.ddmin import AS_A, AS_B, UNRESOLVED

if TYPE_CHECKING:
    from anew.bisect.answers import Answer
    from anew.bisect.measure import Measure
    from anew.bisect.mixtures import Candidate
    from anew.bisect.trying import Trying
    from anew.model import Trial

__all__ = ["Judging", "Mixture"]

Mixture = frozenset["Candidate"]
"""What is exchanged in trial A."""

_NAMED: Final = 3
"""So many changes of a mixture are named before the rest is counted."""


class Judging:
    """Judges mixtures, which are run when that was not done before.

    Parameters
    ----------
    tries
        Runs them.
    measure
        Compares trials; None when a test does.
    everything
        All that can be exchanged.
    """

    def __init__(self, tries: Trying, measure: Measure | None, everything: Mixture) -> None:
        self.tries = tries
        self.measure = measure
        self.everything = everything
        self.unresolved: dict[str, None] = {}
        self.asked: set[str] = set()

    def find(self, mixture: Mixture, *, more: int = 1, is_fresh: bool = False) -> Answer:
        """Run a mixture, unless the answer is known.

        Parameters
        ----------
        mixture
            The mixture. Of A itself, and of all changes, every step is computed.
        more
            About how many more are to come.
        is_fresh
            Whether every step is computed.
        """
        is_end = mixture in (frozenset(), self.everything)
        answer = self.tries.find(mixture, more=more, is_fresh=is_fresh or is_end)
        self.asked.add(answer.key)
        return answer

    def judge(
        self, base: Mixture, changes: Mixture, *, more: int = 1, is_fresh: bool = False
    ) -> tuple[str, str]:
        """Tell whether changes make a difference to a mixture.

        Parameters
        ----------
        base
            The mixture.
        changes
            What is exchanged, too.
        more, is_fresh
            As for `find`.

        Returns
        -------
        tuple of str
            ``"as A"`` for no difference, ``"as B"`` or ``"unresolved"``; and which difference, or
            why there is no answer.
        """
        answer = self.find(base | changes, more=more, is_fresh=is_fresh)
        if self.measure is None:
            state, told = _read_status(answer), f"the status of the test 0 → {answer.status}"
        else:
            before = self.tries.trial(self.find(base))
            state, told = self.compare(before, answer)
        if state == UNRESOLVED:
            self.unresolved[f"{_name(base | changes)}: {answer.why or told}"] = None
        return state, told

    def compare(self, before: Trial | None, answer: Answer) -> tuple[str, str]:
        """Compare what came of a mixture with a trial.

        Parameters
        ----------
        before
            The trial.
        answer
            What came of the mixture.
        """
        made = self.tries.trial(answer)
        if before is None or made is None or answer.why or self.measure is None:
            return UNRESOLVED, answer.why
        return self.measure.judge(before, made)

    def judge_end(self, trial: Trial, answer: Answer, expected: str) -> tuple[str, str]:
        """Tell whether a trial that was made anew is what it was, apart from noise.

        Parameters
        ----------
        trial
            The trial.
        answer
            What came of making it anew.
        expected
            What a test has to say of it.
        """
        if self.measure is not None:
            made = self.tries.trial(answer)
            if made is not None:
                self.measure = self.measure.leave_out_noise(trial, made)
            return self.compare(trial, answer)
        state = _read_status(answer)
        told = answer.why or f"it ended with status {answer.status}"
        return (state if state == UNRESOLVED else AS_A if state == expected else AS_B), told

    def is_as_last(self, trial: Trial, mixture: Mixture) -> bool:
        """Tell whether a mixture is as trial B.

        Parameters
        ----------
        trial
            Trial B.
        mixture
            The mixture.
        """
        answer = self.find(mixture)
        if self.measure is None:
            return _read_status(answer) == AS_B
        return self.compare(trial, answer)[0] == AS_A

    def holds(self, base: Mixture, changes: tuple[Candidate, ...]) -> bool:
        """Look again, with every step computed, where an answer rests on one that was reused.

        Parameters
        ----------
        base
            A mixture.
        changes
            A minimal set that makes a difference to it.
        """
        whole = base | frozenset(changes)
        rests = [whole - {each} for each in changes] if len(changes) > 1 else []
        for mixture in (whole, *rests):
            if self._was_reused(mixture):
                states = [self.judge(base, mixture, is_fresh=fresh)[0] for fresh in (False, True)]
                if states[0] != states[1]:
                    return False
        return True

    def _was_reused(self, mixture: Mixture) -> bool:
        """Tell whether a step of a mixture was not computed."""
        if self.tries.is_fresh:
            return False
        trial = self.tries.trial(self.find(mixture))
        return trial is not None and any(step.status == "reused" for step in trial.steps)


def _read_status(answer: Answer) -> str:
    """Read the exit status of a test."""
    if answer.why or answer.status is None:
        return UNRESOLVED
    return AS_B if answer.status else AS_A


def _name(mixture: Mixture) -> str:
    """Name a mixture by some of its changes."""
    titles = sorted(candidate.title for candidate in mixture)
    rest = len(titles) - _NAMED
    return ", ".join([*titles[:_NAMED], *([f"{rest} more"] if rest > 0 else [])])
