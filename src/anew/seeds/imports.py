"""What modules draw while they are imported: nothing of it is a step's own doing.

Who first imports a library in a step's body has its modules run there, and some draw from a shared
generator as they load. That happens once in a process, whatever step comes first: it must neither
count as drawn by the step nor shift what the step draws itself.

References
----------
Python, `importlib._bootstrap._find_and_load`: what every import of a module not yet loaded calls.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anew.seeds.generators import (
    Marks,
    has_moved,
    hold,
    is_one_number,
    loaded,
    look_at_all,
    seed_globally,
    seed_torch,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Watch", "begin", "end"]

_FROZEN: Final = "<frozen importlib._bootstrap>"
"""In frames of this file, tracebacks leave out what belongs to an import."""

_RICH: Final = "rich.style"
_BITS_OF_RICH: Final = 24
"""rich draws one number of so many bits when it is imported, and many libraries import it."""


@dataclass(eq=False)
class Watch:
    """How the shared generators are as long as whoever is watched has not drawn from them.

    Parameters
    ----------
    marks
        Theirs.
    seed
        With what they were seeded, if they were.
    is_unsure
        Whether somebody drew while another imported a module, so that nobody can tell who it was.
    is_inside
        Whether a module that is being imported calls it: what it draws is its own, all the same.
    thread
        Where it runs.
    """

    marks: Marks
    seed: int | None
    is_unsure: bool = False
    is_inside: bool = False
    thread: int = field(default_factory=threading.get_ident)


class _Importing(threading.local):
    """Whether a thread is importing: modules that a module imports are part of it."""

    is_on = False


@dataclass
class _Period:
    """A time in which threads import: how the generators were, and what puts them back."""

    marks: Marks
    put_back: Callable[[], None]
    has_rich: bool = False
    threads: set[int] = field(default_factory=set)


_lock = threading.RLock()
_watches: Final[list[Watch]] = []
_mine: Final = _Importing()
_period: _Period | None = None


def begin(seed: int | None) -> Watch:
    """Begin to watch whether somebody draws from the shared generators.

    Parameters
    ----------
    seed
        To seed them with before; None to leave them as they are.
    """
    _install()
    with _lock:
        if _period is not None:
            _settle(_period)
        marks = look_at_all() if seed is None else seed_globally(seed)
        watch = Watch(marks, seed, is_inside=_mine.is_on)
        _watches.append(watch)
        if _period is not None:
            _period.marks = marks
    return watch


def end(watch: Watch) -> bool:
    """End watching, and tell whether somebody drew.

    Parameters
    ----------
    watch
        What `begin` gave.
    """
    with _lock:
        if _period is not None:
            _settle(_period)
        if watch in _watches:
            _watches.remove(watch)
        return has_moved(watch.marks, look_at_all())


def _start_import() -> bool:
    """Note that this thread imports; tells whether it does not do so already."""
    global _period  # noqa: PLW0603 - one for all threads
    if _mine.is_on:
        return False
    _mine.is_on = True
    try:
        with _lock:
            if _period is None:
                _period = _Period(look_at_all(), hold(), loaded(_RICH) is not None)
            else:
                _settle(_period)
            _period.threads.add(threading.get_ident())
    except Exception:  # noqa: BLE001, S110 - an import is never broken by who looks at it
        pass
    return True


def _end_import() -> None:
    """Undo what was drawn by the modules that this thread has imported."""
    global _period  # noqa: PLW0603 - as above
    here = threading.get_ident()
    try:
        with _lock:
            period = _period
            if period is None:
                return
            try:
                if period.threads == {here} == {watch.thread for watch in _watches}:
                    period.put_back()
                _settle(period)
            finally:
                period.threads.discard(here)
                _period = period if period.threads else None
    except Exception:  # noqa: BLE001, S110 - as above
        pass
    finally:
        _mine.is_on = False


def _settle(period: _Period) -> None:
    """Put down to imports what has been drawn since somebody last looked."""
    _seed_newcomers(period.marks)
    now = look_at_all()
    is_moved = has_moved(period.marks, now)
    is_of_rich = is_moved and _is_of_rich(period, now)
    for watch in _watches:
        if not (watch.is_inside or has_moved(watch.marks, period.marks)):
            watch.marks = now
            watch.is_unsure |= is_moved and not is_of_rich and watch.thread not in period.threads
    period.marks = now
    period.has_rich = loaded(_RICH) is not None


def _is_of_rich(period: _Period, now: Marks) -> bool:
    """Tell whether the one number was drawn that rich draws, and nothing else."""
    is_new = not period.has_rich and _RICH in sys.modules
    return is_new and is_one_number(period.marks, now, bits=_BITS_OF_RICH)


def _seed_newcomers(before: Marks) -> None:
    """Seed a library that has come with an import, as if it had been there before."""
    seeds = [watch.seed for watch in _watches if watch.seed is not None]
    if seeds and before.torch is None:
        seed_torch(seeds[-1])


def _install() -> None:
    """See to it that imports are noticed, unless this process does."""
    bootstrap: Any = importlib._bootstrap  # noqa: SLF001 - see above
    real = bootstrap._find_and_load  # noqa: SLF001 - as above
    if getattr(real, "is_of_anew", False):
        return

    def find_and_load(*args: Any) -> Any:
        is_outermost = bool(_watches) and _start_import()
        try:
            return real(*args)
        finally:
            if is_outermost:
                _end_import()

    find_and_load.__code__ = find_and_load.__code__.replace(co_filename=_FROZEN)
    find_and_load.is_of_anew = True  # type: ignore[attr-defined]
    bootstrap._find_and_load = find_and_load  # noqa: SLF001 - as above


def _forget() -> None:
    """Begin anew in a fork: locks and imports of the other threads are not its own."""
    global _lock, _period  # noqa: PLW0603 - as above
    _lock = threading.RLock()
    if _period is not None and threading.get_ident() not in _period.threads:
        _period = None


os.register_at_fork(after_in_child=_forget)
