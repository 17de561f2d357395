"""Whether somebody still has a file open for writing: a rename would let him write into nothing."""

from __future__ import annotations

import errno
import os
import signal
from typing import Final

__all__ = ["is_being_written"]

_LISTS: Final = ("/proc/self/fd", "/dev/fd")


def is_being_written(descriptor: int) -> bool:
    """Tell whether a file is open for writing, in this process or, where the system says, another.

    Parameters
    ----------
    descriptor
        The number under which it is open for reading.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows, where nothing that is open can be replaced
        return False
    found = os.fstat(descriptor)
    for number in _numbers():
        try:
            is_same = os.path.samestat(os.fstat(number), found)
            if is_same and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
                return True
        except OSError:  # closed meanwhile
            continue
    return _has_writer_elsewhere(descriptor)


def _numbers() -> list[int]:
    for folder in _LISTS:
        try:
            return [int(name) for name in os.listdir(folder)]  # noqa: PTH208 - numbers
        except OSError:
            continue
    return []


def _has_writer_elsewhere(descriptor: int) -> bool:
    """Ask Linux for a lease of reading, which it gives only where nobody writes; see fcntl(2)."""
    import fcntl

    if not hasattr(fcntl, "F_SETLEASE") or not hasattr(fcntl, "F_SETSIG"):
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # one that does nothing by itself
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False
