"""Tokens of small plain values, which are written out rather than digested one by one.

Every function here is part of the format ``xxh3-1``: what it writes must never change.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ATOMS", "encode_float", "encode_text", "pack"]

# Longer texts and bytes are named by their digest, so that tokens stay small.
_LONG_BYTES: Final = 256
_INT64: Final = range(-(2**63), 2**63)
_NAN: Final = b"\x00\x00\x00\x00\x00\x00\xf8\x7f"


def _encode_int(value: int) -> bytes:
    if value in _INT64:
        return b"i" + value.to_bytes(8, "little", signed=True)
    size = value.bit_length() // 8 + 1
    return b"I" + size.to_bytes(8, "little") + value.to_bytes(size, "little", signed=True)


def encode_float(value: float) -> bytes:
    """Write eight bytes; -0.0 is not 0.0, and any NaN is NaN, whatever produced its bits."""
    return _NAN if math.isnan(value) else struct.pack("<d", value)


def _encode_sized(tag: bytes, data: bytes) -> bytes:
    if len(data) <= _LONG_BYTES:
        return tag + len(data).to_bytes(8, "little") + data
    from xxhash import xxh3_128_digest

    return tag.upper() + len(data).to_bytes(8, "little") + xxh3_128_digest(data)


def encode_text(value: str) -> bytes:
    """Write a text as UTF-8, lone surrogates as they would be."""
    return _encode_sized(b"s", value.encode("utf-8", "surrogatepass"))


ATOMS: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"1" if value else b"0",
    int: _encode_int,
    float: lambda value: b"f" + encode_float(value),
    complex: lambda value: b"c" + encode_float(value.real) + encode_float(value.imag),
    str: encode_text,
    bytes: lambda value: _encode_sized(b"b", value),
}


def pack(values: list[Any] | tuple[Any, ...]) -> bytes | None:
    """Write values of one atomic type in one go, which is some ten times faster.

    Parameters
    ----------
    values
        Any values.

    Returns
    -------
    bytes or None
        None when they are not all of one type that can be packed.
    """
    kinds = set(map(type, values))
    packer = _PACKERS.get(kinds.pop()) if len(kinds) == 1 else None
    return packer(values) if packer else None


def _pack_ints(values: list[int]) -> bytes | None:
    try:
        return b"i" + struct.pack(f"<{len(values)}q", *values)
    except struct.error:  # one of them needs more than 64 bits
        return None


def _pack_floats(values: list[float]) -> bytes:
    # A sum is NaN when a term is: much the fastest way to look for one.
    if math.isnan(sum(values)):
        values = [math.nan if math.isnan(value) else value for value in values]
    return b"f" + struct.pack(f"<{len(values)}d", *values)


def _pack_texts(values: list[str]) -> bytes:
    text = "".join(values)
    if text.isascii():
        sizes, data = list(map(len, values)), text.encode()
    else:
        encoded = [value.encode("utf-8", "surrogatepass") for value in values]
        sizes, data = list(map(len, encoded)), b"".join(encoded)
    return b"s" + struct.pack(f"<{len(sizes)}Q", *sizes) + data


_PACKERS: Final[dict[type, Callable[[Any], bytes | None]]] = {
    bool: lambda values: b"1" + bytes(values),
    int: _pack_ints,
    float: _pack_floats,
    str: _pack_texts,
}
