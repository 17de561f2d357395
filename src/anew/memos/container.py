"""One file for a pickle and its buffers, each at a multiple of 64 bytes, to be mapped as it is.

::

    0    8  magic "anewmemo"
    8    8  version, count of buffers
    16   8  length of the pickle in bytes
    24   8  xxh3-64 of what stands between here and the first buffer, and of the two fields above
    32   .  lengths of the buffers
    .    .  the pickle
    .    .  the buffers, each after as many zeros as it takes to reach a multiple of 64

All numbers are little-endian.
"""

from __future__ import annotations

import pickle
import struct
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["container_size", "read_container", "write_container"]

_MAGIC: Final = b"anewmemo"
_VERSION: Final = 1
_HEAD: Final = struct.Struct("<8sIIQQ")
_ALIGNED: Final = 64


def container_size(pieces: list[Any], buffers: list[memoryview]) -> int:
    """Give the size of the file in bytes, without making it."""
    inner = sum(memoryview(piece).nbytes for piece in pieces)
    return _place(_HEAD.size + 8 * len(buffers) + inner, [b.nbytes for b in buffers])[-1]


def _place(start: int, lengths: Iterable[int]) -> list[int]:
    """Give where each part ends, the part before the buffers first."""

    def after(end: int, length: int) -> int:
        return end + -end % _ALIGNED + length

    return list(accumulate(lengths, after, initial=start))


def write_container(pieces: list[Any], buffers: list[memoryview]) -> Iterator[Any]:
    """Give the parts of the file one after the other; none of them is copied.

    Parameters
    ----------
    pieces
        The pickle, in pieces.
    buffers
        What lies outside of it.
    """
    import xxhash

    table = struct.pack(f"<{len(buffers)}Q", *(buffer.nbytes for buffer in buffers))
    inner = sum(memoryview(piece).nbytes for piece in pieces)
    seen = xxhash.xxh3_64(struct.pack("<QQ", len(buffers), inner))
    for piece in (table, *pieces):
        seen.update(piece)
    yield _HEAD.pack(_MAGIC, _VERSION, len(buffers), inner, seen.intdigest())
    yield table
    yield from pieces
    end = _HEAD.size + len(table) + inner
    for buffer in buffers:
        yield bytes(-end % _ALIGNED)
        yield buffer
        end += -end % _ALIGNED + buffer.nbytes


def read_container(data: memoryview) -> Any:
    """Read the value; its arrays lie in the data.

    Parameters
    ----------
    data
        The file's bytes, writable.

    Raises
    ------
    ValueError
        When they are no such file, or not the whole one.
    Exception
        Whatever unpickling raises.

    Notes
    -----
    The pickle is checked, the buffers are not: that would read the whole file.
    """
    if data.nbytes < _HEAD.size:
        message = "it is too short"
        raise ValueError(message)
    magic, version, count, inner, told = _HEAD.unpack_from(data)
    if magic != _MAGIC or version != _VERSION:
        message = "it has no header of a memo"
        raise ValueError(message)
    start = _HEAD.size + 8 * count
    if data.nbytes < start + inner or _digest(data, count, inner) != told:
        message = "its header or pickle is damaged"
        raise ValueError(message)
    sizes = struct.unpack_from(f"<{count}Q", data, _HEAD.size)
    ends = _place(start + inner, sizes)
    if ends[-1] != data.nbytes:
        message = f"it has {data.nbytes} bytes, expected {ends[-1]}"
        raise ValueError(message)
    buffers = [data[end - size : end] for end, size in zip(ends[1:], sizes, strict=True)]
    return pickle.loads(data[start : start + inner], buffers=buffers)  # noqa: S301 - its owner's


def _digest(data: memoryview, count: int, inner: int) -> int:
    import xxhash

    seen = xxhash.xxh3_64(struct.pack("<QQ", count, inner))
    seen.update(data[_HEAD.size : _HEAD.size + 8 * count + inner])
    return seen.intdigest()
