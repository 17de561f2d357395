"""The project's files before and after, for programs that cannot be seen from inside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Scan", "look", "name_changes"]

State = tuple[int, int, int, int]
Scan = dict[str, State]

_LEFT_OUT: Final = frozenset(
    {".git", ".hg", ".svn", ".anew", ".venv", "venv", "node_modules", "__pycache__"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".tox", ".nox"}
)


def look(root: Path, *, store: Path, limit: int = 200_000) -> Scan | None:
    """List the files of a project with what tells that they were written.

    Parameters
    ----------
    root
        The project's folder.
    store
        The store's folder, which is left out.
    limit
        With more files than that it is no project.

    Returns
    -------
    dict or None
        Device, inode, size in bytes and time of change in nanoseconds, by absolute path; None when
        there are too many.
    """
    found: Scan = {}
    waiting = [os.fspath(root)]
    own = os.fspath(store)
    while waiting:
        try:
            entries = [*os.scandir(waiting.pop())]
        except OSError:  # not ours to read, or just removed
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _LEFT_OUT and entry.path != own:
                    waiting.append(entry.path)
            elif entry.is_file() and (state := _state(entry)):
                found[entry.path] = state
        if len(found) > limit:
            return None
    return found


def _state(entry: os.DirEntry[str]) -> State | None:
    try:
        there = entry.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns


def name_changes(before: Scan, after: Scan) -> list[tuple[str, str, State | None]]:
    """Say what was written and removed between two looks.

    Parameters
    ----------
    before, after
        The looks.

    Returns
    -------
    list of (str, str, State or None)
        Path, ``"write"`` or ``"gone"``, and its state before, in the order of the paths.
    """
    changed = [
        (path, "write" if path in after else "gone", before.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    ]
    return sorted(changed)
