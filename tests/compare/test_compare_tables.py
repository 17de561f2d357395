"""Two arrays, frames or columns and the verdict on them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from anew.compare import compare_values


def make_frame(**changes: Any) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "x": [1.0, 2.0, math.nan],
        "name": ["a", "b", "c"],
        "count": pd.array([1, None, 3], dtype="Int64"),
        "day": pd.to_datetime(["2026-01-01", "2026-01-02", None]),
    }
    return pd.DataFrame(columns | changes)


# --- arrays --------------------------------------------------------------------------------------


def test_the_largest_difference_of_an_array_has_a_place():
    a = np.arange(6.0).reshape(2, 3)
    b = a + np.array([[0.5, 0, 0], [0, 0, 2.0]])
    assert compare_values(a, b) == (
        "different",
        "[1, 2]: 2 of 6 numbers differ, here 5.0 → 7.0, by 2 (relative 0.4)",
    )


def test_the_largest_relative_difference_has_its_own_place():
    _, detail = compare_values(np.array([1.0, 100.0]), np.array([2.0, 110.0]))
    assert detail == (
        "[1]: 2 of 2 numbers differ, here 100.0 → 110.0, by 10 (relative 0.1); "
        "largest relative 1 at [0]"
    )


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        (np.zeros(3), np.zeros((3, 1)), "shape (3,) → (3, 1)"),
        (np.array(1.0), np.array(2.0), "1.0 → 2.0, by 1 (relative 1)"),
        (np.array([1.0, math.nan]), np.array([math.nan, 1.0]), "2 of 2 numbers differ"),
        (np.array([1]), np.array([2.5]), "[0]: 1 → 2.5, by 1.5 (relative 1.5); dtype int64 →"),
        (np.array(["a"]), np.array([1]), "dtype <U1 → int64"),
        (np.array(["a", "b"]), np.array(["a", "c"]), "[1]: 1 of 2 elements differ, here 'b' → 'c'"),
        (np.array([True]), np.array([False]), "[0]: 'True' → 'False'"),
        (np.array(["NaT", 1], "M8[D]"), np.array(["NaT", 2], "M8[D]"), "[1]: 1 of 2 elements"),
        (np.array([1, "a"], object), np.array([1, "b"], object), "[1]: 'a' → 'b'"),
        (np.array([(1, 2.0)], "i8,f8"), np.array([(1, 3.0)], "i8,f8"), "['f1'][0]: 2.0 → 3.0"),
        (
            np.ma.masked_array([1, 2], [True, False]),
            np.ma.masked_array([1, 2], [False, False]),
            "mask[0]: 1 of 2 elements differ, here 'True' → 'False'",
        ),
        (
            np.ma.masked_array([1, 2], [True, False]),
            np.ma.masked_array([9, 3], [True, False]),
            "[1]: 1 of 2 numbers differ, here 2 → 3",
        ),
        (np.array([2**62]), np.array([2**62 + 1]), f"[0]: {2**62} → {2**62 + 1}, by 1"),
    ],
)
def test_arrays_that_differ_say_how(a: Any, b: Any, detail: str):
    verdict, told = compare_values(a, b)
    assert verdict == "different"
    assert detail in told


def test_empty_arrays_of_different_dtypes_hold_the_same():
    assert compare_values(np.array([], "U1"), np.array([], "f8"))[0] == "same content"


@given(arrays(np.float64, st.integers(1, 20)), st.data())
def test_an_array_is_different_exactly_where_a_number_is(a: Any, data: st.DataObject):
    place = data.draw(st.integers(0, len(a) - 1))
    number = data.draw(st.floats())
    b = a.copy()
    b[place] = number
    same = a[place] == number or (math.isnan(a[place]) and math.isnan(number))
    verdict, detail = compare_values(a, b)
    assert (verdict == "different") is not same
    assert same or detail.startswith(f"[{place}]: ")


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1), st.floats(0, 10))
def test_scalars_and_arrays_agree_on_what_is_close(a: float, share: float, atol: float):
    b = a + share * abs(a)
    scalar = compare_values(a, b, rtol=0.5, atol=atol)[0]
    array = compare_values(np.array([a]), np.array([b]), rtol=0.5, atol=atol)[0]
    near = math.isclose(abs(b - a), atol + 0.5 * abs(a), rel_tol=1e-12)
    assert near or scalar == array


# --- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"x": [1.0, 5.0, math.nan]}, "column 'x'[1]: 1 of 3 numbers differ, here 2.0 → 5.0"),
        ({"name": ["a", "b", "z"]}, "column 'name'[2]: 'c' → 'z'"),
        ({"count": pd.array([1, None, 4], dtype="Int64")}, "column 'count'[2]: 1 of 3 numbers"),
        (
            {"count": pd.array([1, 2, 3], dtype="Int64")},
            "column 'count'[1]: 1 of 3 missing in one alone, here missing → present",
        ),
        ({"day": pd.to_datetime(["2026-01-01", "2026-01-03", None])}, "column 'day'[1]: 1 of 3"),
        ({"more": 1}, "columns with 'more'"),
        ({"x": 1.0, "name": "q"}, "; likewise 1 other columns"),
    ],
)
def test_frames_are_compared_column_by_column(changes: dict[str, Any], detail: str):
    verdict, told = compare_values(make_frame(), make_frame(**changes))
    assert verdict == "different"
    assert detail in told


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda f: f.iloc[:2], "3 rows → 2 rows"),
        (lambda f: f[["name", "x", "count", "day"]], "columns in another order"),
        (lambda f: f.drop(columns=["x", "day"]), "columns without 'day', 'x'"),
        (lambda f: f.set_axis([0, 1, 5]), "index[2]: 1 of 3 numbers differ, here 2 → 5"),
    ],
)
def test_the_shape_of_frames_is_compared(change: Any, detail: str):
    verdict, told = compare_values(make_frame(), change(make_frame()))
    assert verdict == "different"
    assert told.startswith(detail)


def test_the_notes_of_a_frame_count():
    other = make_frame()
    other.attrs["unit"] = "m"
    assert compare_values(make_frame(), other) == ("different", ".attrs: key 'unit' was added")


def test_what_cannot_be_shown_is_still_different():
    other = make_frame()
    other.columns.name = "measured"
    verdict, detail = compare_values(make_frame(), other)
    assert (verdict, detail) == (
        "different",
        "the digests differ, but no part that could be shown",
    )


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        (pd.Series([1, 2]), pd.Series([1, 3]), "[1]: 1 of 2 numbers differ, here 2 → 3"),
        (pd.Series([1]), pd.Series([1, 2]), "1 rows → 2 rows"),
        (pd.Series([1], name="a"), pd.Series([1], name="b"), "name 'a' → 'b'"),
        (pd.Series([1], index=[1]), pd.Series([1], index=[2]), "index[0]: 1 → 2"),
        (
            pd.MultiIndex.from_tuples([(1, "a")], names=["i", "k"]),
            pd.MultiIndex.from_tuples([(2, "a")], names=["i", "k"]),
            "column 'i'[0]: 1 → 2",
        ),
    ],
)
def test_series_and_indexes_are_compared(a: Any, b: Any, detail: str):
    verdict, told = compare_values(a, b)
    assert verdict == "different"
    assert detail in told


def test_columns_of_another_dtype_are_close_when_their_numbers_are_equal():
    other = make_frame(count=pd.array([1, None, 3], dtype="Int32"))
    assert compare_values(make_frame(), other) == (
        "close",
        "column 'count': dtype int64 → int32, equal elements",
    )


def test_columns_within_the_tolerance_are_close():
    other = make_frame(x=[1.0, 2.001, math.nan])
    assert compare_values(make_frame(), other, rtol=0.01)[0] == "close"
