"""Comparing objects by what they tell pickle that they are made of."""

from __future__ import annotations

import copyreg
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import DIFFERENT, IDENTICAL, NOT_COMPARED, SAME_CONTENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compare_objects"]

_PROTOCOL: Final = 4
_REDUCED: Final = 5
_WIDTH: Final = 60
_WHOLE: Final = (type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)


def compare_objects(
    a: Any,
    b: Any,
    compare: Callable[[Any, Any], Finding],
    have_equal_digests: Callable[[Any, Any], bool | None],
) -> Finding:
    """Compare two objects of one type.

    Parameters
    ----------
    a, b
        The objects.
    compare
        What compares their parts.
    have_equal_digests
        What tells whether two values have one digest; None when they have none.

    Returns
    -------
    Finding
        By digest where there is one; the parts say where the difference is, and whether it is
        within the tolerance.
    """
    equal = have_equal_digests(a, b)
    if equal:
        return Finding()
    old, new = _take_apart(a), _take_apart(b)
    if old is None or new is None:
        return _compare_whole(a, b, has_digests=equal is False)
    lonely = [place for place in (*old, *new) if (place in old) != (place in new)]
    if lonely:
        return Finding(DIFFERENT, f"{'only before' if lonely[0] in old else 'new'}", lonely[0])
    found = join(((place, compare(old[place], new[place])) for place in old), "parts")
    if found.verdict in {IDENTICAL, DIFFERENT} and (texts := _short_texts(a, b)):
        return Finding(DIFFERENT, f"{texts[0]} → {texts[1]}", rounding=found.rounding)
    if found == Finding() and equal is False:
        return Finding(DIFFERENT, f"two different objects of type {type(a).__name__}")
    return found


def _compare_whole(a: Any, b: Any, *, has_digests: bool) -> Finding:
    """Compare objects that cannot be taken apart: by digest, else by their own idea of equality."""
    name = type(a).__name__
    if has_digests:
        texts = _short_texts(a, b) or (f"one {name}", "another")
        return Finding(DIFFERENT, " → ".join(texts))
    if "__eq__" in vars(type(a)):
        try:
            is_equal = a == b
        except Exception:  # noqa: BLE001 - code of a stranger's class
            is_equal = None
        if isinstance(is_equal, bool):
            verdict = SAME_CONTENT if is_equal else DIFFERENT
            return Finding(verdict, f"{name} that compare as {'' if is_equal else 'un'}equal")
    return Finding(NOT_COMPARED, f"a {name} does not say what it is made of")


def _take_apart(value: Any) -> dict[str, Any] | None:
    """Give the parts of an object by their places; None for one that cannot be taken apart."""
    if isinstance(value, _WHOLE):
        return None
    reducer = copyreg.dispatch_table.get(type(value))
    try:
        reduced = reducer(value) if reducer else value.__reduce_ex__(_PROTOCOL)
        if not isinstance(reduced, tuple):
            return None
        make, arguments, state, items, pairs = (*reduced, *[None] * _REDUCED)[:_REDUCED]
        listed, mapped = list(items or ()), list(pairs or ())
    except Exception:  # noqa: BLE001 - any refusal, of any library, is a refusal
        return None
    parts = {f" (argument {i})": part for i, part in enumerate(arguments)}
    if getattr(make, "__module__", None) == "copyreg":
        parts.pop(" (argument 0)", None)  # the class, which is known to be the same
    parts |= _take_state_apart(state)
    parts |= {f"[{i}]": part for i, part in enumerate(listed)}
    return parts | {f"[{key!r}]": part for key, part in mapped}


def _take_state_apart(state: Any) -> dict[str, Any]:
    """Give the attributes of an object: a dictionary, a pair with those in slots, or its own."""
    pair = state if isinstance(state, tuple) and len(state) == 2 else (state, None)  # noqa: PLR2004
    if all(part is None or type(part) is dict for part in pair):
        return {f".{name}": part for each in pair for name, part in (each or {}).items()}
    return {".__getstate__()": state}


def _short_texts(a: Any, b: Any) -> tuple[str, str] | None:
    """Show two objects, when they show themselves briefly and not alike."""
    try:
        texts = repr(a), repr(b)
    except Exception:  # noqa: BLE001 - code of a stranger's class
        return None
    is_short = all(len(t) <= _WIDTH and " at 0x" not in t and "\n" not in t for t in texts)
    return texts if is_short and texts[0] != texts[1] else None
