"""What is known of why a trial is another in each run, from what was said of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from anew.types import Store
    from anew.verify.runs import Run

__all__ = ["find_reason"]

# What `anew.purity` says of a step where it is defined, and the tracker of a program at its end.
_IMPURE: Final = re.compile(
    r"(?P<step>\S+) may not give the same for the same arguments: (?P<told>.+? \(.+?\)); "
)
_ABOUT: Final = {
    "": re.compile(""),
    "clock": re.compile("clock"),
    "chance": re.compile("each time|each draw|unseeded"),
}
"""How a reason sounds that goes with a condition."""

_UNSEEDED: Final = re.compile(
    r"come out the same: (?P<what>\S+) was used unseeded(?: at (?P<where>.+))?"
)


def find_reason(first: Run, step: str, about: str) -> str:
    """Say why a step, or a program without steps, may be another in each run.

    Parameters
    ----------
    first
        A run of it.
    step
        The label of the step; empty for a program.
    about
        The condition with which it is not, when it is held; empty when there is none.

    Returns
    -------
    str
        Empty when nothing is known.
    """
    sound, trial = _ABOUT.get(about), first.trial
    if sound is None or trial is None:
        return ""
    functions = {each.function for each in trial.steps if each.label == step} | {step}
    for found in filter(None, map(_IMPURE.search, first.printed)):
        if found["step"] in functions and sound.search(found["told"]):
            return found["told"]
    if step or not sound.search("unseeded"):
        return ""
    for kind, text in cast("Store", trial.source).events(trial.uuid):
        if kind == "unseeded" and (draw := _UNSEEDED.search(text)):
            place = f" ({draw['where']})" if draw["where"] else ""
            return f"it draws from {draw['what']}, which nothing seeded{place}"
    return ""
