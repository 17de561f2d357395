"""What a journal says, read anew or read on."""

from __future__ import annotations

import os
import shlex
import struct
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import ref

from anew.errors import StoreError
from anew.journal.frames import HEAD_SIZE, decode, find_frames
from anew.journal.items import Event
from anew.journal.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["read_journal"]

_KEPT: Final = 4


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
    for kind, payload, end in find_frames(data):
        if said is None:
            said = before.copy() if before else Said()
        try:
            said.add(decode(kind, payload))
        except (
            KeyError,
            TypeError,
            ValueError,
            struct.error,
        ) as error:  # a later anew may say more than we know
            said.add(Event("journal", f"a record was not understood: {error!r}", 0.0))
        start = end - len(payload) - HEAD_SIZE
        last = (heard.end + start, data[start : start + HEAD_SIZE])
    if said is None:
        return before if before is not None else Said()
    if heard.name:
        _heard.pop(heard.name, None)
        while len(_heard) >= _KEPT:
            del _heard[next(iter(_heard))]
        _heard[heard.name] = _Heard(heard.name, heard.inode, heard.end + end, last, ref(said))
    return said
