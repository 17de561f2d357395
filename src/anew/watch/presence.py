"""Files whose presence is asked for, which raises no audit event.

`os.stat`, `os.lstat`, `os.access` and `os.readlink` stand behind `os.path.exists`, `pathlib` and
the like, which look them up when they are called. Others stand in for them while steps are
watched, and do what they do.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from anew.watch.alive import ALIVE, is_unseen, note_thread, touched, unseen
from anew.watch.asking import Asker, find_asker, is_of_project
from anew.watch.conditions import (
    TIMES,
    VARIABLE,
    folder_of,
    known_of,
    link_of,
    look,
    real_access,
    real_lstat,
    real_readlink,
    real_stat,
    times_of,
)
from anew.watch.hook import counting, place_of
from anew.watch.readings import note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from anew.watch.asking import Asking
    from anew.watch.touch import Touch

__all__ = ["stand_back", "stand_in"]

_real_getcwd: Final = os.getcwd
_Environment: Final[Any] = type(os.environ)
_real_get_variable: Final[Any] = _Environment.__getitem__
_ASK_ALL: Final = frozenset({"", "lstat", "stat"})
_ASK_CONTENT: Final = _ASK_ALL | {"getsize"}
_ASK_TIMES: Final = frozenset({"getatime", "getctime", "getmtime"})
_ASK_KIND: Final = frozenset({"is_dir", "is_file", "isdir", "isfile"})
_RESOLVERS: Final = frozenset({"_joinrealpath", "realpath"})


def _stat(path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
    if not ALIVE or is_unseen() or isinstance(path, int) or dir_fd is not None:
        return real_stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
    try:
        return real_stat(path, follow_symlinks=follow_symlinks)
    finally:
        _see(path, sys._getframe(1))  # noqa: SLF001 - who asks is what counts


def _lstat(path: Any, *, dir_fd: int | None = None) -> os.stat_result:
    if not ALIVE or is_unseen() or dir_fd is not None:
        return real_lstat(path, dir_fd=dir_fd)
    try:
        return real_lstat(path)
    finally:
        _see(path, sys._getframe(1))  # noqa: SLF001 - as above


def _access(
    path: Any,
    mode: int,
    *,
    dir_fd: int | None = None,
    effective_ids: bool = False,
    follow_symlinks: bool = True,
) -> bool:
    if ALIVE and not is_unseen() and not isinstance(path, int) and dir_fd is None:
        _see(path, sys._getframe(1), is_content=False)  # noqa: SLF001 - as above
    return real_access(
        path, mode, dir_fd=dir_fd, effective_ids=effective_ids, follow_symlinks=follow_symlinks
    )


def _readlink(path: Any, *, dir_fd: int | None = None) -> Any:
    if ALIVE and not is_unseen() and dir_fd is None:
        _see(path, sys._getframe(1), is_link=True)  # noqa: SLF001 - as above
    return real_readlink(path, dir_fd=dir_fd)


def _getcwd() -> str:
    if ALIVE and not is_unseen():
        with unseen():
            if find_asker(sys._getframe(1)).asker is Asker.PROJECT:  # noqa: SLF001 - as above
                for touch in touched():
                    touch.learn_folder(folder_of(touch.root))
    return _real_getcwd()


def _get_variable(environment: Any, name: Any) -> str:
    if ALIVE and environment is os.environ and isinstance(name, str) and not is_unseen():
        with unseen():
            if find_asker(sys._getframe(1)).asker is Asker.PROJECT:  # noqa: SLF001 - as above
                for touch in touched():
                    touch.learn_variable(name)
                    note(touch, VARIABLE + name)
    value: str = _real_get_variable(environment, name)
    return value


def _see(path: Any, frame: FrameType, *, is_content: bool = True, is_link: bool = False) -> None:
    """Take down what one who asks for a path gets to know; never in the way of the asking."""
    touches = touched()
    if not touches:
        return
    with unseen():
        try:
            asking = find_asker(frame)
            if asking.asker is Asker.NOBODY or (place := place_of(path)) is None:
                return
            if asking.by in _ASK_ALL and _asks_times(frame):
                asking = asking._replace(by="getmtime")
            if is_link or asking.inner not in _RESOLVERS:
                _tell(touches, place, asking, is_content=is_content, is_link=is_link)
        except Exception as error:  # noqa: BLE001 - a step is never broken by who looks at it
            for touch in touches:
                touch.hinder(f"the presence of {path!r} could not be followed: {error}")


def _asks_times(frame: FrameType | None) -> bool:
    """Tell whether the project's code that takes all of `os.stat` names the times in it."""
    while frame is not None and not is_of_project(frame.f_code.co_filename):
        frame = frame.f_back
    return frame is not None and not TIMES.isdisjoint(frame.f_code.co_names)


def _tell(
    touches: Sequence[Touch], place: str, asking: Asking, *, is_content: bool, is_link: bool
) -> None:
    """Tell touches what there is at a path."""
    learners = counting(touches, place, asking, learning=True)
    if not learners:
        return
    if is_link:
        condition = link_of(place)
        if condition is None:
            return
    else:
        condition = _condition(place, asking, is_content=is_content)
    for touch in learners:
        touch.learn(place, condition, aside=asking.asker is not Asker.PROJECT)
    note(learners[0], place)


def _condition(place: str, asking: Asking, *, is_content: bool) -> str | None:
    """Say what there is at a path, as far as was asked.

    A library that looks whether a file is there may read it in C, where nothing is seen. And who
    takes `os.stat` itself may be after the size.
    """
    found = look(place)
    is_file = found is not None and stat.S_ISREG(found.st_mode)
    if found and is_file and asking.by in _ASK_TIMES:
        return times_of(found)
    is_close = asking.asker is Asker.PROJECT and asking.by in _ASK_CONTENT and is_content
    if is_file and not is_close and asking.asker is not Asker.LIBRARY:
        return "file" if asking.by in _ASK_KIND else "exists"
    return known_of(place, found)


_real_start: Final = threading.Thread.start


def _start(self: threading.Thread) -> None:
    if ALIVE:
        note_thread(self)
    _real_start(self)


def _disguise(name: str, stand_in: Callable[..., Any], real: Callable[..., Any]) -> Any:
    """Let a function pass for the one that it stands in for."""
    stand_in.__name__ = stand_in.__qualname__ = name
    stand_in.__module__ = "os"
    stand_in.__dict__["stands_for"] = real
    stand_in.__doc__ = real.__doc__
    for supported in (
        os.supports_dir_fd,
        os.supports_effective_ids,
        os.supports_fd,
        os.supports_follow_symlinks,
    ):
        if real in supported:
            supported.add(stand_in)
    return stand_in


_PAIRS: Final = [
    (name, real, _disguise(name, stand_in, real))
    for name, real, stand_in in (
        ("access", real_access, _access),
        ("getcwd", _real_getcwd, _getcwd),
        ("lstat", real_lstat, _lstat),
        ("readlink", real_readlink, _readlink),
        ("stat", real_stat, _stat),
    )
]


_stood_there: Final[dict[str, Any]] = {}


def stand_in() -> None:
    """Let the functions that see stand in for those of `os`."""
    for name, real, seeing in _PAIRS:
        found = getattr(os, name)
        if real in {found, getattr(found, "stands_for", None)}:  # the tracker may stand there
            _stood_there[name] = found
            setattr(os, name, seeing)
    if _Environment.__getitem__ is _real_get_variable:
        _Environment.__getitem__ = _get_variable
    if threading.Thread.start is _real_start:
        threading.Thread.start = _start  # type: ignore[method-assign]


def stand_back() -> None:
    """Put back the functions of `os`, where nobody else has put others."""
    for name, real, seeing in _PAIRS:
        if getattr(os, name) is seeing:
            setattr(os, name, _stood_there.get(name, real))
    if _Environment.__getitem__ is _get_variable:
        _Environment.__getitem__ = _real_get_variable
    if threading.Thread.start is _start:
        threading.Thread.start = _real_start  # type: ignore[method-assign]
