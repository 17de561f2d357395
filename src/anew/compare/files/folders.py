"""Comparing folders file by file, and paths that are either."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from anew.changes import grouped
from anew.compare.files.kinds import compare_files
from anew.compare.files.way import Way
from anew.compare.finding import (
    DIFFERENT,
    IDENTICAL,
    SAME_CONTENT,
    Finding,
    join,
    suggest_tolerance,
)
from anew.stamps.content import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anew.compare.stamps import Span

__all__ = ["compare_folders", "compare_paths"]

_WRITING_S: Final = 300.0
_ZARR: Final = ("zarr.json", ".zgroup", ".zarray")


def compare_paths(a: Path | str, b: Path | str, way: Way | None = None) -> Finding:
    """Compare two files or two folders.

    Parameters
    ----------
    a, b
        Their paths.
    way
        How to compare; exactly, and ignoring known noise, by default.

    Raises
    ------
    OSError
        When one of them cannot be read.
    """
    one, other = Path(a), Path(b)
    wanted = way or Way()
    named = wanted if wanted.name else replace(wanted, name=one.name)
    if one.is_dir() != other.is_dir():
        kinds = ("a folder" if each.is_dir() else "a file" for each in (one, other))
        return Finding(DIFFERENT, " → ".join(kinds))
    if named.noise.spans is None and not one.is_dir():
        spans = _span(one), _span(other)
        named = replace(named, noise=replace(named.noise, spans=spans))
    if one.is_dir():
        found = compare_folders(_list(one), _list(other), named)
    else:
        found = compare_files(one.read_bytes(), other.read_bytes(), named)
    return suggest_tolerance(found, named.tolerance)


def _span(path: Path) -> Span:
    """Tell when a file was written."""
    written = path.stat().st_mtime
    return written - _WRITING_S, written


def _list(folder: Path) -> dict[str, Callable[[], bytes]]:
    """Give the files of a folder, each to be read when it is looked at."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def compare_folders(
    old: Mapping[str, Callable[[], bytes]], new: Mapping[str, Callable[[], bytes]], way: Way
) -> Finding:
    """Compare two folders, each file by what is in it.

    Parameters
    ----------
    old, new
        By path relative to the folder, what gives the bytes.
    way
        How to compare. Arrays in Zarr are compared as such.
    """
    if any(mark in old and mark in new for mark in _ZARR) and (found := _try_zarr(old, new, way)):
        return found
    gone, added = ([n for n in x if n not in y] for x, y in ((old, new), (new, old)))
    if gone or added:
        which = "the first" if gone else "the second"
        more = len(gone) + len(added) - 1
        others = f", and {grouped(more)} more such files" if more else ""
        return Finding(DIFFERENT, f"only {which} folder has {(gone or added)[0]!r}{others}")
    parts = ((n, compare_files(old[n](), new[n](), replace(way, name=n))) for n in old)
    return join(((name, found) for name, found in parts), "files")


def _try_zarr(old: Mapping[str, Any], new: Mapping[str, Any], way: Way) -> Finding | None:
    """Compare groups of Zarr; None when that cannot be, or its files are equal."""
    contents = [{name: read() for name, read in each.items()} for each in (old, new)]
    if contents[0] == contents[1]:
        return Finding()
    try:
        return _compare_zarr(contents[0], contents[1], way)
    except Exception:  # noqa: BLE001 - without the library, or of a version that it cannot read
        return None


def _compare_zarr(old: dict[str, bytes], new: dict[str, bytes], way: Way) -> Finding:
    with TemporaryDirectory(prefix="anew-zarr-") as folder:
        trees = []
        for side, files in (("a", old), ("b", new)):
            for name, data in files.items():
                path = Path(folder, side, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            trees.append(_read_zarr(Path(folder, side)))
        found = way.compare_tree(*trees)
    if found.verdict == IDENTICAL:
        return replace(found, verdict=SAME_CONTENT, detail="the same arrays, in other chunks")
    return found


def _read_zarr(folder: Path) -> dict[str, Any]:
    """Read all arrays and attributes."""
    import zarr

    top: Any = zarr.open(str(folder), mode="r")
    members = [("", top)]
    if hasattr(top, "members"):
        members += list(top.members(max_depth=None))
    found: dict[str, Any] = {}
    for name, member in members:
        found[f"{name} attributes"] = {n: v for n, v in member.attrs.items() if n != ATTRIBUTE}
        if hasattr(member, "shape"):
            found[name] = member[...]
    return found
