"""The user's repository, as far as it holds the code that is about to run. It is only read."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from anew.code.git import user_git
from anew.code.repository import find_repository
from anew.records import dataclass

if TYPE_CHECKING:
    from anew.code.git import Git

__all__ = ["Worktree", "is_code", "read_worktree"]

_CODE: Final = (
    r"\.(py|pyi|pyx|pxd|ipynb|r|rmd|qmd|jl|m|lua|js|ts|java|go|rs|rb|pl|sql|stan"
    r"|c|cc|cpp|h|hpp|cu|cuh|f|f90|f95|for|sh|bash|zsh|sbatch|smk|nf)"
)
_NAMED_CODE: Final = frozenset({"CMakeLists.txt", "Dockerfile", "Makefile", "Snakefile"})

# Programs write files of these kinds, too; one that is tracked is the user's own.
_SETTINGS: Final = r"\.(toml|cfg|ini|ya?ml|proto|lock)"

_FIELDS: Final = {"1": 8, "u": 10}
"""How many blanks stand before the path, by the kind of an entry; see git-status(1)."""


def is_code(path: str, *, tracked: bool = False) -> bool:
    """Tell whether a file decides what a program does.

    Parameters
    ----------
    path
        The path, with slashes.
    tracked
        Whether somebody has put it under version control.
    """
    name = PurePosixPath(path)
    if re.fullmatch(_CODE, name.suffix, re.IGNORECASE) or name.name in _NAMED_CODE:
        return True
    is_settings = re.fullmatch(_SETTINGS, name.suffix, re.IGNORECASE) or name.name.startswith(
        "requirements"
    )
    return tracked and bool(is_settings)


@dataclass(frozen=True)
class Worktree:
    """What git says of a project; paths are relative to the project.

    Parameters
    ----------
    commit, branch
        Of HEAD; None where there is none.
    changed, untracked
        Files that differ from the commit, and those that it does not know.
    modules
        Submodules with other commits or edits than the commit says.
    tracked
        The files in the index.
    unwatched
        Tracked files that git was told not to look at.
    remotes
        Names of remotes.
    is_pushed
        Whether a branch of a remote, as last fetched or pushed, has the commit.
    """

    commit: str | None
    branch: str | None
    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    modules: tuple[str, ...]
    tracked: frozenset[str]
    unwatched: tuple[str, ...]
    remotes: tuple[str, ...]
    is_pushed: bool


def read_worktree(root: Path) -> Worktree | None:
    """Ask git about a project.

    Parameters
    ----------
    root
        The project's folder.

    Returns
    -------
    Worktree or None
        None when it lies in no repository.

    Raises
    ------
    SnapshotError
        When there is one that git does not read, or no git.
    """
    root = Path(os.path.realpath(root))
    repository = find_repository(root)
    if repository is None:
        return None
    git = user_git(root)
    head, entries = _read_status(git, repository.prefix)
    tracked, unwatched = _read_index(git, root)
    commit = None if head["branch.oid"] == "(initial)" else head["branch.oid"]
    branch = head["branch.head"]
    return Worktree(
        commit=commit,
        branch=None if branch == "(detached)" else branch,
        changed=tuple(path for kind, path in entries if kind == "changed"),
        untracked=tuple(path for kind, path in entries if kind == "?"),
        modules=tuple(path for kind, path in entries if kind == "module"),
        tracked=tracked,
        unwatched=unwatched,
        remotes=tuple(_lines(git.ask("remote"))),
        is_pushed=commit is not None and _is_pushed(git, commit),
    )


def _read_status(git: Git, prefix: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Read the head, and kind and path of what differs from the commit."""
    printed = git.run(
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=none",
        "--",
        ".",
    )
    head: dict[str, str] = {}
    entries = []
    for entry in filter(None, os.fsdecode(printed).split("\0")):
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            head[name] = value
        elif kind in _FIELDS:
            parts = entry.split(" ", _FIELDS[kind])
            is_module = parts[2].startswith("S")
            entries.append(("module" if is_module else "changed", parts[-1].removeprefix(prefix)))
        elif kind == "?":
            entries.append((kind, rest.removeprefix(prefix)))
    return head, entries


def _read_index(git: Git, root: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """List the tracked files, and those of them that git was told to take as unchanged."""
    printed = git.run("ls-files", "-z", "-v", "--", ".")
    marked = [entry.partition(" ") for entry in os.fsdecode(printed).split("\0") if entry]
    silent = (path for mark, _, path in marked if mark.islower() or mark == "S")
    tracked = frozenset(path for _, _, path in marked)
    # Those that a sparse checkout leaves out are not there.
    return tracked, tuple(path for path in silent if os.path.lexists(root / path))


def _is_pushed(git: Git, commit: str) -> bool:
    found = git.ask("for-each-ref", "--count=1", "--contains", commit, "refs/remotes")
    return bool(found and found.strip())


def _lines(printed: bytes | None) -> list[str]:
    return os.fsdecode(printed or b"").splitlines()
