"""NPZ: a member of its own, that `numpy.load` shows as any other: a text in an array without axes.

References
----------
NumPy enhancement proposal 1 (2007), the NPY format.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from anew.stamps import archive
from anew.stamps.content import MAX_BYTES, Found, Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_NAME: Final = "anew_provenance.npy"
_MAGIC: Final = b"\x93NUMPY\x01\0"
_ALIGNED: Final = 64


def is_mine(content: Content) -> bool:
    """Tell whether it is an archive of arrays."""
    try:
        return content.head(2) == b"PK" and any(
            name.endswith(".npy") for name in archive.members(content)
        )
    except Unsuitable:
        return False


def find(content: Content) -> Found | None:
    """Find the stamp."""
    try:
        there = archive.members(content)
        size = archive.size_before(there, _NAME)
        if size is None:
            return None
        data = archive.read(content, there[_NAME], 4 * MAX_BYTES + 4096)
    except Unsuitable:
        return None
    start = len(_MAGIC) + 2 + int.from_bytes(data[8:10], "little")
    text = data[start:].decode("utf-32-le", "replace").encode("utf-8", "replace")
    return Found(text, [range(size)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:  # noqa: ARG001 - as all of them
    """Give the file with a stamp."""
    other = archive.members(content).get(_NAME)
    if other is not None and not archive.is_added(other):
        why = f"it has an array {_NAME.removesuffix('.npy')!r} of its own"
        raise Unsuitable(why)
    return archive.add(content, {_NAME: _array(text)})


def _array(text: str) -> bytes:
    """Write a text as the file of an array."""
    header = f"{{'descr': '<U{len(text)}', 'fortran_order': False, 'shape': (), }}"
    length = len(_MAGIC) + 2 + len(header) + 1
    header += " " * (-length % _ALIGNED) + "\n"
    return _MAGIC + struct.pack("<H", len(header)) + header.encode() + text.encode("utf-32-le")
