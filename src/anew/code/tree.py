"""Reading snapshots: files, texts and differences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Final

from anew.code.git import Git, own_git
from anew.errors import SnapshotError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "Entry",
    "SourceTree",
    "changed_files",
    "diff",
    "entries",
    "list_files",
    "read_blobs",
    "read_file",
]

# So few at once that they fit into a pipe: neither side ever waits for the other with a full one.
_QUESTIONS: Final = 50

_COMMIT: Final = re.compile("[0-9a-f]{4,64}")


@dataclass(frozen=True)
class Entry:
    """One file of a snapshot.

    Parameters
    ----------
    path
        Relative to the project, with slashes.
    mode
        ``100644`` for a file, ``100755`` for a program, ``120000`` for a symbolic link.
    blob
        The identity of its content in the repository.
    """

    path: str
    mode: str
    blob: str


def entries(git_dir: Path, commit: str) -> list[Entry]:
    """List the files of a snapshot with modes and contents.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit of the snapshot.

    Returns
    -------
    list of Entry
        Sorted by path.

    Raises
    ------
    SnapshotError
        When the snapshot is not there.
    """
    printed = _git(git_dir, commit).run("ls-tree", "-r", "-z", "--full-tree", commit)
    found = []
    for line in filter(None, os.fsdecode(printed).split("\0")):
        facts, _, path = line.partition("\t")
        mode, _, blob = facts.split(" ")
        found.append(Entry(path, mode, blob))
    return sorted(found, key=lambda entry: entry.path)


def list_files(git_dir: Path, commit: str) -> list[str]:
    """List the files of a snapshot.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit of the snapshot.

    Returns
    -------
    list of str
        Sorted paths, relative to the project.

    Raises
    ------
    SnapshotError
        When the snapshot is not there.
    """
    return [entry.path for entry in entries(git_dir, commit)]


def read_file(git_dir: Path, commit: str, path: str) -> bytes:
    """Read one file of a snapshot.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit of the snapshot.
    path
        Relative to the project.

    Returns
    -------
    bytes
        The content; for a symbolic link the path that it points to.

    Raises
    ------
    UnknownNameError
        When the snapshot has no such file.
    SnapshotError
        When the snapshot is not there.
    """
    content = _git(git_dir, commit).ask("cat-file", "blob", f"{commit}:{path}")
    if content is None:
        where = f"snapshot {commit[:12]}"
        known = list_files(git_dir, commit)
        raise UnknownNameError(kind="file", name=path, known=known, where=where)
    return content


def read_blobs(git_dir: Path, blobs: Iterable[str]) -> Iterator[bytes]:
    """Read contents one after the other through a single git.

    Parameters
    ----------
    git_dir
        Anew's repository.
    blobs
        Identities of contents, as in `Entry`.

    Yields
    ------
    bytes
        The contents in the same order.

    Raises
    ------
    SnapshotError
        When a content is missing or damaged.
    """
    with own_git(git_dir).start("cat-file", "--batch") as process:
        asking, answers = process.stdin, process.stdout
        if asking is None or answers is None:  # pragma: no cover - both are pipes
            return
        try:
            wanted = iter(blobs)
            while some := list(islice(wanted, _QUESTIONS)):
                asking.write("".join(f"{blob}\n" for blob in some).encode())
                asking.flush()
                for blob in some:
                    yield _answer(answers, blob, git_dir)
        finally:
            # Also when the caller stops early, or the answer was cut off.
            asking.close()


def _answer(answers: IO[bytes], blob: str, git_dir: Path) -> bytes:
    """Read one answer of ``cat-file --batch``: identity, type, size, content, line end."""
    _, kind, *size = answers.readline().split() or (b"", b"")
    wanted = int(size[0]) + 1 if size else 1
    content = answers.read(wanted) if kind == b"blob" else b""
    if len(content) != wanted:
        message = f"content {blob[:12]} of a snapshot is missing or damaged"
        hint = f"`git --git-dir={git_dir} fsck` tells what else is"
        raise SnapshotError(message, where=str(git_dir), hint=hint)
    return content[:-1]


def changed_files(git_dir: Path, a: str, b: str) -> list[tuple[str, str]]:
    """List the files that differ between two snapshots.

    Parameters
    ----------
    git_dir
        Anew's repository.
    a, b
        Commits, the earlier one first.

    Returns
    -------
    list of tuple of str
        Status and path, sorted by path: ``A`` added, ``D`` removed, ``M`` changed, ``T`` turned
        into a link or out of one. A renamed file is removed and added.

    Raises
    ------
    SnapshotError
        When a snapshot is not there.
    """
    git = _git(git_dir, a, b)
    printed = git.run("diff-tree", "-r", "-z", "--name-status", "--no-renames", a, b)
    words = os.fsdecode(printed).split("\0")[:-1]
    return sorted(zip(words[::2], words[1::2], strict=True), key=lambda change: change[1])


def diff(git_dir: Path, a: str, b: str, *, exclude: Iterable[str] = ()) -> str:
    """Show the differences between two snapshots.

    Parameters
    ----------
    git_dir
        Anew's repository.
    a, b
        Commits, the earlier one first.
    exclude
        Paths of files or folders that are left out.

    Returns
    -------
    str
        A unified diff; empty when there is no difference.

    Raises
    ------
    SnapshotError
        When a snapshot is not there.
    """
    left_out = [f":(top,exclude,literal){path}" for path in exclude]
    git = _git(git_dir, a, b)
    printed = git.run(
        "diff", "--no-color", "--no-ext-diff", "--no-textconv", a, b, "--", ":(top)", *left_out
    )
    return printed.decode(errors="replace")


class SourceTree(Mapping[str, str]):
    """The text of the files of a snapshot by path; a file is read when it is taken out.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit of the snapshot.

    Notes
    -----
    What is not UTF-8 comes with replacement characters; `read_file` gives the bytes.
    """

    def __init__(self, git_dir: Path, commit: str) -> None:
        self.git_dir = git_dir
        self.commit = commit
        self._paths: dict[str, None] | None = None

    def __getitem__(self, path: str) -> str:
        return read_file(self.git_dir, self.commit, path).decode(errors="replace")

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed())

    def __len__(self) -> int:
        return len(self._listed())

    def __contains__(self, path: object) -> bool:
        return path in self._listed()

    def __repr__(self) -> str:
        return f"SourceTree({self.commit[:12]}, {len(self)} files)"

    def _listed(self) -> dict[str, None]:
        if self._paths is None:
            self._paths = dict.fromkeys(list_files(self.git_dir, self.commit))
        return self._paths


def _git(git_dir: Path, *commits: str) -> Git:
    """Give git, after a look at what could be taken for an option or another repository."""
    for commit in commits:
        if not _COMMIT.fullmatch(commit):
            message = f"not a snapshot: {commit!r}, expected a hexadecimal commit"
            raise SnapshotError(message, hint="take it from the snapshot facet of a trial")
    if not (git_dir / "HEAD").exists():
        message = "there are no snapshots in this folder"
        hint = "was the store moved without its git folder?"
        raise SnapshotError(message, where=str(git_dir), hint=hint)
    return own_git(git_dir)
