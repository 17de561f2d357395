"""The first differing thing of two values, in a few words."""

from __future__ import annotations

import copy
import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.purity import first_difference

FRAME = pd.DataFrame({"x": [1, 2, 3], "y": [1.0, 2.0, np.nan], "s": ["a", "b", None]})
ARRAY = np.arange(12.0).reshape(3, 4)


def changed(frame, row, column, value):
    """Give a copy of a frame with another value in one cell."""
    other = frame.copy()
    other.loc[row, column] = value
    return other


def altered(array, *changes):
    """Give a copy of an array with other elements."""
    other = array.copy()
    for place, value in changes:
        other[place] = value
    return other


@dataclass
class Model:
    weights: list[float]
    name: str = "ridge"


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


def with_attribute(value):
    value.extra = 1
    return value


CASES = {
    "numbers": (1, 2, "1 → 2"),
    "types": (1, 1.0, "int 1 → float 1.0"),
    "truth": (True, 1, "bool True → int 1"),
    "none": (None, 1, "None → int 1"),
    "zeros": (0.0, -0.0, "0.0 → -0.0"),
    "texts": ("a", "b", "'a' → 'b'"),
    "key path": ({"w": [1, {"a": 2}]}, {"w": [1, {"a": 3}]}, "['w'][1]['a']: 2 → 3"),
    "keys": ({"a": 1}, {"b": 1}, "key 'a' is gone and key 'b' is new"),
    "key none": ({None: 1, "b": 1}, {"b": 1}, "key None is gone"),
    "order": (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), "keys in another order"),
    "length": ([1], [1, 2], "length 1 → 2"),
    "list and tuple": ((1,), [1], "tuple (1,) → list [1]"),
    "first of several": ([1, 2, 3], [1, 5, 90], "[1]: 2 → 5"),
    "array": (ARRAY, altered(ARRAY, ((2, 3), 99), ((1, 2), 5)), "[1, 2]: 6.0 → 5.0"),
    "transposed": (ARRAY.T, altered(ARRAY, ((1, 2), 5)).T, "[2, 1]: 6.0 → 5.0"),
    "nan": (np.array([np.nan, 1]), np.array([np.nan, 2]), "[1]: 1.0 → 2.0"),
    "shape": (ARRAY, ARRAY.T, "shape (3, 4) → (4, 3)"),
    "dtype": (ARRAY, ARRAY.astype("f4"), "dtype float64 → float32"),
    "scalar": (np.float64(1), np.float64(2), "1.0 → 2.0"),
    "no dimensions": (np.array(1), np.array(2), "1 → 2"),
    "objects": (np.array(["a", "b"], object), np.array(["a", 1], object), "[1]: str 'b' → int 1"),
    "fields": (
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.array([(1, 3.0)], dtype=[("a", int), ("b", float)]),
        "['b'][0]: 2.0 → 3.0",
    ),
    "mask": (
        np.ma.masked_array([1, 2], [0, 1]),
        np.ma.masked_array([1, 2], [0, 0]),
        "mask[1]: True → False",
    ),
    "cell": (FRAME, changed(FRAME, 1, "y", 7), "column 'y', row 1: 2.0 → 7.0"),
    "row label": (
        FRAME.set_index("x"),
        changed(FRAME.set_index("x"), 2, "y", 7),
        "column 'y', row 1 (2): 2.0 → 7.0",
    ),
    "column dtype": (FRAME, FRAME.astype({"x": float}), "column 'x': dtype int64 → float64"),
    "columns": (
        FRAME,
        FRAME.rename(columns={"x": "z"}),
        "column 'x' is gone and column 'z' is new",
    ),
    "column order": (FRAME, FRAME[["y", "x", "s"]], "columns in another order"),
    "rows": (FRAME, FRAME.iloc[:2], "3 rows → 2 rows"),
    "index": (FRAME, FRAME.set_axis([0, 1, 5]), "index"),
    "series": (FRAME["x"], FRAME["x"] + 1, "row 0: 1 → 2"),
    "series name": (FRAME["x"], FRAME["x"].rename("z"), "name: 'x' → 'z'"),
    "series length": (FRAME["x"], FRAME["x"].iloc[:2], "3 rows → 2 rows"),
    "series index": (FRAME["x"], FRAME["x"].set_axis([0, 1, 5]), "index"),
    "index alone": (pd.Index([1, 2]), pd.Index([1, 3]), "row 1 (2): 2 → 3"),
    "index name": (pd.Index([1], name="a"), pd.Index([1], name="b"), "FrozenList(['a']) → "),
    "index length": (pd.Index([1, 2]), pd.Index([1]), "2 rows → 1 rows"),
    "times": (np.array(["2020"], "M8[D]"), np.array(["NaT"], "M8[D]"), "[0]: "),
    "no items": ((), (1,), "length 0 → 1"),
    "new attribute": (Model([]), with_attribute(Model([])), ".extra: is new"),
    "category": (
        pd.Series(["a", "b"], dtype="category"),
        pd.Series(["a", "c"], dtype="category"),
        "row 1: 'b' → 'c'",
    ),
    "attribute": (Model([1.0, 2.0]), Model([1.0, 3.0]), ".weights[1]: 2.0 → 3.0"),
    "slot": (Slotted(1), Slotted(2), ".x: 1 → 2"),
    "set": ({1, 2}, {1, 3}, "without 2 and with 3"),
    "date": (dt.date(2020, 1, 1), dt.date(2021, 1, 1), "datetime.date(2020, 1, 1) → "),
    "deep in an object": (
        {"m": Model([], name="a")},
        {"m": Model([], name="b")},
        "['m'].name: 'a' → 'b'",
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_place_and_both_values_are_said(old, new, expected):
    assert first_difference(old, new).startswith(expected)


@pytest.mark.parametrize(("old", "_new", "_expected"), CASES.values(), ids=CASES)
def test_of_equal_values_nothing_is_said(old, _new, _expected):
    assert first_difference(old, copy.deepcopy(old)) == ""


def test_a_long_text_is_shown_where_it_differs():
    assert "b" in first_difference("x" * 500 + "a", "x" * 500 + "b")


class Strange:
    def __init__(self):
        self.me = self

    def __reduce_ex__(self, protocol):
        raise RuntimeError

    def __repr__(self):
        raise RuntimeError


def nested(depth, value):
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (threading.Lock(), threading.Lock()),
        (Strange(), Strange()),
        ([Strange()], [1]),
        (nested(20_000, 1), nested(20_000, 2)),
        (10**6000, 10**6001),
        ({"k" * 500: {"j" * 500: 1}}, {"k" * 500: {"j" * 500: 2}}),
        (lambda: 1, lambda: 2),
        ("a\nb" * 200, "b\na" * 200),
    ],
    ids=["locks", "strangers", "a stranger", "deep", "long", "long keys", "functions", "lines"],
)
def test_it_never_fails_and_is_one_short_line(old, new):
    text = first_difference(old, new)
    assert 0 < len(text) <= 120
    assert "\n" not in text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(values, st.data())
def test_something_is_said_exactly_when_the_digests_differ(value, data):
    from anew.digests import digest_value

    other = data.draw(values | st.just(copy.deepcopy(value)))
    assert bool(first_difference(value, other)) == (digest_value(value) != digest_value(other))
