"""One line about a value, for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_instance
from anew.formats.picture import Picture
from anew.formats.size import write_size

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["summarize"]

_WIDTH: Final = 80
_LOOKED_AT: Final = 1000
_INT_BITS: Final = 256


def summarize(value: Any) -> str:
    """Say in one line what a value is.

    Parameters
    ----------
    value
        Any value.

    Returns
    -------
    str
        At most 80 characters, none of them a control character: numbers with six significant
        digits, short texts as they are, arrays and frames by shape, others by type.

    Examples
    --------
    >>> summarize(0.123456789)
    '0.123457'
    >>> summarize([1, 2, 3])
    'list of 3'
    """
    text = _describe(value)
    if not text.isprintable():
        text = "".join(mark if mark.isprintable() else " " for mark in text)
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _describe(value: Any) -> str:
    """Describe a value by its type; nothing here calls code of the value's own class."""
    describe = _PLAIN.get(type(value))
    if describe is not None:
        return describe(value)
    if is_instance(value, "numpy.generic"):
        return f"{value:.6g}" if value.dtype.kind in "fc" else str(value)
    if is_instance(value, "numpy.ndarray"):
        return f"array {value.shape} {value.dtype}"
    if is_instance(value, "pandas.DataFrame"):
        return f"frame {value.shape[0]} rows x {value.shape[1]} columns"
    if is_instance(value, "pandas.Series"):
        return f"series {len(value)} rows {value.dtype}"
    return type(value).__name__


def _describe_float(value: complex) -> str:
    return f"{value:.6g}"


def _describe_int(value: int) -> str:
    """Write an integer, unless nobody would read its digits."""
    if value.bit_length() <= _INT_BITS:
        return str(value)
    digits = int(value.bit_length() * math.log10(2)) + 1
    return f"integer of about {digits} digits"


def _describe_container(value: Any) -> str:
    return f"{type(value).__name__} of {len(value)}"


_PLAIN: Final[dict[type, Callable[[Any], str]]] = {
    type(None): str,
    bool: str,
    int: _describe_int,
    float: _describe_float,
    complex: _describe_float,
    str: lambda value: value[:_LOOKED_AT],
    bytes: lambda value: f"bytes {write_size(len(value))}",
    Picture: repr,
    **dict.fromkeys((list, tuple, dict, set, frozenset), _describe_container),
}
