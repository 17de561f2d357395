"""PNG: a text chunk of its own, and XMP in another, right after the header.

References
----------
ISO/IEC 15948:2004, Portable network graphics, 11.3.4.5 (iTXt).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from anew.stamps import xmp
from anew.stamps.content import Found, Unsuitable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER: Final = 33
_CHUNK_BYTES: Final = 12
_PLAIN: Final = b"\0\0\0\0"
"""Not compressed, in no language, without a translated keyword."""

_KEYWORD: Final = b"anew-provenance\0" + _PLAIN
_XMP_KEYWORD: Final = b"XML:com.adobe.xmp\0"
_XMP: Final = _XMP_KEYWORD + _PLAIN
_MOST_CHUNKS: Final = 100_000
_MOST_BYTES: Final = 1 << 20


def is_mine(content: Content) -> bool:
    """Tell whether it is a PNG."""
    return content.head(16) == _SIGNATURE + b"\0\0\0\rIHDR"


def find(content: Content) -> Found | None:
    """Find the stamp."""
    bare: Pieces = []
    text, begun = None, 0
    for kind, start, end in _chunks(content):
        if kind != b"iTXt":
            continue
        said = _read(content, start, end)
        whole = xmp.without(said.removeprefix(_XMP)) if said.startswith(_XMP) else None
        if said.startswith(_KEYWORD):
            text, rest = said.removeprefix(_KEYWORD), b""
        elif whole:
            text, rest = text or whole[0], whole[1]
        else:
            continue
        bare += [range(begun, start), _chunk(_XMP + rest) if rest else b""]
        begun = end
    return None if text is None else Found(text, [*bare, range(begun, content.size)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    chunks = list(_chunks(content))
    if not chunks or chunks[-1][0] != b"IEND":
        why = "it is cut short"
        raise Unsuitable(why)
    said = _chunk(_KEYWORD + text.encode())
    for start, end in ((start, end) for kind, start, end in chunks if kind == b"iTXt"):
        other = _read(content, start, end)
        if other.startswith(_XMP_KEYWORD):
            merged = xmp.merge(other, stamp, text) if other.startswith(_XMP) else None
            is_short = merged is not None and len(merged) < _MOST_BYTES
            new = _chunk(merged) if merged and is_short else range(start, end)
            between = range(_AFTER_HEADER, start)
            return [range(_AFTER_HEADER), said, between, new, range(end, content.size)]
    said += _chunk(_XMP + xmp.packet(stamp, text))
    return [range(_AFTER_HEADER), said, range(_AFTER_HEADER, content.size)]


def _read(content: Content, start: int, end: int) -> bytes:
    """Give what a chunk says; of what is too long, the begin."""
    return content.read(start + 8, min(end - start - _CHUNK_BYTES, _MOST_BYTES))


def _chunks(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, begin and end of each chunk that is whole."""
    at = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        head = content.read(at, 8)
        if len(head) < 8:  # noqa: PLR2004 - length and kind
            return
        size, kind = struct.unpack(">I4s", head)
        end = at + size + _CHUNK_BYTES
        if end > content.size:
            return
        yield kind, at, end
        at = end


def _chunk(data: bytes) -> bytes:
    said = b"iTXt" + data
    return struct.pack(">I", len(data)) + said + struct.pack(">I", zlib.crc32(said))
