"""Folders outside of a project into which a trial wrote: what is made anew must not end there."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.reproduce.folders import find_folders
from anew.reproduce.named import find_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from anew.reproduce.record import Record

__all__ = ["Outside", "find_outside"]

_MOST_NAMED: Final = 20
_MOUNTS: Final = Path("/proc/self/mountinfo")
_PLACE: Final = 4  # among the fields of a line
_ESCAPED: Final = re.compile(r"\\(\d{3})")
_OF_THE_SYSTEM: Final = ("/dev", "/proc", "/run", "/sys")


class Outside(NamedTuple):
    """Where a trial wrote outside of its project.

    ``covered`` are folders: what is written below them can be kept from them. ``folders`` are those
    of its files. ``shared`` are files in folders of which that cannot be done, ``all`` are all.
    ``absent`` are files and folders that it made: they were not there when it began. ``named`` are
    further folders that it told other programs of, which may have written there.
    """

    covered: tuple[str, ...]
    folders: tuple[str, ...]
    shared: tuple[str, ...]
    all: tuple[str, ...]
    absent: tuple[str, ...]
    named: tuple[str, ...]


def find_outside(record: Record, root: Path, inside: Collection[str]) -> Outside:
    """Find out where a trial wrote, and what of that can be kept from there.

    Parameters
    ----------
    record
        The record of the trial.
    root
        The folder in which its project is laid out: links in it may lead out of it.
    inside
        Folders that are another matter: the project, where it was and is.

    Returns
    -------
    Outside
        Folders that too much else is in are not covered: that of the home, that of temporary files,
        and those in which other file systems are mounted.
    """
    covered: list[Path] = []
    shared = []
    written = dict(_changed(record, root, inside))
    for path in sorted(written):
        folder = Path(os.path.realpath(next(each for each in path.parents if each.exists())))
        if folder.parent != folder.parent.parent and not _is_shared(folder.parent):
            folder = folder.parent  # so that it may be removed itself: no place of a mount can be
        if any(folder.is_relative_to(each) for each in covered):
            continue
        if _is_shared(folder):
            shared.append(path)
        else:
            covered.append(folder)
    folders = dict.fromkeys(folder for path, folder in written.items() if path not in shared)
    own = (str(root), *inside)
    named = [
        folder
        for folder in dict.fromkeys(find_named(record, root))
        if not any(folder.is_relative_to(each) for each in (*map(str, covered), *own))
        and not any(Path(each).is_relative_to(folder) for each in own)
        and not _is_shared(folder)
    ]
    absent = _find_made(record, root, written)
    found = covered, folders, shared, written, absent, named[:_MOST_NAMED]
    return Outside(*(tuple(map(str, paths)) for paths in found))


def _changed(record: Record, root: Path, inside: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Give the files that a trial wrote or removed elsewhere, each with its folder."""
    removed = map(_expand, record.facets.get("tracking", {}).get("removed", ()))
    gone = ((path, os.path.dirname(path)) for path in removed)  # noqa: PTH120 - text
    for path, folder in (*find_folders(record), *gone):
        is_inside = not Path(path).is_absolute()
        place = Path(os.path.realpath(root / path)) if is_inside else Path(path)
        own = (str(root), *inside, *_OF_THE_SYSTEM)
        if not any(place.is_relative_to(each) for each in own):
            yield place, os.path.realpath(root / folder) if is_inside else folder


def _expand(path: str) -> str:
    return os.path.expanduser(path)  # noqa: PTH111 - text


def _find_made(record: Record, root: Path, written: Collection[Path]) -> Iterator[str]:
    """Give what a trial wrote and had not read before, and the folders that it made."""
    tracking = record.facets.get("tracking", {})
    read = [use.path for use in record.trial.files if use.role == "input"]
    before = {os.path.realpath(root / path) for path in read} | {*read}
    before |= set(map(_expand, tracking.get("removed", ())))
    yield from (str(path) for path in written if str(path) not in before)
    yield from filter(os.path.isabs, map(_expand, tracking.get("made", ())))


def _is_shared(folder: Path) -> bool:
    """Tell whether a folder holds much that has nothing to do with the trial."""
    well_known = (Path.home(), Path(tempfile.gettempdir()))
    above = any(Path(os.path.realpath(each)).is_relative_to(folder) for each in well_known)
    return above or any(each != folder and each.is_relative_to(folder) for each in _mounts())


def _mounts() -> Iterator[Path]:
    """Give the places at which file systems are mounted; see proc_pid_mountinfo(5)."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        yield Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), line.split()[_PLACE]))
