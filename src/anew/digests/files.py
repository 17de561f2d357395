"""Digests of bytes and files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias

__all__ = ["FileDigest", "Memory", "State", "digest_bytes", "digest_file", "use_memory"]

_PREFIX: Final = "blake3:"
_BLOCK_BYTES: Final = 1 << 20
_CACHE_ENTRIES: Final = 1 << 16
_NEWLINE: Final = ord("\n")
# A file system's clock ticks in steps of up to 10 ms: a file written again within one step, to
# the same size, looks unchanged. So a file this young is digested but not remembered.
_SETTLED_NS: Final = 100_000_000
# Some file systems count in seconds, or two; their times are whole ones.
_SECOND_NS: Final = 1_000_000_000
_COARSELY_SETTLED_NS: Final = 3 * _SECOND_NS

_TABLES_WITH_HEADER: Final = frozenset({".csv", ".tsv"})
_TABLES: Final = _TABLES_WITH_HEADER | {".txt", ".jsonl", ".ndjson"}


@dataclass(frozen=True)
class FileDigest:
    """What a file holds.

    ``rows`` counts the lines of a text table, the header of ``.csv`` and ``.tsv`` left out; None
    for other files.
    """

    digest: str
    size_bytes: int
    rows: int | None


State: TypeAlias = tuple[str, int, int, int, int, int]
"""Path, device, inode, size in bytes, times of modification and of change in nanoseconds."""


class Memory(Protocol):
    """What remembers the digests of files for longer than a process lives."""

    def get(self, state: State) -> FileDigest | None:
        """Give the digest of a file in this state, if it is known."""
        ...

    def put(self, state: State, found: FileDigest) -> None:
        """Remember the digest of a file in this state."""
        ...


_cache: dict[State, FileDigest] = {}
_cache_lock = threading.Lock()
_memory: Memory | None = None


def use_memory(memory: Memory | None) -> None:
    """Ask a memory for the digest of a file that this process does not know, and tell it.

    Parameters
    ----------
    memory
        What remembers, safe to call from several threads; None to use none any more.
    """
    global _memory  # noqa: PLW0603 - files, too, are there once for the whole process
    _memory = memory


def digest_bytes(data: bytes | bytearray | memoryview) -> str:
    """Give the BLAKE3 digest of bytes.

    Parameters
    ----------
    data
        Any contiguous bytes.

    Returns
    -------
    str
        ``blake3:`` and 64 hexadecimal digits.

    References
    ----------
    O'Connor, Aumasson, Neves, Wilcox-O'Hearn: BLAKE3, one function, fast everywhere (2020).

    Examples
    --------
    >>> digest_bytes(b"")
    'blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
    """
    from blake3 import blake3

    return _PREFIX + blake3(data).hexdigest()


def digest_file(path: str | os.PathLike[str]) -> FileDigest:
    """Digest a file, unless this process knows it to be unchanged.

    Parameters
    ----------
    path
        A regular file.

    Returns
    -------
    FileDigest
        Digest, size in bytes, and rows of a text table.

    Raises
    ------
    OSError
        When the file cannot be read.

    Notes
    -----
    A file is known by path, device, inode, size and times of change, to this process and to
    the memory given to `use_memory`. One that changes while it is read is read once more; what is
    given then is what was read, and it is not remembered, nor is that of a file so young that it
    could change again without another time. Safe to call from several threads.
    """
    file = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    known = _recall(_state(file, file.stat()))
    if known is not None:
        return known
    for _ in range(2):
        with file.open("rb", buffering=0) as stream:
            state = _state(file, os.fstat(stream.fileno()))
            read_at = time.time_ns()
            found = _read(stream, file.suffix.lower())
        if _state(file, file.stat()) == state:
            if _is_settled(max(state[-2:]), read_at):
                _remember(state, found)
            break
    return found


def _state(file: Path, found: os.stat_result) -> State:
    """Give what changes whenever the file does."""
    # The time of modification can be set; that of the change of the inode cannot.
    times = found.st_mtime_ns, found.st_ctime_ns
    return str(file), found.st_dev, found.st_ino, found.st_size, *times


def _is_settled(changed_at: int, read_at: int) -> bool:
    """Tell whether a change after the reading would have shown as another time."""
    is_coarse = changed_at % _SECOND_NS == 0
    return read_at - changed_at > (_COARSELY_SETTLED_NS if is_coarse else _SETTLED_NS)


def _recall(state: State) -> FileDigest | None:
    """Look for a digest here, then in the memory."""
    known = _cache.get(state)
    if known is None and _memory is not None:
        known = _memory.get(state)
        if known is not None:
            _keep(state, known)
    return known


def _remember(state: State, found: FileDigest) -> None:
    _keep(state, found)
    if _memory is not None:
        _memory.put(state, found)


def _keep(state: State, found: FileDigest) -> None:
    """Keep a digest in this process; drop the oldest ones rather than grow without end."""
    with _cache_lock:
        while len(_cache) >= _CACHE_ENTRIES:
            del _cache[next(iter(_cache))]
        _cache[state] = found


def _read(stream: BinaryIO, suffix: str) -> FileDigest:
    """Read a file once, for its digest, size and lines together."""
    from blake3 import blake3

    hasher = blake3()
    block = bytearray(_BLOCK_BYTES)
    view = memoryview(block)
    size, lines, is_ended = 0, 0, True
    is_table = suffix in _TABLES
    while count := stream.readinto(block):  # type: ignore[attr-defined]
        hasher.update(view[:count])
        size += count
        if is_table:
            lines += block.count(b"\n", 0, count)
            is_ended = block[count - 1] == _NEWLINE
    rows = None
    if is_table:
        rows = lines if is_ended else lines + 1
        rows = max(rows - 1, 0) if suffix in _TABLES_WITH_HEADER else rows
    return FileDigest(_PREFIX + hasher.hexdigest(), size, rows)
