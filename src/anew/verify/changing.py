"""What differs when something is changed on which a result ought not to depend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.verify.conditions import Change, Condition, change_together
from anew.verify.verification import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Verdict
    from anew.verify.known import Known
    from anew.verify.runs import Key, Outcome, Runs

__all__ = ["change_each"]

_CONFIRMED: Final = 2
"""How often a difference has to come and go with a change."""
_TOGETHER: Final = Condition("together", "several of these together")


def change_each(runs: Runs, known: Known, conditions: list[Condition]) -> None:
    """Change all conditions at once, and one after another if that makes a difference.

    Parameters
    ----------
    runs
        The runs.
    known
        What differs anyway, and where it is noted what depends on what.
    conditions
        What is changed.
    """
    outcomes: list[Outcome] = []
    if sum(bool(each.variants) for each in conditions) > 1:
        outcomes = list(runs.run(change_together(conditions)))
        if not any(known.new(each) or _find_problem(each) for each in outcomes):
            known.rows += [_tell_same(known, each) for each in conditions]
            return
    found = len(known.findings)
    for condition in conditions:
        known.rows.append(_change_one(runs, known, condition))
        if known.is_enough:
            return
    if len(known.findings) == found:
        _confirm_together(runs, known, outcomes)


def _change_one(runs: Runs, known: Known, condition: Condition) -> Row:
    """Change one condition in all its ways, up to the first that makes a difference."""
    tried = tuple(change.text for change in condition.variants)
    problems = []
    for change, outcome in zip(condition.variants, runs.run(condition.variants), strict=True):
        if problem := _find_problem(outcome):
            problems.append(problem)
        elif keys := _confirm(runs, known, change, outcome):
            detail = known.blame(condition, keys, outcome).detail
            return Row(condition.name, "differs", f"{change.text}: {detail}", tried)
    if problems and len(problems) == len(tried):
        return Row(condition.name, "not run", problems[0], tried)
    return _tell_same(known, condition)


def _confirm(runs: Runs, known: Known, change: Change, outcome: Outcome) -> dict[Key, Verdict]:
    """Give what differs each time with the same change, and never with none.

    Twice, for what is one or the other by chance agrees once by chance.
    """
    keys = known.new(outcome)
    for _ in range(_CONFIRMED):
        if not keys:
            break
        again, plain = runs.run([change, Change()])
        known.note_random(plain)
        keys = {
            key: v for key, v in known.new(outcome).items() if key in keys & known.new(again).keys()
        }
    return keys


def _confirm_together(runs: Runs, known: Known, outcomes: Iterable[Outcome]) -> None:
    """Say what came of all changes at once, when none of them alone makes a difference."""
    for outcome in outcomes:
        change = outcome.run.change
        if keys := _confirm(runs, known, change, outcome):
            detail = known.blame(_TOGETHER, keys, outcome).detail
            known.rows.append(Row("together", "differs", f"{change.text}: {detail}"))
            return
        if seldom := known.new(outcome):
            known.note_random(outcome)
            known.add_random(seldom)
            return


def _find_problem(outcome: Outcome) -> str:
    """Say why a run says nothing of a change."""
    return outcome.run.problem or outcome.run.unseen


def _tell_same(known: Known, condition: Condition) -> Row:
    if condition.obstacle:
        return Row(condition.name, "not run", condition.obstacle)
    tried = tuple(each.text for each in condition.variants)
    told = ["as with nothing changed"] * bool(known.random)
    told += [f"not seen by the program {name}" for name in condition.blind]
    return Row(condition.name, "same", "; ".join(told), tried)
