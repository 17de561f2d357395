"""Which traces get what is seen now: those of the process, and those of the current context.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
from _contextvars import ContextVar

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .trace import Trace

__all__ = [
    "Current",
    "active",
    "all_traces",
    "are_several",
    "at_end",
    "begin_all",
    "enter",
    "fork_all",
    "is_silent",
    "leave",
    "listeners",
    "only",
    "root",
    "silent",
]

_chain: ContextVar[tuple[Trace, ...] | None] = ContextVar("anew_tracker", default=None)
_open: list[tuple[Trace, ...]] = []
_roots: tuple[Trace, ...] = ()
_shared: tuple[Trace, ...] = ()
at_end: list[Callable[[], None]] = []
listeners: list[Callable[[str, str], None]] = []
"""Who else is told of files that libraries use past Python: by place, and mode or ``"expect"``."""


def active() -> tuple[Trace, ...]:
    """List the traces that get what this thread or coroutine does now."""
    chain = _chain.get()
    return _shared if chain is None else chain


def all_traces() -> list[Trace]:
    """List every trace of this process that is open."""
    return list(dict.fromkeys([*_roots, *(trace for chain in _open for trace in chain)]))


def are_several() -> bool:
    """Tell whether contexts may differ, so that no environment of the process fits them all."""
    return bool(_open)


def root(traces: tuple[Trace, ...]) -> None:
    """Begin traces that get all that the process does."""
    global _roots  # noqa: PLW0603
    _roots += traces
    _share()


def begin_all(trace: Trace) -> None:
    """Begin a trace that all contexts get, as after a fork."""
    global _roots  # noqa: PLW0603
    _roots += (trace,)
    _open[:] = [(*chain, trace) for chain in _open]
    if chain := _chain.get():
        _chain.set((*chain, trace))
    _share()


def is_silent() -> bool:
    """Tell whether nothing is to be seen of what this thread does."""
    return _chain.get() == ()


def enter(trace: Trace) -> Any:
    """Begin a trace for the current context; give what `leave` wants."""
    around = _chain.get()
    chain = (*(_roots if around is None else around), trace)
    _open.append(chain)
    _share()
    return chain, _chain.set(chain)


def leave(entered: Any) -> None:
    """End the trace of a context."""
    chain, token = entered
    _open.remove(next(each for each in _open if each[: len(chain)] == chain))
    _share()
    try:
        _chain.reset(token)
    except ValueError:  # left in another context than entered: a generator, a callback
        _chain.set(None)


def _share() -> None:
    """Find the traces of threads that have no context: those that all contexts have in common."""
    global _shared  # noqa: PLW0603
    common = _open[0] if _open else _roots
    for chain in _open[1:]:
        same = [a is b for a, b in zip(common, chain)]  # noqa: B905 - not in Python 3.9
        common = common[: (*same, False).index(False)]
    _shared = common


class only:  # noqa: N801 - used as a statement; contextlib would cost time at start
    """Have these traces alone get what this thread does."""

    def __init__(self, *traces: Trace) -> None:
        self._traces = traces

    def __enter__(self) -> None:
        self._token = _chain.set(self._traces)

    def __exit__(self, *error: object) -> None:
        _chain.reset(self._token)


def silent() -> only:
    """See nothing of what this thread does."""
    return only()


def fork_all() -> None:
    """Begin anew in a process that was forked."""
    for trace in all_traces():
        trace.fork()


class Current:
    """Where a plugin tells what it sees: the traces of the moment."""

    def write(self, kind: str, **fields: Any) -> None:
        """Write a record.

        Parameters
        ----------
        kind
            What it tells of.
        **fields
            What it tells: values that JSON can write.
        """
        for trace in active():
            trace.write(kind, **fields)

    def unseen(self, text: str) -> None:
        """Say once what cannot be seen in this process, such as "files that h5py opens"."""
        for trace in active():
            trace.unseen(text)

    def file(self, path: Any, mode: str, *, told: bool = False) -> None:
        """Tell that a file is about to be used.

        Parameters
        ----------
        path
            As text, bytes or ``PathLike``; whatever else is passed over.
        mode
            ``"read"``, ``"write"`` or ``"gone"``.
        told
            Whether the program itself says so: then it counts wherever it is.
        """
        from . import uses

        try:
            place = uses.place_of(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            return
        if place is not None:
            uses.use_file(place, mode, told=told)
            for listen in listeners:
                listen(place, mode)

    def saved(self, path: Any) -> None:
        """Tell that the program saves a file, wherever it comes from."""
        from . import saving, uses

        place = uses.place_of(os.fsdecode(path))
        if place is not None:
            saving.tell_saved(place, active())

    def at_end(self, action: Callable[[], None]) -> None:
        """Have something done whenever a trace of this process is about to end.

        Parameters
        ----------
        action
            Called with no arguments, while that trace alone is the current one.
        """
        at_end.append(action)
