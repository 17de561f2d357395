"""Two values and the verdict on them."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.compare import compare_values
from anew.errors import UsageError
from anew.formats import Picture

DAY = dt.date(2026, 11, 21)


FRAME = pd.DataFrame({"x": [1.0, math.nan], "name": ["a", "b"]})


class Model:
    """A class that pickles by its attributes."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights


class Slotted:
    """A class without a dictionary of attributes."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x


class Stubborn:
    """An object that cannot be pickled, with or without an idea of equality."""

    def __init__(self, answer: Any) -> None:
        self.lock = threading.Lock()
        self.answer = answer

    def __reduce__(self) -> str:
        message = "not me"
        raise TypeError(message)


class Equal(Stubborn):
    """One that has."""

    def __eq__(self, other: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    __hash__ = None  # type: ignore[assignment]


EQUAL: list[Any] = [
    None,
    True,
    1,
    -0.0,
    math.nan,
    1j,
    "text",
    b"bytes",
    [1, [2.0, "x"]],
    (1, 2),
    {"a": {"b": math.nan}},
    {1, 2},
    DAY,
    Decimal("1.1"),
    np.float32(1),
    np.array([1.0, math.nan]),
    np.array(["a", None], dtype=object),
    np.ma.masked_array([1, 2], [True, False]),
    FRAME,
    pd.Series([1, 2], name="s"),
    pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]),
    Model(np.arange(3)),
    len,
    Path("x"),
]


@pytest.mark.parametrize("value", [pytest.param(v, id=str(i)) for i, v in enumerate(EQUAL)])
def test_equal_values_are_identical(value: Any):
    import pickle

    assert compare_values(value, pickle.loads(pickle.dumps(value))) == ("identical", "")


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        (np.float64(0.5), 0.5, "float64 → float, equal numbers"),
        (np.bool_(1), True, "bool → bool, else equal"),
        ([1, 2], (1, 2), "list → tuple, else equal"),
        ({"a": 1}, OrderedDict(a=1), "dict → OrderedDict, else equal"),
        (b"x", bytearray(b"x"), "bytes → bytearray, else equal"),
        (
            pd.Series(pd.Categorical(["a"])),
            pd.Series(pd.Categorical(["a"], categories=["a", "b"])),
            "category of another kind, equal elements",
        ),
    ],
)
def test_equal_content_in_another_container_is_the_same_content(a: Any, b: Any, detail: str):
    assert compare_values(a, b) == ("same content", detail)


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        (1, 1.0, "int → float, equal numbers"),
        (np.float32(0.5), 0.5, "float32 → float, equal numbers"),
        (0.0, -0.0, "a zero of the other sign"),
        (np.arange(2), np.arange(2.0), "dtype int64 → float64, equal elements"),
        (np.array([0.0]), np.array([-0.0]), "zeros of the other sign"),
    ],
)
def test_equal_numbers_that_are_not_the_same_are_close(a: Any, b: Any, detail: str):
    assert compare_values(a, b) == ("close", detail)


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        (1.0, 2.5, "1.0 → 2.5, by 1.5 (relative 1.5)"),
        (2 / 3, 5 / 7, "0.666667 → 0.714286, by 0.048 (relative 0.071)"),
        (2 / 3, 2 / 3 + 1e-8, "0.66666667 → 0.66666668, by 1e-08 (relative 1.5e-08)"),
        (0, 3, "0 → 3, by 3"),
        (1.0, math.nan, "1.0 → nan"),
        (math.inf, 1.0, "inf → 1.0"),
        (1j, 2j, "1j → 2j, by 1 (relative 1)"),
        (Decimal(1), 1.5, "Decimal('1') → 1.5"),
        (Fraction(1, 2), Fraction(1, 4), "Fraction(1, 2) → Fraction(1, 4), by 0.25 (relative 0.5)"),
        (10**400, 10**400 + 1, "1000000000…0000000000 → 1000000000…0000000001, by 1 (relative 0)"),
        (True, False, "True → False"),
        (np.bool_(1), np.bool_(0), "'True' → 'False'"),
        (True, 1, "bool True → int 1"),
        (None, 0, "NoneType → int 0"),
        (10**400, "x", "int → str 'x'"),
        ("a", "b" * 90, f"'a' → '{'b' * 60}…'"),
        ("a\nb\nc", "a\nx\nc", "line 2: 'b' → 'x'"),
        ("a\nb", "a\nb\nc\n", "line 3: 2 lines → 3"),
        ("a\r\nb", "a\nb", "the line ends differ"),
        ("x" * 99 + "y", "x" * 99 + "z", f"'…{'x' * 20}y' → '…{'x' * 20}z'"),
        (b"text", b"test", "'text' → 'test'"),
        (b"\xff\x00", b"\xff\x01", "the first differing byte is 1 of 2"),
        (b"\xff", b"\xff\xff", "1 bytes → 2 bytes"),
        ([1, 2], [1], "2 items → 1 items"),
        ([1, "a", "b"], [1, "x", "y"], "[1]: 'a' → 'x'; likewise 1 other items"),
        ({"a": 1}, {"b": 1}, "key 'a' is gone and key 'b' was added"),
        ({}, dict.fromkeys("abc"), "key 'a' was added, and 2 more"),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, "['a']['b'][0]: 1 → 2, by 1 (relative 1)"),
        ({1, 2}, {2, 3}, "without 1 and with 3"),
        (DAY, DAY.replace(day=1), "datetime.date(2026, 11, 21) → datetime.date(2026, 11, 1)"),
        (len, print, "<built-in function len> → <built-in function print>"),
        (Model(1), Model(2), ".weights: 1 → 2, by 1 (relative 1)"),
        (Model(1), Slotted(1), "Model → Slotted"),
        (Slotted(1), Slotted(2), ".x: 1 → 2, by 1 (relative 1)"),
        (FRAME, [1], "DataFrame → list"),
    ],
)
def test_different_values_are_different_and_it_is_said_how(a: Any, b: Any, detail: str):
    assert compare_values(a, b) == ("different", detail)


def test_an_integer_that_python_does_not_write_is_compared():
    assert compare_values(10**5000, 1.5) == ("different", "an integer of many digits → 1.5")


def test_objects_that_differ_in_their_attributes_say_which():
    a, b = Model(1), Model(1)
    b.bias = 0  # type: ignore[attr-defined]
    assert compare_values(a, b) == ("different", ".bias: new")
    assert compare_values(b, a) == ("different", ".bias: only before")


def test_objects_without_parts_to_show_are_different_by_their_digests():
    assert compare_values(lambda: 1, lambda: 2) == ("different", "one function → another")


class Odd(Slotted):
    """An object that is made by its state alone, and cannot show itself."""

    __slots__ = ()

    def __getstate__(self) -> Any:
        return [self.x]

    def __setstate__(self, state: Any) -> None:
        self.x = state[0]

    def __repr__(self) -> str:
        raise ValueError


class Named:
    """An object that pickles by a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> str:
        return self.name


def test_objects_of_any_making_are_taken_apart():
    assert compare_values(Odd(1), Odd(2))[1] == ".__getstate__()[0]: 1 → 2, by 1 (relative 1)"
    assert compare_values(Named("EQUAL"), Named("PLAIN")) == ("different", "one Named → another")


def test_equal_objects_beside_different_ones_are_not_named():
    assert compare_values([Model(1), 1], [Model(1), 2])[1].startswith("[1]: ")


class Quiet:
    """An object whose difference is beyond what its parts tell."""

    def __init__(self, x: int) -> None:
        self.x = x

    def __reduce__(self) -> Any:
        return Quiet, (lambda x=self.x: x,), None

    def __repr__(self) -> str:
        return "quiet"


def test_a_difference_within_code_is_a_difference():
    verdict, detail = compare_values(Quiet(1), Quiet(2))
    assert verdict == "different"
    assert detail == " (argument 0): one function → another"


@pytest.mark.parametrize(
    ("answer", "verdict", "detail"),
    [
        (True, "same content", "Equal that compare as equal"),
        (False, "different", "Equal that compare as unequal"),
        (None, "not compared", "a Equal does not say what it is made of"),
        (ValueError(), "not compared", "a Equal does not say what it is made of"),
    ],
)
def test_an_object_that_cannot_be_taken_apart_is_asked(answer: Any, verdict: str, detail: str):
    assert compare_values(Equal(answer), Equal(answer)) == (verdict, detail)


def test_an_object_that_says_nothing_is_not_compared():
    verdict, detail = compare_values(Stubborn(1), Stubborn(1))
    assert (verdict, detail) == ("not compared", "a Stubborn does not say what it is made of")


def test_a_value_inside_itself_is_not_compared():
    a: list[Any] = [threading.Lock()]
    b: list[Any] = [a[0]]
    a.append(a)
    b.append(b)
    assert compare_values(a, b) == ("not compared", "nested too deeply, or in itself")


# --- rounding and tolerance ----------------------------------------------------------------------


def test_rounding_alone_is_different_with_a_hint():
    verdict, detail = compare_values(0.1 + 0.2, 0.3)
    assert verdict == "different"
    assert detail.endswith("; this is rounding: --rtol 1e-9 allows it")


@pytest.mark.parametrize(
    ("dtype", "size", "hint"), [("f4", 1e-6, "1e-5"), ("f8", 1e-12, "1e-9"), ("c8", 1e-6, "1e-5")]
)
def test_what_is_rounding_depends_on_the_precision(dtype: str, size: float, hint: str):
    a = np.ones(3, dtype)
    verdict, detail = compare_values(a, (a * (1 + size)).astype(dtype))
    assert verdict == "different"
    assert f"--rtol {hint} " in detail


@pytest.mark.parametrize(
    ("a", "b"),
    [(1.0, 1.001), ([1.0, 2.0], [1.0 + 1e-12, 3.0]), ([1.0, "a"], [1.0 + 1e-12, "b"]), (3, 4)],
)
def test_more_than_rounding_has_no_hint(a: Any, b: Any):
    assert "--rtol" not in compare_values(a, b)[1]


@pytest.mark.parametrize(
    ("a", "b", "tolerance"),
    [
        (1.0, 1.1, {"rtol": 0.2}),
        (0.0, 0.1, {"atol": 0.2}),
        (10**400, 10**400 + 1, {"atol": 1}),
        ([1.0, "a"], [1.01, "a"], {"rtol": 0.1}),
        ({"x": np.arange(3.0)}, {"x": np.arange(3.0) + 1e-3}, {"atol": 0.01}),
        (Model(1.0), Model(1.001), {"rtol": 0.01}),
        (Picture, Picture, {}),
    ],
)
def test_within_the_tolerance_is_close(a: Any, b: Any, tolerance: dict[str, float]):
    verdict = compare_values(a, b, **tolerance)[0]
    assert verdict == ("close" if tolerance else "identical")


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.5), (1.0, math.nan), (math.inf, 1e300), ("a", "b")])
def test_beyond_the_tolerance_is_different(a: Any, b: Any):
    assert compare_values(a, b, rtol=0.1, atol=0.1)[0] == "different"
    assert compare_values([a], [b], rtol=0.1, atol=0.1)[0] == "different"


@pytest.mark.parametrize("tolerance", [{"rtol": -1}, {"atol": math.nan}, {"rtol": math.inf}])
def test_a_tolerance_is_a_number_from_zero(tolerance: dict[str, float]):
    with pytest.raises(UsageError, match="expected a number from 0"):
        compare_values(1, 2, **tolerance)


# --- properties ----------------------------------------------------------------------------------

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(PLAIN, PLAIN)
def test_a_comparison_is_symmetric_in_its_verdict(a: Any, b: Any):
    assert compare_values(a, b)[0] == compare_values(b, a)[0]


@given(PLAIN)
def test_a_value_is_identical_to_its_copy(a: Any):
    import copy

    assert compare_values(a, copy.deepcopy(a)) == ("identical", "")
