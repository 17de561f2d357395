"""The user's own repository, as far as a folder lies in one. It is only read."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.git import user_git
from anew.records import dataclass, field_names

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Repository",
    "find_repository",
    "guess_repository",
    "head_files",
    "ignore_files",
    "possible_places",
    "read_head",
    "read_index",
    "rule_files",
]


_COMMIT: Final = "[0-9a-f]{40}([0-9a-f]{24})?"


@dataclass(frozen=True)
class Repository:
    """Where the parts of the user's repository are.

    Parameters
    ----------
    top
        The folder of the work tree.
    prefix
        The path from ``top`` to the folder that was asked about, with a slash at the end, or empty.
    git_dir
        Where ``HEAD`` is; of its own for each linked work tree.
    common
        Where branches and configuration are.
    index
        The index.
    exclude
        The patterns that are ignored in this clone alone; the file need not exist.
    """

    top: Path
    prefix: str
    git_dir: Path
    common: Path
    index: Path
    exclude: Path


def possible_places(root: Path) -> list[str]:
    """List where a repository that holds a folder would show.

    Parameters
    ----------
    root
        The folder, absolute.

    Returns
    -------
    list of str
        ``.git`` in the folder and in each one above it.
    """
    return [str(folder / ".git") for folder in (root, *root.parents)]


def find_repository(root: Path) -> Repository | None:
    """Find the repository in which a folder lies.

    Parameters
    ----------
    root
        The folder, absolute.

    Returns
    -------
    Repository or None
        None when there is none.

    Raises
    ------
    SnapshotError
        When there is one that git does not want to read, because it is broken or somebody else's.
    """
    if not any(map(os.path.lexists, possible_places(root))):
        return None
    printed = user_git(root).run(
        "rev-parse",
        "--path-format=absolute",
        "--show-toplevel",
        "--show-prefix",
        "--git-dir",
        "--git-common-dir",
        "--git-path",
        "index",
        "--git-path",
        "info/exclude",
    )
    lines = os.fsdecode(printed).removesuffix("\n").split("\n")
    if len(lines) != len(field_names(Repository)):
        return None  # a line end in the name of a folder: there is no telling the parts
    top, prefix, git_dir, common, index, exclude = lines
    return Repository(Path(top), prefix, Path(git_dir), Path(common), Path(index), Path(exclude))


def guess_repository(root: Path) -> Repository | None:
    """Find the repository in which a folder lies where there is no git program to ask.

    Parameters
    ----------
    root
        The folder, absolute.

    Returns
    -------
    Repository or None
        None when there is none.
    """
    for place in map(Path, possible_places(root)):
        git_dir = _git_dir(place)
        if git_dir and (git_dir / "HEAD").is_file():
            common = _common(git_dir)
            inside = root.relative_to(place.parent).as_posix()
            prefix = "" if inside == "." else f"{inside}/"
            exclude = common / "info" / "exclude"
            return Repository(place.parent, prefix, git_dir, common, git_dir / "index", exclude)
    return None


def read_head(folder: Path) -> tuple[str | None, str | None]:
    """Read commit and branch of a repository from its files.

    Parameters
    ----------
    folder
        The folder of the work tree.

    Returns
    -------
    tuple of str
        None for the commit of a branch without one, and for the branch of a detached head.
    """
    git_dir = _git_dir(folder / ".git")
    head = _read(git_dir / "HEAD") if git_dir else ""
    if git_dir is None or not head.startswith("ref: "):
        return (head if re.fullmatch(_COMMIT, head) else None), None
    ref, common = head.removeprefix("ref: "), _common(git_dir)
    commit = _read(git_dir / ref) or _read(common / ref)
    if not commit:
        named = rf"^([0-9a-f]+) {re.escape(ref)}$"
        packed = re.search(named, _read(common / "packed-refs"), re.MULTILINE)
        commit = packed[1] if packed else ""
    return commit if re.fullmatch(_COMMIT, commit) else None, ref.removeprefix("refs/heads/")


def head_files(folder: Path) -> list[str]:
    """List the files that change with every commit of a repository, and with its branch.

    Parameters
    ----------
    folder
        The folder of the work tree.

    Returns
    -------
    list of str
        Absolute paths, absent ones included.
    """
    git_dir = _git_dir(folder / ".git")
    if git_dir is None:
        return [str(folder / ".git")]
    common, ref = _common(git_dir), _read(git_dir / "HEAD").removeprefix("ref: ")
    files = [git_dir / "HEAD", git_dir / "logs" / "HEAD", common / "packed-refs", common / ref]
    return [os.path.abspath(path) for path in files]  # noqa: PTH100 - links are not followed


def read_index(repository: Repository) -> frozenset[str]:
    """List what a repository tracks where there is no git program to ask.

    Parameters
    ----------
    repository
        The repository.

    Returns
    -------
    frozenset of str
        Paths relative to the folder that was asked about; empty when the index is in a format that
        is not read (gitformat-index(5), versions 2 and 3 are).
    """
    try:
        data = repository.index.read_bytes()
        mark, version, number = struct.unpack_from(">4sII", data)
        if mark != b"DIRC" or version not in {2, 3}:
            return frozenset()
        paths, place = [], 12
        for _ in range(number):
            flags = int.from_bytes(data[place + 60 : place + 62], "big")
            begin = place + (64 if flags & 0x4000 else 62)
            end = data.index(b"\0", begin)
            paths.append(os.fsdecode(data[begin:end]))
            place += (end - place + 8) & ~7
    except (OSError, ValueError, struct.error):
        return frozenset()
    prefix = repository.prefix
    return frozenset(path[len(prefix) :] for path in paths if path.startswith(prefix))


def _git_dir(place: Path) -> Path | None:
    """Follow the file ``.git`` of a submodule or a linked work tree."""
    if place.is_dir():
        return place
    told = _read(place)
    return (place.parent / told[8:]) if told.startswith("gitdir: ") else None


def _common(git_dir: Path) -> Path:
    told = _read(git_dir / "commondir")
    return git_dir / told if told else git_dir


def _read(path: Path) -> str:
    """Read a small file of a repository; an absent one says nothing."""
    try:
        return os.fsdecode(path.read_bytes()).strip()
    except OSError:
        return ""


def rule_files(root: Path, repository: Repository | None, excludes: Path | None) -> list[str]:
    """List the files outside of a folder by which git decides what it ignores there.

    Parameters
    ----------
    root
        The folder, absolute.
    repository
        The repository in which it lies.
    excludes
        The user's file of patterns for all repositories, when one is set.

    Returns
    -------
    list of str
        Absolute paths, absent ones included.
    """
    home = Path(os.environ.get("HOME", "/"))  # as git does
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git"
    rules = [home / ".gitconfig", settings / "config", settings / "ignore"]
    if excludes:
        rules.append(excludes)
    if repository:
        rules += [repository.exclude, repository.index, repository.common / "config"]
        between = root
        while between != repository.top:
            between = between.parent
            rules.append(between / ".gitignore")
    # Whether a repository appears; one that is there writes to its folder all the time.
    absent = [place for place in possible_places(root) if not Path(place).is_dir()]
    return [*map(str, rules), *absent]


def ignore_files(root: Path, folders: Iterable[str]) -> list[str]:
    """List the files ``.gitignore`` of some folders.

    Parameters
    ----------
    root
        The project's folder.
    folders
        Paths relative to it.

    Returns
    -------
    list of str
        Absolute paths of those that are there; a new one shows in the time of its folder.
    """
    return list(filter(os.path.lexists, (f"{root}/{folder}/.gitignore" for folder in folders)))
