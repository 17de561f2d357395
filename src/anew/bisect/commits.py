"""The commits of the user's repository that brought a change; the repository is only read."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.git import has_git, user_git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.bisect.mixtures import Candidate
    from anew.code.git import Git
    from anew.reproduce.recipe import Recipe

__all__ = ["find_commits"]

_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")


def find_commits(old: Recipe, new: Recipe, changes: Iterable[Candidate]) -> tuple[str, ...]:
    """Name the commits that brought changes of the code.

    Parameters
    ----------
    old, new
        The recipes of both trials.
    changes
        Those that make the difference.

    Returns
    -------
    tuple of str
        Hash and subject of each, in the order of history. Nothing when a trial ran on uncommitted
        edits, or when the history between both is not one line.
    """
    files = [each for each in changes if each.kind in {"code", "data"}]
    root = new.record.root
    if not files or not root or not Path(root).is_dir() or not has_git():
        return ()
    git, ends = user_git(Path(root)), [each.facets.get("git", {}) for each in (old, new)]
    names = [str(end.get("commit")) for end in ends]
    if not all(map(_COMMIT.fullmatch, names)) or any(end.get("dirty") for end in ends):
        return ()
    line = _read_line(git, *names)
    found = {commit for each in files for commit in _blame(git, names, line, each)}
    return tuple(line[commit] for commit in line if commit in found)


def _read_line(git: Git, old: str, new: str) -> dict[str, str]:
    """Read the commits between two, when each has one parent, the oldest first."""
    span = f"{old}..{new}"
    if git.ask("merge-base", "--is-ancestor", old, new) is None:
        return {}
    if git.ask("rev-list", "--merges", "--max-count=1", span) != b"":
        return {}
    printed = git.ask("log", "--reverse", "--no-show-signature", "--format=%H %h %s", span) or b""
    lines = printed.decode(errors="replace").splitlines()
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}


def _blame(git: Git, ends: list[str], line: dict[str, str], change: Candidate) -> set[str]:
    """Find the commits of one change."""
    if not line:
        return set()
    span = f"{ends[0]}..{ends[1]}"
    if change.lines is None:
        printed = git.ask("log", "--no-show-signature", "--format=%H", span, "--", change.name)
        return set((printed or b"").decode().split()) & line.keys()
    first, last, new_first, new_last = change.lines
    if new_last >= new_first:
        words = ("-s", "-l", "--root", "-L", f"{new_first},{new_last}", span)
        return _read_blame(git.ask("blame", *words, "--", change.name)) & line.keys()
    words = ("-s", "-l", "--reverse", "-L", f"{first},{last}", span)
    kept = _read_blame(git.ask("blame", *words, "--", change.name))
    order = [ends[0], *line]
    after = dict(pairwise(order))
    # What is found is the last commit that still has the lines.
    return {after[commit] for commit in kept if commit in after}


def _read_blame(printed: bytes | None) -> set[str]:
    lines = (printed or b"").decode(errors="replace").splitlines()
    return {line.split(" ", 1)[0].lstrip("^") for line in lines}
