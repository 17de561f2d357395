"""Digests of types that say for themselves what they are."""

from __future__ import annotations

import sys
import threading
import types
from typing import Any

import pytest

from anew.digests import digest, register_digest
from anew.digests.own import _registered
from anew.errors import UsageError, ValueNotStoredError


@pytest.fixture(autouse=True)
def _registered_for_a_test() -> Any:
    before = dict(_registered)
    yield
    _registered.clear()
    _registered.update(before)


class Sensor:
    def __init__(self, name: str, noise: int = 0) -> None:
        self.name = name
        self.noise = noise
        self.lock = threading.Lock()


class Told(Sensor):
    def __anew_digest__(self) -> object:
        return self.name


class Derived(Told): ...


class Ints(list):
    def __anew_digest__(self) -> object:
        return len(self)


def test_a_method_says_what_a_value_is() -> None:
    assert digest(Told("a", 1)) == digest(Told("a", 2)) != digest(Told("b", 1))
    assert digest(Ints([1])) == digest(Ints([2])) != digest(Ints([1, 2]))
    assert digest([Told("a")]) == digest([Told("a", 3)])


def test_the_class_keeps_what_a_method_says_apart() -> None:
    assert len({digest(Told("a")), digest(Derived("a")), digest("a")}) == 3


def test_a_class_with_the_method_is_a_class() -> None:
    assert digest(Told) == digest(Told) != digest(Derived)


def test_a_method_may_be_added_at_any_time() -> None:
    class Late(Sensor): ...

    with pytest.raises(ValueNotStoredError, match=r"value\.lock: a lock"):
        digest(Late("a"))
    Late.__anew_digest__ = lambda self: self.name
    assert digest(Late("a")) == digest(Late("a"))
    del Late.__anew_digest__
    with pytest.raises(ValueNotStoredError):
        digest(Late("a"))


def test_a_registered_type_and_its_subclasses_are_what_is_said_of_them() -> None:
    class Other(Sensor): ...

    @register_digest(Sensor)
    def say(sensor: Sensor) -> object:
        return [sensor.name]

    assert say(Sensor("a")) == ["a"]
    assert digest(Sensor("a", 1)) == digest(Sensor("a", 2)) != digest(Sensor("b"))
    assert digest(Other("a", 1)) == digest(Other("a", 2)) != digest(Sensor("a"))


def test_the_nearest_class_speaks() -> None:
    register_digest(Sensor)(lambda sensor: sensor.noise)
    assert digest(Told("a", 1)) == digest(Told("a", 2))
    register_digest(Derived)(lambda sensor: sensor.noise)
    assert digest(Derived("a", 1)) != digest(Derived("a", 2))


def test_registering_again_replaces_at_once() -> None:
    register_digest(Sensor)(lambda sensor: sensor.name)
    assert digest(Sensor("a", 1)) == digest(Sensor("a", 2))
    register_digest(Sensor)(lambda sensor: (sensor.name, sensor.noise))
    assert digest(Sensor("a", 1)) != digest(Sensor("a", 2))
    register_digest(f"{__name__}.Sensor")(lambda sensor: sensor.noise)
    assert digest(Sensor("a", 1)) == digest(Sensor("b", 1))
    register_digest(Sensor)(lambda sensor: sensor.name)
    assert digest(Sensor("a", 1)) == digest(Sensor("a", 2))


def test_a_name_may_come_before_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    register_digest("library_of_later.Thing")(lambda thing: 1)
    module = types.ModuleType("library_of_later")
    module.Thing = type("Thing", (), {"__module__": "library_of_later._inner"})
    monkeypatch.setitem(sys.modules, "library_of_later", module)
    one, two = module.Thing(), module.Thing()
    one.x = 1
    assert digest(one) == digest(two)


@pytest.mark.parametrize("kind", [int, str, list, dict, object], ids=lambda kind: kind.__name__)
def test_what_builtins_are_is_settled(kind: type) -> None:
    with pytest.raises(UsageError, match="is settled"):
        register_digest(kind)


def test_only_a_type_can_be_registered() -> None:
    with pytest.raises(UsageError, match="neither a type nor"):
        register_digest(3)


def test_a_value_is_not_made_of_itself() -> None:
    register_digest(Sensor)(lambda sensor: sensor)
    with pytest.raises(ValueNotStoredError, match=r"value\[0\]: what the digest of a Sensor"):
        digest([Sensor("a")])


def test_the_way_leads_through_what_is_said() -> None:
    register_digest(Sensor)(lambda sensor: [sensor.lock])
    with pytest.raises(ValueNotStoredError, match=r"value\.__anew_digest__\(\)\[0\]: a lock"):
        digest(Sensor("a"))


def test_what_is_said_may_lead_back() -> None:
    class Node:
        def __init__(self, name: str) -> None:
            self.name = name
            self.links: list[Node] = []

        def __anew_digest__(self) -> object:
            return self.name, self.links

    def ring(names: str) -> Node:
        nodes = [Node(name) for name in names]
        for i, node in enumerate(nodes):
            node.links.append(nodes[i - 1])
        return nodes[0]

    assert digest(ring("abc")) == digest(ring("abc")) != digest(ring("abd"))
