"""The parts of a memo folder."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.errors import StoreError
from anew.memos.index import Index
from anew.memos.payload import PayloadFiles
from anew.objects import FolderObjects

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILE_PREFIX", "Place"]

FILE_PREFIX: Final = "blake3:"
"""Tells the digest of a file from the name of a payload."""


class Place:
    """A memo folder: the index, the values, the contents of files that calls wrote.

    Parameters
    ----------
    folder
        The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = Index(folder / "memo.db")
        self.payloads = PayloadFiles(folder / "values")
        self.files = FolderObjects(folder / "files")

    def path(self, name: str) -> Path:
        """Give the file of a payload, or of the content of a file.

        Raises
        ------
        ValueError, StoreError
            When it is the name of neither.
        """
        return self.files.path(name) if name.startswith(FILE_PREFIX) else self.payloads.path(name)

    def size(self, name: str) -> int | None:
        """Give the size of a content in bytes; None when it is not there."""
        try:
            return self.path(name).stat().st_size
        except (OSError, ValueError):
            return None

    def remove(self, name: str) -> None:
        """Remove a content, if it is there and may be removed."""
        with suppress(OSError, ValueError, StoreError):
            self.path(name).unlink()
