"""What all processes of a trial did with files, put together by path."""

from __future__ import annotations

import os
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from anew.tracker.reading import SeenFile, SeenProcess

__all__ = ["State", "Used", "find_removed", "merge", "split_folders"]

State: TypeAlias = tuple[int, int, int, int]
"""Device, inode, size in bytes, time of modification in nanoseconds."""


class Used(NamedTuple):
    """What a trial did with one file.

    Parameters
    ----------
    path
        Absolute.
    first, last
        When it was first and last opened, in UTC seconds.
    is_read
        Whether it held something before the trial that the trial read.
    is_written
        Whether the trial wrote, removed or replaced it.
    state
        As it was at its first reading; None for one that was not there.
    before
        The copy of what was read, made before the trial wrote to it; None when there is none.
    origin
        How its last use is known, where it was not seen.
    """

    path: str
    first: float
    last: float
    is_read: bool = False
    is_written: bool = False
    state: State | None = None
    before: Path | None = None
    origin: str = ""


def merge(processes: Iterable[SeenProcess], folder: Path) -> dict[str, Used]:
    """Put together what processes did with each file.

    Parameters
    ----------
    processes
        Those of one trial.
    folder
        Where their traces are, and copies of what they read before they wrote to it.

    Returns
    -------
    dict
        By path. A file that the trial wrote before it read it is not read in this sense: it is the
        trial's own.
    """
    merged: dict[str, Used] = {}
    for seen in sorted(_files(processes), key=attrgetter("first")):
        path, mode, first, last, state, before, _, origin = seen
        known = merged.get(path)
        if known is None and mode == "read" and state and not before:  # as most are: without a call
            merged[path] = Used(path, first, last, is_read=True, state=state, origin=origin)
        else:
            merged[path] = _join(known or Used(path, first, last), seen, folder)
    return merged


def split_folders(processes: Iterable[SeenProcess]) -> tuple[set[str], set[str]]:
    """Find the folders that were there before a trial, and that it removed; and those it made.

    Parameters
    ----------
    processes
        Those of the trial.

    Returns
    -------
    had, made : set of str
        Of a folder that was made and removed, and the reverse, what came first decides.
    """
    had: dict[str, float] = {}
    made: dict[str, float] = {}
    for process in processes:
        for known, told in ((had, process.had), (made, process.made)):
            for path, at in told:
                known[path] = min(at, known.get(path, at))
    first = {path for path, at in had.items() if at <= made.get(path, at)}
    return first, made.keys() - first


def find_removed(processes: Iterable[SeenProcess], root: Path) -> set[str]:
    """Find the files outside of a project that were there before a trial, and that it removed.

    Parameters
    ----------
    processes
        Those of the trial.
    root
        The project's folder.
    """
    first: dict[str, SeenFile] = {}
    for seen in sorted((each for p in processes for each in p.files), key=attrgetter("first")):
        if not seen.path.startswith(f"{root}{os.sep}"):
            first.setdefault(seen.path, seen)
    gone = {each.path for p in processes for each in p.files if each.mode == "gone"}
    return {path for path in gone if path in first and first[path].state is not None}


def _join(known: Used, seen: SeenFile, folder: Path) -> Used:
    """Add one use to those that came before it."""
    is_own = known.is_written and not known.is_read
    is_read, is_written, origin = known.is_read, known.is_written, known.origin
    state, before = known.state, known.before
    if seen.mode != "read":
        is_written, origin = True, seen.origin
    elif seen.state is not None and not is_read and not is_own:
        is_read, state, origin = True, seen.state, seen.origin
    if seen.before and before is None and not is_own:
        is_read, state, before = True, state or seen.state, folder / seen.before
    last = max(known.last, seen.last)
    return Used(known.path, known.first, last, is_read, is_written, state, before, origin)


def _files(processes: Iterable[SeenProcess]) -> Iterator[SeenFile]:
    """Give the uses of files; the sources of modules are code, and told by the snapshot."""
    for process in processes:
        sources = set(process.modules.values())
        for seen in process.files:
            is_source = seen.mode == "read" and seen.path in sources and not seen.told
            if not is_source and (seen.path[0] == os.sep or os.path.isabs(seen.path)):  # noqa: PTH117
                yield seen
