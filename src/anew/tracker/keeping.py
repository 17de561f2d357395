"""Content that the trial read is kept, just before the trial itself overwrites or removes it.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import fcntl
import os
import time

from .active import silent
from .trace import SUFFIX, quote

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from .trace import Trace

__all__ = ["keep", "keep_as", "set_limit"]

limit = 1 << 30
"""The largest file that is copied, in bytes; links and clones cost nothing, and know no limit."""

_CLONE = 0x40049409  # FICLONE of Linux: the copy shares its blocks with the file, on btrfs and xfs
_CHUNK = 1 << 20
_READ = b'{"kind":"file","mode":"read",'
_PATH = b',"path":'


def set_limit(text: str) -> None:
    """Set the largest file that is copied from a variable of the environment."""
    global limit  # noqa: PLW0603
    limit = int(text) if text.isdecimal() else limit


def keep(traces: list[Trace], path: str, found: os.stat_result, *, lives: bool) -> None:
    """Keep what is in a file if the trial read it and did not write it.

    Parameters
    ----------
    traces
        Those that ask.
    path
        The file, which is there.
    found
        Its state.
    lives
        Whether its inode lives on, to be written: then a link would not do.
    """
    for trace in traces:
        if path in trace.writes or trace.is_for_steps:
            continue
        key = found.st_dev << 64 | found.st_ino
        source = path if path in trace.reads else trace.inodes.get(key)
        if source is None and _others(trace).has_read(path, trace.path):
            source = path
        if source is not None:
            is_linked = not lives and found.st_nlink == 1
            keep_as(trace, source, path, found, is_linked=is_linked)


def keep_as(
    trace: Trace, source: str, path: str, found: os.stat_result, *, is_linked: bool = False
) -> None:
    """Keep once what a file holds that the trial reads, also where it had another path before.

    Parameters
    ----------
    trace
        The one that asks.
    source, path
        Where it was, and where it is.
    found
        Its state.
    is_linked
        Whether a link will do, for its inode is not written any more.
    """
    if source in trace.kept:
        return
    trace.kept.add(source)
    name = f"before-{os.getpid()}-{time.time_ns()}"
    target = f"{trace.folder}/{name}"
    with silent():
        try:
            if not (is_linked and _link(path, target)):
                _copy(path, target, found.st_size)
        except OSError as error:
            reason = error.strerror or str(error)
            trace.unseen(f"what {source} held when it was read, before it was changed: {reason}")
            return
    state = [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]
    trace.write("before", path=source, name=name, state=state)


def _link(path: str, target: str) -> bool:
    try:
        os.link(path, target)
    except OSError:  # another file system, or none with links
        return False
    return True


def _copy(path: str, target: str, size: int) -> None:
    """Clone a file, or else copy it."""
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _fill(source, copy, size)
        except OSError:
            os.unlink(target)  # noqa: PTH108
            raise
        finally:
            os.close(copy)
    finally:
        os.close(source)


def _fill(source: int, copy: int, size: int) -> None:
    try:
        fcntl.ioctl(copy, _CLONE, source)
    except OSError:
        if size > limit:
            raise OSError(0, f"larger than {limit} bytes") from None
        while chunk := os.read(source, _CHUNK):
            while chunk:
                chunk = chunk[os.write(copy, chunk) :]


class _Others:
    """What the other processes of a trace folder have read, as far as they have written it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[str, int] = {}  # how far each trace was read
        self._paths: set[bytes] = set()

    def has_read(self, path: str, own: str) -> bool:
        """Tell whether another process, of another trace than `own`, read a file."""
        try:
            with silent():
                names = os.listdir(self._folder)  # noqa: PTH208
                for name in names:
                    if name.endswith(SUFFIX) and not own.endswith(name):
                        self._learn(f"{self._folder}/{name}")
        except OSError:
            return False
        return quote(path).encode() in self._paths

    def _learn(self, trace: str) -> None:
        """Read on in a trace."""
        begin = self._known.get(trace, 0)
        if os.stat(trace).st_size <= begin:  # noqa: PTH116
            return
        with open(trace, "rb") as file:  # noqa: PTH123
            file.seek(begin)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._known[trace] = begin + len(whole) + len(newline)
        for line in whole.split(b"\n"):
            if line.startswith(_READ) and b'"state":null' not in line:
                self._paths.add(line.partition(_PATH)[2][:-1])


_others_of: dict[str, _Others] = {}


def _others(trace: Trace) -> _Others:
    """Give what other processes read, learned once in this one."""
    if trace.folder not in _others_of:
        _others_of[trace.folder] = _Others(trace.folder)
    return _others_of[trace.folder]
