"""Digests of pandas' frames, series and index."""

from __future__ import annotations

import datetime as dt
import pickle
import threading
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_value
from anew.errors import ValueNotStoredError

DAYS = pd.date_range("2020-01-01", periods=3)


def arrow(values: list, kind: pa.DataType) -> pd.Series:
    """Make a series that Arrow holds."""
    return pd.Series(values, dtype=pd.ArrowDtype(kind))


SERIES: list[pd.Series] = [
    pd.Series([1, 2, 3]),
    pd.Series([1, 2, 3], dtype="int8"),
    pd.Series([1.0, 2.0, 3.0]),
    pd.Series([1.0, np.nan, 3.0]),
    pd.Series([True, False, True]),
    pd.Series([1, 2, 3], dtype="Int64"),
    pd.Series([1, None, 3], dtype="Int64"),
    pd.Series([1, 0, 3], dtype="Int64"),
    pd.Series([1, None, 3], dtype="Float64"),
    pd.Series([True, None, False], dtype="boolean"),
    pd.Series(["a", "é", "c"], dtype="string"),
    pd.Series(["a", "b", ""], dtype="string"),
    pd.Series(["a", "b", "c"], dtype="string"),
    pd.Series(["a", "b", None], dtype="string"),
    pd.Series(["a", "b", "c"], dtype=object),
    pd.Series(["a", "b", None], dtype=object),
    pd.Series(["a", 1, None], dtype=object),
    pd.Series([1, 2, 3], dtype=object),
    pd.Series([dt.date(2020, 1, 1)] * 3),
    pd.Series(["a", "b", "a"], dtype="category"),
    pd.Series(["a", "b", "b"], dtype="category"),
    pd.Series(["a", "b", None], dtype="category"),
    pd.Series(["a", "b", "a"], dtype=pd.CategoricalDtype(["a", "b", "c"])),
    pd.Series(["a", "b", "a"], dtype=pd.CategoricalDtype(["a", "b"], ordered=True)),
    pd.Series([1, 2, 1], dtype="category"),
    pd.Series(DAYS),
    pd.Series(DAYS.astype("M8[s]")),
    pd.Series([*DAYS[:2], pd.NaT]),
    pd.Series(DAYS.tz_localize("UTC")),
    pd.Series(DAYS.tz_localize("Europe/Berlin")),
    pd.Series(DAYS.tz_localize("Europe/Paris")),
    pd.Series([*DAYS.tz_localize("UTC")[:2], pd.NaT]),
    pd.Series(DAYS - DAYS[0]),
    pd.Series(DAYS.to_period("M")),
    pd.Series(DAYS.to_period("D")),
    pd.Series(pd.IntervalIndex.from_breaks([0, 1, 2, 3])),
    pd.Series(pd.IntervalIndex.from_breaks([0, 1, 2, 3], closed="left")),
    pd.Series(pd.IntervalIndex.from_breaks([0.0, 1, 2, 3])),
    pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    pd.Series(pd.arrays.SparseArray([0, 0, 1], fill_value=1)),
    arrow([1, 2, 3], pa.int64()),
    arrow([1, 2, None], pa.int64()),
    arrow(["a", "b", "c"], pa.string()),
    arrow([DAYS[0], None, DAYS[2]], pa.timestamp("us")),
    arrow([[1], [2, 3], None], pa.list_(pa.int64())),
]

if pd.Series(["a"]).dtype != object:  # since pandas 3
    SERIES += [pd.Series(["a", "b", "c"]), pd.Series(["a", "b", None]), pd.Series(["a", "é", ""])]

OTHERS: list[Any] = [
    pd.DataFrame(),
    pd.DataFrame({"a": []}),
    pd.DataFrame(index=[0, 1]),
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
    pd.DataFrame({"b": [3, 4], "a": [1, 2]}),
    pd.DataFrame({"a": [3, 4], "b": [1, 2]}),
    pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]}),
    pd.DataFrame({"a": [1, 2], "c": [3, 4]}),
    pd.DataFrame({"a": [1, 2], 1: [3, 4]}),
    pd.DataFrame({"a": [1, 2], "1": [3, 4]}),
    pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
    pd.DataFrame({"a": [1, 2]}, index=[1, 0]),
    pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
    pd.DataFrame({"a": [1, 2]}, index=pd.Index([0, 1], name="row")),
    pd.DataFrame({"a": [1, 2]}).rename_axis(columns="field"),
    pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(0, "x"), (0, "y")])),
    pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(0, "x"), (1, "y")])),
    pd.DataFrame({("a", "b"): [1, 2]}),
    pd.DataFrame({"a": [1, 2, 3]}, index=DAYS),
    pd.DataFrame({"a": [1, 2, 3]}, index=pd.DatetimeIndex(list(DAYS))),
    pd.DataFrame({"a": [1, 2, 3]}, index=DAYS.tz_localize("UTC")),
    pd.DataFrame({"a": [1, 2]}).set_flags(allows_duplicate_labels=False),
    pd.Series([1, 2], name="a"),
    pd.Series([1, 2], name="b"),
    pd.Series([1, 2], index=["x", "y"]),
    pd.Index([1, 2]),
    pd.Index([1, 2], name="a"),
    pd.Index(["a"]),
    pd.MultiIndex.from_tuples([(1, 2)]),
    DAYS,
    pd.array([1, 2]),
    pd.array([1, None]),
    pd.Categorical(["a"]),
    pd.Categorical(["b"]),
    pd.NA,
    pd.NaT,
    None,
    pd.Timestamp("2020-01-01").as_unit("ns"),
    pd.Timestamp("2020-01-01").as_unit("s"),
    pd.Timestamp("2020-01-01", tz="UTC"),
    dt.datetime(2020, 1, 1),  # noqa: DTZ001 - without a time zone, on purpose
    pd.Timedelta("1s"),
    pd.Timedelta("1D"),
    dt.timedelta(days=1),
    pd.Period("2020-01", "M"),
    pd.Period("2020-01", "D"),
    pd.Interval(0, 1),
    pd.Interval(0, 1, closed="left"),
    pd.CategoricalDtype(["a"]),
    pd.Int64Dtype(),
]

DISTINCT: list[Any] = [*SERIES, *OTHERS]


def test_frames_of_different_names_dtypes_or_contents_differ() -> None:
    digests = [digest_value(value) for value in DISTINCT]
    same = [
        (DISTINCT[i], DISTINCT[j])
        for (i, a), (j, b) in combinations(enumerate(digests), 2)
        if a == b
    ]
    assert same == []


@pytest.mark.parametrize("value", DISTINCT, ids=map(str, range(len(DISTINCT))))
def test_a_frame_made_again_has_the_same_digest(value: object) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert digest_value(again) == digest_value(value)


@pytest.mark.parametrize("series", SERIES, ids=map(str, range(len(SERIES))))
def test_a_column_says_what_the_series_says(series: pd.Series) -> None:
    frame = pd.DataFrame({"a": series, "b": 1})
    again = pd.DataFrame({"b": 1, "a": series.copy()})[["a", "b"]]
    assert digest_value(frame) == digest_value(again)


@pytest.mark.parametrize("series", SERIES, ids=map(str, range(len(SERIES))))
def test_the_order_of_rows_counts(series: pd.Series) -> None:
    turned = series[::-1].reset_index(drop=True)
    assert (digest_value(turned) == digest_value(series)) == turned.equals(series)


@given(st.lists(st.lists(st.floats(), min_size=3, max_size=3), max_size=5))
def test_blocks_do_not_count(rows: list) -> None:
    whole = pd.DataFrame(np.array(rows, "f8").reshape(-1, 3), columns=list("abc"))
    built = pd.DataFrame({"c": whole["c"].copy()}, index=whole.index)
    built.insert(0, "b", whole["b"].copy())
    built.insert(0, "a", whole["a"].copy())
    turned = pd.DataFrame(np.asfortranarray(whole.to_numpy()), columns=list("abc"))
    assert digest_value(whole) == digest_value(built) == digest_value(turned)


def test_a_range_is_the_integers_in_it() -> None:
    one = pd.DataFrame({"a": [1, 2]})
    assert digest_value(one) == digest_value(one.set_index(pd.Index([0, 1])))


def test_unused_levels_do_not_count() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], [1, 2]])[:2]
    assert digest_value(index) == digest_value(index.remove_unused_levels())


@pytest.mark.parametrize("options", [{}, {"na_value": np.nan}], ids=["NA", "NaN"])
def test_what_stores_a_text_does_not_count(options: dict) -> None:
    if options and pd.__version__.startswith("2.2."):
        pytest.skip("this pandas has one missing text")
    one, two = (
        pd.Series(["a", None, "é"], dtype=pd.StringDtype(storage, **options))
        for storage in ("python", "pyarrow")
    )
    assert digest_value(one) == digest_value(two)


def test_what_lies_under_a_gap_does_not_count() -> None:
    mask = np.array([False, True])
    one = pd.arrays.IntegerArray(np.array([1, 2]), mask)
    two = pd.arrays.IntegerArray(np.array([1, 3]), mask)
    assert digest_value(pd.Series(one)) == digest_value(pd.Series(two))


def test_chunks_of_arrow_do_not_count() -> None:
    one = arrow([1, 2, 3, 4], pa.int64())
    two = pd.concat([arrow([1, 2], pa.int64()), arrow([3, 4], pa.int64())], ignore_index=True)
    assert digest_value(one) == digest_value(two)


@pytest.mark.parametrize("count", [2, 9])
@pytest.mark.parametrize("code", ["f8", "i4", "?", "M8[ns]", "c16"])
def test_columns_that_lie_together_or_apart_are_equal(count: int, code: str) -> None:
    values = (np.arange(5 * count).reshape(5, count) % 7).astype("i8").astype(code)
    whole = pd.DataFrame(values)
    for other in (
        pd.DataFrame({i: values[:, i].copy() for i in range(count)}),
        pd.DataFrame(np.asfortranarray(values)),
        pd.DataFrame(np.ascontiguousarray(values), copy=False),
        pd.concat([whole.iloc[:, :1], whole.iloc[:, 1:]], axis=1),
        whole.iloc[::-1].iloc[::-1],
        whole.iloc[:, ::-1].iloc[:, ::-1],
    ):
        assert digest_value(other) == digest_value(whole)
    changed = whole.copy()
    changed.iloc[3, count - 1] = changed.iloc[2, 0]
    assert digest_value(changed) != digest_value(whole)


@pytest.mark.parametrize(
    "labels",
    [[], [5], [0, 1, 2], [4, 2, 0], [-1, 0, 1]],
    ids=["none", "one", "up", "down", "negative"],
)
def test_an_index_that_counts_is_a_range(labels: list[int]) -> None:
    step = labels[1] - labels[0] if len(labels) > 1 else 1
    start = labels[0] if labels else 0
    index = pd.RangeIndex(start, start + step * len(labels), step)
    assert digest_value(index) == digest_value(pd.Index(labels, dtype="int64"))
    assert digest_value(index) != digest_value(pd.Index(labels, dtype="int32"))
    assert digest_value(index) != digest_value(pd.Index([*labels, 9], dtype="int64"))


def test_an_index_that_only_seems_to_count_is_its_labels() -> None:
    digests = {
        digest_value(pd.Index(labels)) for labels in ([0, 1, 2, 3], [0, 2, 1, 3], [0, 1, 1, 3])
    }
    assert len(digests) == 3


def test_the_missing_values_of_pandas_are_apart() -> None:
    values = [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT")]
    assert len({digest_value(pd.Series([value, 1], dtype=object)) for value in values}) == 5


def test_columns_of_nested_objects_are_their_contents() -> None:
    def make(last: object) -> pd.DataFrame:
        return pd.DataFrame({"a": [[1, {"b": 2}], {"c"}, last]})

    assert digest_value(make((1, 2))) == digest_value(make((1, 2))) != digest_value(make([1, 2]))


def test_a_lone_surrogate_is_a_text() -> None:
    one, two = (pd.Series([text, "b"], dtype="string[python]") for text in ("\ud800", "\ud801"))
    assert digest_value(one) == digest_value(one.copy()) != digest_value(two)


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_texts_are_equal_however_they_are_cut(storage: str) -> None:
    texts = [None if i % 7 == 0 else f"é{i}" * (i % 3) for i in range(70_000)]
    whole = pd.Series(texts, dtype=pd.StringDtype(storage))
    parts = pd.concat([whole[:10], whole[10:66_000], whole[66_000:]])
    assert digest_value(parts) == digest_value(whole) == digest_value(whole[::-1][::-1])
    assert digest_value(whole[1:]) != digest_value(whole[:-1])


def test_a_long_nullable_column_is_read_in_blocks() -> None:
    values = pd.Series(range(70_000), dtype="Int64")
    other = values.copy()
    other.iloc[69_999] = pd.NA
    assert digest_value(values[::-1][::-1]) == digest_value(values) != digest_value(other)


def test_nan_and_na_are_apart_in_one_column() -> None:
    array = pd.arrays.FloatingArray(np.array([np.nan, 1.0]), np.array([False, False]))
    assert digest_value(array) != digest_value(pd.array([pd.NA, 1.0], dtype="Float64"))


def test_attrs_count() -> None:
    one, two = (pd.DataFrame({"a": [1]}) for _ in range(2))
    one.attrs["unit"] = "m"
    assert digest_value(one) != digest_value(two)


def test_the_frequency_of_an_index_counts() -> None:
    assert digest_value(DAYS) != digest_value(DAYS._with_freq(None))


def test_a_view_of_a_frame_is_a_frame() -> None:
    frame = pd.DataFrame({"a": range(10), "b": list("abcdefghij")})
    assert digest_value(frame[::2]) == digest_value(frame[::2].copy())
    assert digest_value(frame[frame.a > 3]) == digest_value(frame[4:])


def test_what_a_derived_frame_adds_counts() -> None:
    class Survey(pd.DataFrame):
        _metadata = ("place",)

        @property
        def _constructor(self) -> type:
            return Survey

    def make(place: str) -> Survey:
        survey = Survey({"a": [1]})
        survey.place = place
        return survey

    assert digest_value(make("x")) == digest_value(make("x")) != digest_value(make("y"))
    assert digest_value(make("x")) != digest_value(pd.DataFrame({"a": [1]}))


def test_an_error_names_the_column() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [1, threading.Lock()]})
    with pytest.raises(ValueNotStoredError, match=r"^data\['b'\]\[1\].*cannot be digested"):
        digest_value(frame, name="data")


def test_a_figure_has_no_digest() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    with pytest.raises(ValueNotStoredError, match=r"plots\[0\]: a Figure cannot be digested"):
        digest_value([figure], name="plots")
    with pytest.raises(ValueNotStoredError, match="an Axes cannot be digested"):
        digest_value(figure.subplots())
