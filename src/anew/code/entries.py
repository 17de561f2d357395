"""The files of a project, packed by folder: all are compared each time, few are ever looked at."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["NEVER_SEEN", "Entries", "Entry", "Mark"]

Mark = tuple[int, int, int, int, int]
"""Times of change of content and of facts in nanoseconds, size, inode and mode."""

Entry = tuple[Mark, str, str]
"""Mark, mode and name of the content; a file that was left out has no mode, but a reason."""

NEVER_SEEN: Final[Mark] = (0, 0, 0, 0, 0)
"""The mark that no file has."""

_MARK: Final = struct.Struct("=qqqQq")

_MODE: Final = 6
"""Digits of a mode; a reason has a sign in their place, which is no digit."""

_LEFT: Final = "-"


class _Part(NamedTuple):
    """The files directly in a folder: their names, marks and contents, in one order."""

    names: bytes
    marks: bytes
    contents: bytes


class Entries(Mapping[str, Entry]):
    """What is known of the files of a project, by path; it does not change.

    Parameters
    ----------
    entries
        Mark, mode and name of the content by path.
    """

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        by_folder: dict[str, dict[str, Entry]] = {}
        for path, entry in (entries or {}).items():
            by_folder.setdefault(path.rpartition("/")[0], {})[path] = entry
        self._parts = {folder: _pack(inside) for folder, inside in by_folder.items()}
        self._opened: dict[str, dict[str, Entry]] = {}

    def __getitem__(self, path: str) -> Entry:
        return self.inside(path.rpartition("/")[0])[path]

    def __iter__(self) -> Iterator[str]:
        for folder in self._parts:
            yield from self.inside(folder)

    def __len__(self) -> int:
        return sum(len(part.marks) for part in self._parts.values()) // _MARK.size

    def __repr__(self) -> str:
        return f"Entries({len(self)} files in {len(self._parts)} folders)"

    @property
    def folders(self) -> Iterable[str]:
        """The folders with a file."""
        return self._parts.keys()

    def inside(self, folder: str) -> dict[str, Entry]:
        """Give the files directly in a folder, by path; nothing where there are none."""
        if folder not in self._opened:
            part = self._parts.get(folder)
            self._opened[folder] = dict(_unpack(folder, part)) if part else {}
        return self._opened[folder]

    def replace(self, changed: Mapping[str, Entry | None]) -> Entries:
        """Give the files as they are after a change; None is for one that is gone."""
        folders: dict[str, dict[str, Entry]] = {}
        for path, entry in changed.items():
            folder = path.rpartition("/")[0]
            if folder not in folders:
                folders[folder] = dict(self.inside(folder))
            if entry:
                folders[folder][path] = entry
            else:
                folders[folder].pop(path, None)
        after = Entries()
        after._parts = {each: part for each, part in self._parts.items() if each not in folders}
        after._parts |= {each: _pack(inside) for each, inside in folders.items() if inside}
        return after

    def find_differing(self, other: Entries) -> set[str]:
        """List the folders in which two states differ."""
        folders = self._parts.keys() | other._parts.keys()
        return {each for each in folders if self._parts.get(each) != other._parts.get(each)}

    def find_stale(self, root: Path) -> list[str]:
        """List the files in a project's folder that have another mark, or are gone."""
        lstat, stale = os.lstat, []
        for folder, part in self._parts.items():
            start = f"{root}/{_start(folder)}"
            marks = _MARK.iter_unpack(part.marks)
            for name, mark in zip(_split(part.names), marks, strict=True):
                try:
                    now = lstat(start + name)
                except OSError:
                    stale.append(_start(folder) + name)
                    continue
                found = (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino, now.st_mode)
                if mark != found:
                    stale.append(_start(folder) + name)
        return stale

    def find_left(self) -> dict[str, str]:
        """Give the files that were left out, and why each of them was."""
        folders = [folder for folder, part in self._parts.items() if _may_lack(part)]
        files = (item for folder in folders for item in self.inside(folder).items())
        return {path: why for path, (_, mode, why) in files if not mode}

    def find_filled(self) -> set[str]:
        """List the folders with a file that was not left out."""
        return {
            folder
            for folder, part in self._parts.items()
            if not _may_lack(part) or any(mode for _, mode, _ in self.inside(folder).values())
        }

    def dump(self) -> tuple[list[tuple[str, int, int, int]], Iterator[bytes]]:
        """Give the sizes by which `load` finds the parts, and the parts."""
        items = self._parts.items()
        sizes = [(f, len(p.names), len(p.marks), len(p.contents)) for f, p in items]
        return sizes, (each for part in self._parts.values() for each in part)

    @classmethod
    def load(cls, sizes: Iterable[tuple[str, int, int, int]], data: bytes) -> Entries:
        """Make it of what `dump` gave."""
        entries, at = cls(), 0
        for folder, names, marks, contents in sizes:
            marks_at, contents_at = at + names, at + names + marks
            end = contents_at + contents
            part = _Part(data[at:marks_at], data[marks_at:contents_at], data[contents_at:end])
            entries._parts[folder], at = part, end
        return entries


def _may_lack(part: _Part) -> bool:
    """Tell whether a file of a folder may have been left out; names of contents have no sign."""
    return _LEFT.encode() in part.contents


def _start(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _split(names: bytes) -> list[str]:
    return os.fsdecode(names).split("\0")


def _pack(inside: Mapping[str, Entry]) -> _Part:
    """Write the files of a folder side by side."""
    names = os.fsencode("\0".join(path.rpartition("/")[2] for path in inside))
    marks = b"".join(_pack_mark(mark) for mark, _, _ in inside.values())
    contents = "".join(f"\0{mode or _LEFT}{name}" for _, mode, name in inside.values())
    return _Part(names, marks, contents.encode("ascii"))


def _pack_mark(mark: Mark) -> bytes:
    try:
        return _MARK.pack(*mark)
    except struct.error:  # a time in a far century: such a file is read each time
        return _MARK.pack(*NEVER_SEEN)


def _unpack(folder: str, part: _Part) -> Iterator[tuple[str, Entry]]:
    """Read the files of a folder."""
    start, marks = _start(folder), _MARK.iter_unpack(part.marks)
    contents = part.contents.decode("ascii")[1:].split("\0")
    for name, mark, content in zip(_split(part.names), marks, contents, strict=True):
        cut = _MODE if content[0] != _LEFT else 1
        mode = content[:cut] if cut == _MODE else ""
        yield start + name, (mark, mode, content[cut:])
