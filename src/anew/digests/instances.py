"""What instances of ordinary classes are made of: their attributes, by name."""

from __future__ import annotations

import copyreg
import dataclasses
from functools import cached_property, lru_cache
from types import MethodDescriptorType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["find_added", "find_attributes", "is_derived", "is_plain", "name_state"]

_WRITTEN_IN_PYTHON: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_HOOKS: Final = ("__reduce__", "__reduce_ex__", "__getstate__", "__new__")
_EXTRAS: Final = ("__getnewargs__", "__getnewargs_ex__", "__slots__")
_OF_MASKED: Final = frozenset(
    {
        *("_fill_value", "_hardmask", "_sharedmask", "_isfield", "_baseclass", "_optinfo"),
        *("_basedict", "_mask"),
    }
)


@lru_cache(maxsize=1024)
def is_plain(kind: type) -> bool:
    """Tell whether attributes are all that there is to an instance of a class.

    Parameters
    ----------
    kind
        Any class.

    Returns
    -------
    bool
        Whether `find_attributes` says what pickle would be told.
    """
    return (
        all(getattr(kind, name) is getattr(object, name) for name in _HOOKS)
        and not any(hasattr(kind, name) for name in _EXTRAS)
        and kind not in copyreg.dispatch_table
        and kind.__dictoffset__ != 0
        and bool(kind.__flags__ & _WRITTEN_IN_PYTHON)
    )


@lru_cache(maxsize=1024)
def is_derived(kind: type) -> bool:
    """Tell whether a class leaves it to a compiled one to say what instances are made of.

    Parameters
    ----------
    kind
        Any class.

    Returns
    -------
    bool
        Whether that may know nothing of attributes: of an array it does not.
    """
    found = [getattr(kind, name, None) for name in _HOOKS[:2]]
    compiled = [each for each in found if isinstance(each, MethodDescriptorType)]
    is_inherited = any(each.__objclass__ not in {kind, object} for each in compiled)
    return is_inherited and len(compiled) == len(found)


def find_added(array: Any) -> dict[str, Any]:
    """Give what an array has beside what numpy knows of it.

    Parameters
    ----------
    array
        An array of any class.

    Returns
    -------
    dict
        Its attributes by name, in a ``__dict__`` or in slots.
    """
    state = object.__getstate__(array)
    parts = state if isinstance(state, tuple) else (state,)
    hidden = _OF_MASKED if hasattr(array, "_optinfo") else frozenset()
    items = [each for part in parts if part for each in part.items()]
    return {name: value for name, value in items if name not in hidden}


def find_attributes(value: object) -> Iterable[tuple[str, object]]:
    """Give the attributes of an instance, but for properties that are computed once from others.

    Parameters
    ----------
    value
        An instance with a ``__dict__``.

    Returns
    -------
    iterable of (str, object)
        Names and values.
    """
    kind: type = type(value)
    derived = _find_derived(kind)
    if not derived:
        return vars(value).items()
    return [(name, part) for name, part in vars(value).items() if name not in derived]


def name_state(value: object, state: Any) -> Any:
    """Give the state that an object tells pickle, by the names of attributes where it has them.

    Parameters
    ----------
    value
        The object.
    state
        What ``__reduce_ex__`` gave as its state.

    Returns
    -------
    object
        The state without what was computed from the rest. Of a dataclass with slots, fields by
        name: it tells only their values.
    """
    kind: type = type(value)
    getter: Any = kind.__getstate__
    if getter is object.__getstate__:
        derived = _find_derived(kind)
        if derived and type(state) is dict:
            return {name: part for name, part in state.items() if name not in derived}
        return state
    is_dataclass = getattr(getter, "__module__", "") == dataclasses.__name__
    if is_dataclass and isinstance(state, list):
        names = [field.name for field in dataclasses.fields(value)]  # type: ignore[arg-type]
        return dict(zip(names, state, strict=True))
    return state


@lru_cache(maxsize=1024)
def _find_derived(kind: type) -> frozenset[str]:
    """Find the names under which a class keeps what it computed once."""
    return frozenset(
        name
        for base in kind.__mro__
        for name, part in vars(base).items()
        if isinstance(part, cached_property)
    )
