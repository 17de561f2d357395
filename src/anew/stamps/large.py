"""Files too large to be copied are changed where they are, in steps that each leave them whole.

Who is killed between two steps leaves a file that its readers read as before; within a page the
system is not interrupted.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from anew.stamps.content import PAGE_BYTES, Tail

if TYPE_CHECKING:
    from anew.stamps.content import Pieces

__all__ = ["is_in_place", "write_pieces"]


def is_in_place(new: Pieces) -> bool:
    """Tell whether all that is kept of a file stays where it is."""
    at = 0
    for piece in new:
        if isinstance(piece, range) and piece.start != at:
            return False
        at += len(piece)
    return True


def write_pieces(path: str, size: int, new: Pieces) -> None:
    """Write what comes behind the end, and after it what makes it count.

    Parameters
    ----------
    path
        The file.
    size
        Its size.
    new
        What it is to be, with all that is kept in its place.
    """
    within: list[tuple[int, bytes]] = []
    behind: list[tuple[int, bytes]] = []
    at = 0
    for piece in new:
        if isinstance(piece, bytes):
            cut = max(min(size - at, len(piece)), 0)
            within += [(at, piece[:cut])] if cut else []
            behind += [(at + cut, piece[cut:] if cut else piece)] if cut < len(piece) else []
        at += len(piece)
    with open(path, "rb+", buffering=0) as file:  # noqa: PTH123 - paths are text here
        within = _join(file.fileno(), within)
        before = [(place, os.pread(file.fileno(), len(data), place)) for place, data in within]
        try:
            _write(file.fileno(), [step for edit in behind for step in _steps(*edit)])
            os.fsync(file.fileno())
            _write(file.fileno(), within)
            if at < size:
                os.ftruncate(file.fileno(), at)
            os.fsync(file.fileno())
        except BaseException:
            _write(file.fileno(), before)
            os.ftruncate(file.fileno(), size)
            raise


def _steps(start: int, data: bytes) -> list[tuple[int, bytes]]:
    """Say how to write behind the end of a file, page by page.

    The last bytes of each page point to the old footer until the next page is there; those of the
    last page until all is.
    """
    if not isinstance(data, Tail):
        return [(start, data)]
    width, end = len(data.hold(start)), start + len(data)
    steps: list[tuple[int, bytes]] = []
    later: list[tuple[int, bytes]] = []
    at = start
    while at < end:
        stop = min((at // PAGE_BYTES + 1) * PAGE_BYTES, end)
        page = bytes(data[at - start : stop - start])
        if len(page) < width:  # the end of a page that is nearly full: a gap until then
            later.append((at, page))
        else:
            steps += [(at, page[:-width] + data.hold(stop)), *later]
            later = [(stop - width, page[-width:])]
        at = stop
    return [*steps, *later]


def _join(descriptor: int, edits: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Make one edit of those in one page, which the system writes as a whole or not at all."""
    joined: list[tuple[int, bytes]] = []
    for place, data in edits:
        first = joined[-1][0] if joined else -PAGE_BYTES
        if (place + len(data) - 1) // PAGE_BYTES == first // PAGE_BYTES:
            old = joined.pop()[1]
            between = os.pread(descriptor, place - first - len(old), first + len(old))
            joined.append((first, old + between + data))
        else:
            joined.append((place, data))
    return joined


def _write(descriptor: int, edits: list[tuple[int, bytes]]) -> None:
    for place, data in edits:
        if os.pwrite(descriptor, data, place) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
