"""Whose doing it is: which of the steps that run now is told of what happens in a thread."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from anew.watch.touch import Touch

__all__ = [
    "ALIVE",
    "begin",
    "current",
    "end",
    "forget",
    "is_unseen",
    "note_thread",
    "of_context",
    "touched",
    "unseen",
    "writing",
]

_context: Final[ContextVar[Touch | None]] = ContextVar("anew_touch", default=None)
ALIVE: Final[list[Touch]] = []
"""The touches of the steps that run now; asked at every event of the interpreter."""
_innermost: tuple[Touch, ...] = ()
"""Those that run now and have none within them."""
_STARTED_BY: Final = "_anew_started_by"


class _Mine(threading.local):
    """How deep this thread is in anew's own doings; used as a context manager."""

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


_mine: Final = _Mine()


def unseen() -> AbstractContextManager[None]:
    """Do something in this thread that no step is to be held to, such as reading a memo.

    Returns
    -------
    contextlib.AbstractContextManager
        For a with statement; may be nested.
    """
    return _mine


def is_unseen() -> bool:
    """Tell whether what this thread does now is anew's own doing."""
    return _mine.depth > 0


def of_context() -> Touch | None:
    """Give the innermost touch of this context that has not ended."""
    touch = _context.get()
    while touch is not None and not touch.is_alive:
        touch = touch.outer
    return touch


def touched() -> Sequence[Touch]:
    """Give the touches that what is read in this thread belongs to.

    A thread that a step started has no context. Then what it reads belongs to all that run now:
    rather one step too many that is computed again than one too few. The main thread was not
    started by a step; without a context, what it does belongs to those that it entered itself.
    """
    if (touch := of_context()) is not None:
        return (touch,)
    found = _innermost
    if not found:
        return found
    here = threading.get_ident()
    entered = tuple(touch for touch in found if touch.thread == here)
    if entered:
        return entered
    return () if here == threading.main_thread().ident else found


def current() -> Touch | None:
    """Give the touch that what this code writes, prints or logs belongs to.

    Returns
    -------
    Touch or None
        The innermost one of this context. In a thread without one, that of the step which started
        the thread, or the only one that runs in this process; None when that cannot be told.
    """
    found = touched()
    if len(found) < 2:  # noqa: PLR2004 - one or none
        return found[0] if found else None
    # Not by threading.current_thread(), which makes up an object for a thread it does not know.
    thread = threading._active.get(threading.get_ident())  # type: ignore[attr-defined]  # noqa: SLF001
    starter: Touch | None = getattr(thread, _STARTED_BY, None)
    if starter is not None and starter.is_alive:
        return starter
    outermost = {_outermost(touch) for touch in found}
    return outermost.pop() if len(outermost) == 1 else None


def writing() -> Sequence[Touch]:
    """Give the touch that what is written in this thread belongs to, if that can be told."""
    touch = current()
    return () if touch is None else (touch,)


def _outermost(touch: Touch) -> Touch:
    while touch.outer is not None and touch.outer.is_alive:
        touch = touch.outer
    return touch


def note_thread(thread: threading.Thread) -> None:
    """Remember which step starts a thread."""
    if (touch := current()) is not None:
        setattr(thread, _STARTED_BY, touch)


def begin(touch: Touch) -> bool:
    """Begin to watch; tells whether it is the first one. One caller at a time."""
    touch.is_alive = True
    ALIVE.append(touch)
    _count()
    _context.set(touch)
    return len(ALIVE) == 1


def end(touch: Touch) -> bool:
    """End watching; tells whether it was the last one. One caller at a time."""
    touch.is_alive = False
    if touch in ALIVE:
        ALIVE.remove(touch)
    _count()
    _context.set(touch.outer)
    return not ALIVE


def forget() -> None:
    """Forget those that run in the process that this one was forked from."""
    for touch in ALIVE:
        touch.is_alive = False
    ALIVE.clear()
    _count()


def _count() -> None:
    """Find those that have none within them."""
    global _innermost  # noqa: PLW0603 - kept ready, for it is asked at every opening of a file
    if len(ALIVE) < 2:  # noqa: PLR2004 - as most often
        _innermost = tuple(ALIVE)
        return
    around = {touch.outer for touch in ALIVE}
    _innermost = tuple(touch for touch in ALIVE if touch not in around)
