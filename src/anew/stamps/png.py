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
from anew.stamps.content import MAX_BYTES, Found, Unsuitable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER: Final = 33
_CHUNK_BYTES: Final = 12
_KEYWORD: Final = b"anew-provenance\0"
_XMP: Final = b"XML:com.adobe.xmp\0"
_PLAIN: Final = b"\0\0\0\0"
"""Not compressed, in no language, without a translated keyword."""

_MOST_CHUNKS: Final = 100_000
_MOST_BYTES: Final = 4 * MAX_BYTES


def is_mine(content: Content) -> bool:
    """Tell whether it is a PNG."""
    return content.head(16) == _SIGNATURE + b"\0\0\0\rIHDR"


def find(content: Content) -> Found | None:
    """Find the stamp."""
    bare: Pieces = []
    text, begun = None, 0
    for kind, start, end in _chunks(content):
        if kind != b"iTXt" or end - start > _MOST_BYTES:
            continue
        said = content.read(start + 8, end - start - _CHUNK_BYTES)
        is_text = said.startswith(_KEYWORD)
        prefix = _XMP + _PLAIN
        whole = xmp.without(said.removeprefix(prefix)) if said.startswith(prefix) else None
        if is_text or (whole is not None and not whole[1]):
            text = said.removeprefix(_KEYWORD + _PLAIN) if is_text else text
            bare.append(range(begun, start))
            begun = end
    return None if text is None else Found(text, [*bare, range(begun, content.size)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    kinds = [kind for kind, _, _ in _chunks(content)]
    if kinds[-1:] != [b"IEND"]:
        why = "it is cut short"
        raise Unsuitable(why)
    said = _chunk(_KEYWORD + _PLAIN + text.encode())
    if not _has_xmp(content):
        said += _chunk(_XMP + _PLAIN + xmp.packet(stamp, text))
    return [range(_AFTER_HEADER), said, range(_AFTER_HEADER, content.size)]


def _has_xmp(content: Content) -> bool:
    return any(
        kind == b"iTXt" and content.read(start + 8, len(_XMP)) == _XMP
        for kind, start, _ in _chunks(content)
    )


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
