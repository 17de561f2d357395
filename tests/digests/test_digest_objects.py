"""Digests of classes, functions and any other object."""

from __future__ import annotations

import collections
import copyreg
import functools
import io
import itertools
import math
import operator
import pickle
import re
import socket
import threading
import types
import weakref
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anew.digests import digest_value, register, registry, values
from anew.digests.registry import find
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Slotted:
    x: Any
    y: Any = 0


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def method(self) -> None: ...

    @classmethod
    def make(cls) -> Plain:
        return cls()


class Derived(Plain): ...


class Named:
    """What it is made of is its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cache = object()

    def __reduce__(self) -> tuple[Any, ...]:
        return Named, (self.name,)


class Stateful:
    def __init__(self, state: Any) -> None:
        self.state = state

    def __getstate__(self) -> Any:
        return self.state


class Global:
    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> str:
        return self.name


class Ints(list): ...


class Table(dict): ...


class Ordered(collections.OrderedDict): ...


class Bag(set): ...


class FrozenBag(frozenset): ...


class Text(str): ...  # noqa: SLOT000 - as people write them


class Number(int): ...


class Real(float): ...


class Failing:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> tuple[Any, ...]:
        raise self.error


class Broken:
    """Tells pickle something that makes no sense."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __reduce__(self) -> Any:
        return self.answer


# Closed from the start, so that it leaves nothing behind.
SOCKET = socket.socket()
SOCKET.close()


def double(x: float) -> float:
    return 2 * x


def make_adder(n: int) -> Callable:
    def add(x: int, by: int = 1) -> int:
        return x + n + by

    return add


def make_factorial() -> Callable:
    def factorial(n: int) -> int:
        return n * factorial(n - 1) if n else 1

    return factorial


def tagged(elements: set, **attributes: Any) -> Bag:
    bag = Bag(elements)
    vars(bag).update(attributes)
    return bag


DISTINCT = [
    Point,
    Point(1.0),
    Point(1),
    Point(0.0, 1.0),
    Slotted(1),
    Slotted(2),
    Slotted(0, 1),
    Plain(),
    Plain(x=1.0, y=0.0),
    Plain(x=1.0),
    Plain(y=1.0),
    Derived(),
    Derived(x=1.0),
    Named("a"),
    Named("b"),
    Stateful("a"),
    Stateful(("a", "b")),
    Stateful({"a": 1}),
    Stateful((None, {"a": 1})),
    Stateful(({"a": 1}, {"b": 1})),
    Global("one"),
    Global("two"),
    Ints(),
    Ints([1]),
    Table(a=1),
    Ordered(a=1, b=2),
    Ordered(b=2, a=1),
    Bag(),
    Bag({1}),
    tagged({1}, unit="m"),
    FrozenBag({1}),
    Text("a"),
    Text("b"),
    Number(1),
    Real(1),
    object(),
    int,
    type,
    types.SimpleNamespace(a=1),
    types.SimpleNamespace(a=2),
    list[int],
    list[str],
    math,
    operator,
    double,
    make_adder,
    Plain.method,
    Plain.make,
    Derived.make,
    Plain(a=1).method,
    Plain(a=2).method,
    math.sin,
    math.cos,
    len,
    [].append,
    [1].append,
    np.sin,
    np.mean,
    functools.partial(double, 1),
    functools.partial(double, x=1),
    operator.itemgetter(1),
    operator.itemgetter(2),
    lambda x: x,
    lambda x: x + 1,
    lambda x: x + 2,
    lambda x=1: x + 1,
    lambda y=1: y + 1,
    lambda *, x=1: x + 1,
    lambda x: x in {1, 2},
    lambda x: lambda y: x + y,
    lambda x: lambda y: x - y,
    make_adder(1),
    make_adder(2),
    make_factorial(),
    re.compile("a"),
    re.compile("a", re.IGNORECASE),
    ValueError("a"),
    ValueError("b"),
    KeyError("a"),
    io.BytesIO(b"a"),
    io.BytesIO(b"b"),
]


def test_objects_of_different_classes_or_contents_differ() -> None:
    digests = [digest_value(value) for value in DISTINCT]
    same = [
        (DISTINCT[i], DISTINCT[j])
        for (i, a), (j, b) in combinations(enumerate(digests), 2)
        if a == b
    ]
    assert same == []


def test_objects_made_in_the_same_way_are_equal() -> None:
    assert digest_value(Point(1.0)) == digest_value(Point(1.0))
    assert digest_value(Slotted([1])) == digest_value(Slotted([1]))
    assert digest_value(make_adder(1)) == digest_value(make_adder(1))
    assert digest_value(make_factorial()) == digest_value(make_factorial())
    assert digest_value(re.compile("a")) == digest_value(re.compile("a"))
    assert digest_value(Named("a")) == digest_value(Named("a"))


def test_attributes_count_in_any_order() -> None:
    assert digest_value(Plain(a=1, b=2)) == digest_value(Plain(b=2, a=1))


def test_attributes_beside_the_fields_of_a_dataclass_count() -> None:
    point = Point(1.0)
    vars(point)["label"] = "a"
    assert digest_value(point) != digest_value(Point(1.0))


def test_derived_sets_are_equal_in_any_order() -> None:
    names = [str(i) for i in range(50)]
    assert digest_value(Bag(names)) == digest_value(Bag(reversed(names)))


def test_derived_dictionaries_are_equal_in_any_order() -> None:
    assert digest_value(Table(a=1, b=2)) == digest_value(Table(b=2, a=1))


def test_an_array_inside_an_object_counts_by_its_content() -> None:
    array = np.arange(10.0)
    assert digest_value(Plain(a=array)) == digest_value(Plain(a=np.repeat(array, 2)[::2]))
    assert digest_value(Plain(a=array)) != digest_value(Plain(a=array + 1))


def test_comments_and_formatting_of_a_lambda_do_not_count() -> None:
    one = eval("lambda x: x + 1", {"__name__": "m"})  # noqa: S307
    two = eval("(lambda x:\n\n x  +  1)", {"__name__": "m"})  # noqa: S307
    assert digest_value(one) == digest_value(two)


def test_what_a_package_registers_with_copyreg_is_asked() -> None:
    class Odd: ...

    copyreg.pickle(Odd, lambda _: (Point, (1.0, 2.0)))
    try:
        assert digest_value(Odd()) == digest_value(Odd())
    finally:
        del copyreg.dispatch_table[Odd]


def test_a_setter_of_state_counts() -> None:
    one = Broken((Plain, (), {"a": 1}, None, None, double))
    two = Broken((Plain, (), {"a": 1}, None, None, make_adder))
    assert digest_value(one) != digest_value(two)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda: SOCKET, "model: a socket cannot be digested"),
        (lambda: [1, SOCKET], "model[1]: a socket"),
        (lambda: {"a": {"b": threading.Lock()}}, "model['a']['b']: a lock"),
        (lambda: {1: threading.Lock()}, "model[1]: a lock"),
        (lambda: {(1, 2): threading.Lock()}, "model[<tuple>]: a lock"),
        (lambda: {"k" * 90: threading.Lock()}, f"model['{'k' * 39}…]: a lock"),
        (lambda: collections.OrderedDict(a=threading.Lock()), "model['a']: a lock"),
        (lambda: {threading.Lock()}, "model{…}: a lock"),
        (lambda: {threading.Lock(): 1}, "model.keys(): a lock"),
        (lambda: Plain(callbacks=[SOCKET]), "model.callbacks[0]: a socket"),
        (lambda: Slotted(threading.Lock()), "model.x: a lock"),
        (lambda: Ints([threading.Lock()]), "model[0]: a lock"),
        (lambda: Table(a=threading.Lock()), "model['a']: a lock"),
        (lambda: Ordered(a=threading.Lock()), "model['a']: a lock"),
        (lambda: Stateful([threading.Lock()]), "model.__getstate__()[0]: a lock"),
        (lambda: np.array([1, threading.Lock()]), "model[1]: a lock"),
        (lambda: (i for i in range(3)), "model: a generator"),
        (lambda: Plain(rows=iter([1])), "model.rows: a list_iterator can be read only once"),
        (lambda: [map(str, [1])], "model[0]: a map can be read only once"),
        (itertools.count, "model: a count can be read only once"),
        (lambda: Plain(worker=threading.Thread()), "model.worker: a Thread cannot be digested"),
        (lambda: Plain(back=weakref.ref(double)), "model.back: a ReferenceType cannot be digested"),
        (lambda: Failing(ValueError("no")), "model: a Failing cannot be digested"),
        (lambda: Broken(1), "model: a Broken has a __reduce__ without an answer"),
        (lambda: Broken((Plain, None)), "model: it cannot be digested: TypeError"),
        (lambda: Broken((Plain, (), None, 1)), "model: it cannot be digested: TypeError"),
        (lambda: [0, {"a": io.TextIOWrapper(io.BytesIO())}], "model[1]['a']: a TextIOWrapper"),
    ],
    ids=map(str, range(27)),
)
def test_an_error_begins_with_the_way_to_the_culprit(value: Callable, message: str) -> None:
    with pytest.raises(ValueNotStoredError) as caught:
        digest_value(value(), name="model")
    assert caught.value.what.startswith(message)
    assert caught.value.hint


def test_the_cause_of_an_error_is_kept() -> None:
    with pytest.raises(ValueNotStoredError) as caught:
        digest_value(threading.Lock())
    assert isinstance(caught.value.__cause__, TypeError)


def test_an_object_without_end_has_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "_STACK_FRAMES", 5_000)

    class Growing:
        def __reduce__(self) -> tuple[Any, ...]:
            return Growing, (Growing(),)

    with pytest.raises(ValueNotStoredError, match="nested too deeply"):
        digest_value(Growing())


def test_a_reduce_that_recurses_has_no_digest() -> None:
    with pytest.raises(ValueNotStoredError, match="nested too deeply"):
        digest_value(Failing(RecursionError()))


def test_a_type_may_have_only_one_encoder() -> None:
    with pytest.raises(ValueError, match="registered for <class 'list'> already"):
        register(list, tag="another list")(print)
    with pytest.raises(ValueError, match=r"registered for 'numpy\.ndarray' already"):
        register("numpy.ndarray", tag="another array")(print)


def test_a_type_without_any_encoder_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class New: ...

    monkeypatch.setattr(registry, "_families", {})
    with pytest.raises(LookupError, match="no encoder for object"):
        find(New)


def test_a_registered_encoder_says_what_its_type_is() -> None:
    class Celsius:
        def __init__(self, degrees: float) -> None:
            self.degrees = degrees
            vars(self)["noise"] = threading.Lock()

    class Derived(Celsius): ...

    @register(f"{__name__}.{Celsius.__qualname__}", tag="Celsius")
    def encode(value: Celsius, walk: Any) -> list[bytes]:
        return [walk.token(value.degrees)]

    assert digest_value(Celsius(1)) == digest_value(Derived(1)) != digest_value(Celsius(2))
    assert find(Celsius).encode is encode


def test_fitted_models_are_equal_when_they_were_fitted_alike() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")

    def fit(seed: int) -> Any:
        model = ensemble.RandomForestRegressor(3, random_state=np.random.RandomState(seed))
        return model.fit(np.arange(20.0).reshape(10, 2), np.arange(10.0))

    model = fit(0)
    again = pickle.loads(pickle.dumps(model))
    assert digest_value(model) == digest_value(fit(0))
    assert digest_value(model) == digest_value(again)
    assert digest_value(model) != digest_value(fit(1))


@dataclass
class Tree:
    parent: Tree | None
    children: list[Tree]


def grow(depth: int, parent: Tree | None = None) -> Tree:
    """Make a tree in which each node knows its parent."""
    tree = Tree(parent, [])
    for _ in range(2 if depth else 0):
        tree.children.append(grow(depth - 1, tree))
    return tree


def test_a_tree_of_parents_and_children_is_digested_quickly() -> None:
    assert digest_value(grow(8)) == digest_value(grow(8)) != digest_value(grow(7))
