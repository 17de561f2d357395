"""Stamps are read, and looked past."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from anew.errors import StampError
from anew.stamps import hdf5, sidecar
from anew.stamps.content import ATTRIBUTE, Content, Unsuitable, blocks, digest_pieces
from anew.stamps.document import Provenance, escape
from anew.stamps.families import find, find_by_name
from anew.stamps.zarr import root_of

if TYPE_CHECKING:
    from anew.stamps.content import Pieces

__all__ = ["bare_bytes", "bare_digest", "bare_pieces", "read_stamp"]

_HEAD_BYTES: Final = 1 << 20
"""Where the attributes of the root are, in all but strange files."""


def read_stamp(path: str | os.PathLike[str]) -> Provenance | None:
    """Read the stamp of a file, inside of it or beside it.

    Parameters
    ----------
    path
        The file, a folder of Zarr, or the stamp that lies beside one.

    Returns
    -------
    Provenance or None
        What it says of itself, which nobody has compared with a store; None when there is none.

    Raises
    ------
    StampError
        When there is one that is damaged, altered, too large or of a later version, and when the
        file cannot be read.
    """
    name = os.fspath(path)
    try:
        is_beside = sidecar.is_sidecar(name)
        text = sidecar.read(sidecar.file_of(name)) if is_beside else _read_inside(name)
    except OSError as error:
        message = f"{escape(repr(name))} cannot be read: {error.strerror or error}"
        raise StampError(message, hint="name a file that is there") from error
    if text is None:
        text = sidecar.read(os.path.realpath(name))
        name = sidecar.place_of(name)
    if text is None:
        return None
    try:
        return Provenance.from_json(text)
    except StampError as error:
        raise StampError(error.what, where=escape(name), hint=error.hint) from error


def _read_inside(path: str) -> bytes | None:
    if os.path.isdir(path):  # noqa: PTH112 - paths are text here
        try:
            path = root_of(path)
        except Unsuitable:
            return None
    with open(path, "rb", opener=_open_plainly) as file:
        content = Content(file.fileno())
        found = find(path, content)
        return found.text if found else _left_over(content)


def _left_over(content: Content) -> bytes | None:
    """Give what a file still says of which more was changed than its stamp knows."""
    if hdf5.is_mine(content) and ATTRIBUTE.encode() in content.head(_HEAD_BYTES) + content.tail(
        _HEAD_BYTES
    ):
        return hdf5.left_over(content)
    return None


def bare_digest(path: str | os.PathLike[str]) -> str:
    """Give the digest of a file without its stamp: the same before and after it was stamped.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        ``blake3:`` and 64 hexadecimal digits; of a file without a stamp, its own digest.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    name = os.fspath(path)
    with open(name, "rb", opener=_open_plainly) as file:
        content = Content(file.fileno())
        found = find(name, content)
        return digest_pieces(content, found.bare if found else [range(content.size)])


def bare_pieces(path: str, descriptor: int) -> tuple[Content, Pieces] | None:
    """Give an open file without its stamp; None for one that has none, or whose name has none.

    Parameters
    ----------
    path
        Its path, which tells whether it may have one.
    descriptor
        The number of the open file.
    """
    content = Content(descriptor)
    found = find_by_name(path, content)
    return (content, found.bare) if found else None


def bare_bytes(path: str, data: bytes) -> bytes:
    """Give what a file holds without its stamp.

    Parameters
    ----------
    path
        Its path, which tells whether it may have one.
    data
        What it holds.
    """
    content = Content(data)
    found = find_by_name(path, content)
    return b"".join(blocks(content, found.bare)) if found else data


def _open_plainly(path: str, flags: int) -> int:
    """Open a file so that a pipe that has its name does no harm."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
