"""Comparing numbers as they are written in texts and tables."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.compare.arrays import compare_listed
from anew.compare.finding import CLOSE, DIFFERENT, SAME_CONTENT, Finding, finite, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.compare.finding import Tolerance

__all__ = ["NUMBER", "compare_tokens", "is_number_text"]

_EXACT: Final = 2**53

# Not part of a word, a version, a date or a time; without leading zeros, which make it a name.
NUMBER: Final = re.compile(
    r"(?<![\w.])(?<!\d[-/:])[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w:])(?!\.\d)"
    r"|(?<![\w.])[-+]?(?:nan|NaN|NAN|inf|Inf|Infinity)(?!\w)"
)


def is_number_text(text: str) -> bool:
    """Tell whether a text is a number, and nothing else.

    Parameters
    ----------
    text
        A cell of a table.

    Examples
    --------
    >>> [is_number_text(text) for text in ("-1.5e3", "nan", "007", "1 m")]
    [True, True, False, False]
    """
    return NUMBER.fullmatch(text.strip()) is not None


def compare_tokens(
    pairs: list[tuple[str, str]],
    tolerance: Tolerance,
    place: Callable[[int], str],
    size: int | None = None,
) -> Finding:
    """Compare numbers that are written differently.

    Parameters
    ----------
    pairs
        Texts of numbers.
    tolerance
        How far apart they may be.
    place
        Names the place of a pair, by its index.
    size
        How many numbers there are, those included that are written alike; None for not said.

    Returns
    -------
    Finding
        ``same content`` when all of them are written otherwise alone, as 1.0 and 1.00.
    """
    exact = [(at, _read(old), _read(new)) for at, (old, new) in enumerate(pairs)]
    apart = [(at, old, new) for at, old, new in exact if not _are_equal(old, new)]
    if not apart:
        return Finding(SAME_CONTENT, "numbers written otherwise") if pairs else Finding()
    hidden = [
        (place(at), _compare_exactly(old, new, tolerance))
        for at, old, new in apart
        if float(old) == float(new)
    ]
    shown = [(at, _plain(old), _plain(new)) for at, old, new in apart if float(old) != float(new)]
    found = compare_listed(
        [old for _, old, _ in shown],
        [new for _, _, new in shown],
        tolerance,
        lambda i: place(shown[i][0]),
        size or len(shown),
    )
    return join([("", found), *hidden], "numbers")


def _read(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Decimal("nan")


def _plain(number: Decimal) -> float:
    """Give an integer as such: it is never a matter of rounding."""
    is_whole = number.is_finite() and number.as_tuple().exponent == 0
    return int(number) if is_whole and abs(number) < _EXACT else float(number)


def _are_equal(old: Decimal, new: Decimal) -> bool:
    return old == new or (old.is_nan() and new.is_nan())


def _compare_exactly(old: Decimal, new: Decimal, tolerance: Tolerance) -> Finding:
    """Compare numbers of more digits than a float has."""
    distance = float(abs(new - old))
    is_close = tolerance.allows(distance, float(abs(old)))
    is_countable = 1 <= distance < math.inf
    detail = f"{old} → {new}, by {grouped(int(distance)) if is_countable else distance}"
    return Finding(CLOSE if is_close else DIFFERENT, detail, absolute=finite(distance))
