"""Digests of bytes and files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["FileDigest", "digest_bytes", "digest_file"]

_PREFIX: Final = "blake3:"
_BLOCK_BYTES: Final = 1 << 20
_CACHE_ENTRIES: Final = 1 << 16
_NEWLINE: Final = ord("\n")
# A file system's clock ticks in steps of up to 10 ms: a file written again within one step, to
# the same size, looks unchanged. So a file this young is digested but not remembered.
_SETTLED_NS: Final = 100_000_000

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


_State = tuple[str, int, int, int, int]
_cache: dict[_State, FileDigest] = {}
_cache_lock = threading.Lock()


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
    A file is known by path, device, inode, size and modification time. One that changes while it
    is read is read once more; what is given then is what was read, and it is not remembered.
    Safe to call from several threads.
    """
    file = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    for _ in range(2):
        with file.open("rb", buffering=0) as stream:
            state = _state(file, os.fstat(stream.fileno()))
            known = _cache.get(state)
            if known is not None:
                return known
            read_at = time.time_ns()
            found = _read(stream, file.suffix.lower())
        if _state(file, file.stat()) == state:
            if read_at - state[-1] > _SETTLED_NS:
                _remember(state, found)
            break
    return found


def _state(file: Path, stat: os.stat_result) -> _State:
    """Give what changes whenever the file does."""
    return str(file), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _remember(state: _State, found: FileDigest) -> None:
    """Keep a digest; drop the oldest ones rather than grow without end."""
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
