"""What an argument is by itself, apart from the code that comes with it.

The digest of an argument holds all that its class and the functions in it use, globals included: a
call that changes such a global gives its argument another digest, though it left it as it was.
"""

from __future__ import annotations

import hashlib
import pickle
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from anew.code.libraries import PROJECT, origin_of
from anew.reuse.arguments import PLAIN

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["digest_states"]

_PROTOCOL: Final = 5
_LOOKED_AT: Final = 1000
_CALLED: Final = (FunctionType, MethodType, type)


def digest_states(
    arguments: dict[str, Any], ignore: Collection[str] = ()
) -> dict[str, bytes | None]:
    """Digest arguments that come with code of the project, without that code.

    Parameters
    ----------
    arguments
        By name, as `bind` gives them.
    ignore
        Names that do not count.

    Returns
    -------
    dict
        Digests that hold as long as the objects are there; None for what cannot be pickled.
        Arguments that come without code are left out.
    """
    counting = {n: v for n, v in arguments.items() if type(v) not in PLAIN and n not in ignore}
    return {name: _digest(value) for name, value in counting.items() if _has_code(value)}


def _has_code(value: Any, *, is_inside: bool = False) -> bool:
    """Tell whether a value is, or is a list of, something that code of the project belongs to."""
    kind = type(value)
    if kind in PLAIN:
        return False
    if kind in {dict, list, tuple} and not is_inside:
        inside = list(value.values() if kind is dict else value)[:_LOOKED_AT]
        return any(_has_code(each, is_inside=True) for each in inside)
    return isinstance(value, _CALLED) or origin_of(kind.__module__).kind == PROJECT


def _digest(value: Any) -> bytes | None:
    """Digest a value as it is pickled, without the code."""
    sink = _Sink()
    try:
        _Pickler(sink, _PROTOCOL, buffer_callback=sink.take).dump(value)
    except Exception:  # noqa: BLE001 - objects of any kind are asked
        return None
    return sink.hash.digest()


class _Sink:
    """Hashes what is written, and large buffers without a copy."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b()

    def write(self, data: Any) -> int:
        """Take what a pickle is made of."""
        self.hash.update(data)
        return len(data)

    def take(self, buffer: pickle.PickleBuffer) -> None:
        """Take what is beside a pickle."""
        self.hash.update(buffer.raw())


class _Pickler(pickle.Pickler):
    """Puts down functions and classes by name, and what a function carries along."""

    def reducer_override(self, value: Any) -> Any:
        """Give a name in the place of code."""
        if value is _stand_in:
            return NotImplemented
        if isinstance(value, FunctionType):
            cells = [_read(cell) for cell in value.__closure__ or ()]
            state = cells, value.__defaults__, value.__kwdefaults__, value.__dict__
            return _stand_in, (value.__qualname__,), state
        if isinstance(value, type) and origin_of(value.__module__).kind == PROJECT:
            return _stand_in, (value.__qualname__,)
        return NotImplemented


def _read(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is in it yet
        return None


def _stand_in(name: str) -> None:
    """Be named where a function or a class was; nobody reads such a pickle."""
