"""Frames and series as Parquet and CSV."""

from __future__ import annotations

import datetime as dt
import io
import sys
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import pandas as st_pd
from pandas.testing import assert_frame_equal, assert_series_equal
from pyarrow import parquet

from anew.digests import digest_value
from anew.formats import decode, encode

DAYS = pd.date_range("2020-01-01", periods=3)


def with_attrs(frame: pd.DataFrame, **attrs: object) -> pd.DataFrame:
    """Put notes on a frame."""
    frame.attrs.update(attrs)
    return frame


PARQUET: list[pd.DataFrame | pd.Series] = [
    pd.DataFrame(),
    pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": [True, False]}),
    pd.DataFrame({"a": [0.0, -0.0, np.inf], "b": np.array([1, 2, 3], "i1")}),
    pd.DataFrame({"a": np.array([1, 2], "f4"), "b": np.array([1, 2], "u8")}),
    pd.DataFrame({"text": ["a", None, "é"]}),
    pd.DataFrame({"text": ["a", "b", "a"]}, dtype="category"),
    pd.DataFrame({"a": pd.Categorical(["x", "y"], ["y", "x", "z"], ordered=True)}),
    pd.DataFrame({"a": [1, None]}, dtype="Int64"),
    pd.DataFrame({"a": [True, None]}, dtype="boolean"),
    pd.DataFrame({"a": ["x", None]}, dtype="string"),
    pd.DataFrame({"when": DAYS, "length": DAYS - DAYS[0]}),
    pd.DataFrame({"when": DAYS.tz_localize("Europe/Berlin")}),
    pd.DataFrame({"when": [DAYS[0], pd.NaT]}),
    pd.DataFrame({"month": DAYS.to_period("M")}),
    pd.DataFrame({"bin": pd.IntervalIndex.from_breaks([0, 1, 2])}),
    pd.DataFrame({"day": [dt.date(2020, 1, 1), None]}),
    pd.DataFrame({"price": [Decimal("1.50"), Decimal("2.25")]}),
    pd.DataFrame({"data": [b"a", b"bc"]}),
    pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
    pd.DataFrame({"a": [1, 2]}, index=pd.Index([3, 5], name="row")),
    pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(4, 8, 2, name="row")),
    pd.DataFrame({"a": [1, 2, 3]}, index=DAYS),
    pd.DataFrame({"a": [1, 2, 3]}, index=pd.DatetimeIndex(list(DAYS), name="when")),
    pd.DataFrame({"a": [1, 2, 3]}, index=DAYS.to_period("D")),
    pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(0, "x"), (1, "y")])),
    pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(0, "x")], names=["n", "k"])),
    pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")),
    pd.DataFrame(index=[1, 2]),
    pd.DataFrame({"a": []}),
    pd.DataFrame(np.eye(3)),
    pd.DataFrame({"a": [1]}).rename_axis(columns="field"),
    with_attrs(pd.DataFrame({"a": [1]}), unit="m"),
    pd.DataFrame({"a": np.zeros(2) / np.float64(np.inf), "b": -np.array([np.nan, 1])}),
    pd.Series([1, 2, 3]),
    pd.Series([1.5, np.nan], name="x"),
    pd.Series(["a", "b"], name="text", index=[1, 5]),
    pd.Series([1, 2, 3], index=DAYS, name="value"),
    pd.Series([1, 2], index=pd.MultiIndex.from_tuples([(0, "x"), (1, "y")])),
    pd.Series([1], name=0),
    pd.Series([], dtype="f8"),
]

REFUSED: list[pd.DataFrame | pd.Series] = [
    pd.DataFrame({"a": [1, "x"]}),
    pd.DataFrame({"a": [object, int]}),
    pd.DataFrame({"a": [{1}, {2}]}),
    pd.DataFrame([[1, 2]], columns=["a", "a"]),
    pd.DataFrame({"a": [1], 1: [2]}),
    pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
    with_attrs(pd.DataFrame({"a": [1]}), unit=("m", 1)),
    pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
    pd.DataFrame({"a": [1 + 2j]}),
    pd.Series([1], name=("a", 1)),
    pd.Series([1], name=dt.date(2020, 1, 1)),
    pd.Series(["a", 1]),
]


def assert_equal(one: object, two: object) -> None:
    """Compare as pandas does, and as anew does."""
    if isinstance(two, pd.DataFrame):
        assert_frame_equal(one, two)
    else:
        assert_series_equal(one, two)
    assert digest_value(one) == digest_value(two)


@pytest.mark.parametrize("value", PARQUET, ids=map(str, range(len(PARQUET))))
def test_a_frame_comes_back_equal_from_parquet(value: pd.DataFrame | pd.Series) -> None:
    encoded = encode(value)
    assert encoded.format == "parquet"
    assert_equal(decode("parquet", encoded.data), value)


@pytest.mark.parametrize("value", REFUSED, ids=map(str, range(len(REFUSED))))
def test_a_frame_that_parquet_cannot_say_is_pickled(value: pd.DataFrame | pd.Series) -> None:
    encoded = encode(value, name="table.parquet")
    assert encoded.format == "pickle"
    assert_equal(decode("pickle", encoded.data), value)


@pytest.mark.parametrize("value", PARQUET + REFUSED, ids=map(str, range(len(PARQUET + REFUSED))))
def test_keeping_a_frame_warns_of_nothing_and_changes_nothing(
    value: pd.DataFrame | pd.Series,
) -> None:
    before = digest_value(value)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encode(value)
    assert [str(each.message) for each in caught] == []
    assert digest_value(value) == before


@pytest.mark.parametrize("value", PARQUET, ids=map(str, range(len(PARQUET))))
def test_a_frame_is_the_same_bytes_each_time(value: pd.DataFrame | pd.Series) -> None:
    assert encode(value).data == encode(value.copy()).data


@given(
    st_pd.data_frames(
        [
            st_pd.column("x", dtype=float),
            st_pd.column("n", dtype=int),
            st_pd.column("text", elements=st.text(st.characters(codec="utf-8"))),
        ]
    )
)
def test_any_frame_comes_back_equal(frame: pd.DataFrame) -> None:
    encoded = encode(frame)
    assert_equal(decode(encoded.format, encoded.data), frame)


def test_a_derived_frame_is_pickled() -> None:
    class Survey(pd.DataFrame): ...

    encoded = encode(Survey({"a": [1]}))
    assert encoded.format == "pickle"


def test_parquet_can_be_read_without_anew() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=DAYS[:2])
    read = pd.read_parquet(io.BytesIO(encode(frame).data))
    assert_frame_equal(read, frame, check_freq=False)


def test_parquet_that_others_wrote_can_be_read() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    file = io.BytesIO()
    frame.to_parquet(file)
    assert_frame_equal(decode("parquet", file.getvalue()), frame)
    file = io.BytesIO()
    parquet.write_table(
        parquet.read_table(io.BytesIO(encode(frame).data)).replace_schema_metadata(None), file
    )
    assert_frame_equal(decode("parquet", file.getvalue()), frame)


def test_without_pyarrow_a_frame_is_pickled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert encode(pd.DataFrame(np.eye(2))).format == "pickle"


def test_a_frame_as_csv_is_what_any_reader_of_csv_sees() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.1, 1 / 3], "c": ["x", "é,\n"]})
    encoded = encode(frame, name="table.csv")
    assert encoded.data == 'a,b,c\n1,0.1,x\n2,0.3333333333333333,"é,\n"\n'.encode()
    assert_frame_equal(decode("csv", encoded.data), frame)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_come_back_exactly_from_csv(values: list[float]) -> None:
    frame = pd.DataFrame({"a": [*values, 0.5]})
    assert_frame_equal(decode("csv", encode(frame, name="a.csv").data), frame, check_exact=True)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (pd.DataFrame({"a": [1]}, index=["x"]), ",a\nx,1\n"),
        (pd.DataFrame({"a": [1]}, index=pd.RangeIndex(1, name="n")), "n,a\n0,1\n"),
        (pd.DataFrame({"a": [1, 2]})[1:], "a\n2\n"),
    ],
    ids=["labels", "name", "numbers"],
)
def test_csv_has_the_labels_of_rows_but_not_their_numbers(frame: pd.DataFrame, text: str) -> None:
    assert encode(frame, name="a.csv").data.decode() == text
