"""The user's own repository, as far as a folder lies in one. It is only read."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from anew.code.git import user_git

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Repository", "find_repository", "ignore_files", "possible_places", "rule_files"]


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
    if len(lines) != len(fields(Repository)):
        return None  # a line end in the name of a folder: there is no telling the parts
    top, prefix, git_dir, common, index, exclude = lines
    return Repository(Path(top), prefix, Path(git_dir), Path(common), Path(index), Path(exclude))


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
