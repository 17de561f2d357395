"""Parquet: metadata of the schema, in a second footer behind the first one.

A reader takes the last footer; the rows stay where they are, and without the second footer the
file is what it was.

References
----------
Apache Parquet format 2.11, parquet.thrift; Thrift compact protocol.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.stamps.content import MAX_BYTES, PAGE_BYTES, Found, Tail, Unsuitable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_MAGIC: Final = b"PAR1"
_END_BYTES: Final = 8
_KEY: Final = b"anew_provenance"
_SIZE_KEY: Final = b"anew_size"
_SCHEMA_KEY: Final = b"ARROW:schema"
_KEY_VALUES: Final = 5
"""The field of the footer that holds metadata."""
_ENCRYPTION: Final = 8
"""The field that says how columns are encrypted, in a footer that is signed."""

_MOST_BYTES: Final = 256 << 20
_BINARY, _LIST, _STRUCT = 8, 9, 12
_MAP: Final = 11
_DEEPEST: Final = 32


class _Field(NamedTuple):
    """A field of a footer: where its head, its value and the next one begin."""

    number: int
    kind: int
    start: int
    at: int
    end: int


def is_mine(content: Content) -> bool:
    """Tell whether it is a Parquet file whose footer is not encrypted."""
    return content.head(4) == _MAGIC and content.tail(4) == _MAGIC


def find(content: Content) -> Found | None:
    """Find the stamp: a footer that came with data of another file says another size."""
    footer, at = _footer(content)
    start = footer.find(_SIZE_KEY + b"\x18")
    text_at = footer.rfind(_KEY + b"\x18")
    if min(start, text_at) < 0:
        return None
    size, _ = _bytes(footer, start + len(_SIZE_KEY) + 1)
    text, _ = _bytes(footer, text_at + len(_KEY) + 1)
    if not size.isdigit() or len(size) > 18 or int(size) > at:  # noqa: PLR2004 - of 64 bits
        return None
    return Found(text[: MAX_BYTES + 1], [range(int(size))])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:  # noqa: ARG001 - as all of them
    """Give the file with a stamp."""
    footer, at = _footer(content)
    size = str(content.size).encode()
    try:
        new = _change_pairs(footer, {_KEY: text.encode(), _SIZE_KEY: size})
    except IndexError as error:
        why = "its footer is damaged"
        raise Unsuitable(why) from error
    said = new + struct.pack("<I", len(new)) + _MAGIC
    gap = _END_BYTES if (content.size + len(said) - 1) % PAGE_BYTES < _END_BYTES - 1 else 0
    tail = Tail(b"\0" * gap + said)
    tail.hold = lambda end: struct.pack("<I", end - _END_BYTES - at) + _MAGIC
    return [range(content.size), tail]


def _footer(content: Content) -> tuple[bytes, int]:
    """Read the last footer, and tell where it begins."""
    tail = content.tail(8)
    size = int.from_bytes(tail[:4], "little")
    at = content.size - 8 - size
    if len(tail) < 8 or at < len(_MAGIC) or size > _MOST_BYTES:  # noqa: PLR2004 - length and mark
        why = "it is cut short"
        raise Unsuitable(why)
    return content.read(at, size), at


def _change_pairs(footer: bytes, new: dict[bytes, bytes]) -> bytes:
    """Put pairs into the metadata, which is made where there is none."""
    fields = list(_fields(footer))
    if any(each.number == _ENCRYPTION for each in fields):
        why = "its footer is signed"
        raise Unsuitable(why)
    last = end = 0
    for number, kind, start, at, end in fields:
        if number == _KEY_VALUES:
            known, _ = _read_pairs(footer, at)
            return footer[:at] + _write_pairs(_with_schema(known, new)) + footer[end:]
        if number > _KEY_VALUES:
            made = _field(_KEY_VALUES, last, _LIST) + _write_pairs(new)
            return footer[:start] + made + _field(number, _KEY_VALUES, kind) + footer[at:]
        last = number
    return footer[:end] + _field(_KEY_VALUES, last, _LIST) + _write_pairs(new) + footer[end:]


def _fields(footer: bytes) -> Iterator[_Field]:
    """List what a footer consists of."""
    at = number = 0
    while footer[at]:
        start, head = at, footer[at]
        kind, at = head & 15, at + 1
        if head >> 4:
            number += head >> 4
        else:
            zigzag, at = _number(footer, at)
            number = zigzag >> 1 ^ -(zigzag & 1)
        end = _skip(footer, at, kind, 0)
        yield _Field(number, kind, start, at, end)
        at = end


def _with_schema(
    known: dict[bytes, bytes | None], new: dict[bytes, bytes]
) -> dict[bytes, bytes | None]:
    """Add pairs, also to the schema in Arrow's words, of which Arrow takes the metadata."""
    schema = known.get(_SCHEMA_KEY)
    if schema is None:
        return {**known, **new}
    try:
        import pyarrow as pa
    except ImportError as error:
        why = "pyarrow is not installed"
        raise Unsuitable(why) from error
    try:
        found = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(schema)))
    except (pa.ArrowException, OSError, ValueError) as error:
        why = "its schema in Arrow's words is damaged"
        raise Unsuitable(why) from error
    changed = found.with_metadata({**(found.metadata or {}), _KEY: new[_KEY]})
    return {**known, _SCHEMA_KEY: base64.b64encode(changed.serialize().to_pybytes()), **new}


def _read_pairs(data: bytes, at: int) -> tuple[dict[bytes, bytes | None], int]:
    """Read a list of structures of two texts, of which the second may be missing."""
    count, at = _list(data, at)
    pairs: dict[bytes, bytes | None] = {}
    for _ in range(count):
        if data[at] != 0x18:  # noqa: PLR2004 - the first field, a text
            why = "its metadata is of another kind"
            raise Unsuitable(why)
        key, at = _bytes(data, at + 1)
        pairs[key] = None
        if data[at] == 0x18:  # noqa: PLR2004 - the second one
            pairs[key], at = _bytes(data, at + 1)
        if data[at]:
            why = "its metadata is of another kind"
            raise Unsuitable(why)
        at += 1
    return pairs, at


def _write_pairs(pairs: Mapping[bytes, bytes | None]) -> bytes:
    said = _list_head(len(pairs))
    for key, value in pairs.items():
        said += b"\x18" + _count(len(key)) + key
        said += b"\0" if value is None else b"\x18" + _count(len(value)) + value + b"\0"
    return said


def _field(field: int, last: int, kind: int) -> bytes:
    step = field - last
    return bytes([step << 4 | kind]) if step <= 15 else bytes([kind]) + _count(field << 1)  # noqa: PLR2004 - four bits


def _list(data: bytes, at: int) -> tuple[int, int]:
    """Give how many members a list of structures has, and where they begin."""
    head = data[at]
    if head & 15 != _STRUCT:
        why = "its metadata is of another kind"
        raise Unsuitable(why)
    return _number(data, at + 1) if head >> 4 == 15 else (head >> 4, at + 1)  # noqa: PLR2004 - as above


def _list_head(count: int) -> bytes:
    return bytes([count << 4 | _STRUCT]) if count < 15 else bytes([0xF0 | _STRUCT]) + _count(count)  # noqa: PLR2004 - as above


def _count(value: int) -> bytes:
    """Write a number in groups of seven bits, the lowest first."""
    said = bytearray()
    while value > 127:  # noqa: PLR2004 - seven bits
        said.append(value & 127 | 128)
        value >>= 7
    return bytes([*said, value])


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 128:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
    return value | data[at] << shift, at + 1


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(data, at)
    return data[at : at + size], at + size


def _skip(data: bytes, at: int, kind: int, depth: int) -> int:
    """Pass over a value, and give where the next thing begins."""
    if depth > _DEEPEST or kind > _STRUCT or kind == _MAP:
        why = "its footer is of another kind"
        raise Unsuitable(why)
    if kind in {1, 2}:
        return at
    if kind == 3:  # noqa: PLR2004 - a byte
        return at + 1
    if kind in {4, 5, 6}:
        return _number(data, at)[1]
    if kind == 7:  # noqa: PLR2004 - a float of 64 bits
        return at + 8
    if kind == _BINARY:
        return _bytes(data, at)[1]
    return _skip_struct(data, at, depth) if kind == _STRUCT else _skip_list(data, at, depth)


def _skip_list(data: bytes, at: int, depth: int) -> int:
    head = data[at]
    count, at = _number(data, at + 1) if head >> 4 == 15 else (head >> 4, at + 1)  # noqa: PLR2004 - four bits
    kind = head & 15
    if count > len(data):
        raise IndexError
    if kind in {1, 2}:  # in a list a truth is a byte
        return at + count
    for _ in range(count):
        at = _skip(data, at, kind, depth + 1)
    return at


def _skip_struct(data: bytes, at: int, depth: int) -> int:
    while data[at]:
        head = data[at]
        at = at + 1 if head >> 4 else _number(data, at + 1)[1]
        at = _skip(data, at, head & 15, depth + 1)
    return at + 1
