"""What differs from run to run, though nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.verify.conditions import Change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.verify.conditions import Condition
    from anew.verify.known import Known
    from anew.verify.runs import Key, Runs

__all__ = ["explain", "repeat"]

_SLOT = "held"


def repeat(runs: Runs, known: Known, times: int) -> None:
    """Run a trial with nothing changed.

    Parameters
    ----------
    runs
        The runs.
    known
        Where it is noted what differs.
    times
        How often.
    """
    for outcome in runs.run([Change()] * times):
        known.note_random(outcome)


def explain(runs: Runs, known: Known, conditions: Iterable[Condition]) -> None:
    """Hold one condition after another, until what differs from run to run does not any longer.

    Parameters
    ----------
    runs
        The runs.
    known
        What differs, and where it is noted why.
    conditions
        What can be held.
    """
    left = dict(known.random)
    for condition in conditions:
        if not left:
            return
        # Runs that do not go on at once are in one folder anyway.
        if condition.held is None or (condition.name == "folder" and runs.parallel == 1):
            continue
        same = left.keys() - _find_differing(runs, known, condition)
        if same:
            known.add_random({key: v for key, v in left.items() if key in same}, condition)
            left = {key: v for key, v in left.items() if key not in same}
    # What is left may differ only because what comes before it does.
    if left and (not known.findings or known.begins_in(left)):
        known.add_random(left)


def _find_differing(runs: Runs, known: Known, condition: Condition) -> set[Key]:
    """Run with a condition held, always in one folder; give what differs even so."""
    everything = set(known.random)
    change = runs.plain | (condition.held or Change())
    first = runs.make(change, _SLOT)
    found: set[Key] = set()
    try:
        if first.trial is None or first.unseen:
            return everything
        for _ in range(max(runs.wanted.times, 2) - 1):
            other = runs.make(change, _SLOT)
            found |= set(runs.compare(first, other).bad) if other.trial else everything
            runs.drop(other)
            if found >= everything:
                break
    finally:
        runs.drop(first)
    return found
