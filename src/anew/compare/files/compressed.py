"""Comparing compressed files by what is in them."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from dataclasses import replace
from gzip import GzipFile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from anew.compare.files.way import TooLargeError
from anew.compare.finding import IDENTICAL, SAME_CONTENT, Finding

if TYPE_CHECKING:
    from typing import Protocol

    from anew.compare.files.way import Way

    class _Readable(Protocol):
        """A file that is open."""

        def read(self, size: int, /) -> bytes: ...


__all__ = ["LIMIT_BYTES", "compare_compressed", "read_limited", "unpack"]

LIMIT_BYTES: Final = 1 << 30
"""What unpacks to more than this is not looked into: it may be made to fill the memory."""

_ENDS: Final = frozenset({".gz", ".bz2", ".xz", ".zst", ".z"})


def compare_compressed(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare what is compressed; time, name, level and even the method stand beside it.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    name = way.name
    if PurePosixPath(name).suffix.lower() in _ENDS:
        name = name[: -len(PurePosixPath(name).suffix)]
    elif name.lower().endswith(".tgz"):
        name = f"{name[:-4]}.tar"
    found = way.compare_inner(unpack(a), unpack(b), name)
    if found.verdict == IDENTICAL:
        return replace(found, verdict=SAME_CONTENT, detail="compressed otherwise")
    return found


def unpack(data: bytes) -> bytes:
    """Decompress by what the bytes begin with."""
    file = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return read_limited(GzipFile(fileobj=file))
    if data.startswith(b"BZh"):
        return read_limited(bz2.BZ2File(file))
    if data.startswith(b"\xfd7zXZ"):
        return read_limited(lzma.LZMAFile(file))
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        return read_limited(zstandard.ZstdDecompressor().stream_reader(file))
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(data, LIMIT_BYTES)
    if unpacker.unconsumed_tail:
        raise TooLargeError(_say_limit())
    if unpacker.unused_data or not unpacker.eof:
        message = "it goes on after its end, or ends before"
        raise ValueError(message)
    return unpacked


def read_limited(file: _Readable, limit: int = LIMIT_BYTES) -> bytes:
    """Read what is compressed, unless it is too much.

    Parameters
    ----------
    file
        An open file.
    limit
        The greatest number of bytes.

    Raises
    ------
    TooLargeError
        When there is more.
    """
    parts, size = [], 0
    while part := file.read(1 << 20):
        size += len(part)
        if size > limit:
            raise TooLargeError(_say_limit())
        parts.append(part)
    return b"".join(parts)


def _say_limit() -> str:
    return f"it unpacks to more than {LIMIT_BYTES >> 30} GiB"
