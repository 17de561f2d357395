"""Digests of bytes and files."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, TypeAlias

from anew.records import dataclass
from anew.settled import is_settled
from anew.stamps.families import is_known

try:
    from _blake2 import blake2b  # the one of hashlib, which loads all of OpenSSL, too
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "FileDigest",
    "Memory",
    "State",
    "digest_bytes",
    "digest_content",
    "digest_file",
    "recall_files",
    "recall_folder",
    "remember_folder",
    "state_of_folder",
    "use_memory",
]

_PREFIX: Final = "blake3:"
_BLOCK_BYTES: Final = 1 << 18
_CACHE_ENTRIES: Final = 1 << 16

_TABLES_WITH_HEADER: Final = frozenset({".csv", ".tsv"})
_TABLES: Final = _TABLES_WITH_HEADER | {".txt", ".jsonl", ".ndjson"}


@dataclass(frozen=True)
class FileDigest:
    """What a file holds, without a stamp of anew: with one it is the same.

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

    def find(self, states: Iterable[State]) -> dict[State, FileDigest]:
        """Give those that are known of many files at once."""
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
    file = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - resolve() would follow links
    known = _recall(_state(file, os.stat(file)))  # noqa: PTH116 - for each of many files
    return known or _take(file, lambda stream: _read(_bare(stream, file), _suffix(file)))


def digest_content(path: str) -> tuple[FileDigest, bytes]:
    """Digest a file that is not known, and give what was read.

    Parameters
    ----------
    path
        A regular file that fits into memory; absolute and normal.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    content = b""

    def read(stream: BinaryIO) -> FileDigest:
        nonlocal content
        content = stream.read()
        if is_known(path):
            from anew.stamps import bare_bytes

            content = bare_bytes(path, content)
        rows = _Rows(_suffix(path))
        rows.add(content)
        return FileDigest(digest_bytes(content), len(content), rows.number)

    found = _take(path, read)
    return found, content


def recall_files(found: Mapping[str, os.stat_result]) -> dict[str, FileDigest]:
    """Give the digests of those of many files that are known to be unchanged.

    Parameters
    ----------
    found
        What each file is, by its absolute and normal path.
    """
    states = {path: _state(path, each) for path, each in found.items()}
    known = {path: _cache[state] for path, state in states.items() if state in _cache}
    if _memory is not None and len(known) < len(states):
        told = _memory.find(state for path, state in states.items() if path not in known)
        for state, digest in told.items():
            known[state[0]] = digest
            _keep(state, digest)
    return known


def state_of_folder(folder: str, found: Mapping[str, os.stat_result], *also: object) -> State:
    """Give what changes whenever one of some files in a folder does, or there are others.

    Parameters
    ----------
    folder
        Its absolute path.
    found
        What each file is, by its absolute and normal path.
    also
        What else is to be the same.

    Returns
    -------
    tuple
        The state of a file that there is not, for `recall_folder` and `remember_folder`.
    """
    states = (
        f"{path}\0{each.st_dev} {each.st_ino} {each.st_size} {each.st_mtime_ns} {each.st_ctime_ns}"
        for path, each in sorted(found.items())
    )
    text = "\0".join((repr(also), *states))
    digest = blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4 * 7).digest()
    size = sum(each.st_size for each in found.values())
    first, second, third, fourth = (int.from_bytes(digest[i : i + 7]) for i in range(0, 28, 7))
    return f"{folder}{os.sep}", first, second, size, third, fourth


def recall_folder(state: State) -> str | None:
    """Give the digest of the listing of a folder in this state, if it is known."""
    known = _recall(state)
    return known.digest if known else None


def remember_folder(state: State, found: Mapping[str, os.stat_result], digest: str) -> None:
    """Remember the digest of a folder's listing, where all of its files are remembered."""
    if all(_state(path, each) in _cache for path, each in found.items()):
        _remember(state, FileDigest(digest, state[3], None))


def _take(file: str, read: Callable[[BinaryIO], FileDigest]) -> FileDigest:
    """Read a file, once more when it changed meanwhile, and remember it when it did not."""
    for _ in range(2):
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
            state = _state(file, os.fstat(stream.fileno()))
            read_at = time.time_ns()
            found = read(stream)
        if _state(file, os.stat(file)) == state:  # noqa: PTH116 - as above
            if is_settled(*state[-2:], read_at):
                _remember(state, found)
            break
    return found


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower()  # noqa: PTH122 - as above


def _state(file: str, found: os.stat_result) -> State:
    """Give what changes whenever the file does."""
    # The time of modification can be set; that of the change of the inode cannot.
    return file, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


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


class _Readable(Protocol):
    """What is read a block at a time."""

    def read(self, size: int, /) -> bytes:
        """Give some bytes; none at the end."""


class _Blocks:
    """Blocks that come one after the other."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _: int, /) -> bytes:
        """Give the next one."""
        return next(self._blocks, b"")


class _Rows:
    """Counts the lines of a text table while it is read."""

    def __init__(self, suffix: str) -> None:
        self._is_table = suffix in _TABLES
        self._has_header = suffix in _TABLES_WITH_HEADER
        self._lines, self._is_ended = 0, True

    def add(self, block: bytes) -> None:
        """Count the lines of a block that is not empty, or of the only one."""
        if self._is_table:
            self._lines += block.count(b"\n")
            self._is_ended = block[-1:] == b"\n" or not block

    @property
    def number(self) -> int | None:
        """How many rows there are; None for what is no table."""
        if not self._is_table:
            return None
        rows = self._lines if self._is_ended else self._lines + 1
        return max(rows - 1, 0) if self._has_header else rows


def _bare(stream: BinaryIO, file: str) -> _Readable:
    """Give what is read of a file: all of it but a stamp."""
    if is_known(file):
        from anew.stamps import bare_pieces, blocks

        if stamped := bare_pieces(file, stream.fileno()):
            return _Blocks(blocks(*stamped))
    return stream


def _read(stream: _Readable, suffix: str) -> FileDigest:
    """Read a file once, for its digest, size and lines together."""
    from blake3 import blake3

    hasher, rows, size = blake3(), _Rows(suffix), 0
    while block := stream.read(_BLOCK_BYTES):
        hasher.update(block)
        rows.add(block)
        size += len(block)
    return FileDigest(_PREFIX + hasher.hexdigest(), size, rows.number)
