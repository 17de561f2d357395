"""Digests of what a program made while it ran: classes, wrappers, attributes of its own."""

from __future__ import annotations

import contextvars
import datetime as dt
import decimal
import sqlite3
import threading
import types
from collections import defaultdict
from dataclasses import make_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest
from anew.digests.fingerprint import fingerprint
from anew.errors import AnewWarning, ValueNotStoredError
from anew.memos.payload import encode_value, read_inline

ends = st.integers(-5, 5) | st.integers(-(2**70), 2**70)


@given(*[st.tuples(ends, ends, ends.filter(bool)).map(lambda said: range(*said))] * 2)
def test_ranges_digest_equally_when_they_are_equal(one, other) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (range(0, 3, 2), range(0, 4, 2)),
        (range(0), range(5, 5)),
        (range(3, 4, 7), range(3, 4)),
        (range(True), range(1)),  # noqa: FBT003
        (range(0, -3, -2), range(0, -4, -2)),
    ],
    ids=str,
)
def test_what_equal_ranges_were_made_of_says_nothing(one, other) -> None:
    assert one == other
    assert digest(one) == digest(other)


class Array(np.ndarray):
    pass


class Slotted(np.ndarray):
    __slots__ = ("note",)


class Moment(dt.datetime):
    pass


class Number(decimal.Decimal):
    pass


class Table(defaultdict):
    pass


class Secretive(np.ndarray):
    def __reduce__(self):
        return super().__reduce__()


class Careful(np.ndarray):
    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, (*state, self.note)

    def __setstate__(self, state) -> None:
        super().__setstate__(state[:-1])
        self.note = state[-1]


DERIVED = {
    "array": lambda: np.arange(3.0).view(Array),
    "array with slots": lambda: np.arange(3.0).view(Slotted),
    "array of objects": lambda: np.array([1, "a"], dtype=object).view(Array),
    "array that tells itself": lambda: np.arange(3.0).view(Careful),
    "array of a local class": lambda: (
        np.arange(4.0).reshape(2, 2).view(type("Local", (np.ndarray,), {}))
    ),
    "masked array": lambda: np.ma.array([1, 2], mask=[False, True]),
    "datetime": lambda: Moment(2020, 1, 2),
    "Decimal": lambda: Number("1.0"),
    "defaultdict": lambda: Table(list, a=[1]),
}


@pytest.mark.parametrize("name", DERIVED)
def test_an_attribute_beside_what_a_compiled_class_tells_is_kept(name) -> None:
    value = DERIVED[name]()
    value.note = ["first"]
    (back, same) = read_inline(encode_value([value, value]).inline)
    assert back is same
    assert (back.note, type(back).__name__) == (["first"], type(value).__name__)
    assert np.array_equal(np.asarray(back), np.asarray(value))


@pytest.mark.parametrize("name", DERIVED)
def test_an_attribute_beside_what_a_compiled_class_tells_counts(name) -> None:
    values = [DERIVED[name]() for _ in range(3)]
    for value, note in zip(values, ("a", "a", "b"), strict=True):
        value.note = note
    digests = [digest(value) for value in values]
    assert digests[0] == digests[1] != digests[2]


def test_an_attribute_that_cannot_be_kept_is_told() -> None:
    value = np.arange(3.0).view(Array)
    value.note = threading.Lock()
    with pytest.raises(ValueNotStoredError, match="cannot be pickled"):
        encode_value(value)


def test_a_class_that_says_by_itself_what_is_kept_is_believed() -> None:
    value = np.arange(3.0).view(Secretive)
    value.note = threading.Lock()
    back = read_inline(encode_value(value).inline)
    assert (type(back), vars(back)) == (Secretive, {})


def test_an_instance_of_a_class_that_a_library_made_digests_by_what_it_is() -> None:
    def make(number: int) -> object:
        double = (lambda _: 2) if number == 2 else (lambda _: 3)
        return make_dataclass("Pair", ["x"], namespace={"double": double})(1)

    assert digest(make(2)) == digest(make(2)) != digest(make(3))


def test_a_ufunc_digests_by_its_function() -> None:
    def make(number: int) -> np.ufunc:
        return np.frompyfunc((lambda _: 2) if number == 2 else (lambda _: 3), 1, 1)

    assert digest(make(2)) == digest(make(2)) != digest(make(3))
    assert digest(np.add) == digest(np.add) != digest(np.subtract)


HELD: dict[str, object] = {}
CURRENT = contextvars.ContextVar("CURRENT", default=1)


def step() -> object:
    return HELD


def moment() -> object:
    return CURRENT.get()


def test_an_iterator_is_not_read_to_be_told(monkeypatch) -> None:
    numbers = iter([1, 2, 3])
    monkeypatch.setitem(HELD, "numbers", numbers)
    before = fingerprint(step).digest
    assert fingerprint(step).digest == before
    assert next(numbers) == 1
    assert fingerprint(step).digest != before


def test_a_generator_is_told_as_far_as_it_has_come(monkeypatch) -> None:
    def count(start: int):
        yield start
        yield start + 1

    seen = []
    for start, steps in ((1, 0), (1, 0), (2, 0), (1, 1), (1, 3)):
        numbers = count(start)
        taken = [next(numbers, None) for _ in range(steps)]
        monkeypatch.setitem(HELD, "numbers", numbers)
        seen.append(fingerprint(step).digest)
        assert fingerprint(step).digest == seen[-1]
        assert len(taken) == steps
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


def test_a_context_variable_counts_by_what_holds_now() -> None:
    before = fingerprint(moment).digest
    token = CURRENT.set(2)
    assert fingerprint(moment).digest != before
    CURRENT.reset(token)
    assert fingerprint(moment).digest == before


def test_what_cannot_be_told_is_said_once(monkeypatch) -> None:
    base = sqlite3.connect(":memory:")
    monkeypatch.setitem(HELD, "base", base)
    with pytest.warns(AnewWarning, match=r"HELD: what is in a sqlite3\.Connection cannot be told"):
        fingerprint(step)
    monkeypatch.setitem(HELD, "more", [base])
    fingerprint(step)
    base.close()


def test_a_lock_or_a_stream_that_is_written_is_nothing_to_be_said(monkeypatch, tmp_path) -> None:
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setitem(HELD, "lock", threading.Lock())
        monkeypatch.setitem(HELD, "log", log)
        assert fingerprint(step).opaque == ("HELD",)


def test_a_class_of_a_library_that_is_where_it_says_counts_by_its_name() -> None:
    def use() -> object:
        return types.SimpleNamespace, np.ndarray

    assert not [each for each in fingerprint(use).parts if each.kind == "class"]
