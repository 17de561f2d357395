"""WebP: chunks of XMP, Exif and one of anew's own after the picture.

References
----------
RFC 9649, WebP image format (2024).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from anew.stamps import exif, xmp
from anew.stamps.content import MAX_BYTES, Found, Unsuitable, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_HEAD_BYTES: Final = 12
_FLAGS_AT: Final = 20
_MOST_CHUNKS: Final = 100_000
_MOST_ADDED: Final = 4 * MAX_BYTES
_HAS_EXIF, _HAS_XMP, _HAS_ALPHA = 0x08, 0x04, 0x10
_OURS, _XMP = b"ANEW", b"XMP "
_UNDO: Final = struct.Struct("<QQI16s")
"""Where what was not changed begins and ends, how long what was before it is, and a seal."""


def is_mine(content: Content) -> bool:
    """Tell whether it is a WebP."""
    head = content.head(_HEAD_BYTES)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def find(content: Content) -> Found | None:
    """Find the stamp."""
    for kind, start, size in _chunks(content):
        if kind != _OURS or size < _UNDO.size:
            continue
        data = content.read(start, min(size, MAX_BYTES + 1024))
        first, last, length, sealed = _UNDO.unpack_from(data)
        head = data[_UNDO.size : _UNDO.size + length]
        is_sound = length == len(head) and first <= _MOST_ADDED and first <= last <= start - 8
        is_last = start + size + size % 2 == content.size and start - last <= _MOST_ADDED
        if is_sound and is_last and _seal(content, first, last, start - 8) == sealed:
            other = _other_xmp(content, last, start - 8)
            return Found(data[_UNDO.size + length :], [head, range(first, last), other])
    return None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    chunks = list(_chunks(content))
    kinds = [kind for kind, _, _ in chunks]
    if not chunks or chunks[-1][1] + chunks[-1][2] + chunks[-1][2] % 2 != content.size:
        why = "it is cut short, or something follows the picture"
        raise Unsuitable(why)
    end, packet = content.size, xmp.packet(stamp, text)
    if kinds[-1] == _XMP:
        merged = xmp.merge(content.read(*chunks[-1][1:]), stamp, text)
        if merged and len(merged) < _MOST_ADDED:
            end, packet = chunks[-1][1] - 8, merged
            del kinds[-1]
    added = [(b"EXIF", _HAS_EXIF, exif.block(stamp, text)), (_XMP, _HAS_XMP, packet)]
    flags = sum(flag for kind, flag, _ in added if kind not in kinds)
    said = b"".join(_chunk(kind, data) for kind, _, data in added if kind not in kinds)
    if kinds[0] == b"VP8X":
        old = content.read(_HEAD_BYTES, _FLAGS_AT + 1 - _HEAD_BYTES)
        new = old[:-1] + bytes([old[-1] | flags])
        kept = _FLAGS_AT + 1
    else:
        old, new, kept = b"", _extended(content, chunks[0], flags), _HEAD_BYTES
    head = content.head(_HEAD_BYTES) + old
    first = _HEAD_BYTES + len(new)
    last = first + end - kept
    own = _UNDO.size + len(head) + len(text)
    size = last + len(said) + 8 + own + own % 2
    start = struct.pack("<4sI4s", b"RIFF", size - 8, b"WEBP") + new
    undo = _UNDO.pack(first, last, len(head), seal(start + said))
    said += _chunk(_OURS, undo + head + text.encode())
    return [start, range(kept, end), said]


def _other_xmp(content: Content, start: int, end: int) -> bytes:
    """Give the chunk of somebody else's XMP into which a stamp was put; nothing for none."""
    for kind, at, size in _chunks(content, start):
        if kind == _XMP and at < end:
            found = xmp.without(content.read(at, size))
            return _chunk(_XMP, found[1]) if found and found[1] else b""
    return b""


def _seal(content: Content, first: int, last: int, end: int) -> bytes:
    return seal(content.head(first) + content.read(last, end - last))


def _extended(content: Content, chunk: tuple[bytes, int, int], flags: int) -> bytes:
    """Write the header that a simple file lacks: flags and size of the picture."""
    kind, start, _ = chunk
    head = content.read(start, 10)
    if kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width, height = (each & 0x3FFF for each in struct.unpack_from("<HH", head, 6))
    elif kind == b"VP8L" and head[:1] == b"\x2f":
        bits = int.from_bytes(head[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags |= _HAS_ALPHA if bits >> 28 & 1 else 0
    else:
        why = "it holds a picture of another kind"
        raise Unsuitable(why)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _chunk(b"VP8X", struct.pack("<I", flags) + size)


def _chunks(content: Content, at: int = _HEAD_BYTES) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, begin and size of the data of each chunk that is whole."""
    for _ in range(_MOST_CHUNKS):
        head = content.read(at, 8)
        if len(head) < 8:  # noqa: PLR2004 - kind and length
            return
        kind, size = struct.unpack("<4sI", head)
        if at + 8 + size > content.size:
            return
        yield kind, at + 8, size
        at += 8 + size + size % 2


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + b"\0" * (len(data) % 2)
