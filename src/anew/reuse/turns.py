"""Equal calls of a coroutine function that are awaited at once: one computes, the others wait."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["turn"]

_running: Final[dict[tuple[int, str], asyncio.Event]] = {}
_within: ContextVar[frozenset[str]] = ContextVar("within", default=frozenset())
"""The calls that this one is within: to wait for one of them would be to wait for ever."""


@asynccontextmanager
async def turn(key: str | None) -> AsyncIterator[bool]:
    """Take a turn at a call; gives whether an equal one has ended meanwhile.

    Parameters
    ----------
    key
        That of the call; without one nobody waits.
    """
    try:
        place = id(asyncio.get_running_loop()), key or ""
    except RuntimeError:  # another library runs the coroutine
        place = 0, ""
    if not (place[0] and key) or key in _within.get():
        yield False
        return
    if (other := _running.get(place)) is not None:
        await other.wait()
        yield True
        return
    ended = _running[place] = asyncio.Event()
    before = _within.set(_within.get() | {key})
    try:
        yield False
    finally:
        _within.reset(before)
        del _running[place]
        ended.set()
