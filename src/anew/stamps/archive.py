"""Archives of ZIP: members and a new directory behind the old one, which stays where it is.

Nothing of the file is changed, so that without what was added it is what it was.

References
----------
PKWARE, APPNOTE.TXT 6.3.10 (2022), 4.3; Python reads archives by their last directory.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from anew.records import dataclass
from anew.stamps.content import Unsuitable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.stamps.content import Content, Pieces

__all__ = ["Member", "add", "is_added", "members", "read", "size_before"]

_END: Final = struct.Struct("<4sHHHHIIH")
_END_MARK: Final = b"PK\x05\x06"
_ROW: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_ROW_MARK: Final = b"PK\x01\x02"
_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_NOTE: Final = b"anew "
"""Begins the remark on a member that was added: the size of the file before follows."""

_DEFLATED: Final = 8
_DOS_DATE: Final = 0x21
_NO_DATE_BITS: Final = 0x800
_MOST_MEMBERS: Final = 0xFFFF
_MOST_BYTES: Final = 64 << 20
_LARGEST: Final = 0xFFFFFFFF
"""Archives with more of either tell their numbers in another way."""


@dataclass(frozen=True)
class Member:
    """A file in an archive: its entry in the directory, and what of that matters here."""

    name: str
    row: bytes
    remark: bytes
    method: int
    packed: int
    size: int
    at: int


def members(content: Content) -> dict[str, Member]:
    """List an archive by its last directory.

    Raises
    ------
    Unsuitable
        When it is none, or one too large for a plain directory.
    """
    start, count, length, _ = _ending(content)
    data = content.read(start, length)
    found: dict[str, Member] = {}
    at = 0
    for _ in range(count):
        member = _member(data, at)
        if member.name in found:
            why = f"the member {member.name!r} stands in it twice"
            raise Unsuitable(why)
        found[member.name] = member
        at += len(member.row)
    return found


def read(content: Content, member: Member, limit: int = _MOST_BYTES) -> bytes:
    """Unpack a member, up to a limit in bytes."""
    head = content.read(member.at, _LOCAL.size)
    if len(head) < _LOCAL.size or member.method not in {0, _DEFLATED}:
        why = f"its member {member.name!r} cannot be unpacked"
        raise Unsuitable(why)
    name, extra = _LOCAL.unpack(head)[-2:]
    data = content.read(member.at + _LOCAL.size + name + extra, min(member.packed, limit))
    if member.method == 0:
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, limit)
    except zlib.error as error:
        why = f"its member {member.name!r} is damaged"
        raise Unsuitable(why) from error


def is_added(member: Member) -> bool:
    """Tell whether anew has added a member."""
    return member.remark.startswith(_NOTE)


def size_before(there: Mapping[str, Member], name: str) -> int | None:
    """Give the size of the file before a member was added.

    None when there is no such member, when anew did not add it, or when others came after it.
    """
    if name not in there:
        return None
    member = there[name]
    digits = member.remark.removeprefix(_NOTE)
    if digits == member.remark or not digits.isdigit() or len(digits) > 18:  # noqa: PLR2004 - of 64 bits
        return None
    size = int(digits)
    later = {each.remark for each in there.values() if each.at >= size}
    return size if size <= member.at and later == {member.remark} else None


def add(content: Content, new: Mapping[str, bytes]) -> Pieces:
    """Add members, or put them in the place of those that have their names."""
    start, _, length, remark = _ending(content)
    data = content.read(start, length)
    kept = b"".join(m.row for name, m in members(content).items() if name not in new)
    if sum(len(m.row) for m in members(content).values()) != len(data):
        why = "its directory holds more than members"
        raise Unsuitable(why)
    note = _NOTE + str(content.size).encode()
    said = b""
    rows = kept
    for name, value in new.items():
        packed = zlib.compress(value, 6, -15)
        sizes = zlib.crc32(value), len(packed), len(value)
        encoded = name.encode()
        common = (20, _NO_DATE_BITS, _DEFLATED, 0, _DOS_DATE, *sizes, len(encoded), 0)
        at = content.size + len(said)
        said += _LOCAL.pack(b"PK\x03\x04", *common) + encoded + packed
        rows += _ROW.pack(_ROW_MARK, 20, *common, len(note), 0, 0, 0o600 << 16, at)
        rows += encoded + note
    count = len(members(content).keys() | new.keys())
    if count >= _MOST_MEMBERS or content.size + len(said) + len(rows) >= _LARGEST:
        why = "it is too large for a plain directory"
        raise Unsuitable(why)
    at = content.size + len(said)
    end = _END.pack(_END_MARK, 0, 0, count, count, len(rows), at, len(remark))
    return [range(content.size), said + rows + end + remark]


def _ending(content: Content) -> tuple[int, int, int, bytes]:
    """Give where the directory begins, how many members and bytes it has, and the remark."""
    tail = content.tail(_END.size + 0xFFFF)
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        why = "it is cut short"
        raise Unsuitable(why)
    _, disk, first, here, count, length, start, remark = _END.unpack_from(tail, at)
    place = content.size - len(tail) + at
    is_plain = disk == first == 0 and here == count < _MOST_MEMBERS
    if not is_plain or start + length != place or at + _END.size + remark != len(tail):
        why = "it is too large for a plain directory, or damaged"
        raise Unsuitable(why)
    return start, count, length, tail[at + _END.size :]


def _member(data: bytes, at: int) -> Member:
    fields = _ROW.unpack_from(data, at) if len(data) - at >= _ROW.size else (b"",)
    if fields[0] != _ROW_MARK:
        why = "its directory is damaged"
        raise Unsuitable(why)
    _, _, _, flags, method, _, _, _, packed, size, name, extra, remark, _, _, _, place = fields
    end = at + _ROW.size + name + extra + remark
    encoded = data[at + _ROW.size : at + _ROW.size + name]
    encoding = "utf-8" if flags & _NO_DATE_BITS else "cp437"
    text = encoded.decode(encoding, "surrogateescape")
    return Member(text, data[at:end], data[end - remark : end], method, packed, size, place)
