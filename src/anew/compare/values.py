"""Comparing two values of any type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from anew.changes import grouped
from anew.compare.arrays import compare_arrays
from anew.compare.files.stubs import Stub, compare_stubs
from anew.compare.finding import (
    DIFFERENT,
    IDENTICAL,
    NOT_COMPARED,
    SAME_CONTENT,
    Finding,
    Tolerance,
    join,
    suggest_tolerance,
)
from anew.compare.frames import compare_columns, compare_frames, compare_series
from anew.compare.objects import compare_objects
from anew.compare.scalars import compare_numbers, is_number, is_truth
from anew.compare.text import compare_bytes, compare_texts
from anew.errors import ValueNotStoredError
from anew.formats import Picture
from anew.formats.loaded import is_instance

__all__ = ["compare_parts", "compare_values", "find_difference"]

_Function: TypeAlias = Callable[[Any, Any, Tolerance, Any], Finding]

_WIDTH: Final = 60
_BITS: Final = 200


def compare_values(
    a: object, b: object, *, rtol: float = 0.0, atol: float = 0.0
) -> tuple[str, str]:
    """Say whether two values are the same, and if not, where and by how much they differ.

    Parameters
    ----------
    a, b
        Any values; ``a`` is the reference.
    rtol
        How far apart two numbers may be, relative to that of ``a``, to be called close.
    atol
        The same, absolute.

    Returns
    -------
    verdict : str
        ``identical``; ``same content`` when the numbers, texts or pixels are equal but not what
        holds them; ``close`` when numbers differ within the tolerance; ``different``; ``not
        compared`` for objects that do not say what they are made of.
    detail : str
        The first or the largest difference and its place; empty when there is none.

    Raises
    ------
    UsageError
        When a tolerance is negative or not finite.

    Notes
    -----
    NaN equals NaN. When rounding alone differs (relative 1e-9 in double precision, 1e-5 in single)
    and no tolerance was given, the values are different, and the detail says which would do.

    Examples
    --------
    >>> compare_values([1.0, 2.0], [1.0, 2.5])
    ('different', '[1]: 1 of 2 numbers differ, here 2.0 → 2.5, by 0.5 (relative 0.25)')
    >>> compare_values(0.1 + 0.2, 0.3, rtol=1e-9)[0]
    'close'
    """
    found = find_difference(a, b, Tolerance(rtol, atol))
    return found.verdict, found.text


def find_difference(a: object, b: object, tolerance: Tolerance) -> Finding:
    """Compare two values as `compare_values` does, and give all that was found.

    Parameters
    ----------
    a, b
        Any values; ``a`` is the reference.
    tolerance
        How far apart numbers may be.
    """
    equal = _have_equal_digests(a, b)
    if equal:
        return Finding()
    found = compare_parts(a, b, tolerance)
    if found.verdict == IDENTICAL and equal is False:
        # The parts that were looked at are not all that there is.
        return Finding(DIFFERENT, "the digests differ, but no part that could be shown")
    return suggest_tolerance(found, tolerance)


def compare_parts(a: object, b: object, tolerance: Tolerance) -> Finding:
    """Compare two values part by part, whatever their digests.

    Parameters
    ----------
    a, b
        Values that hold all that they are made of: plain ones, arrays, frames, what a file held.
    tolerance
        How far apart numbers may be.
    """
    try:
        return _compare(a, b, tolerance)
    except RecursionError:
        return Finding(NOT_COMPARED, "nested too deeply, or in itself")


def _have_equal_digests(a: object, b: object) -> bool | None:
    """Tell whether two values have one digest; None when one of them has none."""
    from anew.digests import digest_value

    try:
        return digest_value(a) == digest_value(b)
    except ValueNotStoredError:
        return None


def _compare(a: Any, b: Any, tolerance: Tolerance) -> Finding:
    """Compare by type; what is nested comes back here."""
    if a is b:
        return Finding()
    compare = partial(_compare, tolerance=tolerance)
    if is_number(a) and is_number(b):
        found = compare_numbers(a, b, tolerance)
    elif is_truth(a) and is_truth(b) and bool(a) == bool(b):
        found = _note_type(Finding(), a, b)
    elif function := _find_common(_LOADED, lambda kind: _are(is_instance, a, b, kind)):
        found = function(a, b, tolerance, compare)
    elif function := _find_common(_BUILTIN, lambda kind: _are(isinstance, a, b, kind)):
        found = _note_type(function(a, b, tolerance, compare), a, b)
    elif _name_type(a) != _name_type(b):
        found = Finding(DIFFERENT, f"{_show(a)} → {_show(b)}")
    else:
        found = compare_objects(a, b, compare, _have_equal_digests)
    return found


def _find_common(table: dict[Any, _Function], fits: Callable[[Any], bool]) -> _Function | None:
    """Find the function for a type that two values have in common."""
    return next((function for kind, function in table.items() if fits(kind)), None)


def _are(test: Callable[[Any, Any], bool], a: object, b: object, kind: Any) -> bool:
    return test(a, kind) and test(b, kind)


def _compare_scalars(a: Any, b: Any, tolerance: Tolerance, compare: Any) -> Finding:
    import numpy as np

    return compare_arrays(np.asarray(a), np.asarray(b), tolerance, compare)


_LOADED: Final[dict[str, _Function]] = {
    "numpy.ndarray": compare_arrays,
    "numpy.generic": _compare_scalars,
    "pandas.DataFrame": compare_frames,
    "pandas.Series": compare_series,
    "pandas.Index": compare_columns,
}


def _compare_dicts(a: Any, b: Any, _: Tolerance, compare: Any) -> Finding:
    gone, added = ([key for key in one if key not in other] for one, other in ((a, b), (b, a)))
    if gone or added:
        parts = [f"key {gone[0]!r} is gone"] if gone else []
        parts += [f"key {added[0]!r} was added"] if added else []
        others = len(gone) + len(added) - len(parts)
        more = f", and {grouped(others)} more" if others else ""
        return Finding(DIFFERENT, " and ".join(parts) + more)
    return join(((f"[{key!r}]", compare(a[key], b[key])) for key in a), "keys")


def _compare_sequences(a: Any, b: Any, tolerance: Tolerance, compare: Any) -> Finding:
    if len(a) != len(b):
        return Finding(DIFFERENT, f"{grouped(len(a))} items → {grouped(len(b))} items")
    if a and all(type(x) is float for each in (a, b) for x in each):
        return _compare_scalars(a, b, tolerance, compare)
    parts = ((f"[{i}]", compare(x, y)) for i, (x, y) in enumerate(zip(a, b, strict=True)))
    return join(parts, "items")


def _compare_sets(a: Any, b: Any, *_: Any) -> Finding:
    gone, added = sorted(map(repr, a - b)), sorted(map(repr, b - a))
    parts = [f"without {', '.join(gone[:3])}"] if gone else []
    parts += [f"with {', '.join(added[:3])}"] if added else []
    return Finding(DIFFERENT, " and ".join(parts)) if parts else Finding()


_BUILTIN: Final[dict[type | tuple[type, ...], _Function]] = {
    Stub: lambda a, b, _, compare: compare_stubs(a, b, compare),
    Picture: lambda a, b, tolerance, _: compare_bytes(a.data, b.data, tolerance),
    str: lambda a, b, *_: compare_texts(a, b),
    (bytes, bytearray): lambda a, b, tolerance, _: compare_bytes(bytes(a), bytes(b), tolerance),
    dict: _compare_dicts,
    (list, tuple): _compare_sequences,
    (set, frozenset): _compare_sets,
}


def _note_type(finding: Finding, a: object, b: object) -> Finding:
    """Say that equal things lie in containers of different types."""
    if finding.verdict == IDENTICAL and _name_type(a) != _name_type(b):
        return Finding(SAME_CONTENT, f"{type(a).__name__} → {type(b).__name__}, else equal")
    return finding


def _name_type(value: object) -> tuple[str, str]:
    """Name a type; one that was unpickled is another object than the one that was pickled."""
    return type(value).__module__, type(value).__qualname__


def _show(value: object) -> str:
    """Name the type of a value, and show the value when it is short."""
    name = type(value).__name__
    if type(value) not in {bool, int, float, complex, str}:
        return name
    text = repr(value) if type(value) is not int or value.bit_length() < _BITS else ""
    return f"{name} {text}" if 0 < len(text) < _WIDTH else name
