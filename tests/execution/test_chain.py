"""Calls that only wait for each other are run together, and others are not."""

from __future__ import annotations

from types import SimpleNamespace

from anew.execution.chain import make_chains


def calls(*places: tuple[int, ...]) -> list[SimpleNamespace]:
    """Make calls that take the values of others."""
    return [SimpleNamespace(places=each, after=None) for each in places]


def shapes(chains: list) -> list[tuple[tuple[int, ...], int, int]]:
    """Give inputs, length and end of each chain."""
    return [(chain.inputs, len(chain.links), chain.end) for chain in chains]


def test_a_line_is_one_chain():
    assert shapes(make_chains(calls((), (0,), (1,)), [None] * 3)) == [((), 3, 2)]


def test_a_value_that_two_take_ends_a_chain():
    found = make_chains(calls((), (0,), (1,), (1,), (2, 3)), [None] * 5)
    assert shapes(found) == [((), 2, 1), ((1,), 1, 2), ((1,), 1, 3), ((2, 3), 1, 4)]


def test_independent_calls_stay_apart():
    found = make_chains(calls((), (), (0, 1)), [None] * 3)
    assert shapes(found) == [((), 1, 0), ((), 1, 1), ((0, 1), 1, 2)]


def test_what_is_known_is_no_reason_to_wait():
    known = [None, "known", None, None]
    found = make_chains(calls((), (), (0, 1), (2, 1)), known)
    assert shapes(found) == [((), 3, 3)]
    assert found[0].links[1][1] == (None, "known")


def test_what_is_settled_is_in_no_chain():
    assert make_chains(calls((), (0,)), ["known", "known"]) == []


def test_a_call_that_takes_a_value_twice_follows_it():
    assert shapes(make_chains(calls((), (0,)), [None, None])) == [((), 2, 1)]


def test_each_chain_comes_after_those_that_it_takes_values_from():
    found = make_chains(calls((), (), (1,), (0, 2), (3,)), [None] * 5)
    ends: set[int] = set()
    for chain in found:
        assert set(chain.inputs) <= ends
        ends.add(chain.end)


def test_a_call_that_goes_after_an_equal_one_waits_for_it():
    made = calls((), (0,), (), (1, 2))
    made[2].after = 0
    assert shapes(make_chains(made, [None] * 4)) == [
        ((), 1, 0),
        ((0,), 1, 1),
        ((0,), 1, 2),
        ((1, 2), 1, 3),
    ]
