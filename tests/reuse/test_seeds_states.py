"""Arguments that a call changes, told from globals that their classes reach."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import anew
from anew.errors import AnewWarning
from anew.reuse.states import digest_states

pytestmark = pytest.mark.usefixtures("project")

CALLS: list[int] = []


class Model:
    """Has methods that change a global, or the object itself."""

    def __init__(self):
        self.weights = np.zeros(3)
        self.history = [1]

    def note(self):
        CALLS.append(1)
        return len(self.history)

    def extend(self):
        CALLS.append(1)
        self.history.append(2)
        return len(self.history)

    def learn(self):
        self.weights[1] = CALLS.append(1) or 5.0
        return 1


def counting():
    """Make a function that changes what it carries along."""
    count = 0

    def step():
        nonlocal count
        count += len(CALLS) + 1
        return count

    return step


def noting():
    CALLS.append(1)
    return 1


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    yield
    CALLS.clear()


@anew.cache
def note(model):
    return model.note()


@anew.cache
def note_all(models):
    return sum(each.note() for each in models)


@anew.cache
def call(function):
    return function()


@pytest.mark.parametrize(
    ("function", "make"),
    [
        pytest.param(note, Model, id="an-object"),
        pytest.param(note_all, lambda: [Model(), Model()], id="objects"),
        pytest.param(call, lambda: noting, id="a-function"),
        pytest.param(call, lambda: Model().note, id="a-method"),
    ],
)
def test_a_global_that_changes_is_no_changed_argument(function, make):
    with warnings.catch_warnings():
        warnings.simplefilter("error", AnewWarning)
        function(make())
    CALLS.clear()
    assert function.has(make())


@pytest.mark.parametrize(
    ("act", "make"),
    [
        pytest.param(Model.extend, Model, id="a-list-inside"),
        pytest.param(Model.learn, Model, id="an-array-inside"),
        pytest.param(lambda models: models[0].extend(), lambda: [Model()], id="in-a-list"),
        pytest.param(lambda function: function(), counting, id="a-closure"),
    ],
)
def test_a_changed_argument_is_named_though_a_global_changes_too(act, make, request):
    def change(given):
        return act(given)

    change.__qualname__ = request.node.name  # of each function it is said once
    change = anew.cache(change)
    with pytest.warns(AnewWarning, match="changes its argument: given"):
        change(make())
    CALLS.clear()
    assert not change.has(make())


def test_what_comes_without_code_is_left_out():
    assert digest_states({"a": 1, "b": [1], "c": np.zeros(2), "d": {"x": "y"}}) == {}
    assert set(digest_states({"a": Model(), "b": noting}, ["b"])) == {"a"}
