"""Folders whose names other programs are told: what is in them, before and after."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.watch.alive import ALIVE
from anew.watch.conditions import list_folder, look, state_of
from anew.watch.places import counts

if TYPE_CHECKING:
    from anew.watch.touch import Touch

__all__ = ["Inside", "look_into", "see_trees"]

_MOST: Final = 10_000
_TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 - where everybody writes


class Inside(NamedTuple):
    """What is in a folder, and in those within it.

    Attributes
    ----------
    names : dict
        By folder the names of its entries.
    files : dict
        By path what each file is.
    is_whole : bool
        Whether there were not too many of them.
    """

    names: dict[str, list[str]]
    files: dict[str, os.stat_result]
    is_whole: bool


def look_into(folder: str, root: str) -> Inside:
    """Look what is in a folder.

    Parameters
    ----------
    folder
        Its absolute path; nobody means all that is in one around the project.
    root
        The project's folder.
    """
    inside = Inside({}, {}, is_whole=True)
    if folder in _TEMPORARY or folder == getattr(sys.modules.get("tempfile"), "tempdir", None):
        return inside
    is_around = root.startswith(folder.rstrip(os.sep) + os.sep)
    waiting = [folder]
    for each in waiting:
        try:
            inside.names[each] = list_folder(each)
        except OSError:
            continue
        for name in inside.names[each] if not is_around else ():
            path = f"{each.rstrip(os.sep)}{os.sep}{name}"
            found = look(path)
            if found is None or not counts(path, root, by_library=True):
                continue
            if stat.S_ISREG(found.st_mode):
                inside.files[path] = found
            elif stat.S_ISDIR(found.st_mode) and not os.path.islink(path):  # noqa: PTH114 - as text
                waiting.append(path)
        if len(inside.files) + len(waiting) > _MOST:
            return inside._replace(is_whole=False)
    return inside


def see_trees(touch: Touch, trees: dict[str, Inside]) -> None:
    """See what has come to folders, or was changed in them, while a step ran.

    Parameters
    ----------
    touch
        The step's.
    trees
        The folders that it told other programs of, as they were then.

    Notes
    -----
    It is the step's, unless others ran meanwhile or it is the project's folder itself: then nobody
    knows whose it is, and it is neither a condition nor written again.
    """
    is_alone = _is_alone(touch)
    for folder, before in trees.items():
        now = look_into(folder, touch.root)
        is_own = is_alone and not f"{touch.root}{os.sep}".startswith(f"{folder}{os.sep}")
        for path in now.names.keys() - before.names.keys():
            (touch.own_folder if is_own else touch.leave_out)(path)
        for path in now.files.keys() - before.files.keys():
            if is_own:
                touch.own(path, was_there=False)
            else:
                touch.leave_out(path)
        for path, found in before.files.items() if not is_own else ():
            if path in now.files and state_of(now.files[path]) != state_of(found):
                touch.pass_over(path)


def _is_alone(touch: Touch) -> bool:
    """Tell whether no other step runs, as far as this process knows."""
    around = {touch}
    outer = touch.outer
    while outer is not None:
        around.add(outer)
        outer = outer.outer
    library = sys.modules.get("multiprocessing.process")
    is_worker = library is not None and library.parent_process() is not None
    return not is_worker and around.issuperset(ALIVE)
