"""Why one trial differs from another: mixtures of both are run until few changes explain it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anew.bisect.answers import open_answers
from anew.bisect.bisection import Bisection, Cause
from anew.bisect.changes import list_changes
from anew.bisect.commits import find_commits
from anew.bisect.ddmin import AS_A, AS_B, minimize_levels
from anew.bisect.ends import read_ends
from anew.bisect.files import expand_inputs
from anew.bisect.judging import Judging, Mixture
from anew.bisect.measure import choose_measure
from anew.bisect.trying import BudgetSpentError, Trying
from anew.bisect.wishes import Wishes
from anew.errors import EnvironmentProblemError, UsageError
from anew.reproduce.recipe import recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.bisect.answers import Answer, Answers
    from anew.bisect.mixtures import Candidate
    from anew.model import Trial
    from anew.reproduce.recipe import Recipe

__all__ = ["bisect"]

_NOTHING: Mixture = frozenset()


def bisect(
    a: Trial, b: Trial, *, progress: Callable[[str], None] | None = None, **wishes: Any
) -> Bisection:
    """Find out why trial B differs from trial A.

    Parameters
    ----------
    a, b
        Trials of one store. Of a reproduction, the trial that it made anew is meant, unless it is
        to be told from that one, or from another reproduction of it.
    progress
        Called with a line on each stage.
    **wishes
        How, as `Wishes` says: ``rtol``, ``atol``, ``env``, ``test``, ``budget``, ``fresh``,
        ``offline``, ``timeout``.

    Returns
    -------
    Bisection
        The causes, or why there is no answer.

    Raises
    ------
    UsageError
        When the trials are one and the same or of two stores, or when a wish cannot be.
    NotReproducibleError
        When the record of a trial does not say how to run it again.
    EnvironmentProblemError
        When trial A cannot be made anew here, or when another process does the same search.

    Notes
    -----
    Mixtures run in scratch folders and are recorded below ``searches`` in the store, not among its
    trials. Each answer is kept when it is there: a search that was interrupted goes on where it
    was. The number of runs grows like the logarithm of the number of changes, for each cause. The
    project is not touched.
    """
    wanted = Wishes(**wishes)
    if a.uuid == b.uuid:
        message = f"trial {a.number} is compared with itself"
        raise UsageError(message, hint=f"whether it is deterministic: anew verify {a.number}")
    records = read_ends(a, b)
    if records[0].store.folder != records[1].store.folder:
        message = "the trials are in two stores"
        raise UsageError(message, hint="bundle the one, and unbundle it into the other's store")
    old, new = (expand_inputs(recipe_of(each)) for each in records)
    told = (*(r.trial.uuid for r in records), wanted.test, wanted.env, wanted.offline)
    with open_answers(records[0].store.folder, told) as answers:
        return _Search(old, new, wanted, answers).run(progress or (lambda _: None))


class _Search:
    """One search, from the two trials to what makes the difference."""

    def __init__(self, old: Recipe, new: Recipe, wanted: Wishes, answers: Answers) -> None:
        self.recipes = old, new
        self.a, self.b = old.record.trial, new.record.trial
        self.wanted = wanted
        self.answers = answers
        self.changes = list_changes(old, new, env=wanted.env)
        self.everything = frozenset(self.changes.candidates)
        self.causes: list[Cause] = []

    def run(self, tell: Callable[[str], None]) -> Bisection:
        """Search, and say how it went."""
        measure = None
        if self.wanted.test is None:
            limits = {"rtol": self.wanted.rtol, "atol": self.wanted.atol}
            terms = self.recipes[0].record.terms
            measure = choose_measure(self.a, self.b, **limits, terms=terms)
            if measure is None:
                return self._stop("no difference is known in what the trials made")
        self.tries = Trying(self.recipes[0], self.changes, self.answers, self.wanted, tell)
        self.judging = Judging(self.tries, measure, self.everything)
        try:
            found = self._find_obstacle() or self._search()
        except BudgetSpentError:
            problem = f"stopped after {self.tries.runs} runs"
            hint = "the same command goes on from here"
            found = self._give(tuple(self.causes), problem, hint)
        return replace(
            found,
            compared=measure.kind if measure else f"test: {self.wanted.test}",
            unresolved=tuple(self.judging.unresolved),
            noise=tuple(sorted(self.judging.measure.noise)) if self.judging.measure else (),
            runs=self.tries.runs,
            known=max(len(self.judging.asked) - self.tries.runs, 0),
            seconds=round(self.tries.seconds, 3),
        )

    def _stop(self, problem: str, hint: str = "") -> Bisection:
        """Give an end without a cause."""
        return self._give((), problem, hint)

    def _give(self, causes: tuple[Cause, ...], problem: str, hint: str = "") -> Bisection:
        return Bisection(
            self.a,
            self.b,
            causes,
            is_explained=bool(causes) and not problem,
            problem=problem,
            hint=hint,
            candidates=len(self.everything),
            not_searched=self.changes.others,
        )

    def _find_obstacle(self) -> Bisection | None:
        """Make both trials anew, and see whether there is anything to be searched."""
        first = self.judging.find(_NOTHING)
        _check_made(self.a, first)
        state, told = self.judging.judge_end(self.a, first, AS_A)
        if state != AS_A:
            return self._explain_end(self.a, told)
        if not self.everything:
            return self._explain_nothing()
        last = self.judging.find(self.everything)
        state, told = self.judging.judge_end(self.b, last, AS_B)
        if state == AS_A:
            return None
        if self.wanted.test is None:
            # Whether it is what cannot be exchanged, or chance.
            itself = self.tries.run(replace(self.recipes[1], fresh=True), "B itself")
            _check_made(self.b, itself)
            if self.judging.compare(self.b, itself)[0] == AS_A:
                return self._explain_nothing()
        return self._explain_end(self.b, last.why or told)

    def _explain_end(self, trial: Trial, told: str) -> Bisection:
        """Say that a trial is not what it was."""
        number = trial.number
        if self.wanted.test is not None:
            problem = f"the test does not tell the trials apart: of trial {number}, {told}"
            return self._stop(problem, "it has to end with 0 for trial A, and not for trial B")
        problem = f"trial {number} does not come out as it did when it is made anew: {told}"
        return self._stop(problem, f"anew verify {number} says what it depends on")

    def _explain_nothing(self) -> Bisection:
        """Say that what can be exchanged is not the cause."""
        problem = "what can be exchanged between the trials does not make the difference"
        others = "; ".join(self.changes.others)
        return self._stop(problem, f"not searched: {others}" if others else "")

    def _search(self) -> Bisection:
        """Find one cause after the other, until all is as B."""
        self.causes.clear()
        base = _NOTHING
        while not base or not self.judging.is_as_last(self.b, base):
            rest = self.everything - base
            if base and self.judging.judge(base, rest)[0] != AS_B:
                break
            found = self._narrow(base)
            if not self.judging.holds(base, found.changes):
                self.tries.is_fresh = True  # a step depends on what it does not show
                return self._search()
            self.causes.append(found)
            base |= frozenset(found.changes)
        return self._finish(self.causes)

    def _narrow(self, base: Mixture) -> Cause:
        """Find one cause of what differs still."""

        def ask(chosen: frozenset[Candidate], more: int) -> str:
            return self.judging.judge(base, chosen, more=more)[0]

        left = [each for each in self.changes.candidates if each not in base]
        found = minimize_levels(left, _place, ask)
        return self._make_cause(base, found.changes, is_minimal=found.is_minimal)

    def _make_cause(
        self, base: Mixture, changes: tuple[Candidate, ...], *, is_minimal: bool
    ) -> Cause:
        effect = self.judging.judge(base, frozenset(changes))[1]
        commits = find_commits(*self.recipes, changes)
        return Cause(changes, effect, is_minimal, commits)

    def _finish(self, causes: list[Cause]) -> Bisection:
        """Leave out a cause whose effect another one hides."""
        kept = list(causes)
        for cause in causes:
            others = [each for each in kept if each is not cause]
            if others and self.judging.is_as_last(self.b, _join(others)):
                kept = others
        if len(kept) < len(causes):
            changes = tuple(change for cause in kept for change in cause.changes)
            is_minimal = all(cause.is_minimal for cause in kept)
            kept = [self._make_cause(_NOTHING, changes, is_minimal=is_minimal)]
        is_explained = self.judging.is_as_last(self.b, _join(kept))
        problem = "" if is_explained else "the causes do not explain all of the difference"
        return self._give(tuple(kept), problem)


def _check_made(trial: Trial, answer: Answer) -> None:
    """Refuse a search of which one end is not to be had."""
    if answer.why:
        message = f"trial {trial.number} cannot be made anew: {answer.why}"
        hint = f"anew reproduce {trial.number} says more; or try --env nearest"
        raise EnvironmentProblemError(message, hint=hint)


def _place(change: Candidate) -> tuple[str, str]:
    """Say where a change belongs."""
    return change.kind, change.name


def _join(causes: list[Cause]) -> Mixture:
    return frozenset(change for cause in causes for change in cause.changes)
