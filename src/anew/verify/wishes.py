"""How it is to be seen whether a trial is deterministic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anew.compare.finding import Tolerance
from anew.errors import UsageError, near_misses
from anew.reproduce.limits import check_timeout
from anew.verify.conditions import NAMES

__all__ = ["Wishes"]

_ENVIRONMENTS: Final = ("exact", "nearest", "current")


@dataclass(frozen=True)
class Wishes:
    """How a trial is verified.

    Parameters
    ----------
    times
        How often it is run again with nothing changed.
    rtol, atol
        How far apart two numbers may be and still count as equal.
    env
        ``"exact"``, ``"nearest"`` or ``"current"``, as for `anew.reproduce`.
    only
        The conditions that are changed; all of them when empty.
    parallel
        How many runs go on at once; None for as many as do not get in each other's way.
    first
        Whether to stop at the first thing that the trial is found to depend on.
    offline
        Whether the runs are kept from the network.
    timeout
        After how many seconds a run is ended; None for a minute, and ten times as long as the
        longest of those before took.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite, a number is less than 1, the timeout is not
        positive, or there is no such environment or condition.
    """

    times: int = 3
    rtol: float = 0.0
    atol: float = 0.0
    env: str = "exact"
    only: tuple[str, ...] = ()
    parallel: int | None = None
    first: bool = False
    offline: bool = False
    timeout: float | None = None

    def __post_init__(self) -> None:
        Tolerance(self.rtol, self.atol)
        check_timeout(self.timeout)
        for name in ("times", "parallel"):
            number = getattr(self, name)
            if number is not None and number < 1:
                message = f"{name} is {number!r}, expected a whole number from 1"
                raise UsageError(message, hint=f"{name}=3")
        if self.env not in _ENVIRONMENTS:
            message = f"env is {self.env!r}, expected one of {', '.join(_ENVIRONMENTS)}"
            raise UsageError(message, hint="env='exact'")
        for name in self.only:
            if name not in NAMES:
                message = f"no such condition: {name!r}"
                hint = near_misses(name, NAMES) or f"one of {', '.join(NAMES)}"
                raise UsageError(message, hint=hint)
