"""Any value as a pickle with its large buffers outside, in the value's own memory.

Classes and functions of ``__main__`` are written by name, so that they are the same ones when the
same script reads them; elsewhere they are not found and the value counts as lost.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

    Chunks = list[Any]

__all__ = ["pickle_value"]

_PROTOCOL: Final = 5
_SMALLEST: Final = 1024
"""Smaller buffers are cheaper to copy than to place."""


def pickle_value(value: object) -> tuple[Chunks, list[memoryview]]:
    """Pickle a value without copying its large buffers.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    tuple
        The pieces of the pickle, and the buffers outside it as contiguous bytes.

    Raises
    ------
    ValueNotStoredError
        When neither pickle nor cloudpickle can write it.

    References
    ----------
    PEP 574, Pickle protocol 5 with out-of-band data.
    """
    # Parts of any class are asked, who may fail in any way; then the thorough way is tried.
    with suppress(Exception):
        return _dump(value, _make_plain)
    try:
        return _dump(value, _make_thorough)
    except Exception as error:
        what = f"a {type(value).__name__} cannot be pickled: {error}"
        raise ValueNotStoredError(what, hint="return plain values, arrays or frames") from error


class _Pieces:
    """A file that keeps what is written to it as it is: large texts are not copied again."""

    def __init__(self) -> None:
        self.chunks: Chunks = []
        self.write = self.chunks.append


def _dump(value: object, make: Callable[..., Any]) -> tuple[Chunks, list[memoryview]]:
    file = _Pieces()
    buffers: list[memoryview] = []

    def keep(buffer: pickle.PickleBuffer) -> bool:
        try:
            raw = buffer.raw()
        except BufferError:  # not contiguous
            return True
        if raw.nbytes < _SMALLEST:
            return True
        buffers.append(raw)
        return False

    make(file, keep).dump(value)
    return file.chunks, buffers


def _make_plain(file: _Pieces, keep: Callable[..., bool]) -> pickle.Pickler:
    """Make the pickler of the standard library, which is fast."""
    pickler = pickle.Pickler(file, _PROTOCOL, buffer_callback=keep)
    if numpy := sys.modules.get("numpy"):
        pickler.dispatch_table = {**copyreg.dispatch_table, numpy.memmap: _reduce_mapped}
    return pickler


def _reduce_mapped(array: Any) -> Any:
    """Write an array that lies in a file as the plain array that it is."""
    import numpy as np

    return array.view(np.ndarray).__reduce_ex__(_PROTOCOL)


def _make_thorough(file: _Pieces, keep: Callable[..., bool]) -> pickle.Pickler:
    """Make a pickler that writes local functions and classes by their code."""
    import cloudpickle

    class Thorough(cloudpickle.Pickler):  # type: ignore[misc]  # published without types
        """As cloudpickle, but a class of the script stays that class."""

        def reducer_override(self, part: Any) -> Any:
            """Write classes of the script by name; refuse what would come back as another type."""
            if isinstance(part, io.IOBase | memoryview):
                message = f"a {type(part).__name__} is no value"
                raise pickle.PicklingError(message)
            if isinstance(part, type) and part.__module__ == "__main__":
                name = part.__qualname__
                if "<locals>" not in name:
                    return _find_in_script, (name,)
            return super().reducer_override(part)

    return Thorough(file, protocol=_PROTOCOL, buffer_callback=keep)


def _find_in_script(name: str) -> Any:
    """Find a class of the running script, or fail: then the value is lost."""
    found: Any = sys.modules["__main__"]
    for part in name.split("."):
        found = getattr(found, part)
    return found
