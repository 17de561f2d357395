"""The stamp in the words of cameras: a comment of the user that names the trial.

References
----------
CIPA DC-008-2023, Exif 3.0; TIFF revision 6.0 (1992).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from anew.stamps.content import seal

if TYPE_CHECKING:
    from anew.stamps.document import Provenance

__all__ = ["EXIF_TAG", "block", "comment_folder", "is_block"]

EXIF_TAG: Final = 0x8769
"""Where the entry of the first folder that leads to that of Exif stands."""

_COMMENT_TAG: Final = 0x9286
_LONG, _UNDEFINED = 4, 7
_FOLDER_BYTES: Final = 18
_START: Final = struct.pack("<2sHI", b"II", 42, 8)
_FIRST: Final = _START + struct.pack("<HHHIII", 1, EXIF_TAG, _LONG, 1, 8 + _FOLDER_BYTES, 0)
_SAID: Final = b"ASCII\0\0\0anew trial "


def comment_folder(stamp: Provenance, text: str, at: int, layout: str) -> bytes:
    """Write the folder of Exif with its one entry, for a place and a layout of folders."""
    said = _SAID + f"{stamp.trial} (number {stamp.number}) ".encode() + _sign(text.encode())
    entry = (_COMMENT_TAG, _UNDEFINED, len(said), at + struct.calcsize(layout), 0)
    return struct.pack(layout, 1, *entry) + said


def block(stamp: Provenance, text: str) -> bytes:
    """Write a whole block of Exif, as JPEG and WebP hold it."""
    return _FIRST + comment_folder(stamp, text, len(_FIRST), "<HHHIII")


def is_block(data: bytes, text: bytes) -> bool:
    """Tell a block that `block` wrote together with a stamp."""
    is_ours = data.startswith(_FIRST) and data[len(_FIRST) + _FOLDER_BYTES :].startswith(_SAID)
    return is_ours and data.endswith(_sign(text))


def _sign(text: bytes) -> bytes:
    """Give what tells which stamp a comment belongs to."""
    return seal(text).hex().encode()
