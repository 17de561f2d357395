"""When a folder was made, which `os.stat` does not tell on Linux; see statx(2)."""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["find_made"]

_HERE: Final = -100
_BIRTH: Final = 0x800
_ROOM: Final = 256
_AT: Final = 80
"""Where the time stands: seconds, then nanoseconds."""


def find_made(paths: Iterable[str], root: str, since_ns: int) -> list[str]:
    """List the folders of a project that were made since some time.

    Parameters
    ----------
    paths
        Files of the project, absolute; the folders above them are looked at.
    root
        The project.
    since_ns
        The time, as the clock of the file system tells it.

    Returns
    -------
    list of str
        None of which the system does not say when it was made.
    """
    above: dict[str, None] = {}
    for path in paths:
        folder = os.path.dirname(path)  # noqa: PTH120 - paths are text here
        while folder.startswith(f"{root}{os.sep}") and folder not in above:
            above[folder] = None
            folder = os.path.dirname(folder)  # noqa: PTH120 - as above
    return [folder for folder in above if _born(folder) >= since_ns]


def _born(path: str) -> int:
    """Give the time in nanoseconds since 1970, UTC; 0 when that is not known."""
    if sys.platform != "linux":
        return int(getattr(os.stat(path), "st_birthtime", 0) * 1e9)  # noqa: PTH116 - as above
    import ctypes

    ask: Any = getattr(ctypes.CDLL(None), "statx", None)
    told = ctypes.create_string_buffer(_ROOM)
    if ask is None or ask(_HERE, os.fsencode(path), 0, _BIRTH, told):
        return 0
    (known,) = struct.unpack_from("I", told.raw)
    seconds, rest = struct.unpack_from("qI", told.raw, _AT)
    return int(seconds * 10**9 + rest) if known & _BIRTH else 0
