"""Guards: what would keep a result from being made anew is said before and after, or stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.guards.after import Seen, after_trial, sum_up
    from anew.guards.before import before_trial, tell_before
    from anew.guards.check import Item, check
    from anew.guards.concern import Concern
    from anew.guards.present import Present, find_last, find_script, look_around
    from anew.guards.saying import say_concerns
    from anew.guards.status import Status, find_status
    from anew.guards.strict import be_strict, enforce, find_obstacles, refuse

__all__ = [
    "Concern",
    "Item",
    "Present",
    "Seen",
    "Status",
    "after_trial",
    "be_strict",
    "before_trial",
    "check",
    "enforce",
    "find_last",
    "find_obstacles",
    "find_script",
    "find_status",
    "look_around",
    "refuse",
    "say_concerns",
    "sum_up",
    "tell_before",
]

__getattr__ = names_of(
    __name__,
    {
        "Concern": "concern",
        "Item": "check",
        "Present": "present",
        "Seen": "after",
        "Status": "status",
        "after_trial": "after",
        "be_strict": "strict",
        "before_trial": "before",
        "check": "check",
        "enforce": "strict",
        "find_last": "present",
        "find_obstacles": "strict",
        "find_script": "present",
        "find_status": "status",
        "look_around": "present",
        "refuse": "strict",
        "say_concerns": "saying",
        "sum_up": "after",
        "tell_before": "before",
    },
)
