"""Comparing archives member by member."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from anew.compare.files.compressed import LIMIT_BYTES, read_limited
from anew.compare.files.way import TooLargeError
from anew.compare.finding import DIFFERENT, IDENTICAL, SAME_CONTENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from anew.compare.files.way import Way

__all__ = ["compare_members", "compare_tar", "compare_zip", "read_tar", "read_zip"]


def compare_zip(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two ZIP archives, whatever the times and the order of their members.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare the members.
    """
    return compare_members(read_zip(a), read_zip(b), way)


def compare_tar(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two TAR archives, whatever the times, owners and order of their members.

    Parameters
    ----------
    a, b
        Their bytes, not compressed.
    way
        How to compare the members.
    """
    return compare_members(read_tar(a), read_tar(b), way)


def compare_members(old: Mapping[str, bytes], new: Mapping[str, bytes], way: Way) -> Finding:
    """Compare files that lie together.

    Parameters
    ----------
    old, new
        Their bytes by name.
    way
        How to compare them.
    """
    gone, added = ([n for n in x if n not in y] for x, y in ((old, new), (new, old)))
    if gone or added:
        name = (gone or added)[0]
        which = "the first" if gone else "the second"
        more = len(gone) + len(added) - 1
        others = f", and {more} more such members" if more else ""
        return Finding(DIFFERENT, f"only {which} archive has {name!r}{others}")
    found = join(
        ((f"[{name!r}]", way.compare_inner(data, new[name], name)) for name, data in old.items()),
        "members",
    )
    if found.verdict == IDENTICAL:
        return replace(found, verdict=SAME_CONTENT, detail="archived otherwise")
    return found


def read_zip(data: bytes) -> dict[str, bytes]:
    """Read the members of a ZIP archive.

    Parameters
    ----------
    data
        Its bytes.

    Raises
    ------
    TooLargeError
        When they are more than can be looked at.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        return _gather((info.filename, archive.open(info)) for info in infos)


def read_tar(data: bytes) -> dict[str, bytes]:
    """Read the members of a TAR archive; of a link, where it leads.

    Parameters
    ----------
    data
        Its bytes.

    Raises
    ------
    TooLargeError
        When they are more than can be looked at.
    """
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        members = [member for member in archive.getmembers() if not member.isdir()]
        return _gather((each.name, _open_member(archive, each)) for each in members)


def _open_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Open a member; what is no file is told by its type and target."""
    found = archive.extractfile(member) if member.isreg() else None
    return found or io.BytesIO(b"type %s to %s" % (member.type, member.linkname.encode()))


def _gather(members: Iterator[tuple[str, IO[bytes]]]) -> dict[str, bytes]:
    """Read members within the limit; of several with one name, all."""
    found: dict[str, bytes] = {}
    size = 0
    for name, file in members:
        with file:
            content = read_limited(file, LIMIT_BYTES - size)
        size += len(content)
        if size > LIMIT_BYTES:
            message = "its members are too large"
            raise TooLargeError(message)
        unique = name
        while unique in found:
            unique += " (again)"
        found[unique] = content
    return found
