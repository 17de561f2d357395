"""Code that others could not get: not committed, or on no remote."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from anew.errors import AnewError
from anew.guards.concern import Concern, name_some
from anew.guards.worktree import is_code, read_worktree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from anew.guards.present import Present
    from anew.guards.worktree import Worktree

__all__ = ["find_open_code", "find_unpushed", "see_worktree"]

_TYPED: Final = 5
"""So many paths are written into a command."""


def see_worktree(present: Present) -> tuple[Worktree | None, str]:
    """Give what git says of the project, and why it says nothing.

    Parameters
    ----------
    present
        What there is now.
    """
    try:
        return read_worktree(present.root), ""
    except AnewError as error:
        return None, error.what


def find_open_code(
    present: Present, worktree: Worktree | None, *, written: Collection[str] = ()
) -> list[Concern]:
    """Find code that is in no commit.

    Parameters
    ----------
    present
        What there is now.
    worktree
        What git says of the project; None without a repository.
    written
        Paths that trials wrote: what comes out of a program is not its code.

    Returns
    -------
    list of Concern
        Of edits and new files first; then what no snapshot holds, either.
    """
    if worktree is None:
        text, mend = "the code is in no git repository", "git init && git add . && git commit -m ."
        return [Concern("code", text, mend), *_find_unkept(present, frozenset())]
    changed = [p for p in worktree.changed if is_code(p, tracked=True) and p not in written]
    new = [path for path in worktree.untracked if is_code(path) and path not in written]
    script = _script_name(present)
    if script in worktree.untracked and script not in new:
        new.append(script)
    found = []
    if changed or new:
        names = [*changed, *new]
        paths = " ".join(map(shlex.quote, names)) if len(names) <= _TYPED else "-A"
        text = f"{_count(len(names), 'file')} not committed: {name_some(names)}"
        found.append(Concern("code", text, f"git add {paths} && git commit"))
    for path in worktree.modules:
        mend = f"git -C {shlex.quote(path)} commit -a && git commit {shlex.quote(path)}"
        found.append(Concern("code", f"submodule {path} is not as the commit says", mend))
    return [*found, *_find_unkept(present, worktree.tracked | {*new}), *_find_hidden(worktree)]


def _count(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"


def _script_name(present: Present) -> str:
    """Give the path of the script as git would."""
    script = present.script
    inside = script is not None and script.is_relative_to(present.root)
    return script.relative_to(present.root).as_posix() if script and inside else ""


def _find_unkept(present: Present, known: Collection[str]) -> Iterator[Concern]:
    """Find code that runs and goes into no snapshot: ignored, or too large."""
    # What is too large for the snapshot goes into the object store.
    limit = max(present.settings.snapshot_limit, present.settings.keep_inputs)
    for path, _ in present.sources:
        size = _size(present, path)
        if size > limit:
            mend = f"keep_inputs = {size}  # in anew.toml"
            yield Concern("snapshot", f"{path} runs, and is too large to keep", mend)
        elif PurePath(path).is_absolute():
            text = f"{path} runs, and lies outside of the project"
            yield Concern("snapshot", text, f"move it into {present.root}")
        elif present.script and known and path not in known:
            mend = f"git add --force {shlex.quote(path)} && git commit"
            yield Concern("snapshot", f"{path} runs, and git ignores it", mend)


def _size(present: Present, path: str) -> int:
    try:
        return (present.root / path).stat().st_size
    except OSError:
        return 0


def _find_hidden(worktree: Worktree) -> Iterator[Concern]:
    """Find code of which git was told not to say whether it changed."""
    for path in worktree.unwatched:
        if is_code(path, tracked=True):
            flags = "--no-assume-unchanged --no-skip-worktree"
            mend = f"git update-index {flags} {shlex.quote(path)}"
            yield Concern("code", f"git was told not to look at {path}", mend)


def find_unpushed(worktree: Worktree | None) -> list[Concern]:
    """Find out whether anybody else could get the commit.

    Parameters
    ----------
    worktree
        What git says of the project; None without a repository.

    Returns
    -------
    list of Concern
        One when there is no remote, or none that has the commit, as far as was last heard.
    """
    if worktree is None or not worktree.remotes:
        branch = "HEAD" if worktree is None else worktree.branch or "HEAD"
        mend = f"git remote add origin URL && git push -u origin {shlex.quote(branch)}"
        return [Concern("remote", "the code has no remote that others could get it from", mend)]
    if worktree.is_pushed:
        return []
    remote = "origin" if "origin" in worktree.remotes else worktree.remotes[0]
    if worktree.commit is None:
        return [Concern("remote", "there is no commit that others could get", "git commit")]
    where = worktree.branch or "HEAD:refs/heads/NAME"
    text = f"commit {worktree.commit[:10]} is on no remote"
    return [Concern("remote", text, f"git push {remote} {shlex.quote(where)}")]
