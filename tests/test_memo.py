"""Which results still hold."""

from __future__ import annotations

from dataclasses import replace

from anew.memo import choose, is_worth_keeping, make_key
from anew.memos import Found, Memo
from anew.model import Part

MEMO = Memo(
    key="k", function="f", content="c", seconds=1.0, cost=1.0, seed=None, reads=(), effects="",
    code="code", parts="", trial=None, created=0.0,
)  # fmt: skip


def find(**fields: object) -> Found:
    """Make a memo as it is found."""
    return Found(replace(MEMO, **fields), payload=None, size_bytes=0, last_used=0.0, identity=1)


def holds(_: Found) -> None:
    """Tell that every condition holds."""


def test_a_key_differs_by_code_argument_and_name():
    one = Part("argument", "x", "d1")
    keys = {
        make_key("code", [one]),
        make_key("other", [one]),
        make_key("code", [Part("argument", "x", "d2")]),
        make_key("code", [Part("argument", "y", "d1")]),
        make_key("code", [one, one]),
        make_key("code", []),
    }
    assert len(keys) == 6


def test_names_and_digests_do_not_run_into_each_other():
    assert make_key("c", [Part("argument", "a", "b c")]) != make_key(
        "c", [Part("argument", "a b", "c")]
    )


def test_an_argument_without_a_digest_leaves_no_key():
    assert make_key("code", [Part("argument", "x", None)]) is None


def test_texts_for_people_are_not_in_the_key():
    assert make_key("c", [Part("argument", "x", "d", "1")]) == make_key(
        "c", [Part("argument", "x", "d", "2")]
    )


def test_the_first_memo_that_holds_is_chosen():
    older, newer = find(content="old"), find(content="new")
    broken = {"new": "file a.csv changed", "old": None}
    chosen, against = choose([newer, older], seed=1, broken=lambda each: broken[each.memo.content])
    assert (chosen, against) == (older, "")


def test_what_is_against_the_newest_memo_is_told():
    chosen, against = choose(
        [find(content="new"), find(content="old")],
        seed=1,
        broken=lambda each: f"{each.memo.content} is broken",
    )
    assert (chosen, against) == (None, "new is broken")


def test_a_memo_that_drew_holds_for_its_seed_alone():
    assert choose([find(seed=1)], seed=1, broken=holds)[0] is not None
    assert choose([find(seed=1)], seed=2, broken=holds) == (None, "seed 1 became 2")
    assert choose([find(seed=None)], seed=2, broken=holds)[0] is not None


def test_nothing_known_is_nothing_against():
    assert choose([], seed=1, broken=holds) == (None, "")


def test_auto_keeps_what_costs_more_than_keeping_it():
    assert is_worth_keeping("auto", 1 << 20, 2.0, keeping=lambda size: 1.0)
    assert not is_worth_keeping("auto", 1 << 20, 0.5, keeping=lambda size: 1.0)
    assert is_worth_keeping("auto", 100, 0.0, keeping=lambda size: 1.0)


def test_yes_and_no_are_yes_and_no():
    assert is_worth_keeping(persist=True, size_bytes=1 << 40, cost=0.0, keeping=lambda size: 9.0)
    assert not is_worth_keeping(persist=False, size_bytes=1, cost=9.0, keeping=lambda size: 0.0)
