"""Folders of many files that are one input: images, Zarr arrays, partitioned tables."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MANY", "find_trees", "read_listing", "write_listing"]

MANY: Final = 20
"""So many files of one kind in one folder are one thing."""

_STORES: Final = frozenset({".zgroup", ".zarray", ".zmetadata", "zarr.json", "_SUCCESS"})
"""Names of files that say that the folder around them is one thing."""

_PARTS: Final = frozenset({".parquet", ".feather", ".orc"})
"""Kinds of files that a table is divided into, in folders such as ``year=2026``."""


def find_trees(paths: Iterable[str], root: str) -> dict[str, list[str]]:
    """Find the folders whose files are best told as one.

    Parameters
    ----------
    paths
        Absolute paths of files.
    root
        The project's folder, which is never one thing itself, nor is what is around it.

    Returns
    -------
    dict
        For each folder its files, sorted. No folder is within another.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folders[path.rpartition(os.sep)[0] or os.sep].append(path)
    whole = {folder for folder, files in folders.items() if _is_one(folder, files)}
    below = Counter(map(os.path.dirname, folders))
    several = {folder for folder, count in below.items() if count > 1}
    mixed = {*folders, *(os.path.dirname(each) for each in folders if each not in whole)}  # noqa: PTH120
    tops = {_top(folder, whole, mixed, several) for folder in whole}
    tops = {top for top in tops if not f"{root}{os.sep}".startswith(f"{top}{os.sep}")}
    found: dict[str, list[str]] = defaultdict(list)
    for folder, files in folders.items():
        if outer := _outermost(folder, tops):
            found[outer] += files
    return {folder: sorted(files) for folder, files in sorted(found.items())}


def _is_one(folder: str, files: list[str]) -> bool:
    """Tell whether the files directly in a folder belong together."""
    names = [path.rpartition(os.sep)[2] for path in files]
    kinds = Counter(map(_kind, names))
    is_part = "=" in os.path.basename(folder) and _PARTS.intersection(kinds)  # noqa: PTH119
    return bool(_STORES.intersection(names) or is_part or max(kinds.values()) >= MANY)


def _kind(name: str) -> str:
    """Give what a name ends with; a dot at its beginning begins no ending."""
    stem, dot, kind = name.rpartition(".")
    return dot + kind if dot and stem.strip(".") else ""


def _top(folder: str, whole: set[str], mixed: set[str], several: set[str]) -> str:
    """Go up as long as the folder above is one thing, too, or holds several such and no file."""
    while True:
        upper = os.path.dirname(folder)  # noqa: PTH120
        is_division = "=" in os.path.basename(folder)  # noqa: PTH119
        is_shelf = upper not in mixed and (is_division or upper in several)
        if upper == folder or not (upper in whole or is_shelf):
            return folder
        folder = upper


def _outermost(folder: str, tops: set[str]) -> str:
    """Give the outermost of some folders that holds one."""
    found = ""
    for _ in range(folder.count(os.sep)):
        if folder in tops:
            found = folder
        folder = os.path.dirname(folder)  # noqa: PTH120
    return found


def write_listing(files: Mapping[str, tuple[str, int]]) -> bytes:
    """Write down what is in a folder, a line for each file: this is what its digest is of.

    Parameters
    ----------
    files
        By path relative to the folder, digest and size in bytes.

    Returns
    -------
    bytes
        Lines of digest, size and path, sorted by path; one that is not plain ASCII is in JSON.
    """
    lines = (f"{digest} {size} {_quote(path)}\n" for path, (digest, size) in sorted(files.items()))
    return "".join(lines).encode("ascii")


def read_listing(data: bytes) -> dict[str, tuple[str, int]]:
    """Read what `write_listing` wrote.

    Parameters
    ----------
    data
        The lines.

    Returns
    -------
    dict
        By path relative to the folder, digest and size in bytes.
    """
    found = {}
    for line in data.decode("ascii").splitlines():
        digest, size, path = line.split(" ", 2)
        found[json.loads(path) if path.startswith('"') else path] = (digest, int(size))
    return found


def _quote(path: str) -> str:
    """Write a path on one line; one that is not plain as JSON does."""
    return path if path.isascii() and path.isprintable() and path[:1] != '"' else json.dumps(path)
