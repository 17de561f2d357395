"""The working tree as a commit in a private bare repository.

The user's repository, its index and the files are only read. The private one is plain git:
``git --git-dir=.anew/git log --all`` shows it.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.checkout import checkout
from anew.code.git import own_git
from anew.code.tree import SourceTree, changed_files, diff, list_files, read_file
from anew.code.watch import Watch, watch
from anew.code.worktree import Listing, list_project, replace_text
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Snapshot",
    "SourceTree",
    "changed_files",
    "checkout",
    "diff",
    "list_files",
    "read_file",
    "take",
]

# Bytes are kept exactly: no line ends, keywords, encodings or filters, whatever .gitattributes say.
_ATTRIBUTES: Final = "* -text !eol !filter !ident !working-tree-encoding\n"

# Files may change while they are read, and a kept index may be damaged: then all is read again.
_ATTEMPTS: Final = 3

_LOCK_TIMEOUT_S: Final = 600.0


@dataclass(frozen=True)
class Snapshot:
    """The state of a source tree.

    Parameters
    ----------
    commit
        The commit in anew's repository; equal trees have equal commits, on every machine.
    tree
        The tree of that commit.
    skipped
        Paths that are left out: too large, unreadable, a credential, or a repository of its own.
    """

    commit: str
    tree: str
    skipped: tuple[str, ...]


_taken: dict[tuple[str, str, int, int], tuple[Watch, Snapshot]] = {}


def take(root: Path, git_dir: Path, *, limit_bytes: int, limit_files: int) -> Snapshot:
    """Keep the source tree as it is now.

    Parameters
    ----------
    root
        The project's folder.
    git_dir
        The private bare repository; it is made when it is missing.
    limit_bytes
        Largest file that is kept, in bytes. Larger ones are listed in ``skipped``.
    limit_files
        Largest number of files.

    Returns
    -------
    Snapshot
        The commit, and what is not in it.

    Raises
    ------
    SnapshotError
        When there is no git, when there are too many files, or when the repository cannot be
        written.

    Notes
    -----
    Safe to call from many threads, processes and hosts that share ``git_dir``: one works at a time,
    on an index of its own, so that a killed one leaves nothing half done. When nothing changed
    since the last call of this process, the cost is one ``lstat`` for each file and folder.
    """
    root, git_dir = Path(os.path.realpath(root)), Path(os.path.realpath(git_dir))
    key = (str(root), str(git_dir), limit_bytes, limit_files)
    marks, snapshot = _taken.get(key, (None, None))
    if marks and snapshot and marks.holds() and (git_dir / "HEAD").exists():
        return snapshot
    with _only_one(git_dir):
        marks, snapshot = _take(root, git_dir, limit_bytes, limit_files)
    if marks:
        _taken[key] = (marks, snapshot)
    return snapshot


def _take(
    root: Path, git_dir: Path, limit_bytes: int, limit_files: int
) -> tuple[Watch | None, Snapshot]:
    """Take a snapshot, several times when files change under the hands."""
    _prepare(git_dir)
    for attempt in range(1, _ATTEMPTS + 1):
        began_ns = time.time_ns()
        listing = list_project(root, git_dir, limit_bytes=limit_bytes)
        _check_number(root, listing, limit_files)
        # Before the files are read: a change from here on shows in the marks.
        marks = watch(listing.watched, since_ns=began_ns)
        try:
            tree = _write_tree(root, git_dir, listing.files, afresh=attempt > 1)
        except SnapshotError:
            if attempt == _ATTEMPTS:
                raise
        else:
            break
    return marks, Snapshot(_commit(git_dir, tree), tree, listing.skipped)


def _check_number(root: Path, listing: Listing, limit_files: int) -> None:
    """Refuse a folder that is no project."""
    if len(listing.files) > limit_files:
        message = f"{len(listing.files)} files to snapshot, more than the limit of {limit_files}"
        hint = (
            "leave data out with a .gitignore file, put an anew.toml into the project's own "
            "folder, or raise the setting snapshot_files"
        )
        raise SnapshotError(message, where=str(root), hint=hint)


@contextmanager
def _only_one(git_dir: Path) -> Iterator[None]:
    """Keep every other process out of the repository, and say when it cannot be written."""
    import filelock

    try:
        git_dir.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(git_dir / "snapshot.lock", timeout=_LOCK_TIMEOUT_S)
        with lock.acquire(poll_interval=0.005):
            yield
    except OSError as error:  # a lock that is not given in time is one, too
        message = f"the snapshots cannot be written: {error}"
        hint = "make the folder writable, make room on the disk, or set another store"
        raise SnapshotError(message, where=str(git_dir), hint=hint) from error


def _prepare(git_dir: Path) -> None:
    """Make the repository, or finish one whose making was cut short; drop what the killed left."""
    for left in git_dir.glob("index.*"):
        left.unlink(missing_ok=True)
    head, attributes = git_dir / "HEAD", git_dir / "info" / "attributes"
    if not _starts_with(head, "ref: ") or not _starts_with(attributes, _ATTRIBUTES):
        for left in (head, git_dir / "HEAD.lock", git_dir / "config.lock"):
            left.unlink(missing_ok=True)
        own_git(git_dir).run(
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--initial-branch=main",
            "--object-format=sha1",
        )
        # Written last: it is the sign that all is there.
        replace_text(attributes, _ATTRIBUTES)


def _starts_with(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes().startswith(text.encode())


def _write_tree(root: Path, git_dir: Path, files: tuple[str, ...], *, afresh: bool) -> str:
    """Write the files as a tree, reading those alone that differ from the kept index.

    The work is done on a copy. A git that outlives its killed caller then cannot touch the index
    of the next one. The copy keeps its time, by which git tells which entries to look at twice.
    """
    kept = git_dir / "index"
    passing = git_dir / f"index.{os.urandom(6).hex()}"
    git = own_git(git_dir, work_tree=root, index=passing)
    try:
        if kept.exists() and not afresh:
            shutil.copy2(kept, passing)
            known = set(filter(None, git.run("ls-files", "-z").split(b"\0")))
        else:
            known = set()
        wanted = [os.fsencode(path) for path in files]
        gone = sorted(known.difference(wanted))
        if gone:
            git.run("update-index", "-z", "--force-remove", "--stdin", stdin=b"\0".join(gone))
        if wanted:
            git.run("update-index", "-z", "--add", "--remove", "--stdin", stdin=b"\0".join(wanted))
        tree = git.run("write-tree").decode().strip()
        if passing.exists():
            passing.replace(kept)
    finally:
        passing.unlink(missing_ok=True)
    return tree


def _ref(tree: str) -> str:
    return f"refs/snapshots/{tree}"


def _commit(git_dir: Path, tree: str) -> str:
    """Give the commit of a tree, made when it is new, with a ref that keeps it from being pruned.

    It has no parent and no date: equal trees have equal commits on every machine, and trials that
    go back and forth between two states of the code do not grow a history.
    """
    git = own_git(git_dir)
    loose = git_dir / _ref(tree)
    if loose.exists():
        known = loose.read_text(encoding="ascii", errors="replace").strip()
        if re.fullmatch("[0-9a-f]{40}", known):
            return known
        # Emptied by a crash of the machine.
        loose.unlink()
    commit = git.run("commit-tree", "-m", "snapshot", tree).decode().strip()
    Path(f"{loose}.lock").unlink(missing_ok=True)
    git.run("update-ref", _ref(tree), commit)
    return commit
