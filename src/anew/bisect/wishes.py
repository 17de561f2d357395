"""How the cause of a difference is to be searched for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anew.compare.finding import Tolerance
from anew.errors import UsageError
from anew.reproduce.limits import check_timeout

__all__ = ["Wishes"]

_ENVIRONMENTS: Final = ("exact", "nearest", "current")


@dataclass(frozen=True)
class Wishes:
    """How the cause is searched for.

    Parameters
    ----------
    rtol, atol
        How far apart two numbers may be and still count as equal.
    env
        ``"exact"``, ``"nearest"`` or ``"current"``, as for `anew.reproduce`. With the last,
        packages and interpreter are those of today, and not searched.
    test
        A shell command that is run where a mixture ran, after it: status 0 says that it is as A,
        125 that it cannot tell, any other that it is as B. None to compare the trials.
    budget
        How many mixtures may be run at most; None for as many as it takes.
    fresh
        Whether every step of every mixture is computed, also one that has not changed.
    offline
        Whether the mixtures are kept from the network.
    timeout
        After how many seconds a mixture is ended, which leaves it unresolved; None for a minute,
        and ten times as long as the longest of those before took.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite, when there is no such environment, when the
        budget is less than 1, or the timeout not positive.
    """

    rtol: float = 0.0
    atol: float = 0.0
    env: str = "exact"
    test: str | None = None
    budget: int | None = None
    fresh: bool = False
    offline: bool = False
    timeout: float | None = None

    def __post_init__(self) -> None:
        Tolerance(self.rtol, self.atol)
        check_timeout(self.timeout)
        if self.env not in _ENVIRONMENTS:
            message = f"env is {self.env!r}, expected one of {', '.join(_ENVIRONMENTS)}"
            raise UsageError(message, hint="env='exact'")
        if self.budget is not None and self.budget < 1:
            message = f"budget is {self.budget!r}, expected a whole number from 1"
            raise UsageError(message, hint="budget=20")
        if self.test is not None and not self.test.strip():
            message = "the test is an empty command"
            raise UsageError(message, hint="--test 'python check.py'")
