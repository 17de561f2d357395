"""What the code of a function reaches, as objects of this process: kept beside its fingerprint."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType

    from anew.digests.code_state import CodeState

__all__ = ["Reach", "keep_reach", "nested_in", "reach_of"]

_ENTRIES: Final = 4096


@dataclass(frozen=True)
class Reach:
    """What a function's code reaches.

    ``functions`` are those of the project, ``wrappers`` what `functools.lru_cache` made of
    functions, ``modules`` the names of the project's modules. ``is_partial`` says that a module
    was not loaded yet.
    """

    functions: tuple[FunctionType, ...]
    wrappers: tuple[Any, ...]
    modules: frozenset[str]
    is_partial: bool

    @cached_property
    def codes(self) -> dict[int, list[FunctionType]]:
        """The functions by the identity of their code, and of the code nested in it."""
        found: dict[int, list[FunctionType]] = {}
        for function in self.functions:
            for code in nested_in(function.__code__):
                found.setdefault(id(code), []).append(function)
        return found


_kept: dict[int, tuple[weakref.ref[Any], Reach]] = {}


def nested_in(code: CodeType) -> Iterator[CodeType]:
    """Give a code object and those of the functions that it defines.

    Parameters
    ----------
    code
        Of a function.

    Yields
    ------
    types.CodeType
        Itself first.
    """
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from nested_in(each)


def keep_reach(function: Any, state: CodeState) -> None:
    """Keep what a walk met.

    Parameters
    ----------
    function
        What it began with.
    state
        What it knows about code.
    """
    try:
        owner = weakref.ref(function)
    except TypeError:
        return
    modules = {place.get("__name__") for place, _, _ in state.bindings if type(place) is dict}
    modules.update(each.__module__ for each in state.functions.values())
    names = frozenset(each for each in modules if isinstance(each, str)).union(state.modules)
    functions, wrappers = tuple(state.functions.values()), tuple(state.wrappers.values())
    while len(_kept) >= _ENTRIES:
        _kept.pop(next(iter(_kept)), None)
    _kept[id(function)] = owner, Reach(functions, wrappers, names, bool(state.modules))


def reach_of(function: Any) -> Reach | None:
    """Give what was met when the fingerprint of a function was last made in this process.

    Parameters
    ----------
    function
        Anything that can be called.

    Returns
    -------
    Reach or None
        None when it was not made yet.
    """
    owner, reach = _kept.get(id(function), (None, None))
    return reach if owner is not None and owner() is function else None
