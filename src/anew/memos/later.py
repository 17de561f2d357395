"""Calls that are kept together: a transaction for each would take longer than a quick call."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

from anew.memos.keeping import keep_many

if TYPE_CHECKING:
    from collections.abc import Collection

    from anew.memos.payload import Encoded
    from anew.memos.place import Place
    from anew.memos.record import Memo

__all__ = ["Later"]

_SECONDS: Final = 0.25
_CALLS: Final = 1024


class Later:
    """Calls that wait to be kept: a quarter of a second at most, as long as more of them come.

    Parameters
    ----------
    place
        The folder.
    lost
        Rows that could not be read: these are written again.

    Attributes
    ----------
    keys : set of str
        The keys of those that wait.
    process : int
        The process in which they were computed; a fork leaves them to it.
    """

    def __init__(self, place: Place, lost: Collection[object]) -> None:
        self.keys: set[str] = set()
        self.process = os.getpid()
        self._place = place
        self._lost = lost
        self._begin()

    def _begin(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # before the other one, which is never held for long
        self._calls: list[tuple[Memo, Encoded | None]] = []
        self._since = 0.0

    def add(self, memo: Memo, encoded: Encoded | None) -> int:
        """Let a call wait; write all of them when it is time.

        Returns
        -------
        int
            How much all values take in bytes; zero when nothing was written.

        Raises
        ------
        StoreError
            When the index cannot be written.
        """
        if self.process != os.getpid():
            self._begin_anew()
        now = time.monotonic()
        with self._lock:
            self._since = self._since or now
            self._calls.append((memo, encoded))
            self.keys.add(memo.key)
            is_time = now - self._since > _SECONDS or len(self._calls) >= _CALLS
        return self.write() if is_time else 0

    def write(self) -> int:
        """Write down those that wait.

        Returns
        -------
        int
            How much all values take in bytes; zero when nothing was written.

        Raises
        ------
        StoreError
            When the index cannot be written; they are forgotten then.
        """
        if self.process != os.getpid():
            return 0
        with self._writing:  # also waits for what another thread is writing
            with self._lock:
                calls, self._calls, self._since = self._calls, [], 0.0
            try:
                return keep_many(self._place, calls, self._lost) if calls else 0
            finally:
                with self._lock:
                    self.keys.clear()
                    self.keys.update(memo.key for memo, _ in self._calls)

    def _begin_anew(self) -> None:
        """Forget in a fork what waits in the process that it comes from."""
        self._begin()
        self.process = os.getpid()
        self.keys.clear()
