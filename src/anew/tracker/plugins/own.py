"""Whose code asks: the user's, or that of a library."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

__all__ = ["is_own", "own_caller", "top_level"]

_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep  # noqa: PTH100, PTH120
_PLUGINS = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
_ANEW = os.path.dirname(os.path.dirname(_PLUGINS)) + os.sep  # noqa: PTH120 - wherever it is installed
_SCRIPTS = os.path.join(sys.prefix, "bin") + os.sep  # noqa: PTH118 - pytest, ipython and so on
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def is_own(filename: str) -> bool:
    """Tell whether code belongs to the user: no library, nothing frozen, nothing made of text."""
    if filename.startswith("<"):
        return filename.startswith(("<ipython-input", "<stdin>", "<string>"))
    path = os.path.abspath(filename)  # noqa: PTH100
    if path.startswith((_LIBRARY, _ANEW, _SCRIPTS)):
        return False
    return not any(folder in path for folder in _INSTALLED)


def own_caller(frame: Any) -> Any:
    """Find the nearest frame of the user's code, from a frame outwards; None when there is none."""
    while frame is not None and not is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def top_level(frame: Any) -> str:
    """Name the package that the code of a frame belongs to."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
