"""Fingerprints that this process knows, and whether they still hold."""

from __future__ import annotations

import datetime as dt
import re
import weakref
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.digests.atoms import ATOMS
from anew.digests.glance import Glance
from anew.digests.walk import Walk
from anew.errors import AnewError

if TYPE_CHECKING:
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


class _Known:
    """A fingerprint with what was read to make it."""

    __slots__ = ("bindings", "calls", "fingerprint", "glance", "is_plain", "owner", "values")

    def __init__(self, function: Any, state: CodeState, fingerprint: Fingerprint) -> None:
        self.owner = weakref.ref(function)
        self.fingerprint = fingerprint
        self.bindings = state.bindings
        self.glance: Glance | None = None  # until there is a first hit, which few processes have
        mutable = {id(value): (value, token) for value, token in state.mutable}
        self.values = [(value, token or redigest(value)) for value, token in mutable.values()]
        self.calls = list({id(call): (call, value) for call, value in state.calls}.values())
        self.is_plain = not (self.calls or self.values)

    def holds(self) -> bool:
        """Tell whether all that was read is still what it was."""
        if self.glance is None:
            self.glance, self.bindings = Glance(self.bindings), []
        return self.glance.holds() and (self.is_plain or self._is_same_inside())

    def _is_same_inside(self) -> bool:
        for call, value in self.calls:
            if call() != value:
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
