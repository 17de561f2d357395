"""The arguments of a call, by name and digest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest
from anew.reuse.arguments import Given, bind, libraries_of, make_parts

if TYPE_CHECKING:
    from pathlib import Path


def usual(a, b=2, *, c=3):
    """Take arguments in every usual way."""


def open_ended(a, *rest, **more):
    """Take any number of arguments."""


WAYS = {
    "by position": ((1, 2), {}),
    "by name": ((), {"b": 2, "a": 1}),
    "with the default left out": ((1,), {}),
    "with all": ((1, 2), {"c": 3}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_however_a_call_is_written_its_arguments_have_the_same_names(way):
    args, kwargs = way
    assert bind(usual, args, kwargs) == {"a": 1, "b": 2, "c": 3}


def test_arguments_stand_in_the_order_of_the_signature():
    assert list(bind(usual, (), {"c": 1, "b": 2, "a": 3})) == ["a", "b", "c"]


def test_any_number_of_arguments_is_taken_together():
    bound = bind(open_ended, (1, 2, 3), {"x": 4})
    assert bound == {"a": 1, "rest": (2, 3), "more": {"x": 4}}


def test_what_does_not_fit_is_left_to_the_call():
    assert bind(usual, (1, 2, 3, 4), {"d": 5}) == {"0": 1, "1": 2, "2": 3, "3": 4, "d": 5}


def test_functions_without_a_signature_number_their_arguments():
    assert bind(dict.fromkeys, ("ab", 1), {}) in (
        {"0": "ab", "1": 1},
        {"iterable": "ab", "value": 1},
    )


def test_a_partial_function_counts_by_what_is_left():
    assert bind(functools.partial(usual, 1), (), {"c": 5}) == {"b": 2, "c": 5}


def test_a_default_that_was_changed_meanwhile_is_the_one_that_counts():
    def step(a, b=1):
        """Take a default."""

    bind(step, (1,), {})
    step.__defaults__ = (2,)
    assert bind(step, (1,), {}) == {"a": 1, "b": 2}


@given(st.dictionaries(st.sampled_from("abc"), st.integers()))
def test_binding_is_what_python_does(kwargs):
    expected = {"a": 0, "b": 2, "c": 3} | {name: kwargs[name] for name in kwargs}
    assert bind(usual, (), {"a": 0, **kwargs}) == expected


def test_an_argument_has_name_digest_and_a_text():
    (part,) = make_parts({"alpha": 0.5})
    assert (part.kind, part.name, part.digest, part.text) == (
        "argument",
        "alpha",
        digest(0.5),
        "0.5",
    )


def test_an_ignored_argument_is_not_there():
    assert make_parts({"verbose": 1}, ignore={"verbose"}) == []


def test_a_credential_is_not_shown():
    (part,) = make_parts({"token": "secret"}, hidden={"token"})
    assert part.text == "***"


def test_the_value_of_another_step_counts_by_the_digest_of_its_content():
    (part,) = make_parts({"frame": Given("load", digest([1, 2]))})
    assert (part.digest, part.text) == (digest([1, 2]), "from load")


def test_the_value_of_another_step_inside_a_list_counts():
    one, other = ({"parts": [Given("load", digest(n)), 3]} for n in (1, 2))
    assert make_parts(one)[0].digest != make_parts(other)[0].digest


def test_a_value_of_another_step_without_a_digest_leaves_none():
    parts = make_parts({"a": Given("make", None), "b": [Given("make", None)]})
    assert [part.digest for part in parts] == [None, None]


def test_a_path_counts_by_content_and_by_name(tmp_path: Path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("same")
    a, b = ({"path": tmp_path / name} for name in ("a.txt", "b.txt"))
    assert make_parts(a) == make_parts(a)
    assert make_parts(a)[0].digest != make_parts(b)[0].digest
    (tmp_path / "moved").mkdir()
    moved = (tmp_path / "a.txt").rename(tmp_path / "moved" / "a.txt")
    before = make_parts({"path": moved})[0].digest
    moved.write_text("other")
    assert make_parts({"path": moved})[0].digest != before


@dataclass
class Place:
    """Something with a path."""

    path: Path


def test_the_name_of_a_path_counts_however_deep_it_lies(tmp_path: Path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("same")
    for wrap in (lambda p: [[p]], lambda p: {"a": (p,)}, Place):
        first, second = (make_parts({"x": wrap(path)})[0].digest for path in paths)
        assert first != second


def test_libraries_are_those_of_the_classes_of_a_value():
    assert libraries_of(1) == libraries_of(["a", 2.0]) == ()
    assert libraries_of(np.zeros(2)) == (f"numpy {np.__version__}",)
    assert libraries_of({"t": [pd.DataFrame()]}) == (f"pandas {pd.__version__}",)
