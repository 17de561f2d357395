"""Points as blocks of columns: each number as the difference to the one before, byte by byte.

A block begins with a byte 1 and the count of points (4 bytes). Three columns follow: int64 steps,
float64 values, float64 times. Of each number the 64 bits count, as an unsigned integer, so that
every NaN and zero comes back as it was. A column begins with its form:

``0``
    first number and stride (8 bytes each): every number is the one before plus the stride.
``1``, ``2``
    a mask (1 byte), the size of a zlib stream (4 bytes), planes as they are, the stream. Plane i
    has byte i, the lowest first, of all numbers; those whose bit is set in the mask are in the
    stream, one after the other. The numbers are those of the column (1), or each but the first is
    the difference to the one before (2), modulo 2**64.

All integers are little-endian. numpy makes this quicker where it is loaded, and is not needed.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from functools import lru_cache
from itertools import accumulate
from math import isnan
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.journal import Columns

__all__ = ["BLOCK_POINTS", "Block", "pack_blocks", "unpack_block"]

BLOCK_POINTS: Final = 4096
"""The most points of a block."""

_WORD: Final = 8
_PAIR: Final = 2
_MODULUS: Final = 1 << 64
_HEAD: Final = struct.Struct("<BI")
_OWN: Final = 1
_LINE: Final = struct.Struct("<BQQ")
_PLANES: Final = struct.Struct("<BBI")
_LINEAR, _PLAIN, _DELTA = 0, 1, 2
_EARLIER: Final = 0x78
"""The first byte of a zlib stream: a block of an earlier schema, all columns in one."""

_WORTH_TRYING: Final = 256
"""From that many numbers on it is tried which way of packing gives less."""
_WORTH_PACKING: Final = 0.75


class Block(NamedTuple):
    """A block of points, and what can be told of it without unpacking: a row of ``blocks``.

    ``lo`` and ``hi`` are the least and the greatest value that is not NaN, with step and time of
    the first point that has it; those of the first point, and None, when every value is NaN.
    """

    count: int  # type: ignore[assignment]  # a column of the table; nobody counts in a block
    first_step: int
    last_step: int
    first: float
    last: float
    lo: float
    lo_step: int
    lo_time: float
    hi: float
    hi_step: int
    hi_time: float
    points: bytes


class _Plan(NamedTuple):
    """How the numbers of a column are packed: the form, and which planes go into the stream."""

    form: int
    mask: int


def pack_blocks(points: Columns) -> Iterator[Block]:
    """Pack the points of a metric.

    Parameters
    ----------
    points
        In the order of logging, without automatic steps.

    Yields
    ------
    Block
        Of `BLOCK_POINTS` points; the last may have fewer.
    """
    plans: list[_Plan | None] = [None, None, None]
    for start in range(0, len(points), BLOCK_POINTS):
        place = slice(start, start + BLOCK_POINTS)
        columns = points.steps[place], points.values[place], points.times[place]
        pairs: Iterator[tuple[array[Any], _Plan | None]] = zip(columns, plans, strict=True)
        packed = [_pack(*pair) for pair in pairs]
        parts = [part for part, _ in packed]
        plans = [plan for _, plan in packed]
        yield _summarize(*columns, b"".join((_HEAD.pack(_OWN, len(columns[0])), *parts)))


def unpack_block(count: int, block: bytes) -> tuple[array[int], array[float], array[float]]:
    """Give steps, values and times of the points of a block.

    Parameters
    ----------
    count
        How many points it has.
    block
        Its bytes.

    Raises
    ------
    ValueError, zlib.error
        When nobody can have written it.
    """
    codes = "qdd"
    if block[:1] == bytes([_EARLIER]):
        data = zlib.decompress(block)
        size = _WORD * count
        _expect(len(data), 3 * size, count)
        parts = [data[at * size : (at + 1) * size] for at in range(3)]
    else:
        if block[: _HEAD.size] != _HEAD.pack(_OWN, count):
            message = f"this is no block of {count} points"
            raise ValueError(message)
        parts, end = [], _HEAD.size
        for _ in codes:
            part, end = _unpack(count, block, end)
            parts.append(part)
        _expect(end, len(block), count)
    steps, values, times = (_native(array(c, p)) for c, p in zip(codes, parts, strict=True))
    return steps, values, times


def _expect(found: int, expected: int, count: int) -> None:
    if found != expected:
        message = f"a block of {count} points has {found} bytes, expected {expected}"
        raise ValueError(message)


def _pack(column: array[Any], plan: _Plan | None) -> tuple[bytes, _Plan | None]:
    """Pack a column as planned; plan it when that is not done, for this one and those to come."""
    words = _native(column).tobytes()
    if (stride := _find_stride(words)) is not None:
        return _LINE.pack(_LINEAR, int.from_bytes(words[:_WORD], "little"), stride), plan
    if plan is None:
        plan = _make_plan(words, _subtract(words))
    chosen = _subtract(words) if plan.form == _DELTA else words
    planes = [chosen[at::_WORD] for at in range(_WORD)]
    inside = b"".join(p for at, p in enumerate(planes) if plan.mask >> at & 1)
    stream = _compress(inside) if inside else b""
    plain = [p for at, p in enumerate(planes) if not plan.mask >> at & 1]
    return b"".join((_PLANES.pack(*plan, len(stream)), *plain, stream)), plan


def _make_plan(words: bytes, delta: bytes) -> _Plan:
    """Find the way that gives the fewest bytes."""
    if len(words) < _WORTH_TRYING * _WORD:
        return _Plan(_DELTA, 0xFF)
    plans = []
    for form, data in ((_PLAIN, words), (_DELTA, delta)):
        total = mask = 0
        for at in range(_WORD):
            plane = data[at::_WORD]
            size = len(_compress(plane))
            is_worth = size < _WORTH_PACKING * len(plane)
            mask |= is_worth << at
            total += size if is_worth else len(plane)
        plans.append((total, _Plan(form, mask)))
    return min(plans)[1]


def _compress(planes: bytes) -> bytes:
    """Compress quickly: what bytes of numbers gain, they gain by runs and by frequency."""
    packing = zlib.compressobj(1, zlib.DEFLATED, strategy=zlib.Z_RLE)
    return packing.compress(planes) + packing.flush()


def _unpack(count: int, block: bytes, at: int) -> tuple[bytes, int]:
    """Give the numbers of a column, and where it ends."""
    form = block[at] if at < len(block) else -1
    if form == _LINEAR:
        _expect(len(block[at : at + _LINE.size]), _LINE.size, count)
        _, first, stride = _LINE.unpack_from(block, at)
        return _draw_line(first, stride, count), at + _LINE.size
    if form not in {_PLAIN, _DELTA} or len(block) < at + _PLANES.size:
        message = f"a column has the form {form}"
        raise ValueError(message)
    _, mask, size = _PLANES.unpack_from(block, at)
    start = at + _PLANES.size
    middle = start + (_WORD - mask.bit_count()) * count
    end = middle + size
    _expect(len(block[start:end]), end - start, count)
    inside = zlib.decompress(block[middle:end]) if size else b""
    _expect(len(inside), mask.bit_count() * count, count)
    numbers = bytearray(_WORD * count)
    places = {False: (block, start), True: (inside, 0)}
    for plane in range(_WORD):
        is_inside = bool(mask >> plane & 1)
        source, place = places[is_inside]
        numbers[plane::_WORD] = source[place : place + count]
        places[is_inside] = source, place + count
    return _add_up(numbers) if form == _DELTA else bytes(numbers), end


def _subtract(words: bytes) -> bytes:
    """Give the first number, then the difference of each to the one before."""
    if numpy := sys.modules.get("numpy"):
        numbers = numpy.frombuffer(words, "<u8")
        made = numbers.copy()
        made[1:] -= numbers[:-1]
        return bytes(made.tobytes())
    # All at once, as two integers of as many bits; no difference borrows from its neighbour, for
    # their highest bits are set in the one and not in the other, and put right afterwards.
    size = len(words)
    tops = _find_tops(size)
    after = int.from_bytes(words, "little")
    before = int.from_bytes(bytes(_WORD) + words[:-_WORD], "little")
    low = (after | tops) - (before ^ (before & tops))
    return (low ^ tops ^ ((after ^ before) & tops)).to_bytes(size, "little")


@lru_cache(maxsize=8)
def _find_tops(size: int) -> int:
    """Give the highest bit of each of as many numbers as have so many bytes."""
    return int.from_bytes((bytes(_WORD - 1) + b"\x80") * (size // _WORD), "little")


def _add_up(delta: bytearray) -> bytes:
    """Undo `_subtract`."""
    if numpy := sys.modules.get("numpy"):
        numbers = numpy.frombuffer(delta, "<u8")
        return bytes(numpy.add.accumulate(numbers, dtype="<u8").tobytes())
    column = _native(array("Q", bytes(delta)))
    added = accumulate(column, lambda a, b: (a + b) % _MODULUS)
    return _native(array("Q", added)).tobytes()


def _find_stride(words: bytes) -> int | None:
    """Give the difference between neighbours where it is always the same."""
    count = len(words) // _WORD
    if count == 1:
        return 0
    first, second = struct.unpack_from("<2Q", words)
    stride = (second - first) % _MODULUS
    if count > _PAIR:  # as a rule it shows at once
        (third,) = struct.unpack_from("<Q", words, _PAIR * _WORD)
        if third != (second + stride) % _MODULUS:
            return None
    strides = stride.to_bytes(_WORD, "little") * (count - 1)
    return stride if _subtract(words)[_WORD:] == strides else None


def _draw_line(first: int, stride: int, count: int) -> bytes:
    if not stride:
        return first.to_bytes(_WORD, "little") * count
    if numpy := sys.modules.get("numpy"):
        numbers = numpy.arange(count, dtype="<u8")
        numbers *= numpy.uint64(stride)
        numbers += numpy.uint64(first)
        return bytes(numbers.tobytes())
    if first + stride * count < _MODULUS:
        return _native(array("Q", range(first, first + stride * count, stride))).tobytes()
    numbers = array("Q", [(first + at * stride) % _MODULUS for at in range(count)])
    return _native(numbers).tobytes()


def _native(column: array[Any]) -> array[Any]:
    """Swap the bytes on the rare machine that is not little-endian."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column


def _summarize(
    steps: array[int], values: array[float], times: array[float], packed: bytes
) -> Block:
    """Find what can be told of a block without unpacking it."""
    lo, hi = _find_extremes(values)
    ends = len(steps), steps[0], steps[-1], values[0], values[-1]
    low, high = (values[lo], steps[lo], times[lo]), (values[hi], steps[hi], times[hi])
    return Block(*ends, *low, *high, packed)


def _find_extremes(values: array[float]) -> tuple[int, int]:
    """Find the places of the least and the greatest value that is not NaN."""
    if numpy := sys.modules.get("numpy"):
        numbers = numpy.frombuffer(values, "d")
        lo, hi = int(numbers.argmin()), int(numbers.argmax())  # that of the first NaN, if any
        if not isnan(values[lo]):
            return lo, hi
    elif not isnan(sum(values)):
        return values.index(min(values)), values.index(max(values))
    places = [at for at, value in enumerate(values) if not isnan(value)]
    if not places:
        return 0, 0
    return min(places, key=values.__getitem__), max(places, key=values.__getitem__)
