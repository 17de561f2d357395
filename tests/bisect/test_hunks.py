"""Hunks make the new text of the old one, all together, and each alone without the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anew.bisect.hunks import apply_hunks, find_hunks

texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"d"]), max_size=30).map(
    b"".join
)


@given(texts, texts)
def test_all_hunks_make_the_new_text_of_the_old_one(old, new):
    assert apply_hunks(old, find_hunks(old, new)) == new


@given(texts, texts, st.data())
def test_line_by_line_they_do_so_too(old, new, data):
    hunks = data.draw(st.permutations(find_hunks(old, new, by_line=True)))
    assert apply_hunks(old, hunks) == new


def test_line_by_line_neighbours_are_exchanged_alone():
    hunks = find_hunks(b"a: 1\nb: 1\n", b"a: 2\nb: 2\n", by_line=True)
    assert apply_hunks(b"a: 1\nb: 1\n", hunks[1:]) == b"a: 1\nb: 2\n"


@given(texts, texts)
def test_no_hunk_leaves_the_old_text(old, new):
    assert apply_hunks(old, []) == old
    assert bool(find_hunks(old, new)) == (old != new)


@given(texts, texts, st.data())
def test_hunks_are_applied_in_any_order(old, new, data):
    hunks = data.draw(st.permutations(find_hunks(old, new)))
    assert apply_hunks(old, hunks) == new


def test_each_changed_place_is_a_hunk_of_its_own():
    old = b"".join(b"x%d = 1\ny%d = 2\n" % (n, n) for n in range(20))
    new = old.replace(b" = 1", b" = 3")
    hunks = find_hunks(old, new)
    assert len(hunks) == 20
    assert apply_hunks(old, [hunks[4]]) == old.replace(b"x4 = 1", b"x4 = 3")


def test_changes_with_only_an_empty_line_between_are_one():
    assert len(find_hunks(b"a\n\nb\n", b"c\n\nd\n")) == 1


def test_what_is_no_text_has_no_hunks():
    assert find_hunks(b"\0a", b"b") is None
