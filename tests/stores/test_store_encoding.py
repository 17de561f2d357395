"""Parameters as JSON: what is written comes back."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from contextlib import closing
from enum import IntEnum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew.stores.encoding import (
    read_json,
    read_numbers,
    to_json,
    to_text,
)

# JSON joins two halves that follow each other: a text of halves alone is told from no other.
texts = st.text(st.characters(exclude_categories=()), max_size=20).filter(
    lambda text: json.loads(json.dumps(text)) == text
)
numbers = st.integers() | st.floats(allow_nan=False)
scalars = st.none() | st.booleans() | numbers | texts
plain = st.recursive(
    scalars,
    lambda items: st.lists(items) | st.dictionaries(texts | numbers, items),
    max_leaves=20,
)


class Unspeakable:
    """A value of a class with mistakes."""

    @property
    def shape(self):
        raise OSError

    def __repr__(self):
        raise ValueError


@given(plain)
def test_plain_data_comes_back_equal(value):
    assert read_json(to_json(value)) == value


@given(plain)
def test_what_is_written_is_strict_json_that_a_database_takes(value):
    text = to_json(value)
    json.loads(text, parse_constant=pytest.fail)
    with closing(sqlite3.connect(":memory:")) as sql:
        assert sql.execute("SELECT json_valid(?)", (text,)).fetchone() == (1,)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1 + 0.2])
def test_every_float_comes_back_bit_by_bit(value):
    assert struct.pack("<d", read_json(to_json([value]))[0]) == struct.pack("<d", value)


@pytest.mark.parametrize("value", [10**10_000, -(10**10_000), 2**64, 2**2000], ids=hash)
def test_a_huge_number_comes_back(value):
    assert read_json(to_json({"n": value})) == {"n": value}


@pytest.mark.parametrize(
    "value",
    [
        {"$float": "nan"},
        {"$float": "no number"},
        {"$int": 3, "x": 1},
        {"$items": []},
        {"$items": {"$items": [1]}},
        {1: "a", "1": "b", None: "c", 1.5: "d"},
    ],
)
def test_a_dict_that_looks_like_a_tag_comes_back_as_it_was(value):
    assert read_json(to_json(value)) == value


def test_a_tuple_comes_back_as_a_list():
    assert read_json(to_json({"shape": (1, (2, 3))})) == {"shape": [1, [2, 3]]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.float64(np.inf), math.inf),
        (np.bool_(True), True),  # noqa: FBT003 - numpy's own
        (np.array(7), 7),
        (np.str_("a"), "a"),
        (IntEnum("Size", {"LARGE": 3}).LARGE, 3),
    ],
)
def test_a_scalar_of_another_kind_comes_back_as_a_plain_one(value, expected):
    assert read_json(to_json(value)) == expected


@pytest.mark.parametrize("value", [{1, 2}, b"ab", np.arange(2), 1j, np.longdouble(1), int])
def test_another_object_is_told_by_its_repr(value):
    assert read_json(to_json({"x": value})) == {"x": repr(value)}


def test_an_object_that_cannot_be_shown_is_told_by_its_type():
    assert read_json(to_json([Unspeakable()])) == ["<Unspeakable>"]


def test_a_key_that_no_json_has_is_told_by_its_repr():
    assert read_json(to_json({(1, 2): 3})) == {"(1, 2)": 3}


def test_a_list_that_contains_itself_is_told_by_its_repr():
    knot = []
    knot.append(knot)
    assert read_json(to_json(knot)) == "[[...]]"


def test_data_that_is_nested_without_end_is_told_by_its_type():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert read_json(to_json(deep)) == "<list>"


def test_text_stays_readable_for_people():
    assert to_json({"name": "Müller"}) == '{"name": "Müller"}'


def test_half_characters_are_escaped_in_text():
    assert to_text("caf\udce9.csv") == "caf\\udce9.csv"


NUMBERS = st.dictionaries(
    st.text(max_size=5).filter(lambda name: not name.startswith("$")),
    st.floats() | st.integers(-(2**70), 2**70),
    max_size=4,
)


@settings(deadline=None)  # Arrow is loaded
@given(st.lists(NUMBERS, max_size=6))
def test_numbers_that_are_read_as_columns_are_those_that_are_read_one_by_one(rows):
    texts = [to_json(row) for row in rows]
    read = [read_json(text) for text in texts]
    expected = {
        name: [float(row.get(name, math.nan)) for row in read]
        for name in dict.fromkeys(name for row in read for name in row)
    }
    found = {name: list(map(float, column)) for name, column in read_numbers(texts).items()}
    assert repr(found) == repr(expected)


@pytest.mark.parametrize("text", ['{"a": true}', '{"a": [1]}', '{"a": "2026-11-22"}'])
def test_what_is_no_number_is_read_as_it_is(text):
    rows = ['{"a": 1.5}', text, "{}"]
    found = read_numbers(rows)
    assert repr(found) == repr({"a": [1.5, json.loads(text)["a"], math.nan]})


def test_a_row_of_very_many_numbers_is_read():
    row = {f"metric number {i}": i / 7 for i in range(40_000)}
    found = read_numbers([to_json({"a": 1.0}), to_json(row)])
    assert {name: column[1] for name, column in found.items() if name in row} == row


@pytest.mark.parametrize("text", ["{", "", "[1]", "1", '{"a": 1.0} {"a": 2.0}'])
def test_damaged_numbers_are_an_error(text):
    with pytest.raises((ValueError, AttributeError, TypeError)):
        read_numbers(['{"a": 1.0}', text])
