"""Comparing files of MATLAB, whose header holds the time at which they were written."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import Finding

if TYPE_CHECKING:
    from anew.compare.files.way import Way

__all__ = ["compare_matlab"]

_TEXT_BYTES: Final = 116


def compare_matlab(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the variables.

    Parameters
    ----------
    a, b
        Bytes of MAT files of level 5.
    way
        How to compare.
    """
    if a[_TEXT_BYTES:] == b[_TEXT_BYTES:]:
        return Finding()
    return way.compare_tree(_read(a), _read(b))


def _read(data: bytes) -> dict[str, Any]:
    from scipy.io import loadmat

    found = loadmat(io.BytesIO(data), struct_as_record=True)
    return {name: value for name, value in found.items() if name != "__header__"}
