"""Parameters as JSON, series and console as blocks: what is written comes back."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import sys
import zlib
from contextlib import closing
from enum import IntEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.journal import LoggedPoint
from anew.stores.encoding import (
    pack_console,
    pack_series,
    read_json,
    to_json,
    to_text,
    unpack_console,
    unpack_series,
)

LARGEST = 2**63 - 1

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
series = st.lists(
    st.tuples(
        st.none() | st.integers(-LARGEST, LARGEST),
        st.floats(),
        st.floats(allow_nan=False),
    ),
    min_size=1,
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


@given(series)
def test_a_series_comes_back_in_order_and_bit_by_bit(points):
    logged = [LoggedPoint("loss", *point) for point in points]
    count, block, last = pack_series(logged)
    found = list(unpack_series(count, block))
    assert count == len(points)
    assert struct.pack("<d", last) == struct.pack("<d", points[-1][1])
    for (step, *rest), (given_step, *expected) in zip(found, points, strict=True):
        assert struct.pack("<dd", *rest) == struct.pack("<dd", *expected)
        assert given_step in (None, step)


def test_a_point_without_a_step_follows_its_predecessor():
    steps = [None, None, 7, None, -3, None]
    count, block, _ = pack_series(LoggedPoint("loss", step, 0.0, 0.0) for step in steps)
    assert [step for step, _, _ in unpack_series(count, block)] == [0, 1, 7, 8, -3, -2]


def test_the_step_after_the_largest_is_the_largest():
    count, block, _ = pack_series(LoggedPoint("a", step, 0.0, 0.0) for step in [LARGEST, None])
    assert [step for step, _, _ in unpack_series(count, block)] == [LARGEST, LARGEST]


def test_a_block_is_little_endian_columns():
    _, block, _ = pack_series([LoggedPoint("a", 1, 2.0, 3.0), LoggedPoint("a", 2, 4.0, 5.0)])
    assert zlib.decompress(block) == struct.pack("<qqdddd", 1, 2, 2.0, 4.0, 3.0, 5.0)


def test_a_block_is_swapped_on_a_machine_of_the_other_order(monkeypatch):
    other = "little" if sys.byteorder == "big" else "big"
    monkeypatch.setattr(sys, "byteorder", other)
    count, block, _ = pack_series([LoggedPoint("a", 1, 2.0, 3.0)])
    assert zlib.decompress(block) == struct.pack(">qdd", 1, 2.0, 3.0)
    assert list(unpack_series(count, block)) == [(1, 2.0, 3.0)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_block_of_another_length_is_refused(count):
    _, block, _ = pack_series([LoggedPoint("a", 1, 2.0, 3.0), LoggedPoint("a", 2, 4.0, 5.0)])
    with pytest.raises(ValueError, match=f"48 bytes, expected {24 * count}"):
        unpack_series(count, block)


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), texts)))
def test_what_was_printed_comes_back(printed):
    assert unpack_console(pack_console(printed)) == printed
