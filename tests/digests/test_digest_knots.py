"""Digests of values that refer back to themselves."""

from __future__ import annotations

import copy
import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_value, walk
from anew.errors import ValueNotStoredError


class Node:
    """Equal only to itself, so that it can be an element of a set."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.links: object = []


def ring(names: str) -> Node:
    """Make nodes that each link to the next, and the last to the first."""
    nodes = [Node(name) for name in names]
    for one, two in pairwise([*nodes, nodes[0]]):
        one.links.append(two)
    return nodes[0]


def own(*parts: object) -> list:
    """Make a list that ends with itself."""
    value: list = list(parts)
    value.append(value)
    return value


def test_knots_of_different_form_differ() -> None:
    nested = [own()]
    two: list = [[]]
    two[0].append(two)
    below = own(1)
    values = [
        own(),
        own(own()),
        nested,
        two,
        own(1),
        own(2),
        own(1, 1),
        [1, below],
        ring("a"),
        ring("aa"),
        ring("aaa"),
        ring("ab"),
        [],
        [[]],
    ]
    digests = [digest_value(value) for value in values]
    assert [pair for pair in combinations(digests, 2) if len(set(pair)) == 1] == []


def test_knots_of_the_same_form_are_equal() -> None:
    for value in (own(1), ring("abcabc"), [own(), own()], {"a": own()}):
        assert digest_value(copy.deepcopy(value)) == digest_value(value)


def test_a_knot_has_the_same_digest_wherever_it_is() -> None:
    assert digest_value([0, ring("abc")]) == digest_value([0, ring("abc")])
    assert digest_value([[[ring("abc")]]]) == digest_value([[[ring("abc")]]])
    shared = ring("abc")
    assert digest_value([shared, shared]) == digest_value([ring("abc"), ring("abc")])


def test_an_element_of_a_closed_knot_can_be_met_again() -> None:
    def make() -> list:
        node = ring("abc")
        return [node, node.links[0], node.links[0].links[0], node.links]

    assert digest_value(make()) == digest_value(make())


def test_a_grid_of_neighbours_is_digested_in_linear_time() -> None:
    def make(size: int) -> list[Node]:
        nodes = {(i, j): Node(f"{i} {j}") for i in range(size) for j in range(size)}
        for (i, j), node in nodes.items():
            around = [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
            node.links = [nodes[place] for place in around if place in nodes]
        return list(nodes.values())

    assert digest_value(make(5)) == digest_value(make(5))


def test_a_set_of_nodes_that_know_the_set_is_equal_in_any_order() -> None:
    def make(names: list[str]) -> Node:
        root = Node("root")
        root.links = set()
        for name in names:
            node = Node(name)
            node.links = root
            root.links.add(node)
        return root

    names = [str(i) for i in range(20)]
    assert digest_value(make(names)) == digest_value(make(names[::-1]))
    assert digest_value(make(names)) != digest_value(make(names[1:]))


def test_a_key_that_knows_its_dictionary_is_equal_in_any_order() -> None:
    def make(names: list[str]) -> dict:
        table: dict = {}
        for name in names:
            key = Node(name)
            key.links = table
            table[key] = [table, key]
        return table

    names = [str(i) for i in range(20)]
    assert digest_value(make(names)) == digest_value(make(names[::-1]))


def test_a_thicket_of_sets_is_refused_rather_than_searched_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk, "_FORGETTABLE", 1000)
    nodes = [Node(str(i)) for i in range(12)]
    for node in nodes:
        node.links = set(nodes)
    with pytest.raises(ValueNotStoredError, match="sets whose elements refer back"):
        digest_value(nodes[0])


@given(st.integers(1, 8), st.integers(0, 2**32))
def test_any_graph_of_lists_and_dictionaries_equals_its_copy(size: int, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    nodes: list = [draw.choice([[], {}]) for _ in range(size)]
    for _ in range(draw.randrange(3 * size)):
        one, two = draw.choice(nodes), draw.choice(nodes)
        if isinstance(one, list):
            one.append(two)
        else:
            one[draw.choice("abc")] = two
    for node in nodes:
        assert digest_value(copy.deepcopy(node)) == digest_value(node)


@given(st.integers(1, 8), st.integers(0, 2**32))
def test_the_order_of_keys_does_not_count_inside_a_knot(size: int, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    links = [{k: draw.randrange(size) for k in draw.sample("abcd", 3)} for _ in range(size)]

    def make(*, backwards: bool) -> dict:
        nodes: list[dict] = [{} for _ in links]
        for node, to in zip(nodes, links, strict=True):
            for key in sorted(to, reverse=backwards):
                node[key] = nodes[to[key]]
        return nodes[0]

    assert digest_value(make(backwards=False)) == digest_value(make(backwards=True))
