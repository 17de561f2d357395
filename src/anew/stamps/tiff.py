"""TIFF: XMP, and Exif where there is none, in a new first folder at the end of the file.

References
----------
TIFF revision 6.0 (1992); BigTIFF (Adobe, 2007); ISO 16684-3:2021 for the tag of XMP.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.stamps import exif, xmp
from anew.stamps.content import Found, Unsuitable, seal

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]


class _Layout(NamedTuple):
    """How numbers stand in a file: those of BigTIFF are longer."""

    order: str
    number: str
    entry: str
    place: str
    head_bytes: int

    def pack(self, form: str, *values: int) -> bytes:
        """Write numbers."""
        return struct.pack(self.order + form, *values)

    def unpack(self, form: str, data: bytes, at: int = 0) -> tuple[int, ...]:
        """Read numbers."""
        return struct.unpack_from(self.order + form, data, at)

    def size(self, form: str) -> int:
        """Tell how many bytes numbers take."""
        return struct.calcsize(self.order + form)


_LAYOUTS: Final = {
    b"II*\0": _Layout("<", "H", "HHII", "I", 8),
    b"MM\0*": _Layout(">", "H", "HHII", "I", 8),
    b"II+\0": _Layout("<", "Q", "HHQQ", "Q", 16),
    b"MM\0+": _Layout(">", "Q", "HHQQ", "Q", 16),
}
_MOST_ENTRIES, _MOST_FOLDERS = 1 << 16, 100
_UNDONE_BYTES: Final = 8
"""So many at the end of the head, where the first folder is told, become others."""

_XMP_TAG: Final = 700
_BYTE: Final = 1
_POINTERS: Final = {"I": 4, "Q": 16}
_PARTS: Final = ((273, 279), (324, 325))
"""The tags that tell where strips and tiles are, and how large."""

_WIDTHS: Final = {1: 1, 2: 1, 6: 1, 7: 1}
_SIZES: Final = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Of what there are numbers of, in bytes; of all else 1."""
_NUMBERS: Final = {3: "H", 4: "I", 16: "Q"}
_MOST_BYTES: Final = 1 << 20
_TRAILER: Final = struct.Struct("<QQ8s16s8s")
"""The size without the stamp, where its description begins, the first bytes, a seal, the mark."""
_MARK: Final = b"anewtiff"


def is_mine(content: Content) -> bool:
    """Tell whether it is a TIFF."""
    return content.head(4) in _LAYOUTS


def find(content: Content) -> Found | None:
    """Find the stamp."""
    tail = content.tail(_TRAILER.size)
    if len(tail) < _TRAILER.size or not tail.endswith(_MARK):
        return None
    size, at, undone, sealed, _ = _TRAILER.unpack(tail)
    head = content.head(_LAYOUTS[content.head(4)].head_bytes)
    if not len(head) <= size <= at < content.size or content.size - at > _MOST_BYTES:
        return None
    ours = content.read(at, content.size - at - _TRAILER.size)
    if seal(head + ours) != sealed:
        return None  # somebody wrote into what was added, and that would be lost
    said = xmp.without(ours)
    kept = len(head) - _UNDONE_BYTES
    return Found(said[0], [range(kept), undone, range(len(head), size)]) if said else None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    layout = _LAYOUTS[content.head(4)]
    head = content.head(layout.head_bytes)
    if len(head) < layout.head_bytes:
        why = "it is cut short"
        raise Unsuitable(why)
    (first_at,) = layout.unpack(layout.place, head, len(head) - layout.size(layout.place))
    entries, following = _folder(content, layout, first_at)
    _check_whole(content, layout, first_at)
    start = content.size + -content.size % 8
    if start + _MOST_BYTES >= 1 << 8 * layout.size(layout.place):
        why = "it is too large"
        raise Unsuitable(why)
    other = _other_xmp(content, entries.pop(_XMP_TAG, None), layout)
    packet = xmp.packet(stamp, text) if other is None else xmp.merge(other, stamp, text)
    if packet is None:
        why = "it holds XMP of another kind"
        raise Unsuitable(why)
    said = _pad(packet)
    entries[_XMP_TAG] = layout.pack(layout.entry, _XMP_TAG, _BYTE, len(packet), start)
    if exif.EXIF_TAG not in entries:
        kind, at = _POINTERS[layout.place], start + len(said)
        form = layout.order + layout.number + layout.entry + layout.place
        entries[exif.EXIF_TAG] = layout.pack(layout.entry, exif.EXIF_TAG, kind, 1, at)
        said += _pad(exif.comment_folder(stamp, text, at, form))
    at = start + len(said)
    said += layout.pack(layout.number, len(entries)) + b"".join(entries[n] for n in sorted(entries))
    said += layout.pack(layout.place, following)
    first = head[: -layout.size(layout.place)] + layout.pack(layout.place, at)
    kept = len(head) - _UNDONE_BYTES
    said += _TRAILER.pack(content.size, start, head[kept:], seal(first + said), _MARK)
    gap = b"\0" * (start - content.size)
    return [range(kept), first[kept:], range(len(head), content.size), gap + said]


def _check_whole(content: Content, layout: _Layout, at: int) -> None:
    """See that the pictures are there: of a long series the first ones."""
    for _ in range(_MOST_FOLDERS):
        entries, at = _folder(content, layout, at)
        ends = [0]
        for row in entries.values():
            _, kind, count, place = layout.unpack(layout.entry, row)
            size = _SIZES.get(kind, 1) * count
            ends += [place + size] if size > layout.size(layout.place) else []
        for starts, sizes in _PARTS:
            places, lengths = (_values(content, layout, entries, tag) for tag in (starts, sizes))
            ends += map(sum, zip(places, lengths, strict=False))
        if max(ends) > content.size:
            why = "it is cut short"
            raise Unsuitable(why)
        if not at:
            return


def _pad(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)


def _folder(content: Content, layout: _Layout, at: int) -> tuple[dict[int, bytes], int]:
    """Read a folder: its entries by tag, and where the next one is."""
    why = "it is cut short"
    width, step = layout.size(layout.number), layout.size(layout.entry)
    said = content.read(at, width)
    count = layout.unpack(layout.number, said)[0] if len(said) == width else 0
    size = min(count, _MOST_ENTRIES) * step + layout.size(layout.place)
    data = content.read(at + width, size)
    if not 0 < count < _MOST_ENTRIES or len(data) < size:
        raise Unsuitable(why)
    rows = [data[i * step : (i + 1) * step] for i in range(count)]
    entries = {layout.unpack("H", row)[0]: row for row in rows}
    if len(entries) != count:
        why = "a tag stands in it twice"
        raise Unsuitable(why)
    return entries, layout.unpack(layout.place, data, count * step)[0]


def _values(
    content: Content, layout: _Layout, entries: dict[int, bytes], tag: int
) -> tuple[int, ...]:
    """Give the numbers of a tag; none for one that is not there."""
    if tag not in entries:
        return ()
    _, kind, count, at = layout.unpack(layout.entry, entries[tag])
    form = f"{count}{_NUMBERS.get(kind, 's')}"
    size, width = layout.size(form), layout.size(layout.place)
    data = entries[tag][-width:][:size] if size <= width else content.read(at, size)
    if kind not in _NUMBERS or len(data) != size:
        why = "it is cut short"
        raise Unsuitable(why)
    return layout.unpack(form, data)


def _other_xmp(content: Content, entry: bytes | None, layout: _Layout) -> bytes | None:
    """Give the packet that is there already."""
    if entry is None:
        return None
    _, kind, count, at = layout.unpack(layout.entry, entry)
    data = content.read(at, count) if kind in _WIDTHS and count <= _MOST_BYTES else b""
    return data if len(data) == count else b""
