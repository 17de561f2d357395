"""Files to which frames are appended."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from anew.journal.frames import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.journal.items import Item

__all__ = ["Journal", "short_of"]

_CLOSED: Final = -1
_EVERY_S: Final = 1.0


class Journal:
    """An append-only file of a running trial.

    Parameters
    ----------
    path
        The file; made when it is not there. What is said at once is one write in append mode.
    fsync
        When what was written is put on the disk itself, to be there after the machine has failed:
        ``never``, which leaves it to the system, a ``second`` later, or ``each`` time.
    """

    def __init__(self, path: Path, *, fsync: str = "never") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._fsync = fsync
        self._timer: threading.Timer | None = None
        self._open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))

    def _open(self, file: int) -> None:
        self._file = file
        # Called for every point: not one call more than is needed.
        write = partial(os.write, file)
        self.append: Callable[[bytes], int] = (
            write if self._fsync == "never" else partial(self._append_seen_to, write)
        )
        """Append frames, and tell how many bytes could be written."""

    def write(self, item: Item) -> None:
        """Append one item.

        Raises
        ------
        OSError
            When not all of it could be written, or the journal is closed.
        """
        frame = encode(item)
        if (written := self.append(frame)) != len(frame):
            raise short_of(self.path, written, len(frame))

    def _append_seen_to(self, write: Callable[[bytes], int], frames: bytes) -> int:
        """Append frames that are to be put on the disk, now or soon."""
        written = write(frames)
        if self._fsync == "each":
            _put_on_disk(self._file)
        elif self._timer is None:
            self._timer = threading.Timer(_EVERY_S, self._put_late)
            self._timer.daemon = True
            self._timer.start()
        return written

    def size(self) -> int:
        """Tell how long the file is, in bytes."""
        return os.fstat(self._file).st_size

    def fork(self) -> None:
        """Go on in a forked child, which does not have the thread that sees to the disk."""
        self._timer = None

    def close(self) -> None:
        """Close the file; what was appended stays. A second time does nothing."""
        # The number of a closed file may soon be that of somebody else's file.
        file = self._file
        self._open(_CLOSED)
        if self._timer is not None:
            self._timer.cancel()
            _put_on_disk(file)
        if file != _CLOSED:
            os.close(file)

    def _put_late(self) -> None:
        self._timer = None  # first: what is written from now on is for the next one
        with suppress(OSError):
            copy = os.dup(self._file)  # the journal may be closed, and its number given to another
            _put_on_disk(copy)
            os.close(copy)


def _put_on_disk(file: int) -> None:
    """Do what can be done: that a disk fails is no reason to say a thing twice."""
    with suppress(OSError):
        os.fsync(file)


def short_of(path: Path, written: int, size: int) -> OSError:
    """Make the error of a write that was cut short.

    Parameters
    ----------
    path
        The file.
    written, size
        How many bytes were written, and should have been.
    """
    return OSError(errno.ENOSPC, f"{path}: only {written} of {size} bytes written")
