"""Comparing single numbers."""

from __future__ import annotations

import cmath
import math
from numbers import Number
from typing import Any, Final

from anew.compare.finding import (
    CLOSE,
    DIFFERENT,
    SAME_CONTENT,
    Finding,
    Tolerance,
    describe_distance,
    equal_numbers,
    finite,
)
from anew.formats.loaded import is_instance

__all__ = ["compare_numbers", "is_number", "is_truth", "rounding_limit"]

_DOUBLE: Final = 1e-9
_SINGLE: Final = 1e-5
_SINGLE_BYTES: Final = {"f": 4, "c": 8}


def is_number(value: object) -> bool:
    """Tell whether a value is a number: of Python or numpy, not a bool, not a span of time."""
    if isinstance(value, bool) or not isinstance(value, Number):
        return False
    return getattr(getattr(value, "dtype", None), "kind", "f") in "iufc"


def is_truth(value: object) -> bool:
    """Tell whether a value is True or False, of Python or numpy."""
    return isinstance(value, bool) or is_instance(value, "numpy.bool")


def rounding_limit(dtype: Any) -> float | None:
    """Give the relative difference up to which floats of a dtype differ by rounding alone.

    Returns
    -------
    float or None
        1e-9 for double precision, 1e-5 for single; None for what is never rounded.
    """
    if dtype.kind not in "fc":
        return None
    return _SINGLE if dtype.itemsize <= _SINGLE_BYTES[dtype.kind] else _DOUBLE


def compare_numbers(a: Any, b: Any, tolerance: Tolerance) -> Finding:
    """Compare two numbers; NaN equals NaN.

    Parameters
    ----------
    a, b
        Numbers, not of the same type necessarily.
    tolerance
        How far apart they may be.
    """
    old, new = _to_python(a), _to_python(b)
    if old == new or (old != old and new != new):  # noqa: PLR0124 - NaN alone differs from itself
        if type(a) is not type(b):
            names = f"{type(a).__name__} → {type(b).__name__}"
            told = f"{names}, equal numbers"
            is_as_wide = type(old) is type(new) and _limit(a) == _limit(b)
            return Finding(SAME_CONTENT, told) if is_as_wide else equal_numbers(told)
        if _sign(old) != _sign(new):
            return equal_numbers("a zero of the other sign")
        return Finding()
    distance, relative = _distance(old, new)
    detail = describe_distance(old, new, distance, relative)
    if tolerance.allows(distance, _size(old)):
        return Finding(CLOSE, detail, absolute=finite(distance), relative=finite(relative))
    limits = [limit for limit in map(_limit, (a, b)) if limit is not None]
    limit = max(limits, default=None)
    is_rounding = limit is not None and relative <= limit
    return Finding(
        DIFFERENT,
        detail,
        rounding=limit if is_rounding else None,
        absolute=finite(distance),
        relative=finite(relative),
    )


def _to_python(value: Any) -> Any:
    """Turn a scalar of numpy into Python's number, which shows itself without its type."""
    return value.item() if hasattr(value, "dtype") else value


def _distance(old: Any, new: Any) -> tuple[float, float]:
    """Give the absolute and the relative distance, infinite where there is none."""
    try:
        distance = float(abs(new - old))
        relative = float(abs(new - old) / abs(old)) if old else math.inf
    except (TypeError, ArithmeticError):  # Decimal and float, or integers beyond all floats
        return math.inf, math.inf
    if math.isnan(distance):
        return math.inf, math.inf
    return distance, relative


def _size(value: Any) -> float:
    """Give the absolute size, infinite for an integer beyond all floats."""
    try:
        return float(abs(value))
    except OverflowError:
        return math.inf


def _sign(value: Any) -> tuple[float, ...]:
    """Tell -0.0 from 0.0, which compare as equal."""
    if value or not isinstance(value, float | complex):
        return ()
    parts = (value.real, value.imag) if isinstance(value, complex) else (value,)
    return tuple(math.copysign(1.0, part) for part in parts if not cmath.isnan(part))


def _limit(value: Any) -> float | None:
    if hasattr(value, "dtype"):
        return rounding_limit(value.dtype)
    return _DOUBLE if isinstance(value, float | complex) else None
