"""How often the dynamic linker loaded a library into this process: see dl_iterate_phdr(3).

To list what is mapped into a process takes the kernel a millisecond where a thousand things are, so
it is listed again only when there may be others.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["count_loads"]

_ask: list[Callable[[], tuple[int, int]]] = []


def count_loads() -> tuple[int, int] | None:
    """Give how often a library was loaded and unloaded; None where that is not told.

    Nor where nobody else has loaded `ctypes`: that brings a library of its own.
    """
    if not _ask:
        if "ctypes" not in sys.modules:
            return None
        try:
            _ask.append(_prepare())
        except Exception:  # noqa: BLE001 - another system, or without the library for foreign ones
            _ask.append(lambda: (0, 0))
    counts = _ask[0]()
    return counts if counts[0] else None


def _prepare() -> Callable[[], tuple[int, int]]:
    if sys.platform != "linux":
        raise OSError
    import ctypes

    class Info(ctypes.Structure):
        _fields_ = [
            ("address", ctypes.c_void_p),
            ("name", ctypes.c_char_p),
            ("headers", ctypes.c_void_p),
            ("count", ctypes.c_uint16),
            ("loaded", ctypes.c_ulonglong),
            ("unloaded", ctypes.c_ulonglong),
        ]

    found = [0, 0]

    def see(info: Any, size: int, _: Any) -> int:
        if size >= ctypes.sizeof(Info):
            found[:] = info.contents.loaded, info.contents.unloaded
        return 1  # each library tells the same: the first one is enough

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Info), ctypes.c_size_t, ctypes.c_void_p)
    callback = kind(see)
    iterate = ctypes.CDLL(None).dl_iterate_phdr

    def ask() -> tuple[int, int]:
        found[:] = 0, 0
        iterate(callback, None)
        return found[0], found[1]

    return ask
