"""Files of the project that say what it needs: found cheaply, known again by their times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["FromFiles", "find_files", "mark_files", "read_text"]


class FromFiles:
    """What is collected from files in the project's folder, good as long as these are the same."""

    at_end = False
    is_optional = True
    files: re.Pattern[str]

    def find(self, root: Path) -> list[str]:
        """List the files, relative to the project's folder."""
        return find_files(root, self.files)

    def freshness(self, root: Path) -> Hashable:
        """Give the files with their times."""
        return mark_files(root, self.find(root))

    def lasting(self, root: Path) -> Hashable:
        """Give what is as good for another process: all of the mark."""
        return self.freshness(root)


def find_files(root: Path, names: re.Pattern[str], folders: tuple[str, ...] = ("",)) -> list[str]:
    """List the files of some folders by their names.

    Parameters
    ----------
    root
        The project's folder.
    names
        What the whole name is held against.
    folders
        Relative to ``root``; absent ones are passed over.

    Returns
    -------
    list of str
        Sorted paths, relative to ``root``.
    """
    found = []
    for folder in folders:
        try:
            with os.scandir(root / folder) as entries:
                found += [
                    f"{folder}/{entry.name}".lstrip("/")
                    for entry in entries
                    if names.fullmatch(entry.name) and entry.is_file()
                ]
        except OSError:
            continue
    return sorted(found)


def mark_files(root: Path, paths: list[str]) -> Hashable:
    """Give what changes when one of the files does."""
    marks = []
    for path in paths:
        try:
            found = (root / path).stat()
        except OSError:
            continue
        marks.append((path, found.st_mtime_ns, found.st_size, found.st_ino))
    return (str(root), tuple(marks))


def read_text(path: Path) -> str:
    """Read a file as text, whatever is in it; one that is gone is empty."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
