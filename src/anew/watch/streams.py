"""Streams seen while a trial runs: what is printed still goes where it went."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Streams", "Tee"]


class Streams:
    """Standard output and error, passed on and heard, as long as somebody listens.

    Parameters
    ----------
    hear
        Called with ``"stdout"`` or ``"stderr"`` and the text that was printed.

    Notes
    -----
    Replaces `sys.stdout` and `sys.stderr` when the first trial of a process begins and puts them
    back when the last one ends. What C libraries and child processes print is not heard.
    """

    def __init__(self, hear: Callable[[str, str], None]) -> None:
        self._hear = hear
        self._lock = threading.Lock()
        self._listeners = 0
        self._tees: dict[str, Tee] = {}

    def start(self) -> None:
        """Begin to listen, or go on."""
        with self._lock:
            self._listeners += 1
            if self._listeners == 1:
                for name in ("stdout", "stderr"):
                    if (stream := getattr(sys, name)) is not None:
                        setattr(sys, name, self._place_tee(name, stream))

    def _place_tee(self, name: str, stream: TextIO) -> Tee:
        """Give the tee of a stream, the one of the trial before where the stream is the same.

        A tee is never thrown away while a step may still be in `print`, which in CPython borrows
        `sys.stdout` without owning it: a step that goes on after Ctrl-C would crash the process.
        """
        tee = self._tees.get(name)
        if tee is None or tee.stream is not stream:
            tee = self._tees[name] = Tee(stream, name)
        tee.hear = self._hear
        return tee

    def stop(self) -> None:
        """Stop when nobody listens any more, and put the streams back."""
        with self._lock:
            self._listeners -= 1
            if self._listeners:
                return
            for name, tee in self._tees.items():
                tee.hear = None  # it may live on, where somebody kept it
                if getattr(sys, name) is tee:  # somebody else may have replaced it meanwhile
                    setattr(sys, name, tee.stream)


class Tee:
    """A text stream that passes everything on and tells what was written."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self.stream = stream
        self._name = name
        self.hear: Callable[[str, str], None] | None = None

    def write(self, text: str) -> int:
        """Tell, then write to the stream beneath: what anybody has seen is on record."""
        if (hear := self.hear) is not None:
            hear(self._name, text)
        return self.stream.write(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several pieces."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _stream_of_process, (self._name,)


def _stream_of_process(name: str) -> Any:
    """Give what a stream is in another process, for steps that refer to theirs."""
    return getattr(sys, name)
