"""NetCDF: an attribute of the root. NetCDF 4 is HDF5; the classic formats are not.

In those the header becomes longer, the data move as a whole, and what the header was is kept behind
their end, where nobody looks.

References
----------
NetCDF classic format specification (OGC 10-092r3), with 64-bit offsets and 64-bit data.
"""

from __future__ import annotations

import struct
from math import prod
from typing import TYPE_CHECKING, Final

from anew.stamps import hdf5
from anew.stamps.content import ATTRIBUTE, Found, Unsuitable, seal

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_WIDTHS: Final = {b"CDF\1": (4, 4), b"CDF\2": (4, 8), b"CDF\5": (8, 8)}
"""How many bytes a count has, and the place of a variable."""

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
_CHAR, _ATTRIBUTES = 2, 12
_MOST_BYTES: Final = 1 << 20
_LARGE: Final = 256 << 20
_END: Final = struct.Struct("<QQ16s8s")
"""The sizes of the old header and the new one, a seal, the mark."""
_MARK: Final = b"anewncdf"


class _Header:
    """A header, read from its begin to its end.

    Parameters
    ----------
    data
        At least the header.

    Attributes
    ----------
    attributes
        Those of the root, by name: where each begins and ends.
    place
        Where their list begins.
    begins
        Where it is told where the variables begin.
    at
        Where the header ends.
    end
        Up to where the variables reach; very far, where it is not said how many records there are.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count, self.offset = _WIDTHS[data[:4]]
        self.at, self.begins, self.end = 4, list[int](), 0
        records, lengths = self.number(), []
        for _ in range(self.list_of()):
            self.text()
            lengths.append(self.number())
        self.place = self.at
        self.attributes = self.read_attributes()
        for _ in range(self.list_of()):
            self.text()
            dimensions = [self.number() for _ in range(self.number())]
            self.read_attributes()
            width, size = _SIZES[self.number(4)], self.number()
            self.begins.append(self.at)
            begin = self.number(self.offset)
            shape = [lengths[each] for each in dimensions]
            is_series = shape and not shape[0]
            self.end = max(self.end, begin + (records * size if is_series else width * prod(shape)))
        if self.at > len(data):
            raise IndexError

    def number(self, width: int = 0) -> int:
        """Read a number."""
        width = width or self.count
        said = self.data[self.at : self.at + width]
        if len(said) < width:
            raise IndexError
        self.at += width
        return int.from_bytes(said)

    def list_of(self) -> int:
        """Read how many there are in a list, behind what they are."""
        self.at += 4
        return self.number()

    def text(self) -> bytes:
        """Read a name."""
        size = self.number()
        start = self.at
        self.at += size + -size % 4
        return self.data[start : start + size]

    def read_attributes(self) -> dict[bytes, tuple[int, int]]:
        """Read a list of attributes."""
        found = {}
        for _ in range(self.list_of()):
            start, name = self.at, self.text()
            size = _SIZES[self.number(4)] * self.number()
            self.at += size + -size % 4
            found[name] = start, self.at
        return found


def is_mine(content: Content) -> bool:
    """Tell whether it is NetCDF."""
    return _is_classic(content) or hdf5.is_mine(content)


def _is_classic(content: Content) -> bool:
    return content.head(4) in _WIDTHS


def find(content: Content) -> Found | None:
    """Find the stamp, by what stands behind the end."""
    if not _is_classic(content):
        return hdf5.find(content)
    tail = content.tail(_END.size)
    old, new, sealed, mark = _END.unpack(tail)
    end = content.size - _END.size - old
    if mark != _MARK or max(old, new) > _MOST_BYTES or new > end:
        return None
    head = content.head(new)
    if seal(head) != sealed:
        return None  # somebody wrote into it, and that would be lost
    start, stop = _Header(head).attributes[ATTRIBUTE.encode()]
    text = head[head.index(b'{"stamp":', start) : stop].rstrip(b"\0")
    return Found(text, [content.read(end, old), range(new, end)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    if not _is_classic(content):
        return hdf5.put(content, stamp, text)
    if content.size > _LARGE:
        why = "it is too large to be moved for a longer header"
        raise Unsuitable(why)
    try:
        header = _Header(content.head(_MOST_BYTES))
    except (IndexError, KeyError) as error:
        why = "it is cut short, or its header is too long"
        raise Unsuitable(why) from error
    if header.end > content.size:
        why = "its variables reach beyond its end"  # what is added would be read as one of them
        raise Unsuitable(why)
    old = header.data[: header.at]
    new = _change(header, ATTRIBUTE.encode(), text.encode())
    end = _END.pack(len(old), len(new), seal(new), _MARK)
    return [new, range(len(old), content.size), old + end]


def _change(header: _Header, name: bytes, text: bytes) -> bytes:
    """Write the header with an attribute more, and all variables as much farther behind."""
    count = header.count
    kept = {each: header.data[slice(*at)] for each, at in header.attributes.items() if each != name}
    said = len(name).to_bytes(count) + name + b"\0" * (-len(name) % 4) + _CHAR.to_bytes(4)
    said += len(text).to_bytes(count) + text + b"\0" * (-len(text) % 4)
    attributes = [*kept.values(), said]
    section = _ATTRIBUTES.to_bytes(4) + len(attributes).to_bytes(count) + b"".join(attributes)
    after = max([header.place + 4 + count, *(end for _, end in header.attributes.values())])
    moved = len(section) - (after - header.place)
    rest = bytearray(header.data[: header.at])
    for at in header.begins:
        place = int.from_bytes(rest[at : at + header.offset]) + moved
        if place >= 1 << 8 * header.offset - 1:
            why = "it is too large for a longer header"
            raise Unsuitable(why)
        rest[at : at + header.offset] = place.to_bytes(header.offset)
    return bytes(rest[: header.place]) + section + bytes(rest[after:])
