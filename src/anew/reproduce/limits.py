"""How long a command may run: one that hangs would hold up all that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_timeout", "limit_of"]

_TIMES: Final = 10
_LEAST_S: Final = 60.0


def check_timeout(timeout: float | None) -> None:
    """Refuse a time that is none.

    Parameters
    ----------
    timeout
        In seconds; None for no wish.

    Raises
    ------
    UsageError
        When it is not positive.
    """
    if timeout is not None and not timeout > 0:
        message = f"timeout is {timeout!r}, expected a number of seconds above 0"
        raise UsageError(message, hint="timeout=600")


def limit_of(timeout: float | None, seconds: Iterable[float]) -> float | None:
    """Say after how many seconds a run is ended where nobody waits at the screen.

    Parameters
    ----------
    timeout
        What was wished for.
    seconds
        How long runs took in which nothing was known from before.

    Returns
    -------
    float or None
        By default a minute, and ten times as long as the longest of the runs; None when there was
        none.
    """
    longest = max(seconds, default=None)
    return timeout or (None if longest is None else _LEAST_S + _TIMES * longest)
