"""JPEG: XMP and Exif in segments of their own, before the picture.

References
----------
ITU-T T.81 (1992), annex B; ISO 16684-1:2019 and CIPA DC-008 for what is in the segments.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from anew.stamps import exif, xmp
from anew.stamps.content import Found, Unsuitable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_START: Final = b"\xff\xd8\xff"
_APP0, _APP1 = 0xE0, 0xE1
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF: Final = b"Exif\0\0"
_BEFORE_PICTURE: Final = {*range(0xC0, 0xD0), *range(0xDB, 0xFF)}
_SCAN: Final = 0xDA
_MOST_BYTES: Final = 0xFFFF - 2
_MOST_SEGMENTS: Final = 1000


def is_mine(content: Content) -> bool:
    """Tell whether it is a JPEG."""
    return content.head(3) == _START


def find(content: Content) -> Found | None:
    """Find the stamp, and the comment that belongs to it."""
    segments = [
        (start, end, content.read(start + 4, end - start - 4))
        for kind, start, end in _segments(content)
        if kind == _APP1
    ]
    cuts: list[tuple[int, int, bytes]] = []
    text = None
    for start, end, data in segments:
        if data.startswith(_XMP) and (found := xmp.without(data.removeprefix(_XMP))):
            text, rest = found[:2]
            cuts.append((start, end, _segment(_XMP + rest) if rest else b""))
            break
    if text is None:
        return None
    for start, end, data in segments:
        if data.startswith(_EXIF) and exif.is_block(data.removeprefix(_EXIF), text):
            cuts.append((start, end, b""))
            break
    return Found(text, _edit(content, cuts))


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    if content.tail(65_536).find(b"\xff\xd9") < 0 or not _has_scan(content):
        why = "it is cut short"
        raise Unsuitable(why)
    at, other, has_exif = 2, None, False
    for kind, start, end in _segments(content):
        data = content.read(start + 4, end - start - 4) if kind == _APP1 else b""
        if data.startswith(_XMP) and other is None:
            other = start, end, data
        has_exif |= data.startswith(_EXIF)
        if kind == _APP0 or data.startswith(_EXIF):
            at = end
    comment = b"" if has_exif else _segment(_EXIF + exif.block(stamp, text))
    if other is None:
        said = comment + _segment(_XMP + xmp.packet(stamp, text))
        return [range(at), said, range(at, content.size)]
    start, end, data = other
    merged = xmp.merge(data, stamp, text)
    if merged is None:
        why = "it holds XMP of another kind"
        raise Unsuitable(why)
    return _edit(content, [(at, at, comment), (start, end, _segment(merged))])


def _edit(content: Content, edits: list[tuple[int, int, bytes]]) -> Pieces:
    """Give the content with other bytes in some places."""
    pieces: Pieces = []
    begun = 0
    for first, last, said in sorted(edits):
        pieces += [range(begun, first), said]
        begun = last
    return [*pieces, range(begun, content.size)]


def _has_scan(content: Content) -> bool:
    ends = [end for _, _, end in _segments(content)]
    return bool(ends) and content.read(ends[-1], 2) == bytes((0xFF, _SCAN))


def _segments(content: Content) -> Iterator[tuple[int, int, int]]:
    """Give kind, begin and end of the segments before the picture."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        head = content.read(at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] not in _BEFORE_PICTURE or head[1] == _SCAN:  # noqa: PLR2004 - marker and length
            return
        end = at + 2 + int.from_bytes(head[2:])
        if end > content.size:
            return
        yield head[1], at, end
        at = end


def _segment(data: bytes) -> bytes:
    if len(data) > _MOST_BYTES:
        why = "its XMP leaves no room"
        raise Unsuitable(why)
    return struct.pack(">BBH", 0xFF, _APP1, len(data) + 2) + data
