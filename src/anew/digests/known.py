"""Fingerprints that this process knows, and whether they still hold."""

from __future__ import annotations

import datetime as dt
import os
import re
import weakref
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from operator import attrgetter, is_, itemgetter
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.code.targets import MISSING
from anew.digests.atoms import ATOMS
from anew.digests.walk import Walk
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.digests.code_state import CodeState
    from anew.digests.fingerprint import Fingerprint

__all__ = ["find_known", "is_fixed", "redigest", "remember"]

_ENTRIES: Final = 4096
_FIXED: Final = (
    *(
        type,
        FunctionType,
        BuiltinFunctionType,
        ModuleType,
        range,
        slice,
        re.Pattern,
        Decimal,
        Fraction,
    ),
    *(dt.date, dt.time, dt.timedelta, dt.timezone, PurePath, Enum),
)

_Check = tuple["Callable[[Any], Any]", Any, Any]


class _Known:
    """A fingerprint with what was read to make it."""

    __slots__ = (
        "absent",
        "bindings",
        "calls",
        "fingerprint",
        "is_plain",
        "owner",
        "states",
        "values",
        "variables",
    )

    def __init__(self, function: Any, state: CodeState, fingerprint: Fingerprint) -> None:
        self.owner = weakref.ref(function)
        self.fingerprint = fingerprint
        self.bindings: list[_Check] = []
        self.absent: list[tuple[Any, tuple[str, ...]]] = []
        self.variables: list[tuple[str, str | None]] = []
        self.states: list[tuple[Any, tuple[Any, ...]]] = []
        mutable = {id(value): (value, token) for value, token in state.mutable}
        self.values = [(value, token or redigest(value)) for value, token in mutable.values()]
        self.calls = list({id(call): (call, value) for call, value in state.calls}.values())
        self._sort(state.bindings)

    def _sort(self, bindings: Iterable[tuple[Any, Any, Any]]) -> None:
        """Put together what is read from one place, to be compared in one go."""
        grouped: dict[tuple[int, bool], tuple[Any, dict[str, Any]]] = {}
        absent: dict[int, tuple[Any, set[str]]] = {}
        for place, key, value in bindings:
            if place is os.environ:
                self.variables.append((key, value))
            elif key is None:
                self.states.append((place, value))
            elif value is MISSING and isinstance(key, str) and not key.startswith("."):
                absent.setdefault(id(place), (place, set()))[1].add(key)
            else:
                is_attribute = key.startswith(".")
                names = grouped.setdefault((id(place), is_attribute), (place, {}))[1]
                names[key.removeprefix(".")] = value
        self.absent = [(place, tuple(names)) for place, names in absent.values()]
        for (_, is_attribute), (place, names) in grouped.items():
            asked = list(names) * (2 if len(names) == 1 else 1)  # two give a tuple
            get: Any = (attrgetter if is_attribute else itemgetter)(*asked)
            self.bindings.append((get, place, tuple(names[each] for each in asked)))
        self.is_plain = not (self.states or self.calls or self.variables or self.values)

    def holds(self) -> bool:
        """Tell whether all that was read is still what it was."""
        try:
            for get, place, values in self.bindings:
                if not all(map(is_, get(place), values)):
                    return False
        except (KeyError, AttributeError, ValueError):
            return False
        for place, names in self.absent:
            for name in names:
                if name in place:
                    return False
        return self.is_plain or self._is_same_inside()

    def _is_same_inside(self) -> bool:
        for place, state in self.states:
            now = tuple(place.values())
            if len(now) != len(state) or not all(map(is_, now, state)):
                return False
        for call, value in self.calls:
            if call() != value:
                return False
        for name, value in self.variables:
            if os.environ.get(name) != value:
                return False
        return all(redigest(value) == digest for value, digest in self.values)


_known: dict[int, _Known] = {}


def find_known(function: Any) -> Fingerprint | None:
    """Give the fingerprint of a function when all that it was made of is as it was.

    Parameters
    ----------
    function
        A function.

    Returns
    -------
    Fingerprint or None
        None when it has to be made.
    """
    known = _known.get(id(function))
    if known is None or known.owner() is not function or not known.holds():
        return None
    return known.fingerprint


def remember(function: Any, state: CodeState, fingerprint: Fingerprint) -> None:
    """Keep a fingerprint until something changes that it was made of.

    Parameters
    ----------
    function
        A function; other things that can be called are not remembered.
    state
        What the walk saw.
    fingerprint
        What it gave.
    """
    if type(function) is not FunctionType or state.modes or state.is_volatile:
        return
    while len(_known) >= _ENTRIES:
        _known.pop(next(iter(_known)), None)
    _known[id(function)] = _Known(function, state, fingerprint)


def is_fixed(value: Any) -> bool:
    """Tell whether an object cannot change, so that its identity is enough.

    Parameters
    ----------
    value
        Anything; of functions and classes what they refer to is watched by itself.

    Returns
    -------
    bool
        False when in doubt.
    """
    kind = type(value)
    if kind in ATOMS or isinstance(value, _FIXED):
        return True
    return kind in (tuple, frozenset) and all(map(is_fixed, value))


def redigest(value: Any) -> bytes | None:
    """Digest a value as code does that refers to it.

    Parameters
    ----------
    value
        A value that may have changed.

    Returns
    -------
    bytes or None
        None when it is nested too deeply.
    """
    walk = Walk("value")
    walk.in_code = 1
    try:
        return walk.token(value)
    except (AnewError, RecursionError):
        return None
