"""Code that ran and is in no snapshot: it lies outside of the project, or git ignores it."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from anew.data.merge import Used
from anew.provenance.masking import show_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from anew.tracker.reading import SeenProcess

__all__ = ["find_sources"]

_DEPTH: Final = 8

_OWN: Final = f"{os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}{os.sep}"  # noqa: PTH100, PTH120
_recorders: Final = [_OWN]
"""Where modules are that record a trial and are no part of it: how their paths begin."""


def find_sources(
    processes: Iterable[SeenProcess],
    root: Path,
    snapshot: Mapping[str, Any],
    entries: Collection[str],
) -> Iterator[Used]:
    """Give the files of modules that no snapshot has, as files that were read.

    Parameters
    ----------
    processes
        Those of one trial.
    root
        The project's folder.
    snapshot
        What is recorded of the trial's snapshot: of projects that are installed as editable, and of
        repositories in the project, there are others.
    entries
        The paths in it; empty when they are not known: then all of the project is taken to be.

    Yields
    ------
    Used
        Each file once.
    """
    inside, real_inside = f"{root}{os.sep}", f"{os.path.realpath(root)}{os.sep}"
    kept = [each["path"] for each in snapshot.get("editable", {}).values()]
    kept += [*snapshot.get("nested", ())]
    done: set[str] = set()
    for process in processes:
        for file in process.code:
            path = os.path.normpath(file)
            if path in done or path.startswith(tuple(_recorders)):
                continue
            done.add(path)
            is_inside = path.startswith(inside)
            if is_inside and not (real := os.path.realpath(path)).startswith(real_inside):
                path, is_inside = real, False  # a link is in the snapshot, and no more
            shown = show_path(path, root)
            if (is_inside and (not entries or shown in entries)) or _is_below(shown, kept):
                continue
            if not is_inside and any(map(_has_distributions, _above(path))):
                continue  # told by name and version
            try:
                found = os.stat(path)  # noqa: PTH116 - paths are text here
            except OSError:
                continue
            if stat.S_ISREG(found.st_mode):
                at = process.started
                state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
                yield Used(path, at, process.ended or at, is_read=True, state=state)


def _above(path: str) -> Iterator[str]:
    """Give the folders above a file in which its top-level package may lie."""
    for _ in range(_DEPTH):
        path = os.path.dirname(path)  # noqa: PTH120 - text
        yield path


@lru_cache(maxsize=1024)
def _has_distributions(folder: str) -> bool:
    """Tell whether distributions are installed in a folder, as by ``pip install --target``."""
    try:
        return any(name.endswith(".dist-info") for name in os.listdir(folder))  # noqa: PTH208 - text
    except OSError:
        return False


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)
