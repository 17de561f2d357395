"""Uses of files: each is written once, with the state that the file was found in.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
from os import access, lstat, stat
from time import time

from .active import active, listeners
from .keeping import keep, keep_as
from .places import is_ignored
from .saving import expect_saver, is_saving, tell_saved

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .trace import Trace

__all__ = [
    "expect_write",
    "keep_small",
    "move",
    "name",
    "place_of",
    "read",
    "remove",
    "use_file",
    "write",
]

_KIND, _REGULAR, _LINK, _FOLDER = 0o170000, 0o100000, 0o120000, 0o040000

_ALL_MAY_READ = 0o004

_SMALL = 16 << 20
"""Bytes that are copied in no time."""


def is_any_there(paths: Iterable[Any]) -> bool:
    """Tell whether one of some files is there."""
    return any(map(os.path.exists, paths))


def place_of(path: str) -> str | None:
    """Write a path as an absolute, normal one; None for none.

    Links are resolved where the path leads up through ``..``, for there the text misleads.
    """
    if not path or "\0" in path:
        return None
    if path[0] != "/":
        path = os.getcwd() + "/" + path  # noqa: PTH109
    if "/." in path or "//" in path or path[-1] == "/":
        is_folder = path[-1] == "/"
        if "/../" in path or path.endswith("/.."):
            path = os.path.realpath(path)
        path = os.path.normpath(path)
        path = path[1:] if path.startswith("//") else path
        return None if is_folder else path
    return path


def _look(path: str) -> os.stat_result | None:
    """Find the state of a file; None where there is none."""
    try:
        return stat(path)  # noqa: PTH116 - called for every file
    except (OSError, ValueError):
        return None


def _state(found: os.stat_result | None) -> str:
    if found is None:
        return "null"
    return f"[{found.st_dev},{found.st_ino},{found.st_size},{found.st_mtime_ns}]"


def is_file(found: os.stat_result) -> bool:
    """Tell a file from a folder, a pipe, a socket or a device."""
    return found.st_mode & _KIND == _REGULAR


def _seen(trace: Trace, mode: str) -> dict[str, float | None]:
    if mode == "read":
        return trace.reads
    return trace.writes if mode == "write" else trace.gone


def _note(traces: list[Trace], mode: str, path: str, found: os.stat_result | None) -> None:
    """Write a use in the traces that do not have it."""
    at, state = time(), _state(found)
    if mode == "write":
        if is_saving():
            tell_saved(path, traces)
        else:
            expect_saver(path)
    for trace in traces:
        _seen(trace, mode)[path] = None
        if mode == "read" and found is not None:
            trace.inodes[found.st_dev << 64 | found.st_ino] = path
        trace.use(mode, path, state, at)


def _new(mode: str, path: str) -> list[Trace]:
    """List the traces for which a use is the first; for the others it is the last one."""
    found = []
    for trace in active():
        seen = _seen(trace, mode)
        if path in seen:
            seen[path] = time()
        else:
            found.append(trace)
    return found


def read_plain(trace: Trace, path: str) -> bool:
    """See a file that is about to be read for the first time, if it can be: else nothing is seen.

    This is `read` for the one case that comes ten thousand times.
    """
    if trace.moved:
        return False
    try:
        found = stat(path)  # noqa: PTH116 - called for every file
    except (OSError, ValueError):
        return False
    if found.st_mode & (_KIND | _ALL_MAY_READ) != _REGULAR | _ALL_MAY_READ:
        return False
    trace.reads[path] = None
    trace.inodes[found.st_dev << 64 | found.st_ino] = path
    trace.use("read", path, _state(found), time())
    return True


def read(path: str, *, sought: bool) -> None:
    """See a file that is about to be opened for reading.

    Parameters
    ----------
    path
        Absolute and normal.
    sought
        Whether it counts that there is none.
    """
    traces = _new("read", path)
    if not traces:
        return
    found = _look(path)
    if found is not None and is_file(found):
        traces = [trace for trace in traces if not _read_moved(trace, path, found)]
    if found is None:
        if sought:
            _note(traces, "read", path, None)
    elif is_file(found) and (found.st_mode & _ALL_MAY_READ or access(path, os.R_OK)):
        _note(traces, "read", path, found)


def _read_moved(trace: Trace, path: str, found: os.stat_result) -> bool:
    """See a file read where it was before its folder got another name; tell whether it has one."""
    for new, old in trace.moved.items():
        if path.startswith(new + "/") and path not in trace.writes:
            source = old + path[len(new) :]
            if source not in trace.reads:
                _note([trace], "read", source, found)
                keep_as(trace, source, path, found)
            return True
    return False


def write(path: str, *, creates: bool, only_new: bool = False) -> None:
    """See a file that is about to be opened for writing, unless that is bound to fail."""
    traces = _new("write", path)
    if not traces:
        return
    found = _look(path)
    if found is None:
        folder = _look(os.path.dirname(path) or "/") if creates else None  # noqa: PTH120
        if folder is None or folder.st_mode & _KIND != _FOLDER:
            return
    elif only_new or not is_file(found) or not access(path, os.W_OK):
        return
    else:
        keep(traces, path, found, lives=True)
    _note(traces, "write", path, found)


def _lost(path: str, *, lives: bool = False) -> os.stat_result | None:
    """See the content at a path go, which is kept if it was read; tell what was there."""
    try:
        found = lstat(path)
    except (OSError, ValueError):
        return None
    if is_file(found):
        keep(list(active()), path, found, lives=lives)
    return found


def remove(path: str, *, lives: bool = False) -> None:
    """See a file that is about to be removed, or (`lives`) to get another name."""
    found = _lost(path, lives=lives)
    if found is not None and found.st_mode & _KIND in (_REGULAR, _LINK):
        for trace in active():
            trace.writes.pop(path, None)  # a file that is made there again is another one
            trace.reads.pop(path, None)
        _note(list(active()), "gone", path, found)


def move(old: str, new: str) -> None:
    """See a file or folder that is about to get another name."""
    try:
        found = lstat(old)
    except (OSError, ValueError):
        return
    if found.st_mode & _KIND == _FOLDER:
        used = [path for trace in active() for path in (*trace.reads, *trace.writes)]
        inside = dict.fromkeys(path for path in used if path.startswith(old + "/"))
        pairs = [(path, new + path[len(old) :]) for path in inside]
        _move_folder(old, new)
    else:
        pairs = [(old, new)]
        _lost(new)
    for source, target in pairs:
        owners = [trace for trace in active() if source in trace.writes]
        tell_saved(target, [trace for trace in owners if ("saved", source) in trace.told])
        for trace in owners:
            if ("plot", source) in trace.told:
                from .plugins.figures import move_plot

                move_plot(trace, source, target)
        if not is_ignored(source):
            remove(source, lives=True)
        if not is_ignored(target):
            name(target, owners)


def _move_folder(old: str, new: str) -> None:
    """See that a folder which was there before is going to be another one."""
    for trace in active():
        if old in trace.folders or trace.is_for_steps or is_ignored(old):
            continue
        at = time()
        trace.write("had", path=old, at=at)
        trace.write("made", path=new, at=at)
        trace.folders.add(new)
        trace.moved[new] = old


def name(path: str, owners: Iterable[Trace] = ()) -> None:
    """See a path lead to content that was there before, which only its owners have made."""
    at, state = time(), _state(_look(path))
    for trace in active():
        if path not in trace.writes:
            trace.use("write", path, state, at)
    for trace in owners:
        trace.writes[path] = None


def keep_small(path: str) -> None:
    """Keep what a file holds that may be written unseen, as long as that takes no time."""
    found = _look(path)
    if found is not None and is_file(found) and found.st_size <= _SMALL:
        keep(list(active()), path, found, lives=True)


def expect_write(path: str) -> None:
    """Expect that a file may be written by what cannot be seen, and find out at the end."""
    for listen in listeners:
        listen(path, "expect")
    found = _look(path)
    for trace in active():
        if path not in trace.writes:
            trace.later.setdefault("write " + path, _later(trace, path, found))


def _later(trace: Trace, path: str, before: os.stat_result | None) -> Callable[[], None]:
    return lambda: _see_written(trace, path, before)  # functools would cost time at start


def _see_written(trace: Trace, path: str, before: os.stat_result | None) -> None:
    after = _look(path)
    if after is None or _state(after) == _state(before) or path in trace.writes:
        return
    _note([trace], "write", path, before)
    if before is not None and path not in trace.kept:
        trace.unseen(f"what {path} held when it was read, before it was changed")


def use_file(path: str, mode: str, *, told: bool) -> None:
    """See a file that a plugin, or the program itself (`told`), tells of.

    That a folder is listed, or files found by a pattern, is said for steps: a trace has it already.
    """
    if mode in ("list", "match"):
        return
    if told:
        for trace in active():
            if (mode, path) not in trace.told:
                trace.told.add((mode, path))
                trace.write("told", mode=mode, path=path)
    elif is_ignored(path):
        return
    if mode == "write":
        write(path, creates=True)
    elif mode == "gone":
        remove(path)
    else:
        read(path, sought=False)
