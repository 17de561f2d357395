"""Whether something that lasts was filled in the meantime: what is in it, by identity, not deep."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import MutableMapping, MutableSequence, MutableSet
from functools import lru_cache
from types import FunctionType, SimpleNamespace
from typing import Any, Final

from anew.code.libraries import EXTENSION, PROJECT, origin_of
from anew.digests.atoms import ATOMS

__all__ = ["inside", "is_own_kind", "shape"]

_DEPTH: Final = 2
_LARGE: Final = 64
_MUTABLE: Final = (dict, list, set, deque)
_OTHERS: Final = (MutableMapping, MutableSequence, MutableSet)
_HOLDERS: Final = (SimpleNamespace, threading.local)
_CODE: Final = (FunctionType, staticmethod, classmethod, property)


def is_own_kind(kind: Any) -> bool:
    """Tell whether a class is the project's, or one that only holds attributes.

    Parameters
    ----------
    kind
        The class.

    Returns
    -------
    bool
        Whether what its instances hold may have been read.
    """
    return _is_own_kind(kind)


@lru_cache(maxsize=1024)
def _is_own_kind(kind: Any) -> bool:
    is_own = origin_of(kind.__module__).kind in {PROJECT, EXTENSION}
    return is_own or issubclass(kind, _HOLDERS)


@lru_cache(maxsize=1024)
def _slots(kind: Any) -> tuple[str, ...]:
    found: list[str] = []
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        found += [slots] if isinstance(slots, str) else slots
    return tuple(name for name in found if name not in {"__dict__", "__weakref__"})


def inside(value: Any) -> list[Any] | None:
    """Give what a value holds that may be filled while steps run.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    list or None
        The entries of a container, the attributes of an instance or a class of the project; None
        of everything else, and of what is a container only to those who know it.
    """
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple, set, deque)):
        return list(value)
    if isinstance(value, type):
        return _inside_class(value) if is_own_kind(value) else None
    kind: Any = type(value)
    if not is_own_kind(kind):
        return None
    found = list(getattr(value, "__dict__", {}).values())
    return found + [getattr(value, name, None) for name in _slots(kind)]


def _inside_class(kind: type) -> list[Any]:
    """Give the data of a class and of those it is made from."""
    return [
        value
        for base in kind.__mro__
        if is_own_kind(base)
        for name, value in list(vars(base).items())
        if not name.startswith("__") and not isinstance(value, _CODE)
    ]


def shape(value: Any, depth: int = _DEPTH) -> object:
    """Say what is in a value, so that it shows when more is put there.

    Parameters
    ----------
    value
        Anything.
    depth
        How deep to look.

    Returns
    -------
    object
        To be compared; None for what is not filled, such as a number, a function, an array.
    """
    kind: Any = type(value)
    if kind in ATOMS or kind is FunctionType:
        return None
    parts = list(value.values()) if kind is dict else inside(value)
    if parts is None:
        return len(value) if _is_container(kind) else None
    if isinstance(value, _MUTABLE) and (depth == 0 or len(parts) > _LARGE):
        return len(parts), id(parts[-1]) if parts else 0
    if depth == 0:
        return tuple(map(id, parts))
    return tuple(
        [id(part) if type(part) in ATOMS else (id(part), shape(part, depth - 1)) for part in parts]
    )


@lru_cache(maxsize=1024)
def _is_container(kind: Any) -> bool:
    return issubclass(kind, _OTHERS)
