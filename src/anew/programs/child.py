"""The program in a process of its own, which is to notice nothing of us."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.programs.streams import Channel, Heard, leave_relay, open_channels
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anew.programs.signals import Signals

__all__ = ["Ended", "occupy_closed", "run_child"]

_DRAINED: Final = 1 << 20
"""How much may be in a pipe: what a program printed before it ended is not more."""


@dataclass(frozen=True)
class Ended:
    """How the program ended.

    Parameters
    ----------
    status
        The exit status; minus the number of the signal that ended it.
    asked
        Signals that came while it ran and ask a program to end.
    last
        The last that it printed on standard error.
    left_out
        How many characters of what it printed were too many to be recorded.
    """

    status: int
    asked: frozenset[int]
    last: str
    left_out: int


def run_child(
    words: Sequence[str],
    environment: Mapping[str, str],
    signals: Signals,
    printed: Callable[[str, str], None],
    started: Callable[[], None] = lambda: None,
) -> Ended:
    """Run a program to its end, with our standard input, and streams that look like ours.

    Parameters
    ----------
    words
        The program and its arguments.
    environment
        All its environment variables.
    signals
        What this process hears while the program runs.
    printed
        Called with the stream and the text of what it prints.
    started
        Called when it runs.

    Returns
    -------
    Ended
        How it ended.

    Raises
    ------
    OSError
        When it cannot be started.
    """
    heard = Heard(printed)
    channels = open_channels()
    try:
        child = _Child(_start(words, environment, channels), channels, signals, heard)
    finally:
        for channel in channels:
            channel.give_away()
    with suppress(RuntimeError):  # no thread can be started
        started()
    child.attend()
    child.drain()
    heard.end()
    leave_relay(channels)
    last = next((c for c in reversed(channels) if 2 in c.streams), None)  # noqa: PLR2004
    text = bytes(last.last).decode("utf-8", "replace") if last else ""
    return Ended(child.status, frozenset(child.asked), text, heard.left_out)


def occupy_closed() -> None:
    """Fill the places of closed streams, so that no file of ours is taken for one of them.

    To be called before any file is opened that stays open: SQLite would fill them, too, with files
    that the program inherits.
    """
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    for number, stream in enumerate(streams):
        if stream is None:
            try:
                os.set_inheritable(number, False)  # noqa: FBT003 - POSIX says it so
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # not inherited, either


def _start(words: Sequence[str], environment: Mapping[str, str], channels: list[Channel]) -> int:
    """Start the program with the signals and files that it would have without us."""
    actions = [
        (os.POSIX_SPAWN_DUP2, channel.given, number)
        for channel in channels
        for number in channel.streams
    ]
    ignored_by_python = [
        getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name)
    ]
    return os.posix_spawnp(
        words[0], [*words], environment, file_actions=actions, setsigdef=ignored_by_python
    )


class _Child:
    """A running program: waits, hears, passes on."""

    def __init__(
        self, number: int, channels: list[Channel], signals: Signals, heard: Heard
    ) -> None:
        self.status = 0
        self.asked: set[int] = set()
        self._number = number
        self._channels = channels
        self._signals = signals
        self._heard = heard
        self._has_ended = self._has_stopped = False

    def attend(self) -> None:
        """Pass on output and signals until the program has ended."""
        sources: dict[int, Channel] = {}
        poll = select.poll()
        poll.register(self._signals.file, select.POLLIN)
        for channel in self._channels:
            sources[channel.source] = channel
            poll.register(channel.source, select.POLLIN)
            if channel.can_break:
                sources[channel.sink] = channel
                poll.register(channel.sink, 0)
        while not self._has_ended:
            for file, event in poll.poll():
                if file == self._signals.file:
                    self._pass_signals()
                    continue
                channel, source = sources[file], sources[file].source
                if file == channel.sink and event:
                    poll.unregister(file)
                    channel.close()  # its reader has gone
                elif channel.is_open:
                    channel.pass_on(self._heard)
                if source >= 0 and not channel.is_open:
                    poll.unregister(source)
            if self._has_stopped:
                self._stop(poll)

    def _stop(self, poll: select.poll) -> None:
        """Stop as the program did, as its shell expects, when all is passed on that it printed."""
        channels = {channel.source: channel for channel in self._channels if channel.is_open}
        self.drain()
        for source, channel in channels.items():
            if not channel.is_open:
                poll.unregister(source)
        self._has_stopped = False
        os.kill(os.getpid(), signal.SIGSTOP)
        if not self._signals.hears(signal.SIGCONT):  # else the program would go on twice
            os.kill(self._number, signal.SIGCONT)

    def drain(self) -> None:
        """Pass on what the program has printed when it ended or stopped; wait for no others."""
        for channel in self._channels:
            left = _DRAINED
            while channel.is_open and left > 0:
                size = channel.pass_on(self._heard)
                left -= size
                if not size and not channel.has_more():
                    break

    def _pass_signals(self) -> None:
        heard = self._signals.take()
        own = self._signals.take_own(heard)
        if signal.SIGWINCH in heard:
            for channel in self._channels:
                channel.resize()
            own.add(signal.SIGWINCH)  # again, now that its terminal has the new size
        self.asked |= heard & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        for number in sorted(own):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._number, number)
        if signal.SIGCHLD in heard:
            self._look()

    def _look(self) -> None:
        """See whether the program ended or stopped."""
        number, state = os.waitpid(self._number, os.WNOHANG | os.WUNTRACED)
        if not number:
            return
        if os.WIFSTOPPED(state):
            self._has_stopped = os.WSTOPSIG(state) != signal.SIGSTOP
        else:
            self._has_ended = True
            self.status = os.waitstatus_to_exitcode(state)
