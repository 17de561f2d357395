"""What a comparison of two values finds: a verdict, where, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CLOSE",
    "DIFFERENT",
    "IDENTICAL",
    "NOT_COMPARED",
    "SAME_CONTENT",
    "Finding",
    "Tolerance",
    "describe_distance",
    "equal_numbers",
    "finite",
    "join",
    "suggest_tolerance",
    "worst",
]

IDENTICAL: Final = "identical"
SAME_CONTENT: Final = "same content"
CLOSE: Final = "close"
NOT_COMPARED: Final = "not compared"
DIFFERENT: Final = "different"

# A whole is as good as the worst of its parts.
_RANK: Final = {IDENTICAL: 0, SAME_CONTENT: 1, CLOSE: 2, NOT_COMPARED: 3, DIFFERENT: 4}

_DIGITS: Final = 40
_SHORT: Final = 8
_FEW_DIGITS: Final = 6
_ALL_DIGITS: Final = 17


@dataclass(frozen=True)
class Tolerance:
    """How far apart two numbers may be to be called close.

    Parameters
    ----------
    rtol
        Relative to the first number.
    atol
        Absolute, in the unit of the numbers.

    Raises
    ------
    UsageError
        When one of them is negative or not a number.
    """

    rtol: float = 0.0
    atol: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("rtol", self.rtol), ("atol", self.atol)):
            if not 0 <= value < math.inf:
                message = f"{name} is {value!r}, expected a number from 0"
                raise UsageError(message, hint=f"{name}=1e-9")

    @property
    def is_zero(self) -> bool:
        """Whether numbers must be equal."""
        return not self.rtol and not self.atol

    def allows(self, distance: float, size: float) -> bool:
        """Tell whether a number may be that far from one of that absolute size."""
        if not math.isfinite(distance):
            return False
        return distance <= self.atol or distance <= self.atol + self.rtol * size


@dataclass(frozen=True)
class Finding:
    """How two values compare.

    Parameters
    ----------
    verdict
        ``identical``, ``same content``, ``close``, ``not compared`` or ``different``.
    detail
        How they differ.
    place
        Where in the value, as ``['weights'][3]``.
    rounding
        The relative tolerance within which a difference is a matter of rounding; None when it is
        more than that.
    absolute, relative
        The largest differences of numbers, in their unit and in that of the first; None where
        there is none, or no finite one.
    picture
        What two pictures differ in, as PNG.
    excerpt
        The head of a unified diff of two texts.
    """

    verdict: str = IDENTICAL
    detail: str = ""
    place: str = ""
    rounding: float | None = None
    absolute: float | None = None
    relative: float | None = None
    picture: bytes | None = field(default=None, repr=False)
    excerpt: str = field(default="", repr=False)

    @property
    def is_good(self) -> bool:
        """Whether the two are the same as far as was asked."""
        return _RANK[self.verdict] < _RANK[NOT_COMPARED]

    @property
    def text(self) -> str:
        """Place and detail on one line."""
        return f"{self.place}: {self.detail}" if self.place else self.detail


def equal_numbers(detail: str) -> Finding:
    """Give the finding on numbers that are equal but not the same: of another type, -0.0 for 0.0.

    Parameters
    ----------
    detail
        How they differ.
    """
    return Finding(CLOSE, detail, absolute=0.0, relative=0.0)


def join(parts: Iterable[tuple[str, Finding]], noun: str) -> Finding:
    """Find how a whole compares whose parts were compared.

    Parameters
    ----------
    parts
        Place and finding of each part.
    noun
        What the parts are, in the plural: items, columns …

    Returns
    -------
    Finding
        The first of the worst, of numbers the one that is farthest off, with the number of those
        that are as bad.
    """
    worst, others = Finding(), 0
    for place, part in parts:
        if _RANK[part.verdict] > _RANK[worst.verdict]:
            worst, others = replace(part, place=_within(place, part.place)), 0
        elif part.verdict == worst.verdict != IDENTICAL:
            others += 1
            worst = _farther(worst, replace(part, place=_within(place, part.place)))
    if not others:
        return worst
    return replace(worst, detail=f"{worst.detail}; likewise {grouped(others)} other {noun}")


def _within(outer: str, inner: str) -> str:
    """Name a place in a part."""
    return f"{outer}, {inner}" if outer and inner[:1].isalpha() else outer + inner


def _farther(one: Finding, other: Finding) -> Finding:
    """Give the one of two equally bad parts that is farther off, with the maxima of both."""
    is_farther = one.absolute is not None and (other.absolute or 0.0) > one.absolute
    return replace(
        other if is_farther else one,
        rounding=_weaker(one.rounding, other.rounding),
        absolute=_larger(one.absolute, other.absolute),
        relative=_larger(one.relative, other.relative),
        picture=one.picture or other.picture,
        excerpt=one.excerpt or other.excerpt,
    )


def _larger(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _weaker(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)


def worst(*verdicts: str) -> str:
    """Give the worst of some verdicts.

    Parameters
    ----------
    *verdicts
        Those of a `Finding`.
    """
    return max(verdicts, key=_RANK.__getitem__)


def finite(number: float) -> float | None:
    """Give a distance as plain data: None when it is infinite or none at all.

    Parameters
    ----------
    number
        Any float.
    """
    return number if math.isfinite(number) else None


def suggest_tolerance(found: Finding, tolerance: Tolerance) -> Finding:
    """Say which tolerance would do, when rounding alone differs and none was given.

    Parameters
    ----------
    found
        What was found.
    tolerance
        The one that was given.
    """
    if found.verdict != DIFFERENT or not tolerance.is_zero or found.rounding is None:
        return found
    allowing = f"{found.rounding:.0e}".replace("e-0", "e-")
    told = f"{found.detail}; this is rounding: --rtol {allowing} allows it"
    return replace(found, detail=told)


def describe_distance(old: object, new: object, distance: float, relative: float) -> str:
    """Say how far apart two numbers are."""
    pair = " → ".join(_show_pair(old, new))
    if not math.isfinite(distance):
        return pair
    return f"{pair}, by {distance:.2g}" + (
        f" (relative {relative:.2g})" if math.isfinite(relative) else ""
    )


def _show_pair(old: object, new: object) -> tuple[str, str]:
    """Write two numbers; long floats with as many digits as tell them apart."""
    texts = _show(old), _show(new)
    if not (isinstance(old, float) and isinstance(new, float)) or max(map(len, texts)) <= _SHORT:
        return texts
    for digits in range(_FEW_DIGITS, _ALL_DIGITS):
        short = f"{old:.{digits}g}", f"{new:.{digits}g}"
        if short[0] != short[1]:
            return short
    return texts


def _show(number: object) -> str:
    """Write a number, of a very long one the ends."""
    try:
        text = repr(number)
    except ValueError:  # Python writes integers of some thousand digits only
        return "an integer of many digits"
    return text if len(text) <= _DIGITS else f"{text[:10]}…{text[-10:]}"
