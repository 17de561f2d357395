"""What the processes that a step starts, or uses, read and write: their traces are read at its end.

A worker that lives on may know from an earlier step what it read then, and does not read again.
So all that it ever read counts for each step during which it did anything at all.
"""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from anew import tracker
from anew.settled import is_settled
from anew.tracker.reading import read_trace
from anew.tracker.trace import SUFFIX
from anew.watch.alive import touched, unseen
from anew.watch.conditions import content_of, list_folder, look
from anew.watch.places import counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.tracker.reading import SeenFile, SeenProcess
    from anew.watch.touch import Touch

__all__ = ["Standing", "have_forked", "stand", "sweep", "tell_children"]

_WORKERS: Final = re.compile(r"(import sys; )?from \S*(multiprocessing|loky)\.|\S*loky\.backend\.")
"""How Python is started (``-c`` or ``-m``) to call functions that the step handed over."""
_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - paths are text here
_EARLY: Final = 0.002
"""Seconds by which the clock of a file system may be behind."""

_State = tuple[int, str]
"""The size of a trace, and how much its process has run; ``""`` for one that ended."""
_before: Final[dict[int, list[int]]] = {}
"""By this process the workers that it had before anybody followed its children."""


_listed: Final[dict[str, tuple[int, list[str]]]] = {}
"""By folder when it was changed last, and the names in it."""
_UNSETTLED: Final = -1
"""Instead of a time that does not tell of the next change."""

_starters: Final[dict[int, set[int]]] = {}
"""By the number of a program the steps that may have started it, and those around them."""
_MOST: Final = 10_000


class Standing(NamedTuple):
    """What other processes had done when a step began."""

    began: float
    traces: dict[str, _State]


def stand() -> Standing:
    """Say what the processes that this one started have done so far, and follow further ones."""
    began = time.time() - _EARLY
    if os.getpid() not in _before:
        _before[os.getpid()] = _workers()
    if _are_any():
        with unseen(), suppress(OSError):  # who took the folder away is said at the end
            return Standing(began, _traces(tracker.follow_children(_note_start)))
    return Standing(began, {})


def _are_any() -> bool:
    """Tell whether this process ever started one that could do something for a step."""
    return bool(tracker.follow_children(_note_start) or _before.get(os.getpid()))


def have_forked(touch: Touch) -> bool:
    """Tell whether a step used a copy of this process, which may find what this one has read."""
    with unseen():
        return _are_any() and any(_read(place).is_forked for place in _used(touch.standing))


def tell_children(touch: Touch) -> None:
    """Tell a step that is about to end what other processes read and wrote for it."""
    if not _are_any():
        return
    try:
        with unseen():
            _hinder_by_early(touch)
            if processes := [_read(place) for place in _used(touch.standing)]:
                _tell(touch, processes)
    except Exception as error:  # noqa: BLE001 - the step itself went well
        touch.hinder(f"what other processes did for it could not be followed: {error!r}")


def _tell(touch: Touch, processes: list[SeenProcess]) -> None:
    """Tell a step what each process read, and then what all of them wrote."""
    _hinder(touch, processes)
    written = _find_written(touch, processes)
    for process in processes:
        _tell_conditions(touch, process)
        for file in process.files:
            if file.mode != "write" and _counts(touch, file.path):
                _tell_file(touch, file, written)
        for path in _modules_of(process):
            if _counts(touch, path) and (found := look(path)):
                touch.learn(path, content_of(path, found))
    for path, at in (each for process in processes for each in process.made):
        if at >= touch.standing.began and _counts(touch, path):
            touch.own_folder(path)
    _tell_written(touch, written)
    for path in {path for process in processes for path in process.listed}:
        if _counts(touch, path) and os.path.isdir(path):  # noqa: PTH112 - paths are text here
            touch.learn_listing(path, list_folder(path))


# Who did something


def _note_start(pid: int) -> None:
    """Remember which steps start a program."""
    while len(_starters) >= _MOST:
        _starters.pop(next(iter(_starters)), None)
    _starters[pid] = {id(each) for touch in touched() for each in touch.chain()}


def _may_be_of(touch: Touch, process: SeenProcess) -> bool:
    """Tell whether a step may have started a process, and no other one has."""
    for pid in (process.pid, process.parent, *_above(process.parent)):
        if pid in _starters:
            return id(touch) in _starters[pid]
    return True


def _above(pid: int) -> Iterator[int]:
    """Give the processes above one, as long as they are there."""
    while pid > 1:
        try:
            told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        pid = int(told.rpartition(")")[2].split()[1])
        yield pid


def _workers() -> list[int]:
    """List the workers of this process that `multiprocessing` and those built on it know."""
    library = sys.modules.get("multiprocessing.process")
    return [each.pid for each in getattr(library, "_children", ()) if each.pid]


def _traces(folder: str) -> dict[str, _State]:
    """Say of each process with a trace how far it is."""
    found = {place: _state(place) for place in _list(folder)}
    for pid in _before.get(os.getpid(), ()):
        traces = [each for other in _folders() for each in _list(other, pid)]
        found |= {place: _state(place) for place in traces} or {f"{pid}-": (0, _ran(pid))}
    return found


def _folders() -> list[str]:
    """List the folders in which the trial that runs now has its traces."""
    package = sys.modules.get("_anew_tracker") or tracker
    return [trace.folder for trace in package.active.active()]


def _list(folder: str, pid: int | None = None) -> Iterator[str]:
    """List the traces in a folder, those of one process or all."""
    begin = "" if pid is None else f"{pid}-"
    names = _names(folder) if folder else []
    return (f"{folder}/{n}" for n in names if n.endswith(SUFFIX) and n.startswith(begin))


def _names(folder: str) -> list[str]:
    """Give the names in a folder; at each step they are asked for, and hardly ever others."""
    found = look(folder)
    modified = found.st_mtime_ns if found else 0
    known = _listed.get(folder)
    if known is None or known[0] != modified:
        is_final = is_settled(modified, modified, time.time_ns())
        names = os.listdir(folder)  # noqa: PTH208 - paths are text here
        known = _listed[folder] = modified if is_final else _UNSETTLED, names
    return known[1]


def _state(place: str) -> _State:
    found = look(place)
    return found.st_size if found else 0, _ran(_pid_of(place))


def _pid_of(place: str) -> int:
    return int(place.rpartition("/")[2].partition("-")[0])


def _ran(pid: int) -> str:
    """Say how much a process has run, in a text that changes when it runs."""
    folder = f"/proc/{pid}/task"
    try:
        told = [Path(folder, each, "schedstat").read_text() for each in sorted(os.listdir(folder))]  # noqa: PTH208
    except OSError:
        return f"{time.time_ns()}" if _is_there(pid) else ""
    return " ".join(told)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _used(standing: Standing) -> list[str]:
    """List the traces of processes that did something since, and of those they were forked from."""
    now = _traces(tracker.follow_children(_note_start))
    known = {**dict.fromkeys(standing.traces, (0, "")), **now}
    used = {place for place, state in known.items() if standing.traces.get(place) != state}
    if not used:
        return []
    by_pid: dict[int, list[str]] = {}
    for place in now:
        by_pid.setdefault(_pid_of(place), []).append(place)
    waiting = [place for place in now if place in used and place.endswith(SUFFIX)]
    for place in waiting:
        parents = by_pid.get(_parent_of(place), ())
        waiting += [each for each in parents if each not in waiting]
    return sorted(waiting)


@lru_cache(maxsize=1024)
def _parent_of(place: str) -> int:
    """Give the process that another one is a copy of, 0 for none."""
    process = _read(place)
    return process.parent if process.is_forked else 0


def sweep() -> None:
    """Remove the traces of the dead that no step can use; when none runs yet."""
    folder = tracker.follow_children(_note_start)
    if folder not in _listed or not _listed[folder][1]:  # as the step before found it
        return
    with unseen(), suppress(OSError):
        traces = list(_list(folder))
        needed = [place for place in traces if _is_there(_pid_of(place))]
        if len(needed) == len(traces):
            return
        for place in needed:
            parent = _parent_of(place)
            needed += [each for each in traces if _pid_of(each) == parent and each not in needed]
        for place in set(traces).difference(needed):
            os.unlink(place)  # noqa: PTH108 - paths are text here


# What they did


def _read(place: str) -> SeenProcess:
    return _read_up_to(place, os.stat(place).st_size)  # noqa: PTH116 - paths are text here


@lru_cache(maxsize=256)
def _read_up_to(place: str, size: int) -> SeenProcess:
    """Read a trace, once for each time it has grown."""
    _ = size
    return read_trace(Path(place))


def _counts(touch: Touch, path: str) -> bool:
    return not path.startswith(_PACKAGE) and counts(path, touch.root, by_library=False)


def _is_worker(process: SeenProcess) -> bool:
    """Tell whether a process calls functions that the step reaches, whose code is followed."""
    return process.is_forked or any(map(_WORKERS.match, process.argv))


def _modules_of(process: SeenProcess) -> list[str]:
    """List the sources that a script consists of."""
    return [] if _is_worker(process) else [file for file in process.modules.values() if file]


def _hinder_by_early(touch: Touch) -> None:
    """Say of which process nothing is known."""
    for pid in _before.get(os.getpid(), ()):
        known = touch.standing.traces.get(f"{pid}-")
        if known is not None and known != (0, _ran(pid)):
            touch.hinder(f"process {pid}, which began before any step did, is not seen")


def _hinder(touch: Touch, processes: list[SeenProcess]) -> None:
    """Say of which process it is not known what it did."""
    for process in processes:
        name = " ".join(process.argv[:3])
        for text in process.unseen:
            if text.startswith(("anything", "what came first")) or "could not be written" in text:
                touch.hinder(f"process {process.pid} ({name}) is not seen: {text}")
        if not (process.modules or _is_worker(process)) and _may_be_of(touch, process):
            touch.hinder(
                f"process {process.pid} ({name}) has not ended by itself: its code is unknown"
            )


def _find_written(touch: Touch, processes: list[SeenProcess]) -> dict[str, tuple[float, bool]]:
    """Find the files that were written while a step ran: since when, and whether there was one."""
    found: dict[str, tuple[float, bool]] = {}
    began = touch.standing.began
    for file in sorted((f for p in processes for f in p.files), key=lambda file: file.first):
        if file.mode != "write" or not _counts(touch, file.path):
            continue
        now = look(file.path)
        if file.first >= began:
            found.setdefault(file.path, (file.first, file.state is not None))
        elif now is not None and now.st_mtime >= began:
            found.setdefault(file.path, (now.st_mtime, True))
    return found


def _tell_conditions(touch: Touch, process: SeenProcess) -> None:
    """Tell a step what another process asked for; what is gone was removed on its behalf."""
    for path, condition in process.conditions:
        is_path = path.startswith(os.sep)
        is_gone = condition in {"exists", "file"} and look(path) is None
        if not (is_path and (is_gone or not _counts(touch, path))):
            touch.learn(path, condition)


def _tell_file(touch: Touch, file: SeenFile, written: dict[str, tuple[float, bool]]) -> None:
    """Tell a step of a file that another process read or removed."""
    path, state, began = file.path, file.state, touch.standing.began
    if file.mode == "gone" and file.first < began:
        return
    if path in written and written[path][0] <= file.first:
        return  # it was made for the step
    now = look(path)
    if state is None:
        touch.learn(path, None)
    elif file.mode == "gone":
        touch.learn(path, "exists")
    elif now is not None and (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) == state:
        touch.learn(path, content_of(path, now))
    elif not (touch.is_own(path) and state[3] / 1e9 >= began):
        touch.hinder(f"{path} was changed after another process had read it for this step")


def _tell_written(touch: Touch, written: dict[str, tuple[float, bool]]) -> None:
    """Tell a step of files that were written for it."""
    for path, (_, was_there) in written.items():
        if not was_there and touch.reads.get(path):
            del touch.reads[path]  # what the step itself found there was made for it
        touch.own(path, was_there=was_there)
