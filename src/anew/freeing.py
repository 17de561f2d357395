"""Kept content that no trial and no memo refers to any more."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from anew.data.trees import read_listing
from anew.errors import AnewError
from anew.memos import MEMO_FOLDER, find_named
from anew.objects import FolderObjects
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["prune_objects"]

_DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")
_YOUNG_S: Final = 3600.0
"""What was kept so lately may be about to be referred to: before a trial begins, or by a pull."""


def prune_objects(folder: Path, *, dry_run: bool = False) -> list[int]:
    """Remove the content that only removed trials had.

    Parameters
    ----------
    folder
        The store's folder.
    dry_run
        Only say what would be freed.

    Returns
    -------
    list of int
        The sizes of the contents that are freed, in bytes; nothing where there is no store that
        could tell what is needed. What came within the last hour, or since the oldest trial that
        still runs began, stays.

    Raises
    ------
    StoreError
        When the store or its memos cannot be read; nothing is freed then.
    """
    if not (folder / "trials.db").exists():
        return []
    store, now = open_store(folder), time.time()
    if not dry_run:
        store.close_ended()  # what only their journals tell is in the tables then
    started = [trial.started.timestamp() for trial in store.running()]
    before = min([now, *started]) - _YOUNG_S
    objects = FolderObjects(folder / "objects")
    needed = {digest for text in store.digests() for digest in _DIGEST.findall(text)}
    needed.update(_DIGEST.findall("\n".join(find_named(folder / MEMO_FOLDER))))
    for listing in store.listings():
        needed.update(_list_contents(objects, listing))
    return objects.free(needed, before, dry_run=dry_run)


def _list_contents(objects: FolderObjects, digest: str) -> Iterator[str]:
    """Give the contents of a folder, of which one listing tells."""
    try:
        yield from (content for content, _ in read_listing(objects.get(digest)).values())
    except (AnewError, ValueError):  # only known by its digest, or damaged
        return
