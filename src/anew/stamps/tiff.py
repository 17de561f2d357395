"""TIFF: XMP, and Exif where there is none, in a new first folder at the end of the file.

References
----------
TIFF revision 6.0 (1992); ISO 16684-3:2021 for the tag of XMP.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from anew.stamps import exif, xmp
from anew.stamps.content import Found, Unsuitable, seal

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_HEAD_BYTES: Final = 8
_ENTRY_BYTES: Final = 12
_XMP_TAG: Final = 700
_BYTE, _LONG = 1, 4
_PARTS: Final = ((273, 279), (324, 325))
"""The tags that tell where strips and tiles are, and how large."""

_WIDTHS: Final = {1: 1, 2: 1, 6: 1, 7: 1}
_NUMBERS: Final = {3: "H", 4: "I"}
_MOST_BYTES: Final = 1 << 20
_TRAILER: Final = struct.Struct("<QQ8s16s8s")
"""The size without the stamp, where its description begins, the first bytes, a seal, the mark."""
_MARK: Final = b"anewtiff"


def is_mine(content: Content) -> bool:
    """Tell whether it is a TIFF."""
    return content.head(4) in _ORDERS


def find(content: Content) -> Found | None:
    """Find the stamp."""
    tail = content.tail(_TRAILER.size)
    if len(tail) < _TRAILER.size or not tail.endswith(_MARK):
        return None
    size, at, head, sealed, _ = _TRAILER.unpack(tail)
    if not _HEAD_BYTES <= size <= at < content.size or content.size - at > _MOST_BYTES:
        return None
    ours = content.read(at, content.size - at - _TRAILER.size)
    if seal(content.head(_HEAD_BYTES) + ours) != sealed:
        return None  # somebody wrote into what was added, and that would be lost
    said = xmp.without(ours)
    return Found(said[0], [head, range(_HEAD_BYTES, size)]) if said else None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    head = content.head(_HEAD_BYTES)
    order = _ORDERS[head[:4]]
    entries, following = _folder(content, order, head)
    for starts, sizes in _PARTS:
        places, lengths = (_values(content, order, entries, tag) for tag in (starts, sizes))
        if any(at + size > content.size for at, size in zip(places, lengths, strict=False)):
            why = "it is cut short"
            raise Unsuitable(why)
    start = content.size + content.size % 2
    other = _other_xmp(content, entries.pop(_XMP_TAG, None), order)
    packet = xmp.packet(stamp, text) if other is None else xmp.merge(other, stamp, text)
    if packet is None:
        why = "it holds XMP of another kind"
        raise Unsuitable(why)
    said = packet + b"\0" * (len(packet) % 2)
    entries[_XMP_TAG] = struct.pack(order + "HHII", _XMP_TAG, _BYTE, len(packet), start)
    if exif.EXIF_TAG not in entries:
        at = start + len(said)
        entries[exif.EXIF_TAG] = struct.pack(order + "HHII", exif.EXIF_TAG, _LONG, 1, at)
        said += exif.comment_folder(stamp, text, at, order)
        said += b"\0" * (len(said) % 2)
    at = start + len(said)
    said += struct.pack(order + "H", len(entries)) + b"".join(entries[n] for n in sorted(entries))
    said += struct.pack(order + "I", following)
    first = head[:4] + struct.pack(order + "I", at)
    said += _TRAILER.pack(content.size, start, head, seal(first + said), _MARK)
    if start + len(said) >= 1 << 32:
        why = "it is too large"
        raise Unsuitable(why)
    return [first, range(_HEAD_BYTES, content.size), b"\0" * (content.size % 2) + said]


def _folder(content: Content, order: str, head: bytes) -> tuple[dict[int, bytes], int]:
    """Read the first folder: its entries by tag, and where the next one is."""
    why = "it is cut short"
    if len(head) < _HEAD_BYTES:
        raise Unsuitable(why)
    at = struct.unpack_from(order + "I", head, 4)[0]
    said = content.read(at, 2)
    count = struct.unpack(order + "H", said)[0] if len(said) == 2 else 0  # noqa: PLR2004 - a short
    data = content.read(at + 2, count * _ENTRY_BYTES + 4)
    if not count or len(data) < count * _ENTRY_BYTES + 4:
        raise Unsuitable(why)
    rows = [data[i * _ENTRY_BYTES : (i + 1) * _ENTRY_BYTES] for i in range(count)]
    entries = {struct.unpack_from(order + "H", row)[0]: row for row in rows}
    if len(entries) != count:
        why = "a tag stands in it twice"
        raise Unsuitable(why)
    return entries, struct.unpack_from(order + "I", data, count * _ENTRY_BYTES)[0]


def _values(content: Content, order: str, entries: dict[int, bytes], tag: int) -> tuple[int, ...]:
    """Give the numbers of a tag; none for one that is not there."""
    if tag not in entries:
        return ()
    _, kind, count, at = struct.unpack(order + "HHII", entries[tag])
    layout = f"{order}{count}{_NUMBERS.get(kind, 's')}"
    size = struct.calcsize(layout)
    data = entries[tag][8 : 8 + size] if size <= 4 else content.read(at, size)  # noqa: PLR2004 - in its place
    if kind not in _NUMBERS or len(data) != size:
        why = "it is cut short"
        raise Unsuitable(why)
    return struct.unpack(layout, data)


def _other_xmp(content: Content, entry: bytes | None, order: str) -> bytes | None:
    """Give the packet that is there already."""
    if entry is None:
        return None
    _, kind, count, at = struct.unpack(order + "HHII", entry)
    data = content.read(at, count) if kind in _WIDTHS and count <= _MOST_BYTES else b""
    return data if len(data) == count else b""
