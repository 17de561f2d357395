"""Comparing frames, column by column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from anew.changes import grouped
from anew.compare.arrays import compare_arrays, compare_parallel
from anew.compare.finding import (
    DIFFERENT,
    IDENTICAL,
    SAME_CONTENT,
    Finding,
    Tolerance,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    Compare: TypeAlias = Callable[[Any, Any], Finding]
    Column: TypeAlias = "pd.Series[Any] | pd.Index[Any]"

__all__ = ["compare_columns", "compare_frames", "compare_series", "describe_columns"]


def compare_frames(
    a: pd.DataFrame, b: pd.DataFrame, tolerance: Tolerance, compare: Compare
) -> Finding:
    """Compare two frames; what is missing equals what is missing.

    Parameters
    ----------
    a, b
        Frames of any columns and index.
    tolerance
        How far apart numbers may be.
    compare
        What compares elements that are objects.
    """
    if len(a) != len(b):
        return Finding(DIFFERENT, f"{grouped(len(a))} rows → {grouped(len(b))} rows")
    old, new = list(a.columns), list(b.columns)
    if old != new:
        return Finding(DIFFERENT, describe_columns(old, new))
    return join(_parts(a, b, tolerance, compare), "columns")


def _parts(
    a: pd.DataFrame, b: pd.DataFrame, tolerance: Tolerance, compare: Compare
) -> Iterator[tuple[str, Finding]]:
    yield "index", compare_columns(a.index, b.index, tolerance, compare)
    for place, name in enumerate(a.columns):
        found = compare_columns(a.iloc[:, place], b.iloc[:, place], tolerance, compare)
        yield f"column {name!r}", found
    yield ".attrs", compare(a.attrs, b.attrs)


def compare_series(
    a: pd.Series[Any], b: pd.Series[Any], tolerance: Tolerance, compare: Compare
) -> Finding:
    """Compare two series with index and name, as `compare_frames` does."""
    if a.name != b.name:
        return Finding(DIFFERENT, f"name {a.name!r} → {b.name!r}")
    values = compare_columns(a, b, tolerance, compare)
    if len(a) != len(b):
        return values
    index = compare_columns(a.index, b.index, tolerance, compare)
    return join([("index", index), ("", values), (".attrs", compare(a.attrs, b.attrs))], "parts")


def describe_columns(old: list[Any], new: list[Any]) -> str:
    """Say which columns only one of two frames has, or that their order differs.

    Parameters
    ----------
    old, new
        The names of their columns, which are not the same.
    """
    before, after = Counter(map(repr, old)), Counter(map(repr, new))
    gone, added = sorted((before - after).elements()), sorted((after - before).elements())
    parts = [f"without {', '.join(gone)}"] * bool(gone) + [f"with {', '.join(added)}"] * bool(added)
    return f"columns {' and '.join(parts)}" if parts else "columns in another order"


def compare_columns(a: Column, b: Column, tolerance: Tolerance, compare: Compare) -> Finding:
    """Compare two series or indexes by their values.

    Parameters
    ----------
    a, b
        Series or index; the index of a series is not looked at.
    tolerance
        How far apart numbers may be.
    compare
        What compares elements that are objects.
    """
    import numpy as np
    import pandas as pd

    if len(a) != len(b):
        return Finding(DIFFERENT, f"{grouped(len(a))} rows → {grouped(len(b))} rows")
    if isinstance(a, pd.MultiIndex) and isinstance(b, pd.MultiIndex):
        return compare_frames(a.to_frame(index=False), b.to_frame(index=False), tolerance, compare)
    if isinstance(a.dtype, np.dtype) and isinstance(b.dtype, np.dtype):
        return compare_arrays(a.to_numpy(), b.to_numpy(), tolerance, compare)
    return _compare_extension(a, b, tolerance, compare)


def _compare_extension(a: Column, b: Column, tolerance: Tolerance, compare: Compare) -> Finding:
    """Compare columns of pandas' own types: first what is missing, then the rest."""
    import numpy as np

    gaps = np.asarray(a.isna()), np.asarray(b.isna())
    rows = np.flatnonzero(gaps[0] != gaps[1])
    if rows.size:
        values = " → ".join("missing" if gap[rows[0]] else "present" for gap in gaps)
        told = f"{grouped(rows.size)} of {grouped(len(a))} missing in one alone, here {values}"
        return Finding(DIFFERENT, told, f"[{rows[0]}]")
    old, new = (_to_plain(each, gaps[0]) for each in (a, b))
    if "O" not in {old.dtype.kind, new.dtype.kind}:
        found = compare_arrays(old, new, tolerance, compare)
    else:
        found = compare_parallel(list(old), list(new), compare, shape=old.shape)
    if found.verdict not in {IDENTICAL, SAME_CONTENT} or a.dtype == b.dtype:
        return found
    if str(a.dtype) == str(b.dtype):
        return Finding(SAME_CONTENT, f"{a.dtype} of another kind, equal elements")
    return Finding(SAME_CONTENT, f"dtype {a.dtype} → {b.dtype}, equal elements")


def _to_plain(column: Column, gaps: Any) -> Any:
    """Give values as an array of numpy, of numbers where it can be; gaps become equal values."""
    numeric = getattr(column.dtype, "numpy_dtype", None)
    if numeric is not None and numeric.kind in "biuf":
        return column.to_numpy(dtype=numeric, na_value=0)
    values = column.to_numpy(dtype=object).copy()
    values[gaps] = None
    return values
