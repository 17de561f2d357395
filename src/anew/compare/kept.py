"""Comparing what was kept of two trials: values and files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from anew.compare.files import compare_files, compare_folders
from anew.compare.files.way import ignoring
from anew.compare.finding import (
    DIFFERENT,
    IDENTICAL,
    NOT_COMPARED,
    SAME_CONTENT,
    Finding,
    suggest_tolerance,
)
from anew.compare.values import find_difference
from anew.formats.size import write_size
from anew.model import Artifact

if TYPE_CHECKING:
    from anew.compare.terms import Case
    from anew.model import FileUse, Trial
    from anew.types import Store

__all__ = ["compare_artifacts", "compare_uses"]

_FILE: Final = "file"
# Formats whose bytes are compared as a file's: they are what the user will look at.
_AS_FILES: Final = frozenset({_FILE, "text", "binary", "csv", "png", "svg", "pdf", "image"})
_SUFFIXES: Final = {"csv": ".csv", "text": ".txt", "svg": ".svg"}

_LIMIT_BYTES: Final = 2 << 30
"""Files of more are not looked into: both must fit into memory, and what they unpack to."""


def compare_artifacts(case: Case, old: Artifact, new: Artifact) -> Finding:
    """Compare by bytes, else by the value's digest, else by the values themselves.

    Parameters
    ----------
    case
        The trials.
    old, new
        What they kept.
    """
    if old.digest and old.digest == new.digest:
        return Finding()
    contents = _content(old), _content(new)
    if not old.digest or not new.digest:
        return _compare_unstored(old, new, contents)
    if contents[0] and contents[0] == contents[1]:
        return Finding(SAME_CONTENT, "in other bytes")
    if (size := max(old.size_bytes, new.size_bytes)) > _LIMIT_BYTES:
        return _say_too_large(size)
    try:
        return _compare_contents(case, old, new)
    except Exception as error:  # noqa: BLE001 - a pickle may need anything to be read again
        return Finding(NOT_COMPARED, f"cannot be read: {getattr(error, 'message', error)}")


def _compare_unstored(
    old: Artifact, new: Artifact, contents: tuple[str | None, str | None]
) -> Finding:
    """Compare by the digests of the values, of which one was not stored."""
    if contents[0] and contents[0] == contents[1]:
        return Finding(SAME_CONTENT, "by digest: the value was not stored")
    why = next(x.summary for x in (old, new) if not x.digest)
    if None in contents:
        return Finding(NOT_COMPARED, f"not stored: {why}")
    return Finding(DIFFERENT, f"by digest: the value was not stored: {why}")


def _compare_contents(case: Case, old: Artifact, new: Artifact) -> Finding:
    way = case.way(old.name)
    if old.format == new.format and old.format in _AS_FILES:
        if not way.suffix:
            way = replace(way, name=old.name + _SUFFIXES.get(old.format, ""))
        data = _get(case.a, old), _get(case.b, new)
        return suggest_tolerance(compare_files(*data, way), way.tolerance)
    value, other = case.a.source.load(old), case.b.source.load(new)
    settled, used = case.noise.settle(value, other)
    found = find_difference(value, settled, way.tolerance)
    if found.verdict == IDENTICAL:
        found = replace(found, verdict=SAME_CONTENT, detail="" if used else "in other bytes")
    return ignoring(found, case.noise, used)


def _get(trial: Trial, artifact: Artifact) -> bytes:
    return cast("Store", trial.source).objects.get(artifact.digest or "")


def _content(artifact: Artifact) -> str | None:
    """Give the digest of the value; that of a path would say nothing of the file."""
    return None if artifact.format == _FILE else artifact.content


def compare_uses(case: Case, old: FileUse, new: FileUse) -> Finding:
    """Compare files or folders that two trials wrote; what is not kept, by digest.

    Parameters
    ----------
    case
        The trials.
    old, new
        What they wrote.
    """
    if old.digest and old.digest == new.digest:
        return Finding()
    if obstacle := _find_obstacle(old, new):
        return obstacle
    if old.count is None:
        kept = _as_artifact(old), _as_artifact(new)
        return compare_artifacts(case, *kept)
    try:
        trees = _open_tree(case.a, old), _open_tree(case.b, new)
        way = case.way(old.path)
        return suggest_tolerance(compare_folders(*trees, way), way.tolerance)
    except Exception as error:  # noqa: BLE001 - an object that is gone, a listing of another time
        return Finding(DIFFERENT, f"by digest: {getattr(error, 'message', error)}")


def _find_obstacle(old: FileUse, new: FileUse) -> Finding | None:
    """Give the verdict where the content cannot be looked at."""
    if not old.digest or not new.digest:
        return Finding(NOT_COMPARED, "what it held is not known")
    if (old.count is None) != (new.count is None):
        kinds = ("a file" if each.count is None else "a folder" for each in (old, new))
        return Finding(DIFFERENT, " → ".join(kinds))
    if not (old.kept and new.kept):
        return Finding(DIFFERENT, "by digest: not both are kept")
    size = max(old.size_bytes, new.size_bytes)
    return _say_too_large(size) if size > _LIMIT_BYTES else None


def _as_artifact(use: FileUse) -> Artifact:
    return Artifact(use.path, "output", _FILE, use.digest, None, use.size_bytes, "")


def _open_tree(trial: Trial, use: FileUse) -> dict[str, Any]:
    """Give what reads each file of a folder."""
    from anew.data.trees import read_listing

    objects = cast("Store", trial.source).objects
    listing = read_listing(objects.get(use.digest))
    return {name: partial(objects.get, digest) for name, (digest, _) in listing.items()}


def _say_too_large(size_bytes: int) -> Finding:
    return Finding(DIFFERENT, f"by digest: {write_size(size_bytes)} are too much to look into")
