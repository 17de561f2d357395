"""Folders of many files that were read and are as they were: known by their states alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from anew.data.trees import MANY, find_trees, read_listing
from anew.digests.files import recall_folder, remember_folder, state_of_folder
from anew.errors import AnewError
from anew.model import FileUse

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from anew.data.keep import Place
    from anew.data.merge import Used
    from anew.digests.files import State

__all__ = ["Folder", "find_folders", "recall_use", "remember_use"]

_RULES: Final = 1
"""To be raised when other files are kept, or listings are written in another way."""


class Folder(NamedTuple):
    """A folder of which all files that were read are now as they were then.

    Parameters
    ----------
    path
        Absolute.
    state
        What changes whenever one of its files does.
    used
        What was done with each file.
    found
        What each file is.
    """

    path: str
    state: State
    used: dict[str, Used]
    found: dict[str, os.stat_result]


def find_folders(
    looked: Iterable[tuple[Used, os.stat_result | None]], place: Place
) -> list[Folder]:
    """Find the folders that are one input, and in which no file was changed or written.

    Parameters
    ----------
    looked
        What was done with each file, and what it is now.
    place
        Where they are and where they are kept.
    """
    used = {each.path: each for each, _ in looked if each.is_read}
    if len(used) < MANY:
        return []
    found = {each.path: now for each, now in looked if now is not None and _is_plain(each, now)}
    folders = []
    for path, inside in find_trees(used, str(place.root)).items():
        if all(each in found for each in inside):
            states = {each: found[each] for each in inside}
            state = state_of_folder(path, states, _RULES, str(place.root), place.limit_bytes)
            folders.append(Folder(path, state, {each: used[each] for each in inside}, states))
    return folders


def _is_plain(used: Used, now: os.stat_result) -> bool:
    """Tell a file that was read and neither written nor changed."""
    state = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
    return not (used.is_written or used.before or used.origin) and used.state == state


def recall_use(folder: Folder, name: str, place: Place) -> FileUse | None:
    """Give the use of a folder that is known, and of which all that is in it is kept.

    Parameters
    ----------
    folder
        The folder.
    name
        Its name in the record.
    place
        Where its files are kept.
    """
    digest = recall_folder(folder.state)
    if digest is None:
        return None
    try:
        contents = read_listing(place.objects.get(digest)).values()
    except (AnewError, OSError, ValueError):
        return None
    hold = place.objects.hold
    if not hold(digest) or len(contents) != len(folder.used):
        return None
    if not all(hold(*each) for each in set(contents)):
        return None
    return FileUse(
        *(name, "input", digest, folder.state[3], None, True, len(contents)),
        first=min(each.first for each in folder.used.values()),
        last=max(each.last for each in folder.used.values()),
    )


def remember_use(folder: Folder, use: FileUse) -> None:
    """Have it known what is in a folder, if everything in it is kept."""
    if use.kept and not use.origin and use.count == len(folder.used):
        remember_folder(folder.state, folder.found, use.digest)
