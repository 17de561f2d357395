"""A thread that reads now and then, and that nobody waits for.

It is ended before a fork and begun again afterwards: so a fork finds no lock that it holds, and
Python has no reason to warn of threads.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from anew.sampling.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Sampler"]

_SIGNALS: Final = signal.valid_signals()
_PATIENCE_S: Final = 0.2
"""A fork is not held up by a reading that takes longer."""

_running: Final[dict[int, Sampler]] = {}


class Sampler:
    """Tells now and then what processes take of the machine.

    Parameters
    ----------
    every_s
        The seconds between two readings; 0 for none at all.
    say
        Called in a thread of its own with a reading: numbers by name. When it raises, or nothing
        can be read, there are no more.
    """

    def __init__(
        self, every_s: float, say: Callable[[Callable[[], Mapping[str, float]]], None]
    ) -> None:
        self._every_s, self._say = every_s, say
        self._due = 0.0
        self._read: Callable[[], Mapping[str, float]] = dict
        self._resting = self._living = threading.Lock()

    @contextmanager
    def sampling(self, *, with_own: bool = True) -> Iterator[None]:
        """Sample while the block runs.

        Parameters
        ----------
        with_own
            Whether this process counts, or only those that it has started.
        """
        if not self._every_s:
            yield
            return
        self._due = time.monotonic() + self._every_s
        self._read = Usage(with_own=with_own).read
        self.resume()
        _running[id(self)] = self
        try:
            yield
        finally:
            _running.pop(id(self), None)
            self.pause()

    def resume(self) -> None:
        """Begin the thread."""
        # Locks are let go without a wait, also where a fork has left no thread that waits for them;
        # and a thread that `threading` knows nothing of begins in half the time.
        self._resting, self._living = threading.Lock(), threading.Lock()
        self._resting.acquire()
        self._living.acquire()
        try:
            _thread.start_new_thread(self._run, (self._resting, self._living))
        except RuntimeError:  # there may be no more threads
            self._living.release()

    def pause(self) -> None:
        """Have the thread end soon."""
        with suppress(RuntimeError):  # it was let go already
            self._resting.release()

    def wait(self) -> None:
        """Wait a little for the end of the thread."""
        self._living.acquire(timeout=_PATIENCE_S)

    def _run(self, resting: Any, living: Any) -> None:
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # they are for the threads that work
            self._go_on(resting)
        finally:
            living.release()

    def _go_on(self, resting: Any) -> None:
        while not resting.acquire(timeout=min(self._rest_s(), threading.TIMEOUT_MAX)):
            self._due = max(self._due, time.monotonic() - self._every_s) + self._every_s
            try:
                self._say(self._read)
            except Exception:  # noqa: BLE001 - who takes it has been told why, and the work goes on
                return

    def _rest_s(self) -> float:
        return max(self._due - time.monotonic(), 0.0)


def _pause_all() -> None:
    for sampler in tuple(_running.values()):
        sampler.pause()
        sampler.wait()


def _resume_all() -> None:
    for sampler in tuple(_running.values()):
        sampler.resume()


os.register_at_fork(before=_pause_all, after_in_parent=_resume_all, after_in_child=_running.clear)
