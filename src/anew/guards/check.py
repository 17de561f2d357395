"""A trial before the rules of reproducible research: each verdict from its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from anew.guards import neurips, sandve
from anew.guards.evidence import Evidence
from anew.records import dataclass

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.types import Store

__all__ = ["Item", "check"]


@dataclass(frozen=True)
class Item:
    """How a trial stands before one rule.

    Parameters
    ----------
    rule
        Its number and what it asks for.
    source
        Where it is from.
    verdict
        Whether it is met.
    why
        What the record says to it.
    mend
        What would make it met; empty when it is.
    """

    rule: str
    source: str
    verdict: Literal["met", "not met", "not applicable"]
    why: str
    mend: str = ""


def check(store: Store, trial: Trial) -> list[Item]:
    """Hold a trial against the ten simple rules and the NeurIPS checklist.

    Parameters
    ----------
    store
        The store of the trial.
    trial
        The trial.

    Returns
    -------
    list of Item
        One for each rule, in the order of the sources.
    """
    evidence = Evidence(store, trial)
    return [
        Item(rule, source.SOURCE, *judge(evidence))
        for source in (sandve, neurips)
        for rule, judge in source.RULES
    ]
