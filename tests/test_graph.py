"""Steps, nodes and the order of a graph."""

from __future__ import annotations

import inspect
import pickle
from typing import NamedTuple, get_type_hints

import cloudpickle
import pytest

import anew
from anew.errors import UsageError
from anew.graph import Node, Step, plan_graph

ex = anew.Experiment("graph")
ALPHA = ex.parameter("alpha", default=2)


@ex.step
def double(x: int) -> int:
    """Give twice a number."""
    return 2 * x


@ex.step
def total(values: object) -> int:
    """Add numbers up."""
    return sum(values.values() if isinstance(values, dict) else values)


class Pair(NamedTuple):
    """A container with names."""

    a: object
    b: object


def test_a_step_called_with_plain_values_is_the_function():
    assert double(4) == 8
    assert total([1, 2]) == 3


def test_the_function_itself_stays_at_hand():
    assert double.function(4) == 8
    assert not isinstance(double.function, Step)


def test_name_docstring_and_types_survive():
    assert double.__name__ == "double"
    assert double.__doc__ == "Give twice a number."
    assert get_type_hints(double) == {"x": int, "return": int}
    assert list(inspect.signature(double).parameters) == ["x"]


def test_a_step_pickles_by_name():
    assert pickle.loads(pickle.dumps(double)) is double


def test_a_step_that_cannot_be_imported_pickles_by_its_code():
    @ex.step
    def local(x: int) -> int:
        return x + 1

    again = pickle.loads(cloudpickle.dumps(local))
    assert again is not local
    assert again(1) == 2


@pytest.mark.parametrize(
    "argument",
    [
        ALPHA,
        [ALPHA],
        (1, ALPHA),
        {"a": ALPHA},
        [{"deep": (ALPHA,)}],
        Pair(ALPHA, 1),
        double(ALPHA),
        [double(ALPHA)],
    ],
    ids=repr,
)
def test_a_parameter_or_node_anywhere_among_the_arguments_makes_a_node(argument):
    assert isinstance(total(argument), Node)
    assert isinstance(total(values=argument), Node)


def test_a_parameter_in_a_set_is_refused_for_it_has_no_order():
    with pytest.raises(UsageError, match="give a list"):
        total({ALPHA, 2})


def test_building_never_runs():
    @ex.step
    def explode(x):
        raise AssertionError(x)

    explode(explode(ALPHA))
    explode.node(1)


def test_a_node_of_plain_values_is_made_by_name():
    node = double.node(4)
    assert repr(node) == "<node double(4)>"


def test_a_node_shows_its_call():
    assert repr(total([double(ALPHA)])) == "<node total([<node double(alpha)>])>"
    assert repr(double(double(ALPHA))) == "<node double(double(…))>"
    assert repr(double) == "<step double>"


def test_the_plan_puts_each_node_once_after_its_inputs():
    one = double(ALPHA)
    two = double(one)
    labels = [planned.label for planned in plan_graph(total([one, two, one]))]
    assert labels == ["double", "double:2", "total"]


def test_a_plan_knows_where_values_come_from():
    one = double(ALPHA)
    planned = plan_graph(total({"a": one, "b": double(one)}))
    assert [each.inputs for each in planned] == [(), (0,), (0, 1)]


def test_a_deep_graph_is_planned_without_recursion():
    node = double(ALPHA)
    for _ in range(5_000):
        node = double(node)
    assert len(plan_graph(node)) == 5_001
