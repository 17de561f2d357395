"""What a process says of a trial: appended to journals, in memory while they cannot be written."""

from __future__ import annotations

import os
import threading
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from anew.errors import AnewError
from anew.journal.frames import encode, gather_points, make_framer
from anew.journal.items import Event, LoggedMany, LoggedPoint, Printed
from anew.journal.reading import read_journal
from anew.journal.said import Said
from anew.journal.writing import Journal, short_of
from anew.model import check_name, to_number
from anew.notices import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from anew.journal.items import Item

    Keep = Callable[[str, int, int, Said], int]

__all__ = ["Voice"]

_FOLD_BYTES: Final = 1 << 20
_FOLD_BYTES_OF_SERIES: Final = 1 << 12
_GATHERED: Final = 2048
"""So many points are sorted in at once, rather than each when it is said."""

_WEIGHTS: Final[dict[type, int]] = {Printed: 4, LoggedMany: 2}
"""How much more room some things take in memory than in the file, where it is more."""

_WORTH_KEEPING: Final = 200
"""So many points are quicker kept from memory than read again by who closes the trial."""

_voices: Final[WeakSet[Voice]] = WeakSet()


class _Framers(dict[str, Any]):
    """What makes frames of a metric's points, by the names that were found good."""

    def __missing__(self, name: str) -> Any:
        made = self[name] = make_framer(check_name("metric", name))
        return made


class Voice:
    """What one process says of a trial.

    Parameters
    ----------
    path
        The journal that all processes of the trial append to.
    number
        Of the trial, for warnings.
    fsync
        When it is put on the disk, as for `Journal`.
    keep
        Takes what a file of points and text says into the store: its name, from which byte on, its
        size, what it says there. It tells up to which byte the store had it before, or has it now.
        Without one points and text go to the journal of all, until the trial is closed.
    aside
        What surrounds work on files, so that nobody takes it for the program's.
    """

    def __init__(
        self,
        path: Path,
        number: int,
        *,
        fsync: str = "never",
        keep: Keep | None = None,
        aside: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self.framers = _Framers()
        self._path, self._number, self._fsync = path, number, fsync
        self._keep, self._aside = keep, aside
        self._journal = Journal(path, fsync=fsync)
        self._own: Journal | None = None
        self._is_closed = False
        self._begin()
        _voices.add(self)

    def _begin(self) -> None:
        """Begin in this process, be it a fork: its locks and files are nobody else's."""
        self._lock = threading.Lock()
        self._token = f"{time.time_ns():016x}{os.urandom(2).hex()}"  # sorts by time
        self._pieces = 0
        self._unsaid: list[tuple[bool, bytes]] = []
        self._start_piece()

    def _start_piece(self) -> None:
        self._recent: list[bytes] = []
        self._pending, self._size, self._load, self._limit = Said(), 0, 0, _FOLD_BYTES

    def fork(self) -> None:
        """Go on in a forked child, which has no file of its own: it ends without a word."""
        if self._own is not None:
            with suppress(OSError):
                self._own.close()
        self._own, self._keep = None, None
        self._journal.fork()
        self._begin()

    def log(self, metrics: Mapping[str, Any], step: int | None) -> None:
        """Say a value of several metrics in one write.

        Parameters
        ----------
        metrics
            Values by name.
        step
            Their step number; None for an automatic one.

        Raises
        ------
        UsageError
            When a value is not a number, or a name cannot be used; nothing is said then.
        """
        # Called for every point, often millions of times: short rather than well divided.
        now, framers = time.time(), self.framers
        frames = []
        for name, value in metrics.items():
            number = value if type(value) is float else to_number(name, value)
            frames.append(framers[name](step, number, now))
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        with self._lock:
            problem, own = None, self._own
            if own is None or self._unsaid:
                problem = self._send(frames, is_piece=True)
            else:  # as `_append`, which is not called: that would take a tenth of the time
                try:
                    written = own.append(data)
                except OSError as error:
                    problem, written = error, 0
                if written != len(data):
                    problem = self._hold(own, frames, written, problem)
            if problem is None and self._own is not None:
                self._recent.append(data)
                if len(self._recent) >= _GATHERED:
                    self._gather()
                    self._fold_if_much()
        if problem is not None:
            self._tell(problem)

    def say(self, item: Item) -> None:
        """Say one thing.

        What is said when the voice is closed, as by a step that goes on in its thread after the
        trial was interrupted, is not heard.
        """
        frame = encode(item)
        is_piece = isinstance(item, LoggedPoint | LoggedMany | Printed)
        with self._lock:
            problem = self._send([frame], is_piece=is_piece)
            if is_piece and problem is None and self._own is not None:
                if not isinstance(item, Printed):  # points of a metric stay in order
                    self._gather()
                self._pending.add(item)
                self._count(len(frame), _WEIGHTS.get(type(item), 1))
                self._fold_if_much()
        if problem is not None:
            self._tell(problem)

    def close(self, last: Item | None = None) -> int:
        """Say the last thing, and no more; tell how much could not be said.

        Parameters
        ----------
        last
            The thing.
        """
        if self._unsaid:
            self.say(Event("journal", "the journal could not be written for a while", time.time()))
        if last is not None:
            self.say(last)
        with self._lock:
            if self._unsaid:
                self._catch_up()
            self._is_closed = True
            self._gather()
            if sum(map(len, self._pending.series.values())) > _WORTH_KEEPING:
                self._fold()
            if self._own is not None:
                self._own.close()
                self._own = None
            self._journal.close()
            return len(self._unsaid)

    def _send(self, frames: list[bytes], *, is_piece: bool) -> OSError | None:
        """Append frames; what cannot be written is kept, and said before all that follows."""
        if self._is_closed or not frames:
            return None
        if self._unsaid:
            self._unsaid += [(is_piece, frame) for frame in frames]
            return self._catch_up()
        try:
            journal = self._file_of(is_piece=is_piece)
        except OSError as error:
            self._unsaid += [(is_piece, frame) for frame in frames]
            return error
        return self._append(journal, frames, b"".join(frames), is_piece=is_piece)

    def _append(
        self, journal: Journal, frames: list[bytes], data: bytes, *, is_piece: bool
    ) -> OSError | None:
        """Append frames in one write; keep what cannot be written."""
        problem = None
        try:
            written = journal.append(data)
        except OSError as error:
            problem, written = error, 0
        if written == len(data):
            return None
        return self._hold(journal, frames, written, problem, is_piece=is_piece)

    def _hold(
        self,
        journal: Journal,
        frames: list[bytes],
        written: int,
        problem: OSError | None,
        *,
        is_piece: bool = True,
    ) -> OSError:
        """Keep what was not written; the first ones may be there whole."""
        problem = problem or short_of(journal.path, written, sum(map(len, frames)))
        for frame in frames:
            written -= len(frame)
            if written < 0:
                self._unsaid.append((is_piece, frame))
        return problem

    def _catch_up(self) -> OSError | None:
        """Write what is held in memory."""
        done = 0
        try:
            for is_piece, frame in self._unsaid:
                journal = self._file_of(is_piece=is_piece)
                written = journal.append(frame)
                if written != len(frame):
                    return short_of(journal.path, written, len(frame))
                done += 1
        except OSError as error:
            return error
        finally:
            del self._unsaid[:done]
        return None

    def _file_of(self, *, is_piece: bool) -> Journal:
        if not is_piece or self._keep is None:
            return self._journal
        if self._own is None:
            with self._aside():
                path = self._path.with_name(f"{self._path.name}.{self._token}-{self._pieces:06d}")
                self._own = Journal(path, fsync=self._fsync)
        return self._own

    def _gather(self) -> None:
        """Sort in the points that were said lately."""
        # Who is interrupted here has counted too little: then the file is read when it is kept.
        recent, self._recent = self._recent, []
        gather_points(recent, self._pending.columns)
        self._count(sum(map(len, recent)))

    def _count(self, size: int, weight: int = 1) -> None:
        self._size += size
        self._load += size * weight

    def _fold_if_much(self) -> None:
        """Have the store take what is too much for a journal."""
        if self._load >= self._limit:
            least = _FOLD_BYTES_OF_SERIES * len(self._pending.series)
            if self._load >= least:
                self._fold()
            else:
                self._limit = least

    def _fold(self) -> None:
        """Have the store take the file of this process, and begin the next one.

        What is in memory may be less than the file says, as when a write was interrupted: then that
        is read.
        """
        own, keep = self._own, self._keep
        if own is None or keep is None or self._unsaid:
            return
        with self._aside():
            try:
                size, kept = own.size(), 0
                said = self._pending if size == self._size else read_journal(own.path)
                while (found := keep(own.path.name, kept, size, said)) != size:
                    said, kept = read_journal(own.path, found), found
            except (AnewError, OSError):  # nothing is lost, only later: at the end at the latest
                self._limit = self._load + _FOLD_BYTES
                return
            # In this order: whoever is interrupted in between does not write to a closed file.
            self._own = None
            self._pieces += 1
            self._start_piece()
            own.close()
            with suppress(OSError):
                own.path.unlink()

    def _tell(self, problem: OSError) -> None:
        """Warn once, when the lock is free again: the telling may be heard, too."""
        warn_once(
            f"cannot write to {self._path}: {problem.strerror or problem}; what trial "
            f"{self._number} says is held in memory until it can be written",
            about=f"journal {self._path.name}",
        )


def _fork_all() -> None:
    for voice in list(_voices):
        voice.fork()


os.register_at_fork(after_in_child=_fork_all)
