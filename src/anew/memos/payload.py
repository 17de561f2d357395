"""Values as files that are mapped rather than read, named by what is in them.

A file's name is the xxh3-128 of its bytes, the xxh3-64 of its size and both ends, and a suffix: a
short or foreign file, or one with a damaged header, is told by reading two pages.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from anew.formats.loaded import is_exactly
from anew.memos.container import container_size, read_container, write_container
from anew.memos.mapping import open_bytes
from anew.memos.pickling import pickle_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = ["INLINE_BYTES", "Encoded", "PayloadFiles", "encode_value", "read_inline"]

INLINE_BYTES: Final = 8192
"""So large a payload may be and still lie in the index."""

_ATOMS: Final = frozenset({bool, bytes, complex, float, int, str, type(None)})
_PREFIX: Final = ".put-"
_NAME: Final = re.compile(r"([0-9a-f]{2})([0-9a-f]{46})(\.(?:npy|arrow|pickle))")
_END_BYTES: Final = 4096
_CHECK_BYTES: Final = 8


@dataclass(frozen=True)
class Encoded:
    """A value as it would be kept; large parts still lie in the value's own memory.

    Parameters
    ----------
    suffix
        The suffix of its file, which says how it is read.
    size_bytes
        How much keeping it takes; of Arrow data, the size of its buffers.
    parts
        Gives the bytes of the file, one part after the other; None for a file that Arrow writes.
    inline
        All of it, when that is little.
    write
        Writes the file.
    """

    suffix: str
    size_bytes: int
    parts: Callable[[], Iterable[Any]] | None = field(default=None, repr=False)
    inline: bytes | None = field(default=None, repr=False)
    write: Callable[[Path], None] | None = field(default=None, repr=False)


def encode_value(value: Any) -> Encoded:
    """Say what keeping a value takes, and how it would be done.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    Encoded
        To be written before the value changes.

    Raises
    ------
    ValueNotStoredError
        When the value cannot be written down.
    """
    import pickle

    import xxhash

    if type(value) in _ATOMS:
        content = b"\0" + pickle.dumps(value, protocol=5)
        if len(content) <= INLINE_BYTES:
            inline = xxhash.xxh3_64_digest(content) + content
            return Encoded(".pickle", len(content), inline=inline)
    encoded = None
    if is_exactly(value, "numpy.ndarray", "numpy.memmap"):
        from anew.memos.npy import encode_npy

        encoded = encode_npy(value)
    elif is_exactly(value, "pyarrow.lib.Table", "polars.DataFrame", "polars.Series"):
        from anew.memos.arrow import encode_arrow

        encoded = encode_arrow(value)
    return encoded or _encode_pickle(value)


def _encode_pickle(value: Any) -> Encoded:
    """Encode a value that has no format of its own, or is small."""
    if is_exactly(value, "numpy.ndarray", "numpy.memmap"):
        import numpy as np

        # What comes back may be written to; what is strided would come back in native byte order.
        value = np.require(value.view(np.ndarray), requirements="W")
        value = value if value.flags.forc else value.copy()
    pieces, buffers = pickle_value(value)
    size = container_size(pieces, buffers)
    if size <= INLINE_BYTES:
        return Encoded(".pickle", size, inline=_write_inline(pieces, buffers))
    return Encoded(".pickle", size, lambda: write_container(pieces, buffers))


def _write_inline(pieces: list[Any], buffers: list[memoryview]) -> bytes:
    """Write a small payload: a check, and either a bare pickle or one with its buffers."""
    import xxhash

    parts = write_container(pieces, buffers) if buffers else pieces
    content = (b"\1" if buffers else b"\0") + b"".join(parts)
    return xxhash.xxh3_64_digest(content) + content


def read_inline(data: bytes) -> Any:
    """Read a small payload.

    Parameters
    ----------
    data
        What lay in the index.

    Raises
    ------
    ValueError
        When it is damaged.
    Exception
        Whatever unpickling raises.
    """
    import pickle

    import xxhash

    content = memoryview(data)[_CHECK_BYTES:]
    if xxhash.xxh3_64_digest(content) != data[:_CHECK_BYTES]:
        message = "it is damaged"
        raise ValueError(message)
    if content[0]:
        return read_container(memoryview(bytearray(content[1:])))
    return pickle.loads(content[1:])  # noqa: S301 - the memos are their owner's


class PayloadFiles:
    """The payloads in a folder: ``values/ab/cdef….npy``, never changed once they are there.

    Parameters
    ----------
    folder
        The folder; made when the first payload is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Give the file of a payload.

        Raises
        ------
        ValueError
            When it is not the name of one.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            message = f"{name!r} is not the name of a payload"
            raise ValueError(message)
        return self.folder / found[1] / f"{found[2]}{found[3]}"

    def has(self, name: str, size_bytes: int) -> bool:
        """Tell whether a payload is there, without reading it."""
        try:
            return self.path(name).stat().st_size == size_bytes
        except (OSError, ValueError):
            return False

    def write(self, encoded: Encoded, *, anew: Collection[object] = ()) -> tuple[str, int]:
        """Keep a payload and give its name and size.

        Parameters
        ----------
        encoded
            The payload.
        anew
            Names of those that are written even if they seem to be there.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        if encoded.parts is None:
            return self._write_foreign(encoded, anew)
        name, size = _name_of(encoded.parts(), encoded.suffix)
        if name in anew or not self.has(name, size):
            with _Replacing(self.path(name)) as temporary:
                _write_parts(temporary, encoded.parts())
        return name, size

    def _write_foreign(self, encoded: Encoded, anew: Collection[object]) -> tuple[str, int]:
        """Keep a file that another library writes: only then its name is known."""
        folder = self.folder / "new"
        with _Replacing(folder / "payload") as temporary:
            if encoded.write is not None:
                encoded.write(temporary.path)
            data = open_bytes(temporary.path)
            size = data.nbytes
            name, _ = _name_of([data], encoded.suffix)
            temporary.place = self.path(name)
            if name not in anew and self.has(name, size):
                temporary.discard()
        return name, size

    def load(self, name: str) -> Any:
        """Read a payload; its arrays lie in the file until they are written to.

        Raises
        ------
        OSError, ValueError
            When it is not there, or is not what its name says.
        Exception
            Whatever reading it raises.
        """
        path = self.path(name)
        data = open_bytes(path)
        if _digest_ends(data) != _check_in(name):
            message = "the file is damaged"
            raise ValueError(message)
        if name.endswith(".npy"):
            from anew.memos.npy import read_npy

            return read_npy(data)
        if name.endswith(".arrow"):
            from anew.memos.arrow import read_arrow

            return read_arrow(path)
        return read_container(data)


def _check_in(name: str) -> str:
    return name[32:48]


def _name_of(parts: Iterable[Any], suffix: str) -> tuple[str, int]:
    """Name what a file is to hold, and say how large that is."""
    import xxhash

    whole = xxhash.xxh3_128()
    head, tail, size = b"", b"", 0
    for part in parts:
        whole.update(part)
        data = memoryview(part).cast("B")
        size += data.nbytes
        if len(head) < _END_BYTES:
            head += data[: _END_BYTES - len(head)].tobytes()
        tail = (tail + data[-_END_BYTES:].tobytes())[-_END_BYTES:]
    return f"{whole.hexdigest()}{_digest_of(head, tail, size)}{suffix}", size


def _digest_ends(data: memoryview) -> str:
    """Give the digest of both ends of a file and of its size."""
    return _digest_of(bytes(data[:_END_BYTES]), bytes(data[-_END_BYTES:]), data.nbytes)


def _digest_of(head: bytes, tail: bytes, size: int) -> str:
    import xxhash

    return xxhash.xxh3_64_hexdigest(head + tail + size.to_bytes(8, "little"))


class _Replacing:
    """A temporary file that takes its place by renaming when the block ends well."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __enter__(self) -> Self:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.place.parent, prefix=_PREFIX)
        os.close(handle)
        self.path = Path(name)
        self.is_wanted = True
        return self

    def discard(self) -> None:
        """Give the file up."""
        self.is_wanted = False

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self.is_wanted:
                self.path.chmod(0o444)
                self.place.parent.mkdir(parents=True, exist_ok=True)
                self.path.replace(self.place)
        finally:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)


def _write_parts(temporary: _Replacing, parts: Iterable[Any]) -> None:
    """Write parts, whole ones without a copy."""
    with temporary.path.open("wb") as file:
        for part in parts:
            file.write(part)
