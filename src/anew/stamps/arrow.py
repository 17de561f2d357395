"""Arrow IPC files (Feather): metadata of the schema, in a second footer behind the first one.

References
----------
Apache Arrow columnar format 1.5, IPC file format, File.fbs and Schema.fbs; FlatBuffers internals.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from anew.stamps.content import MAX_BYTES, PAGE_BYTES, Found, Tail, Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_MAGIC: Final = b"ARROW1"
_END_BYTES: Final = 10
_KEY: Final = "anew_provenance"
_MOST_BYTES: Final = 64 << 20
_BLOCK_BYTES: Final = 24
_VERSION, _SCHEMA, _DICTIONARIES, _BATCHES = range(4)
_VTABLE: Final = struct.pack("<HHHHHH", 12, 20, 16, 4, 8, 12)
"""Of a footer: version as a short at 16, and at 4, 8 and 12 where the other fields begin."""

_MARK: Final = struct.Struct("<Q8s")
_SIGN: Final = b"anewarro"


def is_mine(content: Content) -> bool:
    """Tell whether it is a file of Arrow."""
    return content.head(6) == _MAGIC and content.tail(6) == _MAGIC


def find(content: Content) -> Found | None:
    """Find the stamp: the footer ends with the size of the file without it, and the text's."""
    footer, at = _footer(content)
    if not footer.endswith(_SIGN) or len(footer) < 2 * _MARK.size:
        return None
    size, _ = _MARK.unpack(footer[-_MARK.size :])
    length = int.from_bytes(footer[-_MARK.size - 8 : -_MARK.size], "little")
    end = len(footer) - _MARK.size - 8
    if size > at or not 0 < length <= end:
        return None
    return Found(footer[end - length : end][: MAX_BYTES + 1], [range(size)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:  # noqa: ARG001 - as all of them
    """Give the file with a stamp."""
    footer, at = _footer(content)
    try:
        parts = [_blocks(footer, field) for field in (_DICTIONARIES, _BATCHES)]
        new = _write(_schema(content, text), *parts)
    except (struct.error, IndexError) as error:
        why = "its footer is damaged"
        raise Unsuitable(why) from error
    said = text.encode()
    new += said + struct.pack("<Q", len(said)) + _MARK.pack(content.size, _SIGN)
    said = new + struct.pack("<i", len(new)) + _MAGIC
    gap = -content.size % 8
    gap += 16 if (content.size + gap + len(said) - 1) % PAGE_BYTES < _END_BYTES - 1 else 0
    tail = Tail(b"\0" * gap + said)
    tail.hold = lambda end: struct.pack("<i", end - _END_BYTES - at) + _MAGIC
    return [range(content.size), tail]


def _footer(content: Content) -> tuple[bytes, int]:
    tail = content.tail(10)
    size = int.from_bytes(tail[:4], "little", signed=True)
    at = content.size - 10 - size
    if not 0 < size <= _MOST_BYTES or at < 0:
        why = "it is cut short"
        raise Unsuitable(why)
    return content.read(at, size), at


def _schema(content: Content, text: str) -> bytes:
    """Write the footer of an empty file with the same schema and one word of metadata more."""
    try:
        import pyarrow as pa
    except ImportError as error:
        why = "pyarrow is not installed"
        raise Unsuitable(why) from error
    try:
        schema = pa.ipc.open_file(_Opened(content)).schema
        metadata = {**(schema.metadata or {}), _KEY.encode(): text.encode()}
        sink = pa.BufferOutputStream()
        pa.ipc.new_file(sink, schema.with_metadata(metadata)).close()
        data: bytes = sink.getvalue().to_pybytes()
    except (pa.ArrowException, OSError) as error:
        why = f"Arrow cannot read it: {error}"
        raise Unsuitable(why) from error
    size = int.from_bytes(data[-10:-6], "little")
    return data[-10 - size : -10]


def _Opened(content: Content) -> Any:  # noqa: N802 - it gives an object
    """Give the content as a file, which Arrow reads only in part."""
    import io

    from anew.stamps.hdf5 import Layer

    return io.BufferedReader(Layer(content))


def _field(data: bytes, field: int) -> int:
    """Find where the value of a field of the root table is; 0 for one that is not there."""
    table = struct.unpack_from("<I", data)[0]
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if 6 + 2 * field > struct.unpack_from("<H", data, vtable)[0]:
        return 0
    offset: int = struct.unpack_from("<H", data, vtable + 4 + 2 * field)[0]
    return table + offset if offset else 0


def _blocks(data: bytes, field: int) -> bytes:
    """Give where the batches are, as they are written."""
    at = _field(data, field)
    if not at:
        return b""
    at += struct.unpack_from("<I", data, at)[0]
    size = struct.unpack_from("<I", data, at)[0] * _BLOCK_BYTES
    found = data[at + 4 : at + 4 + size]
    if len(found) != size:
        raise IndexError
    return found


def _write(schema: bytes, dictionaries: bytes, batches: bytes) -> bytes:
    """Write a footer: the root, its table, both lists, and the other footer for its schema."""
    table = 4 + len(_VTABLE)  # 16
    lists = table + 24
    first = lists + 4
    second = first + 4 + len(dictionaries) + 4
    other = second + 4 + len(batches)
    at = _field(schema, _SCHEMA)
    place = other + at + struct.unpack_from("<I", schema, at)[0]
    version = struct.unpack_from("<h", schema, _field(schema, _VERSION))[0]
    offsets = (to - (table + own) for to, own in ((place, 4), (first, 8), (second, 12)))
    root = struct.pack("<I", table) + _VTABLE
    root += struct.pack("<iIIIhxx", len(_VTABLE), *offsets, version)
    said = root.ljust(first, b"\0") + struct.pack("<I", len(dictionaries) // _BLOCK_BYTES)
    said += dictionaries + b"\0" * 4 + struct.pack("<I", len(batches) // _BLOCK_BYTES) + batches
    return said + schema
