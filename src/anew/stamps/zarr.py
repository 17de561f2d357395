"""Zarr: an attribute of the root of a folder of arrays, in the file that has its attributes.

References
----------
Zarr storage specification, versions 2 and 3.
"""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from anew.stamps import notebook
from anew.stamps.content import Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_folder", "is_mine", "put", "root_of"]

_NAMES: Final = ("zarr.json", ".zattrs")
_KINDS: Final = (".zgroup", ".zarray")
_ATTRIBUTES: Final = re.compile(rb'"attributes"\s*:\s*\{')

is_mine: Final = notebook.is_object
find: Final = notebook.find


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    has_more = b'"zarr_format"' in content.all()
    place = partial(notebook.within, _ATTRIBUTES) if has_more else notebook.in_whole
    return notebook.put_at(place, content, stamp, text)


def is_folder(folder: str) -> bool:
    """Tell a folder of Zarr, also one without attributes."""
    return any(os.path.isfile(f"{folder}/{name}") for name in (*_NAMES, *_KINDS))  # noqa: PTH113 - as below


def root_of(folder: str) -> str:
    """Give the file that has the attributes of a folder's root.

    Raises
    ------
    Unsuitable
        When it is no folder of Zarr, or one without attributes.
    """
    for name in _NAMES:
        path = f"{folder}/{name}"
        if os.path.isfile(path):  # noqa: PTH113 - paths are text here
            return path
    why = "it is a folder without attributes of Zarr"
    raise Unsuitable(why)
