"""Pickles are compared by the values in them, and none of their code is run."""

from __future__ import annotations

import collections
import datetime as dt
import io
import os
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.compare.files import Way, compare_files
from anew.compare.files.safe import read_pickle
from anew.compare.files.stubs import Name, Stub
from anew.compare.finding import Tolerance


class Own:
    """A class of somebody's own."""

    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)


class Bad:
    """What would do harm when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def judge(a: bytes, b: bytes, name: str = "x.pkl", rtol: float = 0.0) -> tuple[str, str]:
    found = compare_files(a, b, Way(Tolerance(rtol), name=name))
    return found.verdict, found.text


def judge_values(a: Any, b: Any, rtol: float = 0.0) -> tuple[str, str]:
    return judge(pickle.dumps(a, protocol=2), pickle.dumps(b, protocol=5), rtol=rtol)


PLAIN: list[Any] = [
    None,
    [1, 2.5, "x", b"y", 1j, True],
    {"a": {"b": (1, 2)}},
    {1, 2, 3},
    frozenset("ab"),
    bytearray(b"xy"),
    collections.OrderedDict(a=1),
    collections.deque([1, 2]),
    collections.Counter("aab"),
    dt.datetime(2026, 11, 21, tzinfo=dt.UTC),
    Decimal("1.5"),
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.float32(1.5),
    np.array(["a", None], dtype=object),
    np.array([(1, 2.0)], "i4,f8"),
    np.array(["2026-11-21"], "M8[D]"),
]


@pytest.mark.parametrize("value", [pytest.param(v, id=str(i)) for i, v in enumerate(PLAIN)])
@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_back(value: Any, protocol: int):
    from anew.compare import compare_values

    again = read_pickle(pickle.dumps(value, protocol=protocol))
    assert compare_values(value, again)[0] in {"identical", "same content"}
    assert protocol == 0 or type(again) is type(value) or isinstance(value, bytearray)


def test_no_code_of_a_pickle_is_run(tmp_path: Path):
    a, b = (pickle.dumps([Bad(tmp_path / "made"), n]) for n in (1, 2))
    assert judge(a, b) == ("different", "[1]: 1 → 2, by 1 (relative 1)")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'false'\ntR.",
        b"\x80\x04cbuiltins\neval\n(X\x03\x00\x00\x001/0tR.",
        b"\x80\x04cbuiltins\ngetattr\n(cbuiltins\nint\nX\x03\x00\x00\x00maxtR.",
    ],
)
def test_whatever_a_pickle_calls_is_only_noted_down(data: bytes):
    made = read_pickle(data)
    assert type(made) is Stub


def test_a_pickle_that_asks_for_all_memory_does_not_get_it():
    data = b"\x80\x04cbuiltins\nbytearray\n(\x8a\x06\x00\x00\x00\x00\x00\x7ftR."
    assert type(read_pickle(data)) is Stub


def test_objects_are_compared_by_what_they_are_made_of():
    a, b = Own(w=np.arange(3.0), name="x"), Own(w=np.array([0.0, 1.0, 2.5]), name="x")
    assert judge_values(a, Own(w=np.arange(3.0), name="x"))[0] == "same content"
    assert judge_values(a, b) == (
        "different",
        ".w[2]: 1 of 3 numbers differ, here 2.0 → 2.5, by 0.5 (relative 0.25)",
    )
    assert judge_values(a, b, rtol=0.3)[0] == "close"
    assert judge_values(a, Own(w=1)) == ("different", ".name: only before")


def test_objects_of_two_classes_are_different():
    assert judge_values(Own(), Path("x"))[0] == "different"
    assert judge_values(Own, Name) == (
        "different",
        f"{Own.__module__}.Own → anew.compare.files.stubs.Name",
    )


def test_sets_of_objects_are_compared_whatever_their_order():
    class_name = Own.__module__
    one, other = Stub(class_name, (1,)), Stub(class_name, (2,))
    again = Stub(class_name, (1,))
    assert {one, other} == {other, again}
    assert {one} != {other}


def test_an_object_that_holds_itself_is_not_compared():
    a, b = Own(x=1), Own(x=2)
    a.me, b.me = a, b  # type: ignore[attr-defined]
    verdict, _ = judge_values(a, b)
    assert verdict in {"different", "not compared"}


def test_a_frame_in_a_pickle_is_compared_by_its_numbers():
    a = pd.DataFrame({"x": [1.0, 2.0], "name": ["a", "b"]})
    b = pd.DataFrame({"x": [1.0, 2.5], "name": ["a", "b"]})
    one, other = pickle.dumps({"t": a}), pickle.dumps({"t": b})
    assert judge(one, other)[0] == "different"
    assert judge(one, other, rtol=0.3)[0] == "close"


@pytest.mark.parametrize("how", [{}, {"compress": 3}, {"compress": ("gzip", 3)}, {"protocol": 2}])
def test_what_joblib_writes_is_read(how: dict[str, Any]):
    def dump(last: float) -> bytes:
        file = io.BytesIO()
        value = {"f": np.asfortranarray(np.eye(3)), "o": np.array([None, "x"]), "x": [last]}
        joblib.dump(value | {"w": np.array([1.0, last])}, file, **how)
        return file.getvalue()

    assert judge(dump(2.0), dump(3.0), "m.joblib", 0.6)[0] == "close"
    verdict, detail = judge(dump(2.0), dump(3.0), "m.joblib")
    assert verdict == "different"
    assert detail.startswith("['x'][0]: ")


def test_a_broken_pickle_is_compared_by_its_bytes():
    data = pickle.dumps(list(range(100)))
    verdict, detail = judge(data, data[:3] + b"\xff.")
    assert verdict == "different"
    assert "a pickle that cannot be read" in detail


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=10,
)


@given(VALUES, st.integers(0, 5), st.integers(0, 5))
def test_a_value_is_the_same_in_each_protocol(value: Any, one: int, other: int):
    a, b = (pickle.dumps(value, protocol=protocol) for protocol in (one, other))
    assert judge(a, b)[0] in {"identical", "same content"}


@given(VALUES, VALUES)
def test_pickles_are_the_same_exactly_when_their_values_are(a: Any, b: Any):
    from anew.compare import compare_values

    is_same = compare_values(a, b)[0] in {"identical", "same content"}
    assert (judge_values(a, b)[0] in {"identical", "same content"}) == is_same
