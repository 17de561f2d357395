"""Whether a file is there: no event tells who asks, so others stand in for functions of `os`.

Only in processes that work for the steps of another one.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys

from .active import active
from .children import _dressed
from .places import is_ignored
from .uses import place_of

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

__all__ = ["install"]

_ON_BEHALF = ("fnmatch", "genericpath", "glob", "ntpath", "os", "pathlib", "posixpath")
"""Modules that ask for whoever calls them."""
_RESOLVERS = ("_joinrealpath", "realpath")
"""Functions that ask of each folder on the way to a file."""
_ANEW = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"  # noqa: PTH100, PTH120
_installed: list[int] = []


def install() -> None:
    """See what this process asks for from now on."""
    if not _installed:
        _installed.append(os.getpid())
        for name in ("access", "lstat", "stat"):
            setattr(os, name, _stand_in(getattr(os, name)))


def _stand_in(real: Callable[..., Any]) -> Callable[..., Any]:
    def asking(path: Any, *args: Any, **options: Any) -> Any:
        if type(path) is not int:
            try:  # noqa: SIM105 - contextlib costs time at start
                _see(path)
            except Exception:  # noqa: BLE001, S110 - the real one says what is wrong
                pass
        return real(path, *args, **options)

    wrapper = _dressed(asking, real)
    wrapper.stands_for = getattr(real, "stands_for", real)
    wrapper.__module__ = "os"
    for known in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd):
        if real in known:
            known.add(wrapper)
    if real in os.supports_follow_symlinks:
        os.supports_follow_symlinks.add(wrapper)
    return wrapper  # type: ignore[no-any-return]


def _see(path: Any) -> None:
    """Tell once whether something is at a path."""
    traces = [trace for trace in active() if trace.is_for_steps]
    place = place_of(os.fsdecode(path).rstrip("/")) if traces else None
    if place is None or is_ignored(place):
        return
    traces = [trace for trace in traces if ("ask", place) not in trace.told]
    if traces and _is_project(sys._getframe(2)):  # noqa: SLF001 - who asks is what counts
        for trace in traces:
            trace.told.add(("ask", place))
            found = "exists" if _real_exists(place) else None
            trace.write("condition", path=place, condition=found)


def _real_exists(place: str, look: Callable[[str], Any] = os.stat) -> bool:
    try:
        look(place)
    except (OSError, ValueError):
        return False
    return True


def _is_project(frame: FrameType | None) -> bool:
    """Tell whether the program's own code asks, and no library or Python for itself."""
    if frame is not None and frame.f_code.co_name in _RESOLVERS:
        return False
    while frame is not None and _name_of(frame) in _ON_BEHALF:
        frame = frame.f_back
    if frame is None:
        return False
    file = frame.f_code.co_filename
    return not (file.startswith(("<frozen ", _ANEW)) or is_ignored(file))


def _name_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]
