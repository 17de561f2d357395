"""Saying what stands in the way, a line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.notices import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.guards.concern import Concern

__all__ = ["say_concerns"]


def say_concerns(concerns: Iterable[Concern]) -> None:
    """Say each on one line, with what mends it in parentheses.

    Parameters
    ----------
    concerns
        What stands in the way.
    """
    for each in concerns:
        say(f"{each.text} ({each.mend})" if each.mend else each.text)
