"""Comparing arrays, element by element."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.changes import grouped
from anew.compare.finding import (
    CLOSE,
    DIFFERENT,
    IDENTICAL,
    SAME_CONTENT,
    Finding,
    Tolerance,
    describe_distance,
    equal_numbers,
    finite,
    join,
)
from anew.compare.scalars import rounding_limit
from anew.compare.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]
    Compare: TypeAlias = Callable[[Any, Any], Finding]

__all__ = ["compare_arrays", "compare_listed", "compare_parallel"]

_NUMERIC: Final = frozenset("biufc")


@dataclass(frozen=True)
class _Apart:
    """The numbers that differ: where in the flat array they are, and how far apart."""

    places: Array
    distance: Array
    relative: Array
    is_close: Array


def compare_arrays(a: Array, b: Array, tolerance: Tolerance, compare: Compare) -> Finding:
    """Compare two arrays; NaN equals NaN.

    Parameters
    ----------
    a, b
        Arrays of any shape and dtype.
    tolerance
        How far apart numbers may be.
    compare
        What compares elements that are objects.
    """
    import numpy as np

    if a.shape != b.shape:
        return Finding(DIFFERENT, f"shape {a.shape} → {b.shape}")
    if isinstance(a, np.ma.MaskedArray) or isinstance(b, np.ma.MaskedArray):
        masks = np.ma.getmaskarray(a), np.ma.getmaskarray(b)
        if masks[0].dtype.names is None:
            hidden = _compare_plain(*masks)
            if hidden.verdict != IDENTICAL:
                return replace(hidden, place=f"mask{hidden.place}")
            a, b = (np.where(masks[0], np.ma.getdata(b), np.ma.getdata(x)) for x in (a, b))
    return _note_dtype(_compare_content(np.asarray(a), np.asarray(b), tolerance, compare), a, b)


def _compare_content(a: Array, b: Array, tolerance: Tolerance, compare: Compare) -> Finding:
    """Compare by the kind of the elements."""
    if a.dtype.names is not None and a.dtype.names == b.dtype.names:
        fields = (
            (f"[{name!r}]", compare_arrays(a[name], b[name], tolerance, compare))
            for name in a.dtype.names
        )
        return join(fields, "fields")
    kinds = {a.dtype.kind, b.dtype.kind}
    if kinds <= _NUMERIC and kinds != {"b"}:
        return _compare_numeric(a, b, tolerance)
    if kinds == {"O"}:
        return compare_parallel(list(a.flat), list(b.flat), compare, shape=a.shape)
    if len(kinds) == 1:
        return _compare_plain(a, b)
    return Finding(DIFFERENT, f"dtype {a.dtype} → {b.dtype}") if a.size else Finding()


def compare_parallel(
    a: list[Any], b: list[Any], compare: Compare, *, shape: tuple[int, ...]
) -> Finding:
    """Compare two flat lists of equal length, whose places are those of an array of a shape."""
    parts = (
        (_name_place(i, shape), finding)
        for i, (x, y) in enumerate(zip(a, b, strict=True))
        if (finding := compare(x, y)).verdict != IDENTICAL
    )
    return join(parts, "elements")


def _note_dtype(finding: Finding, a: Array, b: Array) -> Finding:
    """Say that the dtypes differ: equal numbers in another dtype are as close as can be."""
    if a.dtype == b.dtype:
        return finding
    dtypes = f"dtype {a.dtype} → {b.dtype}"
    if finding.verdict == IDENTICAL:
        told = f"{dtypes}, equal elements"
        is_numeric = {a.dtype.kind, b.dtype.kind} <= _NUMERIC
        return equal_numbers(told) if is_numeric else Finding(SAME_CONTENT, told)
    if finding.detail.startswith("dtype"):
        return finding
    return replace(finding, detail=f"{finding.detail}; {dtypes}")


def _compare_plain(a: Array, b: Array) -> Finding:
    """Compare elements that are equal or not: texts, truths, times."""
    import numpy as np

    differs = np.atleast_1d(np.asarray(a != b))
    if a.dtype.kind in "mM":
        differs &= ~np.atleast_1d(np.isnat(a) & np.isnat(b))
    places = np.flatnonzero(differs)
    if not places.size:
        return Finding()
    old, new = (str(each.reshape(-1)[places[0]]) for each in (a, b))
    detail = f"{_number(places.size, a.size, 'elements')}{shorten(old)} → {shorten(new)}"
    return Finding(DIFFERENT, detail, _name_place(int(places[0]), a.shape))


def _compare_numeric(a: Array, b: Array, tolerance: Tolerance) -> Finding:
    """Compare numbers, and say where they are farthest apart."""
    import numpy as np

    apart = _find_apart(a.reshape(-1), b.reshape(-1), tolerance)
    if apart is None:
        are_floats = {a.dtype.kind, b.dtype.kind} == {"f"}
        if are_floats and np.any((np.signbit(a) != np.signbit(b)) & (a == 0)):
            return equal_numbers("zeros of the other sign")
        return Finding()
    return _judge(apart, (a, b), a.size, lambda at: _name_place(at, a.shape))


def compare_listed(
    old: Sequence[float],
    new: Sequence[float],
    tolerance: Tolerance,
    place: Callable[[int], str],
    size: int,
) -> Finding:
    """Compare numbers that were picked out of many equal ones.

    Parameters
    ----------
    old, new
        The numbers, in pairs; integers of 64 bits at most.
    tolerance
        How far apart they may be.
    place
        Names the place of a pair, by its index.
    size
        How many numbers there are, the equal ones included.
    """
    import numpy as np

    a, b = (np.array(each) if each else np.empty(0) for each in (old, new))
    apart = _find_apart(a, b, tolerance)
    return Finding() if apart is None else _judge(apart, (a, b), size, place)


def _judge(
    apart: _Apart, pair: tuple[Array, Array], size: int, place: Callable[[int], str]
) -> Finding:
    """Give the verdict on numbers that differ."""
    detail, where = _describe_apart(apart, pair, size, place)
    verdict = CLOSE if apart.is_close.all() else DIFFERENT
    limits = [x for x in (rounding_limit(each.dtype) for each in pair) if x is not None]
    limit = max(limits, default=None)
    is_rounding = limit is not None and bool((apart.relative <= limit).all())
    return Finding(
        verdict,
        detail,
        where,
        rounding=limit if is_rounding and verdict == DIFFERENT else None,
        absolute=finite(float(apart.distance.max())),
        relative=finite(float(apart.relative.max())),
    )


def _find_apart(old: Array, new: Array, tolerance: Tolerance) -> _Apart | None:
    """Gather the numbers that differ, in the widest type there is; None when none does."""
    import numpy as np

    differs = old != new
    differs &= ~((old != old) & (new != new))  # noqa: PLR0124 - NaN alone differs from itself
    places = np.flatnonzero(differs)
    if not places.size:
        return None
    wide = np.clongdouble if "c" in {old.dtype.kind, new.dtype.kind} else np.longdouble
    x, y = old[places].astype(wide), new[places].astype(wide)
    with np.errstate(all="ignore"):
        distance = np.abs(y - x)
        distance[np.isnan(distance)] = np.inf
        relative = distance / np.abs(x)
        relative[np.isnan(relative)] = np.inf
        allowed = tolerance.atol + tolerance.rtol * np.abs(x)
        is_close = np.isfinite(distance) & (distance <= allowed)
    return _Apart(places, distance, relative, is_close)


def _describe_apart(
    apart: _Apart, pair: tuple[Array, Array], size: int, name: Callable[[int], str]
) -> tuple[str, str]:
    """Give detail and place of the largest differences, absolute and relative."""
    import numpy as np

    at = int(np.argmax(apart.distance))
    place = int(apart.places[at])
    old, new = (each.reshape(-1)[place].item() for each in pair)
    distance, relative = float(apart.distance[at]), float(apart.relative[at])
    detail = _number(apart.places.size, size, "numbers")
    detail += describe_distance(old, new, distance, relative)
    relatives = np.where(np.isfinite(apart.relative), apart.relative, -1)
    most = int(np.argmax(relatives))
    if most != at and np.isfinite(relative) and relatives[most] > relative:
        where = name(int(apart.places[most]))
        detail += f"; largest relative {float(relatives[most]):.2g} at {where}"
    return detail, name(place)


def _number(differing: int, size: int, noun: str) -> str:
    """Say how many elements differ; nothing of an array that has only one."""
    return f"{grouped(differing)} of {grouped(size)} {noun} differ, here " if size > 1 else ""


def _name_place(flat: int, shape: tuple[int, ...]) -> str:
    """Name an element by its indices."""
    import numpy as np

    if not shape:
        return ""
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(flat, shape))}]"
