"""Arrays as NPY files, written from and mapped into memory.

The format is described in `numpy.lib.format`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Literal

from anew.formats.npy import NPY
from anew.memos.payload import INLINE_BYTES, Encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["encode_npy", "read_npy"]

_BLOCK: Final = 8 << 20
"""So many bytes of a strided array are copied at a time."""


def encode_npy(array: Array) -> Encoded | None:
    """Encode an array; None when it is small, or of a dtype that the format cannot say.

    Parameters
    ----------
    array
        An array of numpy's own class, of any shape and layout.
    """
    import numpy as np

    is_small = array.nbytes <= INLINE_BYTES and not _is_unlike_its_pickle(array.dtype)
    if is_small or not NPY.accepts(array):
        return None
    plain = array.view(np.ndarray)
    header = io.BytesIO()
    try:
        told = np.lib.format.header_data_from_array_1_0(plain)
        np.lib.format.write_array_header_1_0(header, told)
    except ValueError:  # names of fields that are not Latin, or too many of them
        return None
    head = header.getvalue()

    def parts() -> Iterator[Any]:
        yield head
        yield from _give_bytes(plain)

    return Encoded(".npy", len(head) + plain.nbytes, parts)


def _is_unlike_its_pickle(dtype: np.dtype[Any]) -> bool:
    """Tell whether a pickle loses the byte order: it does for times in foreign order."""
    if dtype.names is not None:
        return any(_is_unlike_its_pickle(dtype[name]) for name in dtype.names)
    base = dtype.base
    return base.kind in "mM" and not base.isnative


def _give_bytes(array: Array) -> Iterator[Any]:
    """Give the bytes of an array in the order that the header says."""
    import numpy as np

    if array.flags.c_contiguous or array.flags.f_contiguous:
        yield array.reshape(-1, order="A").view(np.uint8).data
        return
    blocks = np.nditer(
        array,
        flags=["external_loop", "buffered", "zerosize_ok"],
        buffersize=max(_BLOCK // array.itemsize, 1),
        order="C",
    )
    for block in blocks:
        yield np.ascontiguousarray(block).view(np.uint8).data


def read_npy(data: memoryview) -> Array:
    """Give the array that lies in the data.

    Parameters
    ----------
    data
        The bytes of an NPY file, writable.

    Raises
    ------
    ValueError
        When they are none, or too few or too many.
    """
    import numpy as np

    head = io.BytesIO(data[: 1 << 16])
    version = np.lib.format.read_magic(head)
    if version != (1, 0):
        message = f"it has version {version} of the format, expected 1.0"
        raise ValueError(message)
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(head, max_header_size=1 << 16)
    order: Literal["F", "C"] = "F" if is_fortran else "C"
    array: Array = np.ndarray(shape, dtype, buffer=data[head.tell() :], order=order)
    if head.tell() + array.nbytes != data.nbytes:
        message = f"it has {data.nbytes} bytes, expected {head.tell() + array.nbytes}"
        raise ValueError(message)
    return array
