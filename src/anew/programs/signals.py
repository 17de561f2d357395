"""Signals of the supervisor: what is sent to it alone is passed on, once."""

from __future__ import annotations

import os
import resource
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

from anew.programs.streams import close_except, fork

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, TracebackType

__all__ = ["Signals", "end_by"]

PASSED: Final = frozenset(
    getattr(signal, name)
    for name in (
        *("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"),
        *("SIGTSTP", "SIGCONT", "SIGWINCH"),
    )
    if hasattr(signal, name)
)
"""Signals that the supervisor lives through, and that the program is to get."""

_PATIENCE_MS: Final = 30
"""How long the witness may take to say what it heard."""


class Signals:
    """Hear signals as bytes in a pipe, and know which were sent to the whole process group.

    Notes
    -----
    The program is in the process group of the supervisor, as it would be in the group that it was
    started in. So what a terminal or `os.killpg` sends to the group reaches it without our doing,
    and what is sent to the supervisor alone has to be passed on; neither Python nor the system
    tells the two apart. A second process of the group does, the witness: what it hears, too, was
    sent to the group.
    """

    def __enter__(self) -> Self:
        """Begin to hear; signals that were ignored stay so, as under `nohup`."""
        self._before: dict[int, Any] = {
            each: signal.getsignal(each)
            for each in (*PASSED, signal.SIGCHLD)
            if each == signal.SIGCHLD or signal.getsignal(each) != signal.SIG_IGN
        }
        heard, self._hearing = os.pipe()
        self.file = heard
        for end in (heard, self._hearing):
            os.set_blocking(end, False)
        self._witnessed, self._alive, self._witness = _start_witness(self._before)
        self._wakeup_before = signal.set_wakeup_fd(self._hearing, warn_on_full_buffer=False)
        for each in self._before:
            signal.signal(each, _do_nothing)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hear no more."""
        signal.set_wakeup_fd(self._wakeup_before)
        for each, handler in self._before.items():
            signal.signal(each, handler if handler is not None else signal.SIG_DFL)
        for end in (self.file, self._hearing, self._alive, self._witnessed):
            os.close(end)
        with suppress(ChildProcessError):
            os.waitpid(self._witness, 0)

    def hears(self, number: int) -> bool:
        """Tell whether a signal is heard here, and so passed on; one that was ignored is not."""
        return number in self._before

    def take(self) -> set[int]:
        """Give the signals that were heard since the last time."""
        return set(_read_all(self.file))

    def take_own(self, heard: set[int]) -> set[int]:
        """Give those of some signals that were sent to this process alone."""
        wanted = heard & {int(each) for each in PASSED} - {int(signal.SIGWINCH)}
        return wanted - self._listen_to_witness(wanted) if wanted else set()

    def _listen_to_witness(self, wanted: set[int]) -> set[int]:
        """Ask the witness, who may hear a little later than we do."""
        patience = select.poll()
        patience.register(self._witnessed, select.POLLIN)
        witnessed: set[int] = set()
        while not wanted <= witnessed and patience.poll(_PATIENCE_MS):
            found = _read_all(self._witnessed)
            if not found:  # it was killed
                break
            witnessed |= set(found)
        return witnessed


def end_by(number: int) -> None:
    """End this process by a signal, as the program ended, without a second core dump.

    Parameters
    ----------
    number
        The signal. Returns when it does not end a process.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(OSError, ValueError):  # SIGKILL has no handler
        signal.signal(number, signal.SIG_DFL)
    with suppress(OSError, ValueError):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)


def _start_witness(signals: Iterable[int]) -> tuple[int, int, int]:
    """Fork the witness; give the pipe that it tells, the one that keeps it, and its number."""
    witnessed, telling = os.pipe()
    waiting, alive = os.pipe()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    number = fork()
    if number == 0:
        try:
            _bear_witness(signals, telling, waiting)
        finally:
            os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.close(telling)
    os.close(waiting)
    os.set_blocking(witnessed, False)
    return witnessed, alive, number


def _bear_witness(signals: Iterable[int], telling: int, waiting: int) -> None:
    """Tell which signals come, until the supervisor is no more; hold nothing of its open files."""
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
    for each in signals:
        signal.signal(each, _do_nothing)
    close_except({telling, waiting})
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    os.read(waiting, 1)


def _read_all(file: int) -> bytes:
    found = b""
    with suppress(BlockingIOError):
        while more := os.read(file, 4096):
            found += more
    return found


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Let the signal be written to the pipe, which is all that is wanted."""
