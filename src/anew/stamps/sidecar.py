"""A stamp beside a file that has no place for one: `NAME.prov.json`."""

from __future__ import annotations

import os
from typing import Final

from anew.stamps.content import MAX_BYTES

__all__ = ["SUFFIX", "file_of", "is_sidecar", "place_of", "read", "says_so", "without_stamps"]

SUFFIX: Final = ".prov.json"
_BEGIN: Final = b'{"stamp":'


def place_of(path: str) -> str:
    """Give the place of the stamp of a file."""
    return f"{path.rstrip(os.sep)}{SUFFIX}"


def file_of(path: str) -> str:
    """Give the place of the file that a stamp lies beside.

    Parameters
    ----------
    path
        The place of the stamp.
    """
    return path.removesuffix(SUFFIX)


def read(path: str) -> bytes | None:
    """Read what stands beside a file; None where nothing of anew does."""
    try:
        with open(place_of(path), "rb", opener=_open_plainly) as file:
            text = file.read(MAX_BYTES + 2).rstrip()
    except OSError:
        return None
    return text if says_so(text) else None


def says_so(text: bytes) -> bool:
    """Tell a stamp by its beginning from documents of others that are called the same."""
    return text.startswith(_BEGIN)


def is_sidecar(path: str) -> bool:
    """Tell whether a file is the stamp of another one."""
    return path.endswith(SUFFIX) and read(file_of(path)) is not None


def without_stamps(names: list[str]) -> list[str]:
    """Leave out of the names in a folder those of the stamps of others among them."""
    if not any(name.endswith(SUFFIX) for name in names):
        return names
    there = {*names}
    return [name for name in names if not name.endswith(SUFFIX) or file_of(name) not in there]


def _open_plainly(path: str, flags: int) -> int:
    """Open a file so that a pipe that has its name does no harm."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
