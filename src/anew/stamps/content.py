"""What a file holds, in pieces: read where it is needed, never mapped, for others may cut it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "ATTRIBUTE",
    "INHERITED",
    "MAX_BYTES",
    "PAGE_BYTES",
    "Content",
    "Found",
    "Part",
    "Pieces",
    "Tail",
    "Unsuitable",
    "blocks",
    "digest_pieces",
    "seal",
    "size_of",
]

Pieces: TypeAlias = "list[bytes | range]"
"""Content as bytes that are given, and ranges of bytes of another content."""

MAX_BYTES: Final = 32_768
"""A longer stamp is neither written nor read: it must fit into one segment of a JPEG."""

ATTRIBUTE: Final = "anew_provenance"
"""What a stamp is called among the attributes of a file: libraries take it over from what they
read to what they write, where it is that of another file."""

INHERITED: Final = (ATTRIBUTE.encode(), b"anew_size")
"""The same, in metadata of tables."""

PAGE_BYTES: Final = 4096
"""What the system writes at once, or not at all."""

_BLOCK_BYTES: Final = 1 << 20


class Unsuitable(Exception):  # noqa: N818 - it is an answer, and goes no further than this package
    """Why a file of a format cannot hold a stamp; then it lies beside."""


class Tail(bytes):
    """What is added to a file that is read from its end, where something points to its footer.

    Attributes
    ----------
    hold
        Gives what points to the old footer in a file that ends at a place. The end of what is added
        must not lie on two pages.
    """

    hold: Callable[[int], bytes]


class Found(NamedTuple):
    """A stamp in a file.

    Parameters
    ----------
    text
        What it says: JSON that nobody has checked.
    bare
        The file without it.
    """

    text: bytes
    bare: Pieces


class Content:
    """Bytes of an open file, or bytes as they are.

    Parameters
    ----------
    source
        The number of an open file, or bytes.
    """

    def __init__(self, source: int | bytes) -> None:
        self._source = source
        self.size = os.fstat(source).st_size if isinstance(source, int) else len(source)

    def read(self, start: int, count: int) -> bytes:
        """Give some bytes; fewer at the end."""
        count = min(count, self.size - start)  # a file may speak of far more than there is
        if isinstance(self._source, bytes):
            return self._source[max(start, 0) : max(start + count, 0)]
        return os.pread(self._source, count, start) if start >= 0 and count > 0 else b""

    def all(self) -> bytes:
        """Give all of it."""
        if isinstance(self._source, bytes):
            return self._source
        return b"".join(blocks(self, [range(self.size)]))

    def head(self, count: int) -> bytes:
        """Give the first bytes."""
        return self.read(0, count)

    def tail(self, count: int) -> bytes:
        """Give the last bytes."""
        count = min(count, self.size)
        return self.read(self.size - count, count)


class Part(Content):
    """Content that consists of pieces of another one.

    Parameters
    ----------
    content
        The other one.
    pieces
        Which of its pieces, and what else.
    """

    def __init__(self, content: Content, pieces: Pieces) -> None:
        self._content, self._pieces = content, pieces
        self.size = size_of(pieces)

    def read(self, start: int, count: int) -> bytes:
        """Give some bytes; fewer at the end."""
        return b"".join(blocks(self._content, self.pieces_of(range(start, start + count))))

    def all(self) -> bytes:
        """Give all of it."""
        return b"".join(blocks(self._content, self._pieces))

    def pieces_of(self, wanted: range) -> Pieces:
        """Give a range of it as pieces of the other content."""
        found: Pieces = []
        at = 0
        for piece in self._pieces:
            begin, end = max(wanted.start - at, 0), min(wanted.stop - at, len(piece))
            if begin < end:
                found.append(piece[begin:end])
            at += len(piece)
        return found

    def resolve(self, pieces: Pieces) -> Pieces:
        """Give pieces of it as pieces of the other content."""
        found: Pieces = []
        for piece in pieces:
            found += [piece] if isinstance(piece, bytes) else self.pieces_of(piece)
        return found


def size_of(pieces: Iterable[bytes | range]) -> int:
    """Give how many bytes there are in pieces."""
    return sum(map(len, pieces))


def blocks(content: Content, pieces: Pieces) -> Iterator[bytes]:
    """Give the bytes of pieces, some at a time."""
    for piece in pieces:
        if isinstance(piece, bytes):
            if piece:  # nothing would look like the end
                yield piece
            continue
        at = piece.start
        while at < piece.stop:
            block = content.read(at, min(_BLOCK_BYTES, piece.stop - at))
            if not block:
                message = "the file was cut short while it was read"
                raise OSError(message)
            yield block
            at += len(block)


def seal(data: bytes) -> bytes:
    """Give 16 bytes by which it shows that somebody changed what anew wrote.

    Without them, what others wrote into it later would be lost with the stamp.
    """
    from blake3 import blake3

    return blake3(data).digest(length=16)


def digest_pieces(content: Content, pieces: Pieces) -> str:
    """Give the digest of pieces, as that of a file."""
    from blake3 import blake3

    digest = blake3()
    for block in blocks(content, pieces):
        digest.update(block)
    return f"blake3:{digest.hexdigest()}"
