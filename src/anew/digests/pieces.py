"""Digests of content that lies in memory, of large one by several threads: xxhash lets others run.

Large content is cut into leaves of a fixed size, so that its digest is the same however it lies in
memory, and however many processors there are.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LARGE_BYTES", "Leaves", "digest_large", "digest_pieces"]

LARGE_BYTES: Final = 1 << 24
"""Larger content is digested by leaves. Part of the format, as is their size."""

_LEAF_BYTES: Final = 1 << 22
_WORTH_BYTES: Final = 1 << 18
_MOST_THREADS: Final = 4  # more of them wait for the memory


class Leaves:
    """The digest of large content that comes in chunks of any size."""

    def __init__(self) -> None:
        import xxhash

        self._hasher = xxhash.xxh3_128()
        self._filled = 0
        self._digests: list[bytes] = []

    def update(self, chunk: memoryview) -> None:
        """Take the next bytes."""
        while chunk:
            part = chunk[: _LEAF_BYTES - self._filled]
            chunk = chunk[len(part) :]
            self._hasher.update(part)
            self._filled += len(part)
            if self._filled == _LEAF_BYTES:
                self._end_leaf()

    def _end_leaf(self) -> None:
        self._digests.append(self._hasher.digest())
        self._hasher.reset()
        self._filled = 0

    def digest(self) -> bytes:
        """Give what `digest_large` gives of all bytes."""
        if self._filled:
            self._end_leaf()
        return _join(self._digests)


def digest_large(content: memoryview) -> bytes:
    """Digest more than `LARGE_BYTES` that lie in one piece.

    Parameters
    ----------
    content
        The bytes.

    Returns
    -------
    bytes
        The digest of the digests of its leaves.
    """
    starts = range(0, len(content), _LEAF_BYTES)
    return _join(digest_pieces([content[start : start + _LEAF_BYTES] for start in starts]))


def _join(digests: list[bytes]) -> bytes:
    from xxhash import xxh3_128_digest

    return xxh3_128_digest(b"".join(digests))


def digest_pieces(pieces: Sequence[memoryview]) -> list[bytes]:
    """Digest pieces one by one, by several threads when there is much of them.

    Parameters
    ----------
    pieces
        Bytes.

    Returns
    -------
    list of bytes
        The digest of each.
    """
    from xxhash import xxh3_128_digest

    found: list[bytes | None] = [None] * len(pieces)
    waiting = deque(enumerate(pieces))

    def work() -> None:
        with suppress(IndexError):  # when none is left
            while True:
                place, piece = waiting.popleft()
                found[place] = xxh3_128_digest(piece)

    is_much = sum(map(len, pieces)) > max(LARGE_BYTES, len(pieces) * _WORTH_BYTES)
    count = _count_threads() if is_much else 1
    others = _start(work, min(count, len(pieces)) - 1)
    try:
        work()
    finally:
        waiting.clear()
        for thread in others:
            thread.join()
    pairs = zip(found, pieces, strict=True)
    return [xxh3_128_digest(piece) if each is None else each for each, piece in pairs]


def _start(work: Any, count: int) -> list[threading.Thread]:
    """Start threads, as many as there can be: none while Python ends."""
    threads = [threading.Thread(target=work, name="anew-digest", daemon=True) for _ in range(count)]
    with suppress(RuntimeError):
        for thread in threads:
            thread.start()
    return [thread for thread in threads if thread.ident is not None]


def _count_threads() -> int:
    """Count the processors that have nothing else to do: to wait for a busy one costs more."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 1.0  # one of it is this process
    return max(1, min(math.ceil(processors + 1 - load), processors, _MOST_THREADS))
