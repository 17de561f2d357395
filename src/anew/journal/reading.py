"""What a journal says, read anew or read on."""

from __future__ import annotations

import os
import shlex
import struct
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import ref

from anew.errors import StoreError
from anew.journal.frames import (
    HEAD_SIZE,
    decode,
    find_frames,
    gather_payloads,
    is_point,
    name_point,
)
from anew.journal.items import Event
from anew.journal.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from anew.journal.frames import Frame

__all__ = ["read_journal"]

_KEPT: Final = 4
_MANY: Final = b"m"


def read_journal(path: Path, start: int = 0) -> Said:
    """Read all whole frames of a journal.

    Parameters
    ----------
    path
        The file; an absent one is empty.
    start
        Where to begin, in bytes.

    Returns
    -------
    Said
        What was said, in the order of writing.

    Raises
    ------
    StoreError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            heard = _resume(file) if not start else _Heard("", 0, start, (0, b""), lambda: None)
            file.seek(heard.end)
            data = file.read()
    except FileNotFoundError:
        return Said()
    except OSError as error:
        message = f"what a trial said cannot be read: {error.strerror}"
        hint = f"chmod a+r {shlex.quote(str(path))}"
        raise StoreError(message, where=str(path), hint=hint) from error
    return _go_on(heard, data)


class _Heard(NamedTuple):
    """How far a journal was read, to the end of its last whole frame, and what it says till there.

    ``last`` is where the head of that frame is, and the head.
    """

    name: str
    inode: int
    end: int
    last: tuple[int, bytes]
    said: Callable[[], Said | None]


_heard: Final[dict[str, _Heard]] = {}
"""Of the journals that were read last. Who reads one that grows reads it again and again."""


def _resume(file: BinaryIO) -> _Heard:
    """Find where to go on reading a journal: at its begin, unless it was read and only grew."""
    status = os.fstat(file.fileno())
    known = _heard.get(file.name)
    if (
        known is not None
        and known.inode == status.st_ino
        and known.end <= status.st_size
        and known.said() is not None
    ):
        at, head = known.last
        file.seek(at)
        if file.read(len(head)) == head:
            return known
    return _Heard(str(file.name), status.st_ino, 0, (0, b""), lambda: None)


def _go_on(heard: _Heard, data: bytes) -> Said:
    """Add what a journal says from where it was read to."""
    before, said, last, end = heard.said(), None, heard.last, 0
    points: dict[bytes, list[bytes]] = {}
    for frame in find_frames(data):
        end, size = frame.end, len(frame.payload) + HEAD_SIZE
        if said is None:
            said = before.copy() if before else Said()
        if is_point(frame):
            points.setdefault(name_point(frame.payload), []).append(frame.payload)
        else:
            if frame.kind == _MANY:  # points of one series stay in order
                _add_points(said, points)
            _add(said, frame)
        last = (heard.end + end - size, data[end - size : end - size + HEAD_SIZE])
    if said is None:
        return before if before is not None else Said()
    _add_points(said, points)
    if heard.name:
        _heard.pop(heard.name, None)
        while len(_heard) >= _KEPT:
            del _heard[next(iter(_heard))]
        _heard[heard.name] = _Heard(heard.name, heard.inode, heard.end + end, last, ref(said))
    return said


def _add_points(said: Said, points: dict[bytes, list[bytes]]) -> None:
    """Sort in points by the names of their metrics, each as many at once."""
    for name, payloads in points.items():
        try:
            metric = name.decode()
        except UnicodeDecodeError as error:
            said.add(_not_understood(error))
        else:
            said.see(gather_payloads(payloads, said.columns(metric)))
    points.clear()


def _add(said: Said, frame: Frame) -> None:
    try:
        said.add(decode(frame.kind, frame.payload))
    except (KeyError, TypeError, ValueError, struct.error) as error:
        said.add(_not_understood(error))


def _not_understood(error: Exception) -> Event:
    """Make a remark of what a later anew says and is not known here."""
    return Event("journal", f"a record was not understood: {error!r}", 0.0)
