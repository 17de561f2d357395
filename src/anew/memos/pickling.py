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
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final

from anew.digests.instances import find_added, is_derived
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

    Chunks = list[Any]

__all__ = ["pickle_value"]

_PROTOCOL: Final = 5
_SMALLEST: Final = 1024
"""Smaller buffers are cheaper to copy than to place."""
_FEWEST: Final = 2
_REDUCE: Final = methodcaller("__reduce_ex__", _PROTOCOL)


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
    pickler.dispatch_table = _Reducers(copyreg.dispatch_table)
    return pickler


class _Reducers(dict[type, Any]):
    """How objects are taken apart, by their class."""

    def __missing__(self, kind: type) -> Any:
        """Find it when the first object of a class is met: most say it themselves."""
        if issubclass(kind, type):
            raise KeyError(kind)  # a class is not taken apart
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind is numpy.memmap:
            self[kind] = _reduce_mapped
        else:
            self[kind] = _reduce_whole if _is_cut(kind) else _REDUCE
        return self[kind]


def _is_cut(kind: type) -> bool:
    """Tell whether objects may have attributes that they do not tell pickle of."""
    masked = getattr(sys.modules.get("numpy.ma"), "MaskedArray", None)
    is_masked = masked is not None and getattr(kind, "__reduce__", None) is masked.__reduce__
    return is_masked or is_derived(kind)


def _reduce_whole(value: Any) -> Any:
    """Add the attributes that an object has beside what its base class tells of it."""
    reduced = value.__reduce_ex__(_PROTOCOL)
    if not isinstance(reduced, tuple):
        return reduced
    make, arguments, state, *more = reduced if len(reduced) > _FEWEST else (*reduced, None)
    if state is None:
        return (make, arguments, value.__getstate__(), *more)
    array: Any = getattr(sys.modules.get("numpy"), "ndarray", ())
    if not isinstance(value, array) or not (added := find_added(value)):
        return reduced
    return make, arguments, (state, added), None, None, _set_whole


def _set_whole(array: Any, states: tuple[Any, dict[str, Any]]) -> None:
    """Give an array that was read its elements and its attributes."""
    array.__setstate__(states[0])
    for name, value in states[1].items():
        object.__setattr__(array, name, value)


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
            kind: type = type(part)
            if _is_cut(kind):
                return _reduce_whole(part)
            return super().reducer_override(part)

    return Thorough(file, protocol=_PROTOCOL, buffer_callback=keep)


def _find_in_script(name: str) -> Any:
    """Find a class of the running script, or fail: then the value is lost."""
    found: Any = sys.modules["__main__"]
    for part in name.split("."):
        found = getattr(found, part)
    return found
