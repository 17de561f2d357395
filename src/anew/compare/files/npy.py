"""Comparing arrays of numpy in files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from anew.compare.files.safe import read_pickle

if TYPE_CHECKING:
    from anew.compare.files.way import Way
    from anew.compare.finding import Finding

__all__ = ["compare_npy", "read_npy"]


def compare_npy(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two arrays, element by element.

    Parameters
    ----------
    a, b
        Bytes of NPY files.
    way
        How to compare.
    """
    return way.compare_values(read_npy(a), read_npy(b))


def read_npy(data: bytes) -> Any:
    """Read an array, of objects too, without running any code.

    Parameters
    ----------
    data
        Bytes of an NPY file, as `numpy.lib.format` describes it.
    """
    import numpy as np

    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    header: Any = np.lib.format
    read = header.read_array_header_1_0 if version == (1, 0) else header.read_array_header_2_0
    if version > (2, 0):
        return np.load(io.BytesIO(data), allow_pickle=False)
    shape, _, dtype = read(file)
    if dtype.hasobject:
        return np.asarray(read_pickle(data[file.tell() :])).reshape(shape)
    return np.load(io.BytesIO(data), allow_pickle=False)
