"""Arguments of all kinds as JSON can write them."""

from __future__ import annotations

import argparse
import datetime as dt
import enum
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from anew.tracker.plugins.plain import leaves_of, to_plain


class Colour(enum.Enum):
    RED = 1


@dataclass
class Model:
    depth: int
    place: tuple[int, ...] = (1, 2)


Point = namedtuple("Point", "x y")  # noqa: PYI024 - as people have them


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Colour.RED, "RED"),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (None, None),
        ([1, (2, "a")], [1, [2, "a"]]),
        ({"a": Model(2)}, {"a": {"depth": 2, "place": [1, 2]}}),
        (Point(1, 2), [1, 2]),
        (dt.date(2026, 11, 22), "2026-11-22"),
        (Path("a/b"), "a/b"),
        (b"ab", "ab"),
        (len, "len"),
        (iter([]), "<list_iterator>"),
    ],
)
def test_a_value_is_written_as_json_can(value, plain):
    assert to_plain(value) == plain


def test_sets_have_one_order():
    assert to_plain({3, 1, 2}) == [1, 2, 3]
    assert len(to_plain({"b", "a", 1})) == 3


def test_a_tree_is_spread_to_its_leaves():
    tree = argparse.Namespace(model=Model(2), rate=0.1, more={"x": [1], "none": {}})
    assert leaves_of(tree) == {
        "model.depth": 2,
        "model.place": [1, 2],
        "rate": 0.1,
        "more.x": [1],
    }


def test_what_is_too_much_is_cut():
    assert len(leaves_of({str(n): n for n in range(1000)})) == 200
    assert len(to_plain(list(range(1000)))) == 200
    assert len(to_plain("a" * 100_000)) < 20_000


def test_secrets_are_masked_whatever_they_are_in():
    told = str(leaves_of({"password": "hunter2", "deep": {"api_key": object()}}))
    assert "hunter2" not in told
    assert "object" not in told


def test_an_open_file_is_named_by_its_path(tmp_path):
    with (tmp_path / "a.txt").open("w") as file:
        assert to_plain(file) == str(tmp_path / "a.txt")
