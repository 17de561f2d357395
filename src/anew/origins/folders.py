"""Folders that are one set of data, and the files in them: the record has a listing of these."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from anew.data.trees import read_listing, write_listing
from anew.digests import digest_bytes, digest_file
from anew.errors import AnewError
from anew.stamps import is_sidecar

if TYPE_CHECKING:
    from collections.abc import Collection

    from anew.model import Use
    from anew.types import ObjectStore, Store

__all__ = ["digest_listing", "find_within"]


def digest_listing(folder: Path) -> str:
    """Give the digest of a folder as the record has it: that of the listing of its files.

    Parameters
    ----------
    folder
        The folder.
    """
    found = {}
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if path.is_file() and not is_sidecar(str(path)):
                each = digest_file(path)
                found[path.relative_to(folder).as_posix()] = each.digest, each.size_bytes
    return digest_bytes(write_listing(found))


@lru_cache(maxsize=64)
def _read(objects: ObjectStore, digest: str) -> dict[str, tuple[str, int]] | None:
    """Read a listing, once for all files that are asked about."""
    try:
        return read_listing(objects.get(digest))
    except (AnewError, ValueError):  # it is damaged, or not there any more
        return None


def find_within(digests: Collection[str], store: Store) -> list[Use]:
    """Find the uses of a content as one file of a folder that is one set of data.

    Parameters
    ----------
    digests
        Of the content.
    store
        The store.

    Returns
    -------
    list of Use
        Of the newest listing that has it, in all trials that have that listing.
    """
    for use in store.kept_folders():
        listed = _read(store.objects, use.digest)  # type: ignore[arg-type]  # by its identity
        for path, (digest, size) in listed.items() if listed else ():
            if digest in digests:
                of_all = [each for each in store.uses({use.digest}) if each.format is None]
                return [
                    each._replace(name=f"{each.name}/{path}", digest=digest, size_bytes=size)
                    for each in of_all
                ]
    return []
