"""Reading snapshots: files, texts and differences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from anew.code.git import has_git, own_git
from anew.code.loose import Contents, find_commit, parse_tree, read
from anew.errors import SnapshotError, UnknownNameError
from anew.records import dataclass

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
    "read_message",
]

_FOLDER: Final = "040000"
_LINK: Final = "120000"

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
    found = []
    waiting = [("", _tree_of(git_dir, commit))]
    while waiting:
        prefix, tree = waiting.pop()
        for mode, name, identity in parse_tree(read(git_dir, tree)[1]):
            if mode == _FOLDER:
                waiting.append((f"{prefix}{name}/", identity))
            else:
                found.append(Entry(prefix + name, mode, identity))
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
    identity, mode = _tree_of(git_dir, commit), _FOLDER
    for part in path.split("/"):
        inside = parse_tree(read(git_dir, identity)[1]) if mode == _FOLDER else ()
        mode, identity = next(((m, i) for m, name, i in inside if name == part), ("", ""))
    if mode in {"", _FOLDER}:
        where = f"snapshot {commit[:12]}"
        known = list_files(git_dir, commit)
        raise UnknownNameError(kind="file", name=path, known=known, where=where)
    return read(git_dir, identity)[1]


def read_blobs(git_dir: Path, blobs: Iterable[str]) -> Iterator[bytes]:
    """Read contents one after the other.

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
    with Contents(git_dir) as contents:
        for blob in blobs:
            yield contents.read(blob)[1]


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
    old, new = ({entry.path: entry for entry in entries(git_dir, each)} for each in (a, b))
    return [
        (_compare(old.get(path), new.get(path)), path)
        for path in sorted({**old, **new})
        if old.get(path) != new.get(path)
    ]


def _compare(old: Entry | None, new: Entry | None) -> str:
    """Say in a letter what became of a file."""
    if old is None or new is None:
        return "A" if old is None else "D"
    return "T" if _LINK in {old.mode, new.mode} and old.mode != new.mode else "M"


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
    shut = frozenset(exclude)
    old, new = _tree_of(git_dir, a), _tree_of(git_dir, b)
    if not has_git():
        return "".join(_diff_texts(git_dir, a, b, shut))
    left_out = [f":(top,exclude,literal){path}" for path in sorted(shut)]
    printed = own_git(git_dir).run(
        "diff", "--no-color", "--no-ext-diff", "--no-textconv", old, new, "--", ":(top)", *left_out
    )
    return printed.decode(errors="replace")


def _diff_texts(git_dir: Path, a: str, b: str, exclude: frozenset[str]) -> Iterator[str]:
    """Show the differences where there is no git program."""
    import difflib

    sides = [{entry.path: entry.blob for entry in entries(git_dir, each)} for each in (a, b)]
    for _, path in changed_files(git_dir, a, b):
        parts = path.split("/")
        if any("/".join(parts[:depth]) in exclude for depth in range(1, len(parts) + 1)):
            continue
        contents = [read(git_dir, s[path])[1] if path in s else b"" for s in sides]
        names = [
            f"{end}/{path}" if path in s else "/dev/null"
            for end, s in zip("ab", sides, strict=True)
        ]
        yield f"diff --git a/{path} b/{path}\n"
        if any(b"\0" in content for content in contents):
            yield f"Binary files {names[0]} and {names[1]} differ\n"
            continue
        lines = [content.decode(errors="replace").splitlines(keepends=True) for content in contents]
        for line in difflib.unified_diff(lines[0], lines[1], names[0], names[1]):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


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


def read_message(git_dir: Path, commit: str) -> str:
    """Give what a commit says of itself; of a bare tree, nothing."""
    kind, content = read(git_dir, _check(git_dir, commit))
    return content.partition(b"\n\n")[2].decode(errors="replace") if kind == "commit" else ""


def _tree_of(git_dir: Path, commit: str) -> str:
    """Give the tree of a commit."""
    name = _check(git_dir, commit)
    kind, content = read(git_dir, name)
    return content[5:45].decode("ascii", "replace") if kind == "commit" else name


def _check(git_dir: Path, commit: str) -> str:
    """Look at what could be taken for an option or another repository, and find the commit."""
    if not _COMMIT.fullmatch(commit):
        message = f"not a snapshot: {commit!r}, expected a hexadecimal commit"
        raise SnapshotError(message, hint="take it from the snapshot facet of a trial")
    if not (git_dir / "HEAD").exists():
        message = "there are no snapshots in this folder"
        hint = "was the store moved without its git folder?"
        raise SnapshotError(message, where=str(git_dir), hint=hint)
    return find_commit(git_dir, commit)
