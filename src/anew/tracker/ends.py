"""The end of a process: by itself, by `os._exit`, or by becoming another program.

A process that is killed says nothing: a trace without an end is that of one.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import atexit
import os
from time import time

from . import facts
from .active import all_traces, at_end, only, silent
from .children import _dressed

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from typing import Any

    from .trace import Trace

__all__ = ["end", "end_trace", "install"]


def end(how: str) -> None:
    """Write the end of this process in all its traces."""
    for trace in all_traces():
        end_trace(trace, how)


def end_trace(trace: Trace, how: str, *, is_ending: bool = True) -> None:
    """Write all that is known at the end of a trace.

    Parameters
    ----------
    trace
        It is left open: a program may go on after an `exec` that failed.
    how
        ``"exit"``, ``"_exit"`` or ``"exec"``.
    is_ending
        Whether the process itself ends, and not only the part of it that was traced.
    """
    if trace.ended == how != "exec" or trace.is_closed:
        return
    with only(trace):
        for action in [*at_end, *trace.later.values()]:
            try:
                action()
            except Exception as error:  # noqa: BLE001
                trace.unseen(f"what was to be told at the end ({error!r})")
    trace.later.clear()
    with silent():
        for mode, seen in (("read", trace.reads), ("write", trace.writes), ("gone", trace.gone)):
            lasts = {path: round(at, 6) for path, at in list(seen.items()) if at is not None}
            if lasts:
                trace.write("lasts", mode=mode, files=lasts)
        if not (trace.is_forked and how == "exec"):  # not for a child that only becomes another
            modules = facts.modules()
            trace.write("modules", files=modules, code=facts.code_of(modules))
        if how == "exit" and not (trace.is_forked or trace.is_for_steps):
            trace.write("numerics", values=facts.numerics(is_ending=is_ending))
        trace.write("end", how=how, at=time(), dropped=trace.dropped)
    trace.ended = how


def install() -> None:
    """See the ends that can be seen."""
    atexit.register(end, "exit")
    import posix

    real = os._exit

    def _exit(status: Any) -> None:
        try:  # noqa: SIM105 - contextlib would cost time at start
            end("_exit")
        except Exception:  # noqa: BLE001, S110
            pass
        real(status)

    os._exit = _dressed(_exit, real)
    posix._exit = _exit  # type: ignore[assignment] # noqa: SLF001
