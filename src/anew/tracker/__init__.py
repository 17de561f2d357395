"""What a process touches: an audit hook and thin wrappers, with a trace file for each process.

It is injected into programs that know nothing of anew (`variables`), in interpreters where anew
is not installed, or follows a part of this process (`tracing`). `anew.tracker.reading` reads what
was written.

Standard library only, Python 3.9 and later, imports relative: `inject/sitecustomize.py` loads it
by its path, as ``_anew_tracker``. In a process that has that one, this package is a view of it:
one hook, one environment.
"""

from __future__ import annotations

import os
import sys

from . import active, beside, children, keeping, places, plugins
from .children import variables
from .trace import Trace

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

__all__ = [
    "FORMAT", "current", "follow_children", "follow_libraries", "listeners", "silent", "start",
    "tell_steps", "tracing", "variables",
]  # fmt: skip

FORMAT: Final = 1
"""Which edition of traces is written."""

_injected: Any = sys.modules.get("_anew_tracker") if __name__ != "_anew_tracker" else None
if getattr(_injected, "FORMAT", None) != FORMAT:
    _injected = None

current: Final[active.Current] = _injected.current if _injected else active.Current()
"""Where plugins, and whoever is told of files, tell what they see."""

silent: Final = (_injected or sys.modules[__name__]).active.silent
"""Have nothing seen of what this thread does in a block."""

listeners: Final = (_injected or sys.modules[__name__]).active.listeners
"""Functions that are told of each file that a library uses past Python, and how."""

_installed: list[int] = []


def start() -> None:
    """Trace this process, as the variables of its environment say, from now to its end."""
    folders = children.hide(dict(os.environ))
    keeping.set_limit(children.passed_limit())
    traces = tuple(Trace(folder) for folder in folders)
    if traces:
        for trace in traces:
            places.ignore(trace.folder)
            trace.start()
        active.root(traces)
        _install()
        if any(trace.is_for_steps for trace in traces):
            from . import asked

            asked.install()


def tracing(folder: str | os.PathLike[str], keep_bytes: int | None = None) -> _Tracing:
    """Trace what this context does, and the Python processes that it starts.

    A context is one of `contextvars`: a thread, or a chain of coroutines. A thread that has none
    of its own belongs to what all contexts that are being traced have in common. Of two that are
    nested, both get what the inner one does.

    Parameters
    ----------
    folder
        The trace folder, which is there: a file is written to it for each process.
    keep_bytes
        The largest file of which the content is copied before it is changed; 1 GiB when None.

    Returns
    -------
    context manager
        It gives `current`, and can be entered once.
    """
    kind: type[_Tracing] = _injected._Tracing if _injected else _Tracing  # noqa: SLF001
    return kind(os.path.abspath(folder), keep_bytes)  # noqa: PTH100


class _Tracing:
    """A part of this process that is traced."""

    def __init__(self, folder: str, keep_bytes: int | None) -> None:
        self._trace = Trace(folder)
        self._keep_bytes = keep_bytes

    def __enter__(self) -> active.Current:
        if self._keep_bytes is not None:
            keeping.set_limit(str(self._keep_bytes))
        children.take(self._trace.folder)
        places.ignore(self._trace.folder)
        _install()
        self._trace.start()
        self._entered = active.enter(self._trace)
        return current

    def __exit__(self, *error: object) -> None:
        from . import ends

        active.leave(self._entered)
        ends.end_trace(self._trace, "exit", is_ending=False)
        self._trace.close()
        children.restore()


def follow_libraries() -> None:
    """Have libraries that open files in C tell of them, whether or not anything is traced."""
    package = _injected or sys.modules[__name__]
    package.plugins.install(package.current, only="libraries")


def follow_children(starting: Callable[[int], None]) -> str:
    """Have the processes that this one starts leave traces for its steps.

    Parameters
    ----------
    starting
        Called with the number of each program when it has been started.

    Returns
    -------
    str
        The folder in which they do, empty when there was none yet; this process does not.
    """
    package = _injected or sys.modules[__name__]
    if not package.beside.is_on():
        package._install()  # noqa: SLF001
        package.beside.begin()
        package.beside.starting[:] = [starting]
    folder: str = package.beside.folder()
    return folder


def tell_steps(path: str, condition: str | None) -> None:
    """Tell the steps of other processes, for which this one works, what counts for them."""
    for trace in (_injected or sys.modules[__name__]).active.active():
        if trace.is_for_steps:
            trace.write("condition", path=path, condition=condition)


def _install() -> None:
    """Put on all that sees something, once."""
    if _installed:
        return
    from . import ends, hook

    _installed.append(os.getpid())
    os.register_at_fork(after_in_child=active.fork_all)
    os.register_at_fork(after_in_child=beside.fork)
    children.install()
    ends.install()
    plugins.install(current)
    hook.install()
