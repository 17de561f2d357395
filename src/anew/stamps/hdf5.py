"""HDF5, and NetCDF 4, which is HDF5: an attribute of the root.

The library writes it into a copy of the pages that it changes, in memory; so it is known which few
bytes of the file become others, and what they were is kept behind its end, where HDF5 never looks.

References
----------
HDF5 file format specification 3.0; NetCDF-4 format (OGC 11-038).
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import struct
from typing import TYPE_CHECKING, Any, Final

from anew.stamps.content import ATTRIBUTE, MAX_BYTES, Found, Unsuitable, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["Layer", "find", "is_mine", "left_over", "put"]

_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_END: Final = struct.Struct("<Q8s")
_MARK: Final = b"anewhdf5"
_MOST_BYTES: Final = 1 << 20
_VERSION_AT, _FLAGS_AT = 8, 11
"""Where a superblock tells its version and, from version 2 on, whether it is open for writing."""


def is_mine(content: Content) -> bool:
    """Tell whether it is HDF5."""
    return _start(content) is not None


def _start(content: Content) -> int | None:
    """Find the superblock, which may have a block of the user's before it."""
    at = 0
    while at < content.size:
        if content.read(at, len(_SIGNATURE)) == _SIGNATURE:
            return at
        at = max(512, at * 2)
    return None


def find(content: Content) -> Found | None:
    """Find the stamp, by what stands behind the end."""
    tail = content.tail(_END.size)
    size, mark = _END.unpack(tail) if len(tail) == _END.size else (0, b"")
    if mark != _MARK or not 0 < size <= min(_MOST_BYTES, content.size - _END.size):
        return None
    try:
        said = json.loads(content.read(content.size - _END.size - size, size))
        before = [(int(at), base64.b64decode(data)) for at, data in said["before"]]
        text, whole, sealed = str(said["text"]).encode(), int(said["size"]), said["seal"]
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return None
    bare: Pieces = []
    at, ours = 0, b""
    for start, data in sorted(before):
        if start < at:
            return None
        bare += [range(at, start), data]
        at = start + len(data)
        ours += content.read(start, len(data))
    end = content.size - _END.size - size
    if not at <= whole <= end or end - whole > _MOST_BYTES:
        return None
    if seal(ours + content.read(whole, end - whole)).hex() != sealed:
        return None  # somebody wrote into what was added, and that would be lost
    return Found(text[: MAX_BYTES + 1], [*bare, range(at, whole)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:  # noqa: ARG001 - as all of them
    """Give the file with a stamp."""
    try:
        import h5py
        import numpy as np
    except ImportError as error:
        why = "h5py is not installed"
        raise Unsuitable(why) from error
    start = _start(content) or 0
    version, flags = (content.read(start + at, 1) for at in (_VERSION_AT, _FLAGS_AT))
    if version >= b"\2" and flags != b"\0":
        why = "somebody writes to it, or did not close it"
        raise Unsuitable(why)
    layer = Layer(content)
    try:
        with h5py.File(layer, "r+") as file:
            if ATTRIBUTE in file.attrs:
                del file.attrs[ATTRIBUTE]
            file.attrs[ATTRIBUTE] = np.bytes_(text.encode())
        with h5py.File(layer, "r") as file:
            is_there = bytes(file.attrs[ATTRIBUTE]) == text.encode()
    except Exception as error:
        why = f"HDF5 cannot be written to: {error}"
        raise Unsuitable(why) from error
    if not is_there:
        why = "the attribute does not come back"
        raise Unsuitable(why)
    return layer.pieces(text)


def left_over(content: Content) -> bytes | None:
    """Give what the attribute says in a file that was written to after it had been stamped."""
    try:
        import h5py

        with h5py.File(Layer(content), "r") as file:
            said = file.attrs.get(ATTRIBUTE)
    except Exception:  # noqa: BLE001 - whatever is wrong with it: then it says nothing
        return None
    text = said.encode() if isinstance(said, str) else said
    return text[: MAX_BYTES + 1] if isinstance(text, bytes) else None


class Layer(io.RawIOBase):
    """A file that can be written to, of which nothing changes but this copy.

    Parameters
    ----------
    content
        What is below it.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self._written: dict[int, bytes] = {}  # by where it begins; of two, none is over another
        self._at, self._size = 0, content.size

    def seekable(self) -> bool:
        """Tell that one can go anywhere."""
        return True

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def tell(self) -> int:
        """Give where the next byte is read or written."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go somewhere."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Set the size."""
        self._size = self._at if size is None else size
        return self._size

    def readinto(self, buffer: Any) -> int:
        """Read what fits."""
        count = max(min(len(buffer), self._size - self._at), 0)
        found = bytearray(self._content.read(self._at, count).ljust(count, b"\0"))
        for start, data in self._written.items():
            first, last = max(start, self._at), min(start + len(data), self._at + count)
            if first < last:
                found[first - self._at : last - self._at] = data[first - start : last - start]
        buffer[:count] = found
        self._at += count
        return count

    def write(self, data: Any) -> int:
        """Write, into memory."""
        said = bytes(data)
        start, end = self._at, self._at + len(said)
        for first, old in list(self._written.items()):
            last = first + len(old)
            if first < end and start < last:
                del self._written[first]
                if first < start:
                    self._written[first] = old[: start - first]
                if end < last:
                    self._written[end] = old[end - first :]
        self._written[start] = said
        self._at = end
        self._size = max(self._size, end)
        return len(said)

    def pieces(self, text: str) -> Pieces:
        """Give what became of the content, with what it was behind its end."""
        changed = sorted(self._changes())
        before = [(at, self._content.read(at, len(data))) for at, data in changed]
        said = {
            "text": text,
            "size": self._content.size,
            "before": [(at, base64.b64encode(old).decode()) for at, old in before if old],
            "seal": seal(b"".join(data for _, data in changed)).hex(),
        }
        pieces: Pieces = []
        at = 0
        for start, data in changed:
            pieces += [range(at, start), data] if at < start else [data]
            at = start + len(data)
        if at < self._content.size:
            pieces.append(range(at, self._content.size))
        undo = json.dumps(said, separators=(",", ":")).encode()
        if len(undo) > _MOST_BYTES:
            why = "too much of it would change"
            raise Unsuitable(why)
        return [*pieces, undo + _END.pack(len(undo), _MARK)]

    def _changes(self) -> Iterator[tuple[int, bytes]]:
        """Give what differs, up to the size: what HDF5 does not use of the file's end stays."""
        end = max(self._size, self._content.size)
        filled = self._content.size
        for start, data in sorted(self._written.items()):
            kept = data[: max(end - start, 0)]
            if start > filled:  # a gap behind the old end
                yield filled, bytes(start - filled)
            old = self._content.read(start, len(kept))
            if old != kept:
                yield from _split(start, old, kept)
            filled = max(filled, start + len(kept))
        if filled < end:
            yield filled, bytes(end - filled)


def _split(start: int, old: bytes, new: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the bytes that differ within, and those that follow the old end."""
    within = min(len(old), len(new))
    differing = [i for i in range(within) if old[i] != new[i]]
    if differing:
        first, last = differing[0], differing[-1] + 1
        yield start + first, new[first:last]
    if len(new) > within:
        yield start + within, new[within:]
