"""Tokens of small plain values, which are written out rather than digested one by one.

Every function here is part of the format ``xxh3-2``: what it writes must never change.
"""

from __future__ import annotations

import struct
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ATOMS", "BLOCK_ITEMS", "FEW_ITEMS", "encode_text", "pack"]

# How many parts of a long sequence are packed together; fewer than a few are not worth it.
BLOCK_ITEMS: Final = 4096
FEW_ITEMS: Final = 16

# Longer texts and bytes are named by their digest, so that tokens stay small.
_LONG_BYTES: Final = 256
_TEXT_HEADS: Final = [b"s" + size.to_bytes(2, "little") for size in range(_LONG_BYTES + 1)]
_BYTES_HEADS: Final = [b"b" + size.to_bytes(2, "little") for size in range(_LONG_BYTES + 1)]

# Long texts are joined a few at a time.
_PIECE_CHARACTERS: Final = 1 << 20

_pack_int64 = struct.Struct("<cq").pack
_pack_float = struct.Struct("<cd").pack
_pack_complex = struct.Struct("<cdd").pack


def _encode_int(value: int) -> bytes:
    try:
        return _pack_int64(b"i", value)
    except struct.error:  # more than 64 bits
        size = value.bit_length() // 8 + 1
        data = value.to_bytes(size, "little", signed=True)
        return b"I" + size.to_bytes(8, "little") + data


def encode_text(value: str) -> bytes:
    """Write a text as UTF-8, lone surrogates as they would be."""
    if len(value) <= _LONG_BYTES:
        data = _to_utf8(value)
        if len(data) <= _LONG_BYTES:
            return _TEXT_HEADS[len(data)] + data
    from xxhash import xxh3_128

    hasher = xxh3_128()
    for start in range(0, len(value), _PIECE_CHARACTERS):
        hasher.update(_to_utf8(value[start : start + _PIECE_CHARACTERS]))
    return b"S" + len(value).to_bytes(8, "little") + hasher.digest()


def _to_utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _encode_bytes(value: bytes) -> bytes:
    if len(value) <= _LONG_BYTES:
        return _BYTES_HEADS[len(value)] + value
    from xxhash import xxh3_128_digest

    return b"B" + len(value).to_bytes(8, "little") + xxh3_128_digest(value)


# Numbers are written with all their bits: -0.0 is not 0.0, and a NaN is the NaN that it is.
ATOMS: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"1" if value else b"0",
    int: _encode_int,
    float: lambda value: _pack_float(b"f", value),
    complex: lambda value: _pack_complex(b"c", value.real, value.imag),
    str: encode_text,
    bytes: _encode_bytes,
}


def pack(values: Sequence[Any]) -> bytes | None:
    """Write atoms in one go, which is some ten times faster than one by one.

    Parameters
    ----------
    values
        Any values, at most `BLOCK_ITEMS`.

    Returns
    -------
    bytes or None
        None when they are fewer than `FEW_ITEMS`, or one of them cannot be packed.
    """
    if len(values) < FEW_ITEMS:
        return None
    runs = groupby(values, type)  # the quickest way to see that all are of one type
    first, _ = next(runs)
    if next(runs, None) is None:
        packer = _PACKERS.get(first)
        return packer(values) if packer else None
    kinds = list(map(type, values))
    if not _PACKERS.keys() >= set(kinds):
        return None
    return _pack_mixed(values, kinds)


def _pack_mixed(values: Sequence[Any], kinds: list[type]) -> bytes | None:
    """Write of which type each value is, and then the values of each type together."""
    packed = [b"m" + bytes(map(_CODES.__getitem__, kinds))]
    for kind in sorted(set(kinds), key=_CODES.__getitem__):
        part = _PACKERS[kind]([v for v, k in zip(values, kinds, strict=True) if k is kind])
        if part is None:
            return None
        packed.append(part)
    return b"".join(packed)


def _pack_ints(values: Sequence[int]) -> bytes | None:
    try:
        return b"i" + struct.pack(f"<{len(values)}q", *values)
    except struct.error:  # one of them needs more than 64 bits
        return None


def _pack_texts(values: Sequence[str]) -> bytes:
    """Digest texts joined by NUL, and their lengths if one of them has a NUL in it."""
    from xxhash import xxh3_128

    hasher = xxh3_128()
    sample = values[:: 1 + len(values) // 64]
    step = max(1, _PIECE_CHARACTERS // (1 + max(map(len, sample))))
    nuls = 0
    for start in range(0, len(values), step):
        if start:
            hasher.update(b"\0")
        # A slice only where it must be: most texts are short.
        some = values[start : start + step] if step < len(values) else values
        data = _to_utf8("\0".join(some))
        nuls += _count_nuls(data) + bool(start)
        hasher.update(data)
    if nuls == len(values) - 1:
        return b"s" + hasher.digest()
    return b"S" + hasher.digest() + struct.pack(f"<{len(values)}Q", *map(len, values))


def _count_nuls(data: bytes) -> int:
    """Count the zeros; numpy is three times as fast, but not worth being loaded for it."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "count_nonzero"):  # or it is being loaded just now
        return data.count(0)
    return len(data) - int(numpy.count_nonzero(numpy.frombuffer(data, "u1")))


_PACKERS: Final[dict[type, Callable[[Any], bytes | None]]] = {
    type(None): lambda _: b"N",
    bool: lambda values: b"1" + bytes(values),
    int: _pack_ints,
    float: lambda values: b"f" + struct.pack(f"<{len(values)}d", *values),
    str: _pack_texts,
}
_CODES: Final[dict[type, int]] = {kind: code for code, kind in enumerate(_PACKERS)}
