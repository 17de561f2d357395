"""Which snapshots the trials of a store refer to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.code.snapshot import prune
from anew.stores.connection import Connection

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_referred", "prune_store"]

_COMMIT: Final = re.compile(r'"([0-9a-f]{40})"')

_QUERY: Final = (
    "SELECT DISTINCT content FROM facets JOIN trial_facets USING (digest)"
    " WHERE name IN ('snapshot', 'packages')"
)


def find_referred(database: Path) -> set[str]:
    """List the commits that trials refer to, also those of editable packages.

    Parameters
    ----------
    database
        The file of the store.

    Returns
    -------
    set of str
        Commits, and other names of 40 digits: too many do no harm.

    Raises
    ------
    StoreError
        When it cannot be read.
    """
    with Connection(database).reading() as sql:
        contents = sql.execute(_QUERY).fetchall()
    return {commit for (content,) in contents for commit in _COMMIT.findall(content)}


def prune_store(folder: Path, *, dry_run: bool = False) -> list[int]:
    """Remove the snapshots of deleted trials.

    Parameters
    ----------
    folder
        The store's folder.
    dry_run
        Only say what would be freed.

    Returns
    -------
    list of int
        The sizes of the files that are freed, in bytes; nothing where there is no store that could
        tell what is needed.

    Raises
    ------
    SnapshotError
        When a snapshot that is needed is damaged, or nothing can be written.
    StoreError
        When the store cannot be read.
    """
    database = folder / "trials.db"
    if not database.exists():
        return []
    return prune(folder / "git", find_referred(database), dry_run=dry_run)
