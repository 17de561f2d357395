"""Which contents a trial needs, and where they are to be had."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.secrets import find_secret, is_credential
from anew.data.trees import read_listing
from anew.digests import digest_file
from anew.errors import BundleError, ObjectMissingError
from anew.formats.size import write_size
from anew.model import WITHHELD
from anew.objects import FolderObjects
from anew.stamps import bare_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anew.types import ObjectStore

__all__ = [
    "Content",
    "Gathered",
    "expand",
    "find_file",
    "gather",
    "list_commits",
    "list_needed",
    "open_content",
]

_PIECE: Final = 1 << 20


@dataclass(frozen=True)
class Content:
    """A content that a trial needs.

    Parameters
    ----------
    digest
        Its digest.
    size_bytes
        Its size.
    what
        What it is to the trial, for people.
    path
        The file that has it, when the object store does not.
    is_listing
        Whether it lists the files of a folder, which are needed, too.
    is_kept
        Whether the record says that the object store has it.
    """

    digest: str
    size_bytes: int | None
    what: str
    path: Path | None = None
    is_listing: bool = False
    is_kept: bool = True


@dataclass
class Gathered:
    """What there is of the contents of trials.

    Parameters
    ----------
    found
        Contents by digest.
    missing
        What could not be found, for people.
    """

    found: dict[str, Content] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)

    def add(self, other: Gathered) -> None:
        """Take in what another trial needs."""
        self.found |= other.found
        self.missing |= other.missing


def list_needed(record: dict[str, Any]) -> Iterator[Content]:
    """List what a trial refers to; files of folders are in the listings of these.

    Parameters
    ----------
    record
        Its record.

    Yields
    ------
    Content
    """
    for row in record["artifacts"]:
        if row["digest"]:
            yield Content(row["digest"], row["size_bytes"], f"{row['role']} {row['name']!r}")
    for row in record["files"]:
        if row["digest"] and row["origin"] != WITHHELD:
            what, is_kept = f"{row['role']} {row['path']!r}", bool(row["kept"])
            if row["count"] is None:
                path = None if "://" in row["path"] else Path(row["path"])
                yield Content(row["digest"], row["size_bytes"], what, path, is_kept=is_kept)
            else:
                place = Path(row["path"])
                yield Content(row["digest"], None, what, place, is_listing=True, is_kept=is_kept)
    for row in record["facets"].get("snapshot", {}).get("large") or ():
        if row["digest"]:
            what, is_kept = f"file {row['path']!r}", bool(row["kept"])
            yield Content(
                row["digest"], row["size_bytes"], what, Path(row["path"]), is_kept=is_kept
            )


def list_commits(record: dict[str, Any]) -> list[str]:
    """List the snapshots of code that a trial refers to: its own, and of editable packages.

    Parameters
    ----------
    record
        Its record.
    """
    snapshot = record["facets"].get("snapshot", {})
    found = [snapshot.get("commit")]
    found += [each.get("commit") for each in (snapshot.get("editable") or {}).values()]
    return list(dict.fromkeys(commit for commit in found if commit))


def expand(content: Content, listing: bytes) -> Iterator[Content]:
    """Give the files that a listing names.

    Parameters
    ----------
    content
        The listing.
    listing
        Its bytes.

    Yields
    ------
    Content

    Raises
    ------
    BundleError
        When it is no listing.
    """
    try:
        files = read_listing(listing)
    except (UnicodeDecodeError, ValueError) as error:
        message = f"the listing of {content.what} cannot be read"
        raise BundleError(message, where=content.digest) from error
    for path, (digest, size) in files.items():
        place = content.path / path if content.path else None
        kind = content.what.partition(" ")[0]
        what = f"{kind} {str(place or path)!r}"
        yield Content(digest, size, what, place, is_kept=content.is_kept)


def gather(
    record: dict[str, Any], objects: ObjectStore, has_elsewhere: Callable[[str], bool]
) -> Gathered:
    """Find the contents that a trial needs.

    Parameters
    ----------
    record
        Its record. What was not kept, but is found, is told as kept in it.
    objects
        Where contents are kept.
    has_elsewhere
        Tells of a digest whether it need not be found here; it may also bring it here.

    Returns
    -------
    Gathered
        What is kept, and what is still where the trial read it. Outputs that were not kept are
        left out: they are compared by digest.
    """
    root = Path(record["trial"]["process"].get("root") or "/")
    gathered, left_out = Gathered(), set()
    for content in list_needed(record):
        below = [content]
        for each in below:  # which grows: a folder has files
            found = _find(each, objects, root)
            is_elsewhere = not found and _is_wanted(each) and has_elsewhere(each.digest)
            found = found or _find(each, objects, root) if is_elsewhere else found
            if found:
                gathered.found[each.digest] = found
                if each.is_listing:
                    below += expand(each, objects.get(each.digest))
            elif not is_elsewhere:
                left_out.add(content.digest)
                if _is_wanted(each):
                    size = "" if each.size_bytes is None else f" ({write_size(each.size_bytes)})"
                    gathered.missing[f"{each.what}{size}"] = None
    for row in record["files"]:
        if row["digest"] and row["origin"] != WITHHELD and row["digest"] not in left_out:
            row["kept"] = 1
    return gathered


def _is_wanted(content: Content) -> bool:
    """Tell whether a content is needed: outputs that were not kept are compared by digest."""
    return content.is_kept or not content.what.startswith("output")


def _find(content: Content, objects: ObjectStore, root: Path) -> Content | None:
    """Find a content in the store, or an input in the place from which it was read."""
    if objects.has(content.digest):
        return Content(content.digest, content.size_bytes, content.what)
    if content.path is None or content.is_listing or content.what.startswith("output"):
        return None
    place = root / content.path
    with suppress(OSError):
        if (
            place.is_file()
            and not _is_secret(place)
            and digest_file(place).digest == content.digest
        ):
            if not objects.has(content.digest) and _has_stamp(place):
                objects.put_file(place, content.digest)  # it is kept and passed on without it
                return Content(content.digest, content.size_bytes, content.what)
            return Content(content.digest, content.size_bytes, content.what, place)
    return None


def _has_stamp(place: Path) -> bool:
    with place.open("rb") as file:
        return bare_pieces(str(place), file.fileno()) is not None


def _is_secret(place: Path) -> bool:
    """Tell whether a file was left out for what it holds, not for its size."""
    if is_credential(str(place)):
        return True
    is_small = place.stat().st_size <= _PIECE
    return is_small and find_secret(str(place), place.read_bytes()) is not None


def find_file(content: Content, objects: ObjectStore) -> Path | None:
    """Give the file that has a content; None when the object store is no folder.

    Parameters
    ----------
    content
        As it was found.
    objects
        Where contents are kept.
    """
    if content.path or not isinstance(objects, FolderObjects):
        return content.path
    return objects.path(content.digest)


def open_content(content: Content, objects: ObjectStore) -> Iterator[bytes]:
    """Read a content piece by piece.

    Parameters
    ----------
    content
        As it was found.
    objects
        Where contents are kept.

    Yields
    ------
    bytes

    Raises
    ------
    ObjectMissingError
        When it is not there any more.
    StoreError
        When it cannot be read.
    """
    place = find_file(content, objects)
    if place is None:
        yield objects.get(content.digest)
        return
    try:
        with place.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        message = f"{content.what} cannot be read: {error.strerror}"
        raise ObjectMissingError(message, where=str(place)) from error
