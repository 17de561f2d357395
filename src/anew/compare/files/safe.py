"""Reading pickles without running any of their code.

Arrays, containers, numbers and times become what they are; each other object becomes a `Stub`,
which says of what it would be made. So what is in a pickle can be compared without trust, and
without the libraries that it needs. The opcodes are those of PEP 574 and its forerunners.
"""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import decimal
import fractions
import io
import pickle
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final

from anew.compare.files.stubs import Name, Stub

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_pickle"]

_WRAPPER: Final = "joblib.numpy_pickle.NumpyArrayWrapper"


def read_pickle(data: bytes, load: Callable[[Any], Any] | None = None) -> Any:
    """Read a pickle, or what joblib wrote, without running anything.

    Parameters
    ----------
    data
        The bytes.
    load
        Gives what a persistent id stands for.

    Returns
    -------
    object
        Containers, numbers, texts, times and arrays as such, others as `Stub`.

    Raises
    ------
    pickle.UnpicklingError
        When it is no pickle, or there is more after it.
    """
    reader = _Reader(io.BytesIO(data), load)
    value = reader.load()
    rest = data[reader.file.tell() :]
    if not rest:
        return value
    following = [value]  # several pickles, one after the other
    while reader.file.tell() < len(data):
        again = _Reader(reader.file, load)
        following.append(again.load())
    return following


def _numpy_maker(name: str) -> Any:
    """Give what numpy names in the pickles of its arrays, scalars and dtypes."""
    import numpy as np

    inside: Any = import_module("numpy._core")  # where pickles find it
    known = {
        "numpy.ndarray": np.ndarray,
        "numpy.dtype": np.dtype,
        "multiarray._reconstruct": inside.multiarray._reconstruct,  # noqa: SLF001
        "multiarray.scalar": inside.multiarray.scalar,
        "numeric._frombuffer": inside.numeric._frombuffer,  # noqa: SLF001
    }
    return known.get(name.removeprefix("numpy._core.").removeprefix("numpy.core."))


def _encode_latin(text: str, encoding: str) -> bytes:
    """Give bytes that an old protocol wrote as text."""
    if encoding not in {"latin1", "latin-1"}:
        message = f"encoding {encoding!r}"
        raise pickle.UnpicklingError(message)
    return text.encode(encoding)


def _make_bytes(*arguments: Any) -> bytes:
    """Give bytes of bytes or of a text, not as many as somebody likes."""
    if not arguments:
        return b""
    if isinstance(arguments[0], bytes | bytearray):
        return bytes(arguments[0])
    return _encode_latin(*arguments[:2])


_PLAIN: Final = (
    *("bool", "complex", "dict", "float", "frozenset", "int"),
    *("list", "object", "set", "slice", "str", "tuple"),
)
_MAKERS: Final[dict[str, Any]] = {
    **{f"builtins.{name}": getattr(builtins, name) for name in _PLAIN},
    **{f"collections.{name}": getattr(collections, name) for name in ("OrderedDict", "deque")},
    **{f"datetime.{n}": getattr(dt, n) for n in ("date", "datetime", "time", "timedelta")},
    "builtins.bytearray": _make_bytes,
    "builtins.bytes": _make_bytes,
    "collections.Counter": collections.Counter,
    "datetime.timezone": dt.timezone,
    "decimal.Decimal": decimal.Decimal,
    "fractions.Fraction": fractions.Fraction,
    "_codecs.encode": _encode_latin,
}


def _call(make: Any, arguments: Any, named: dict[str, Any]) -> Any:
    """Make a thing; what cannot be made of stubs becomes one itself."""
    try:
        return make(*arguments, **named)
    except (TypeError, ValueError, OverflowError):
        return Name(f"{make.__module__}.{make.__name__}")(*arguments, **named)


_Base: Any = pickle._Unpickler  # noqa: SLF001 - the one whose opcodes can be replaced


class _Reader(_Base):  # type: ignore[misc]
    """Python's own reader, with other hands."""

    dispatch: ClassVar[dict[int, Any]] = dict(_Base.dispatch)

    def __init__(self, file: io.BytesIO, load: Callable[[Any], Any] | None = None) -> None:
        super().__init__(file, encoding="latin1")
        self.file = file
        self._load_persistent = load

    def find_class(self, module: str, name: str) -> Any:
        """Give what makes plain things, and a name for all else."""
        dotted = f"{module}.{name}".replace("__builtin__.", "builtins.")  # that of Python 2
        if dotted in _MAKERS:
            return _MAKERS[dotted]
        if module.partition(".")[0] == "numpy" and (maker := _numpy_maker(dotted)):
            return maker
        return Name(dotted)

    def persistent_load(self, pid: Any) -> Any:
        """Give what lies beside the pickle."""
        if self._load_persistent is not None:
            return self._load_persistent(pid)
        return Stub("persistent", (pid,))

    def get_extension(self, code: int) -> None:
        """Name a class of the registry of this interpreter, of which the file says nothing."""
        self.append(Name(f"extension {code}"))

    def load_reduce(self) -> None:
        """Call what makes plain things; note down all other calls."""
        arguments = self.stack.pop()
        self.stack[-1] = _call(self.stack[-1], arguments, {})

    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_newobj(self) -> None:
        """Make an object by its class."""
        arguments = self.stack.pop()
        self.append(_call(self.stack.pop(), arguments, {}))

    dispatch[pickle.NEWOBJ[0]] = load_newobj

    def load_newobj_ex(self) -> None:
        """Make an object by its class, with named arguments."""
        named, arguments = self.stack.pop(), self.stack.pop()
        self.append(_call(self.stack.pop(), arguments, named))

    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex

    def load_build(self) -> None:
        """Give an object its state; an array of joblib follows upon it."""
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, Stub):
            made.state = state
            if made.made_by == _WRAPPER:
                self.stack[-1] = _read_array(state, self.file)
            return
        try:
            made.__setstate__(state)
        except (AttributeError, TypeError, ValueError):
            self.stack[-1] = noted = Name(f"builtins.{type(made).__name__}")(made)
            noted.state = state

    dispatch[pickle.BUILD[0]] = load_build


def _read_array(state: dict[str, Any], file: io.BytesIO) -> Any:
    """Read an array that joblib wrote behind its description."""
    import numpy as np

    dtype, shape = state["dtype"], state["shape"]
    count = int(np.prod(shape, dtype="i8"))
    if dtype.hasobject:
        array = np.asarray(_Reader(file).load())
    else:
        if state.get("numpy_array_alignment_bytes") is not None:
            file.read(file.read(1)[0])
        if not 0 <= count * dtype.itemsize <= len(file.getbuffer()):
            message = "an array that is longer than its file"
            raise pickle.UnpicklingError(message)
        array = np.frombuffer(file.read(count * dtype.itemsize), dtype=dtype, count=count)
    if state.get("order") == "F":
        return array.reshape(shape[::-1]).transpose()
    return array.reshape(shape)
