"""One line about a value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.formats import summarize


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __len__ = __repr__


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (12, "12"),
        (1234567, "1234567"),
        (10**70, "1" + "0" * 70),
        (10**100, "integer of about 101 digits"),
        (-(10**10_000), "integer of about 10001 digits"),
        (0.1 + 0.2, "0.3"),
        (1234567.0, "1.23457e+06"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (1 / 3 + 2j, "0.333333+2j"),
        ("short", "short"),
        ("", ""),
        ("two\nlines\t\x1b[31mred", "two lines [31mred"),
        ("  spaces   between ", "spaces between"),
        ("a" * 80, "a" * 80),
        ("a" * 81, "a" * 79 + "…"),
        ("\u202eabc", "abc"),
        ("\ud800", ""),
        (b"abc", "bytes 3 B"),
        ([1, 2], "list of 2"),
        ((), "tuple of 0"),
        ({"a": 1}, "dict of 1"),
        ({1}, "set of 1"),
        (np.float64(1 / 3), "0.333333"),
        (np.float32(0.1), "0.1"),
        (np.int64(7), "7"),
        (np.True_, "True"),
        (np.str_("a\nb"), "a b"),
        (np.datetime64("2020-01-01"), "2020-01-01"),
        (np.zeros((344, 4)), "array (344, 4) float64"),
        (np.zeros(3, "i4"), "array (3,) int32"),
        (np.array(1.0), "array () float64"),
        (np.ma.array([1], mask=[1]), "array (1,) int64"),
        (pd.DataFrame(np.zeros((344, 7))), "frame 344 rows x 7 columns"),
        (pd.Series([1.0, 2.0]), "series 2 rows float64"),
        (pd.Index([1]), "Index"),
        (object(), "object"),
        (Hostile(), "Hostile"),
        (Hostile, "type"),
        (type("L" + "o" * 200 + "ng", (), {})(), "L" + "o" * 78 + "…"),
    ],
    ids=map(str, range(42)),
)
def test_a_summary_says_what_a_value_is(value: Any, text: str) -> None:
    assert summarize(value) == text


@given(st.text(st.characters(exclude_categories=[])) | st.integers() | st.floats() | st.binary())
def test_a_summary_is_one_short_line_that_can_be_printed(value: object) -> None:
    text = summarize(value)
    assert len(text) <= 80
    assert text.isprintable()
