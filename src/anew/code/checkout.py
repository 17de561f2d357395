"""A snapshot as files again, in a new folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from anew.code.commit import read_empty
from anew.code.tree import Entry, entries, read_blobs, read_message
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["checkout"]

_PROGRAM: Final = "100755"
_LINK: Final = "120000"
_MODES: Final = frozenset({"100644", _PROGRAM, _LINK})


def checkout(git_dir: Path, commit: str, folder: Path) -> None:
    """Write the files and empty folders of a snapshot into a new one, and touch nothing else.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit of the snapshot.
    folder
        The folder, which is made; it may exist when it is empty.

    Raises
    ------
    SnapshotError
        When the snapshot is not there, when the folder is not empty or cannot be written, or when
        a path of the snapshot would lie outside of it.
    """
    found = entries(git_dir, commit)
    for entry in found:
        _check(entry, commit)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            message = f"the folder for the snapshot is not empty: {str(folder)!r}"
            raise SnapshotError(message, hint="name a new folder")
        # Links come last, so that no file can be written through one.
        found.sort(key=lambda entry: entry.mode == _LINK)
        contents = read_blobs(git_dir, (entry.blob for entry in found))
        for entry, content in zip(found, contents, strict=True):
            _write(folder / entry.path, entry.mode, content)
        for empty in read_empty(read_message(git_dir, commit)):
            if not _escapes(empty):
                (folder / empty).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the snapshot cannot be written: {error}"
        raise SnapshotError(message, where=str(folder), hint="name a new folder") from error


def _check(entry: Entry, commit: str) -> None:
    """Refuse what anew does not put into a snapshot: somebody else made this one."""
    if entry.mode not in _MODES or _escapes(entry.path):
        message = f"the snapshot has a path that is not a project's: {entry.path!r}"
        hint = "look at it with git before you trust it"
        raise SnapshotError(message, where=f"snapshot {commit[:12]}", hint=hint)


def _escapes(path: str) -> bool:
    """Tell a path that leads out of the folder, or to what git would run."""
    return not {"", ".", "..", ".git"}.isdisjoint(path.lower().split("/"))


def _write(path: Path, mode: str, content: bytes) -> None:
    """Write one new file or link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == _LINK:
        path.symlink_to(os.fsdecode(content))
        return
    # The process's umask decides on the rest, as for any file that it makes.
    rights = 0o777 if mode == _PROGRAM else 0o666
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as file:
        file.write(content)
