"""Files of a project, packed by folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.code.entries import NEVER_SEEN, Entries, Entry
from anew.code.known import Known, mark_of

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = st.integers(-(2**63), 2**63 - 1)
MARKS = st.tuples(NUMBERS, NUMBERS, NUMBERS, st.integers(0, 2**64 - 1), NUMBERS)
FILES = st.tuples(st.just("100644"), st.text("0123456789abcdef", min_size=40, max_size=40))
LEFT = st.tuples(st.just(""), st.sampled_from(["too large", "a credential by its name", "- 1", ""]))
ENTRIES = st.builds(lambda mark, what: (mark, *what), MARKS, FILES | LEFT)
NAMES = st.sampled_from(["a", "b", "é", "a b", "line\nbreak", os.fsdecode(b"\xff"), ".-0"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@given(st.dictionaries(PATHS, ENTRIES), st.dictionaries(PATHS, st.none() | ENTRIES))
def test_they_are_as_a_dict_of_them(
    before: dict[str, Entry], changes: dict[str, Entry | None]
) -> None:
    entries = Entries(before)
    assert dict(entries) == before
    assert len(entries) == len(before)
    after = {path: entry for path, entry in (before | changes).items() if entry}
    replaced = entries.replace(changes)
    assert dict(replaced) == after
    assert dict(entries) == before
    folders = {path.rpartition("/")[0] for path, _ in before.items() ^ after.items()}
    assert folders == entries.find_differing(replaced)
    assert replaced.find_left() == {p: why for p, (_, mode, why) in after.items() if not mode}
    filled = {path.rpartition("/")[0] for path, (_, mode, _) in after.items() if mode}
    assert replaced.find_filled() == filled


@given(st.dictionaries(PATHS, ENTRIES))
def test_they_are_loaded_as_they_were_dumped(before: dict[str, Entry]) -> None:
    sizes, parts = Entries(before).dump()
    assert dict(Entries.load(sizes, b"".join(parts))) == before


def test_a_file_of_a_far_century_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    entries = Entries({"a": ((2**63, 0, 0, 1, 2), "100644", "0" * 40)})
    assert entries["a"][0] == NEVER_SEEN
    assert entries.find_stale(tmp_path) == ["a"]


def test_a_file_is_stale_that_changed_or_is_gone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    entries: dict[str, Entry] = {}
    for name in ("a", "b", "in/c", "in/d"):
        (tmp_path / name).write_text(name)
        entries[name] = (mark_of(f"{tmp_path}/{name}") or NEVER_SEEN, "100644", "0" * 40)
    (tmp_path / "b").unlink()
    (tmp_path / "in" / "d").write_text("longer")
    assert Entries(entries).find_stale(tmp_path) == ["b", "in/d"]


@pytest.fixture
def known() -> Known:
    """Give what is known of a small project."""
    entries = Entries({"in/a": ((1, 2, 3, 4, 5), "100644", "0" * 40)})
    about = {"commit": "1"}
    return Known(about, entries, {"in": ((1, 2, 3, 4, 5), "ab")}, {"/rules": None}, {"": "2"}, "3")


def test_what_is_known_is_loaded_as_it_was_saved(known: Known, tmp_path: Path) -> None:
    known.save(tmp_path / "known")
    assert Known.load(tmp_path / "known") == known


def test_not_a_byte_of_it_may_be_another(known: Known, tmp_path: Path) -> None:
    place = tmp_path / "known"
    known.save(place)
    whole = place.read_bytes()
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            place.write_bytes(damaged)
            assert Known.load(place) is None
