"""What a program prints, on its way: recorded, and passed on byte for byte."""

from __future__ import annotations

import codecs
import os
import select
import stat
import sys
import warnings
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.forks import forking_apart
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Channel", "Heard", "close_except", "fork", "leave_relay", "open_channels"]

_CHUNK: Final = 1 << 16
_LAST: Final = 1 << 16
_LITTLE: Final = 1 << 20
_PATIENCE_MS: Final = 20
_NAMES: Final = {1: "stdout", 2: "stderr"}


class Heard:
    """Hand printed text to a recorder: the beginning at once, the end at the end.

    Parameters
    ----------
    printed
        Called with ``"stdout"`` or ``"stderr"`` and text.
    limit
        How many characters of the beginning are recorded, and how many of the end.
    """

    def __init__(self, printed: Callable[[str, str], None], *, limit: int = 8 << 20) -> None:
        self._printed = printed
        self._limit = limit
        self._heard = 0
        self._waiting: deque[tuple[str, str]] = deque()
        self._held = 0
        self.left_out = 0

    def add(self, stream: str, text: str) -> None:
        """Take a piece of text."""
        if self._heard < self._limit:
            self._heard += len(text)
            self._printed(stream, text)
            return
        self._waiting.append((stream, text))
        self._held += len(text)
        while self._held - len(self._waiting[0][1]) >= self._limit:
            dropped = len(self._waiting.popleft()[1])
            self._held -= dropped
            self.left_out += dropped

    def end(self) -> None:
        """Record what was held back, after a line that says what is missing."""
        if self.left_out:
            self._printed("stdout", f"\n[{self.left_out} characters were not recorded]\n")
        for stream, text in self._waiting:
            self._printed(stream, text)
        self._waiting.clear()


@dataclass
class Channel:
    """One way from the program to where its output goes.

    Parameters
    ----------
    streams
        The file descriptors of the program that it serves: two when both go to the same place, so
        that their order is kept.
    sink
        Our file descriptor that it is passed on to.
    terminal
        Whether the program is to find a terminal at its end.
    """

    streams: tuple[int, ...]
    sink: int
    terminal: bool
    source: int = -1
    given: int = -1
    last: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        make: Any = codecs.getincrementaldecoder("utf-8")
        self._decode = make(errors="replace").decode
        if self.terminal:
            self.source, self.given = _open_terminal(self.sink)
        else:
            self.source, self.given = os.pipe()
        os.set_blocking(self.source, False)

    @property
    def is_open(self) -> bool:
        """Whether more may come."""
        return self.source >= 0

    @property
    def can_break(self) -> bool:
        """Whether the reader of the sink may go away, and be seen to."""
        mode = os.fstat(self.sink).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)

    def give_away(self) -> None:
        """Close the end that the program has by now."""
        os.close(self.given)

    def resize(self) -> None:
        """Make the program's terminal as large as ours."""
        import termios

        if self.terminal and self.is_open:
            with suppress(OSError, termios.error):
                termios.tcsetwinsize(self.source, termios.tcgetwinsize(self.sink))

    def pass_on(self, heard: Heard) -> int:
        """Record and pass on what is there; give how many bytes, 0 when there is nothing now."""
        try:
            data = os.read(self.source, _CHUNK)
        except BlockingIOError:
            return 0
        except OSError:  # a terminal whose last user has closed it
            data = b""
        heard.add(_NAMES[self.streams[0]], self._decode(data, not data))
        self.last += data
        del self.last[:-_LAST]
        if not data or not _write_all(self.sink, data):
            self.close()
        return len(data)

    def has_more(self) -> bool:
        """Tell whether something is about to come: a terminal hands on a little later."""
        if not (self.terminal and self.is_open):
            return False
        patience = select.poll()
        patience.register(self.source, select.POLLIN)
        return bool(patience.poll(_PATIENCE_MS))

    def close(self) -> None:
        """Read no more: who still writes is told so by the system, as by a reader that went."""
        if self.is_open:
            os.close(self.source)
            self.source = -1


def open_channels() -> list[Channel]:
    """Open a channel for each output stream that this process was started with.

    Returns
    -------
    list of Channel
        None for a stream that is closed: the program finds it closed, too. None for one that takes
        nothing, as ``/dev/full``: the program has it itself, and is told by it why.
    """
    here = [n for n, s in ((1, sys.__stdout__), (2, sys.__stderr__)) if s is not None]
    places = {n: found for n in here if not _is_full(n, found := os.fstat(n))}
    here = [*places]
    terminals = {n: os.isatty(n) for n in here}
    if len(here) == 2 and os.path.samestat(*places.values()) and _keeps_order(places[1], terminals):  # noqa: PLR2004
        return [Channel((1, 2), 1, terminals[1])]
    return [Channel((n,), n, terminals[n]) for n in here]


def _keeps_order(place: os.stat_result, terminals: dict[int, bool]) -> bool:
    """Tell whether anybody can see in which order two streams came to a place."""
    return terminals[1] or not stat.S_ISCHR(place.st_mode)


def _is_full(stream: int, place: os.stat_result) -> bool:
    """Tell whether what is written to a stream will be refused, for want of room."""
    if stat.S_ISCHR(place.st_mode):
        return not os.isatty(stream) and not os.path.samestat(place, os.stat(os.devnull))  # noqa: PTH116
    if not stat.S_ISREG(place.st_mode):
        return False
    room = os.fstatvfs(stream)
    return room.f_blocks > 0 and room.f_bavail * room.f_frsize < _LITTLE


def _open_terminal(like: int) -> tuple[int, int]:
    """Open a pseudoterminal that passes on bytes as they are, and looks like one of ours."""
    import termios

    source, given = os.openpty()
    with suppress(OSError, termios.error):
        mode = termios.tcgetattr(like)
        mode[1] &= ~termios.OPOST  # our own terminal will do that
        mode[3] &= ~(termios.ECHO | termios.ECHONL)
        termios.tcsetattr(given, termios.TCSANOW, mode)
        termios.tcsetwinsize(given, termios.tcgetwinsize(like))
    return source, given


def _write_all(sink: int, data: bytes) -> bool:
    """Write bytes, waiting as long as it takes; tell whether somebody is still there to read."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(sink, view) :]
        except BlockingIOError:
            select.select([], [sink], [])
        except OSError as error:
            _said_full(error)
            return False
    return True


def _said_full(error: OSError) -> None:
    """Say why output could not be passed on, unless its reader has just gone."""
    from anew.notices import say

    if not isinstance(error, BrokenPipeError):
        say(f"what the program prints cannot be passed on: {error.strerror}")


def leave_relay(channels: list[Channel]) -> None:
    """Let a process of its own pass on what others still print when the program has ended.

    Parameters
    ----------
    channels
        Those that somebody still holds open, as a daemon does that the program started. It must
        neither keep us waiting nor lose its output.
    """
    waiting = [channel for channel in channels if channel.is_open]
    if not waiting or fork():
        return
    try:
        os.setsid()
        sources = {channel.source: channel.sink for channel in waiting}
        close_except({*sources, *sources.values()})
        while sources:
            for source in select.select([*sources], [], [])[0]:
                data = _read(source)
                if not data or not _write_all(sources[source], data):
                    del sources[source]
                    os.close(source)
    finally:
        os._exit(0)


def fork() -> int:
    """Fork a process that only passes something on; what Python warns of is no harm to it.

    It has no threads but this one, and closes the files that it does not need.

    Returns
    -------
    int
        As of `os.fork`.
    """
    with warnings.catch_warnings(), forking_apart():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def close_except(kept: set[int]) -> None:
    """Close all files of this process, which is a fork, but some."""
    first = 0
    for file in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(first, file)
        first = file + 1


def _read(source: int) -> bytes:
    try:
        return os.read(source, _CHUNK)
    except OSError:
        return b""
