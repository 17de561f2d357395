"""Files as memory: private, so that what is written to it never reaches the file."""

from __future__ import annotations

import mmap
import os
import sys
import weakref
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_bytes"]

_SMALL: Final = 1 << 17
"""Smaller files are read: that is faster than having pages mapped one by one."""

_MOST: Final = 200
"""So many maps are open at once where each holds a file open: of those, programs have 1024."""

_KEEPS_FILE: Final = sys.version_info < (3, 13)
_open: set[int] = set()


def open_bytes(path: Path) -> memoryview:
    """Give the content of a file as memory that may be written, which the file never sees.

    Parameters
    ----------
    path
        A file that nobody changes.

    Returns
    -------
    memoryview
        All of it.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size >= _SMALL and (not _KEEPS_FILE or len(_open) < _MOST):
            return memoryview(_map(file.fileno()))
        data = bytearray(size)
        view = memoryview(data)
        done = 0
        while done < size and (read := file.readinto(view[done:])):
            done += read
        return view[:done]


def _map(handle: int) -> mmap.mmap:
    """Map a file privately; before Python 3.13 a map keeps the file open as long as it lives."""
    more: dict[str, Any] = {} if _KEEPS_FILE else {"trackfd": False}
    mapped = mmap.mmap(handle, 0, access=mmap.ACCESS_COPY, **more)
    if _KEEPS_FILE:
        _open.add(id(mapped))
        weakref.finalize(mapped, _open.discard, id(mapped)).atexit = False
    return mapped
