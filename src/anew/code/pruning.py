"""Removing the snapshots that nothing refers to any more."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.code.locking import only_one
from anew.code.loose import Contents, has, list_objects, parse_tree
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["prune"]

_HOUR_S: Final = 3600.0
"""A snapshot younger than this may be that of a trial that is about to begin."""

_FOLDER: Final = "040000"


def prune(git_dir: Path, keep: Collection[str], *, dry_run: bool = False) -> list[int]:
    """Remove snapshots, and the contents that belong to them alone.

    Parameters
    ----------
    git_dir
        Anew's repository.
    keep
        The commits that trials refer to.
    dry_run
        Only say what would be freed.

    Returns
    -------
    list of int
        The sizes of the files that are freed, in bytes.

    Raises
    ------
    SnapshotError
        When a snapshot that is to stay is damaged: then nothing is removed, because what it needs
        cannot be told; or when the repository cannot be written.

    Notes
    -----
    Snapshots that were taken or asked for within the last hour stay, too. What git has packed
    stays until ``git gc`` is run on the folder.
    """
    if not (git_dir / "HEAD").exists():
        return []
    with only_one(git_dir):
        refs = _read_refs(git_dir)
        young = time.time() - _HOUR_S
        gone = {
            ref: commit
            for ref, commit in refs.items()
            if commit not in keep and ref.stat().st_mtime < young
        }
        staying = {commit for ref, commit in refs.items() if ref not in gone} | set(keep)
        needed = _reach(git_dir, {commit for commit in staying if has(git_dir, commit)})
        lone = [path for name, path in list_objects(git_dir) if name not in needed] if gone else []
        sizes = [path.stat().st_size for path in lone]
        if not dry_run:
            for path in (*gone, *lone):
                with suppress(FileNotFoundError):
                    path.unlink()
    return sizes


def _read_refs(git_dir: Path) -> dict[Path, str]:
    """List the snapshots by the file that names them."""
    found = {}
    for ref in (git_dir / "refs" / "snapshots").glob("*"):
        commit = ref.read_text(encoding="ascii", errors="replace").strip()
        if re.fullmatch("[0-9a-f]{40}", commit):
            found[ref] = commit
    return found


def _reach(git_dir: Path, commits: set[str]) -> set[str]:
    """Give the names of all contents that some commits are made of."""
    with Contents(git_dir) as contents:
        return _walk(contents, commits)


def _walk(contents: Contents, commits: set[str]) -> set[str]:
    """Follow commits to trees, and trees to what they hold."""
    needed = set(commits)
    waiting = list(commits)
    while waiting:
        name = waiting.pop()
        kind, content = contents.read(name)
        if kind == "commit":
            inside = [content[5:45].decode("ascii", "replace")]
        elif kind == "tree":
            entries = list(parse_tree(content))
            needed.update(name for mode, _, name in entries if mode != _FOLDER)
            inside = [name for mode, _, name in entries if mode == _FOLDER]
        else:
            message = f"content {name[:12]} of a snapshot is a {kind}, expected a commit or tree"
            raise SnapshotError(message, hint="look at it with git before you trust it")
        waiting += [name for name in inside if name not in needed]
        needed.update(inside)
    return needed
