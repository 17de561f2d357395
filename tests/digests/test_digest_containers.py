"""Digests of further containers: buffers, views, tuples with names, instances with slots."""

from __future__ import annotations

import array
import copy
import ipaddress
import pickle
from collections import ChainMap, UserDict, UserList, namedtuple
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from anew.digests import digest_value

Pair = namedtuple("Pair", "x y")  # noqa: PYI024 - the old kind is digested too
Renamed = namedtuple("Renamed", "x y")  # noqa: PYI024
Refielded = namedtuple("Pair", "x z")  # noqa: PYI024


class Typed(NamedTuple):
    x: int
    y: int = 0


class Acting(NamedTuple):
    x: int
    y: int = 0

    def norm(self) -> int:
        return self.x + self.y


class Kept(Pair):
    """With a dictionary of attributes."""


class Triple(tuple): ...  # noqa: SLOT001 - as people write them


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    x: Any
    y: list = field(default_factory=list, compare=False)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, **parts: Any) -> None:
        for name, part in parts.items():
            setattr(self, name, part)


class Both(Slots):
    """Slots, and a dictionary too."""


class Lazy:
    def __init__(self, n: int) -> None:
        self.n = n

    @cached_property
    def square(self) -> int:
        return self.n**2


def kept(**attributes: Any) -> Kept:
    value = Kept(1, 2)
    vars(value).update(attributes)
    return value


DISTINCT: dict[str, Any] = {
    "bytes": b"abcd",
    "bytearray": bytearray(b"abcd"),
    "long bytearray": bytearray(b"abcd" * 100),
    "memoryview": memoryview(b"abcd"),
    "memoryview of two": memoryview(b"abcd").cast("B", (2, 2)),
    "memoryview of shorts": memoryview(b"abcd").cast("H"),
    "every second": memoryview(b"aabbccdd")[::2],
    "array": array.array("b", b"abcd"),
    "array of unsigned": array.array("B", b"abcd"),
    "array of doubles": array.array("d", [1, 2]),
    "other doubles": array.array("d", [2, 1]),
    "empty array": array.array("d"),
    "proxy": MappingProxyType({"a": 1}),
    "dict": {"a": 1},
    "chain": ChainMap({"a": 1}, {"b": 2}),
    "chain the other way": ChainMap({"b": 2}, {"a": 1}),
    "user dict": UserDict(a=1),
    "user list": UserList([1]),
    "namespace": SimpleNamespace(a=1),
    "tuple": (1, 2),
    "pair": Pair(1, 2),
    "pair the other way": Pair(2, 1),
    "renamed": Renamed(1, 2),
    "refielded": Refielded(1, 2),
    "typed": Typed(1, 2),
    "acting": Acting(1, 2),
    "kept": kept(),
    "kept with more": kept(unit="m"),
    "triple": Triple((1, 2)),
    "slotted": Slotted(x=1),
    "slotted with more": Slotted(x=1, y=[1]),
    "slots": Slots(a=1),
    "other slots": Slots(b=1),
    "both slots": Slots(a=1, b=1),
    "slots and attributes": Both(a=1, c=1),
    "address": ipaddress.ip_address("10.0.0.1"),
    "other address": ipaddress.ip_address("10.0.0.2"),
    "network": ipaddress.ip_network("10.0.0.0/8"),
    "texts": ["a"] * 20,
    "texts with NUL": ["a\0a", *["a"] * 18],
    "texts with NUL elsewhere": ["a", "a\0a", *["a"] * 17],
    "empty texts": [""] * 20,
    "a text of NUL": ["\0" * 19],
    "mixed": ["a", None] * 10,
    "mixed the other way": [None, "a"] * 10,
    "mixed numbers": [1, 1.0, True] * 10,
    "big numbers": [2**70] * 20,
    "big and small": [2**70, 1.0] * 10,
    "mixed with a list": ["a", None, [1]] * 10,
    "surrogates": ["\ud800"] * 20,
}


def test_containers_of_different_types_or_contents_differ() -> None:
    digests = {name: digest_value(value) for name, value in DISTINCT.items()}
    # A view says what it shows, however it lies.
    assert digests.pop("every second") == digests["memoryview"]
    assert [(a, b) for a, b in combinations(digests, 2) if digests[a] == digests[b]] == []


@pytest.mark.parametrize("name", [name for name in DISTINCT if "acting" not in name])
def test_a_copy_has_the_same_digest(name: str) -> None:
    value = DISTINCT[name]
    expected = digest_value(value)
    if isinstance(value, MappingProxyType):
        assert digest_value(MappingProxyType(dict(value))) == expected
    elif isinstance(value, memoryview):
        again = memoryview(bytearray(value.tobytes())).cast("B").cast(value.format, value.shape)
        assert digest_value(again) == expected
    else:
        assert digest_value(copy.deepcopy(value)) == expected
        if name != "refielded":  # pickle finds another of its name
            assert digest_value(pickle.loads(pickle.dumps(value))) == expected


def test_a_long_strided_view_is_read_in_blocks() -> None:
    data = bytes(range(256)) * 20_000
    assert digest_value(memoryview(data)[::2]) == digest_value(memoryview(data[::2]))


@pytest.mark.parametrize("count", [15, 16, 17, 4095, 4096, 4097, 9000])
@pytest.mark.parametrize(
    "make",
    [
        str,
        float,
        lambda i: i,
        lambda i: [i],
        lambda i: (str(i), None)[i % 2],
        lambda i: 2**i % 2**80,
    ],
    ids=["texts", "floats", "ints", "lists", "mixed", "big"],
)
def test_the_length_of_a_list_and_each_part_of_it_count(count: int, make: Any) -> None:
    values = [make(i) for i in range(count)]
    digest = digest_value(values)
    assert digest == digest_value(copy.deepcopy(values)) != digest_value(tuple(values))
    assert digest != digest_value(values[:-1])
    for place in (0, count // 2, count - 1):
        changed = [*values[:place], b"else", *values[place + 1 :]]
        assert digest_value(changed) != digest


def test_texts_are_equal_whether_interned_or_not() -> None:
    one = ["name"] * 20
    two = ["-name"[1:] for _ in range(20)]
    assert digest_value(one) == digest_value(two)
    assert digest_value(np.array(one, object)) == digest_value(np.array(two, object))


def test_long_texts_are_their_characters() -> None:
    text = "é€" * 1_000_000
    assert digest_value(text) == digest_value("".join(list(text))) != digest_value(text[:-1] + "x")
    assert digest_value([text] * 20) == digest_value(["".join(list(text))] * 20)


def test_a_property_that_was_computed_says_nothing_new() -> None:
    one, two = Lazy(3), Lazy(3)
    assert one.square == 9
    assert digest_value(one) == digest_value(two) != digest_value(Lazy(4))
