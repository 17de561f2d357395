"""Any planted set of changes is found, in few tests."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.bisect.ddmin import AS_A, AS_B, UNRESOLVED, minimize, minimize_levels


class World:
    """A difference that shows when all planted changes are there, and counts who asks."""

    def __init__(self, planted: set[int], unresolved=lambda _: False) -> None:
        self.planted = planted
        self.unresolved = unresolved
        self.asked: list[frozenset[int]] = []

    def __call__(self, chosen: frozenset[int], more: int) -> str:
        assert more > 0
        self.asked.append(chosen)
        if self.unresolved(chosen):
            return UNRESOLVED
        return AS_B if self.planted <= chosen else AS_A


@st.composite
def planted_sets(draw):
    count = draw(st.integers(1, 60))
    return count, draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=4))


@given(planted_sets())
def test_any_planted_set_is_found(case):
    count, planted = case
    found = minimize(range(count), World(planted))
    assert set(found.changes) == planted
    assert found.is_minimal


@given(planted_sets())
def test_the_tests_grow_like_the_logarithm_for_each_cause(case):
    count, planted = case
    world = World(planted)
    found = minimize(range(count), world)
    assert found.tests == len(world.asked) == len(set(world.asked))
    assert found.tests <= len(planted) * (math.ceil(math.log2(count)) + 2)


@pytest.mark.parametrize("count", [2, 10, 100, 1000])
def test_a_single_cause_among_many_costs_the_logarithm(count):
    for planted in {0, 1, count // 3, count - 1}:
        found = minimize(range(count), World({planted}))
        assert found.changes == (planted,)
        assert found.tests <= math.ceil(math.log2(count)) + 1


def test_what_is_alone_is_not_tried():
    world = World({0})
    assert minimize([0], world).changes == (0,)
    assert not world.asked


@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_of_whatever_answers_leaving_out_one_change_never_shows_the_difference(count, random):
    answers: dict[frozenset[int], str] = {}

    def test(chosen: frozenset[int], more: int) -> str:
        return answers.setdefault(chosen, random.choice([AS_A, AS_B, UNRESOLVED]))

    found = minimize(range(count), test)
    known = {frozenset(): AS_A, frozenset(range(count)): AS_B, **answers}
    chosen = frozenset(found.changes)
    assert known[chosen] == AS_B
    without = [known[chosen - {each}] for each in chosen]
    assert AS_B not in without
    assert found.is_minimal == (set(without) == {AS_A})


@given(planted_sets(), st.integers(1, 7))
def test_changes_that_run_only_together_are_found_together(case, size):
    count, planted = case

    def breaks_up(chosen: frozenset[int]) -> bool:
        """Tell whether a block of neighbours is there in part only."""
        blocks = {each // size for each in chosen}
        return any(
            not {n for n in range(b * size, (b + 1) * size) if n < count} <= chosen for b in blocks
        )

    found = minimize(range(count), World(planted, breaks_up))
    assert planted <= set(found.changes)
    assert not breaks_up(frozenset(found.changes))
    assert found.is_minimal == (size == 1 or len(found.changes) == 1)


def test_nothing_but_unresolved_mixtures_ends_with_all_changes():
    found = minimize(range(10), World({3}, unresolved=lambda _: True))
    assert found.changes == tuple(range(10))
    assert not found.is_minimal


@given(planted_sets())
def test_in_levels_the_same_set_is_found(case):
    count, planted = case
    world = World(planted)
    found = minimize_levels(range(count), lambda n: (str(n % 3), str(n % 12)), world)
    assert set(found.changes) == planted
    assert found.is_minimal


@pytest.mark.parametrize("count", [16, 256, 4096])
def test_in_levels_a_single_cause_costs_the_logarithm_too(count):
    world = World({count // 3})
    minimize_levels(range(count), lambda n: (str(n // 64), str(n // 8)), world)
    assert len(set(world.asked)) <= math.ceil(math.log2(count)) + 6


@given(planted_sets(), st.integers(0, 59))
def test_a_change_that_never_runs_alone_is_stepped_over(case, broken):
    count, planted = case
    if broken in planted:
        return
    world = World(planted, unresolved=lambda chosen: broken in chosen and len(chosen) < count)
    assert set(minimize(range(count), world).changes) >= planted
