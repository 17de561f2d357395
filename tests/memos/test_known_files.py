"""Digests of files are known for longer than a process lives."""

from __future__ import annotations

import os

import pytest

from anew.digests import FileDigest
from anew.memos import KnownCode, KnownFiles
from anew.memos.known_files import flush

STATE = ("/data/large.csv", 1, 2, 10**9, 3, 4)
FOUND = FileDigest("blake3:00", 10**9, 7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "memo" / "files.db"


def test_another_process_knows_what_one_has_read(path):
    KnownFiles(path).put(STATE, FOUND)
    assert KnownFiles(path).get(STATE) == FOUND


@pytest.mark.parametrize("place", range(6))
def test_a_file_in_another_state_is_not_known(path, place):
    known = KnownFiles(path)
    known.put(STATE, FOUND)
    other = list(STATE)
    other[place] = "/data/other.csv" if place == 0 else STATE[place] + 1
    assert known.get(tuple(other)) is None


def test_only_the_last_state_of_a_file_is_kept(path):
    known = KnownFiles(path)
    known.put(STATE, FOUND)
    newer = (*STATE[:-1], 5)
    known.put(newer, FOUND)
    assert known.get(STATE) is None
    assert known.get(newer) == FOUND


def test_a_small_file_is_known_too(path):
    small = (*STATE[:3], 100, *STATE[4:])
    found = FileDigest("blake3:01", 100, None)
    KnownFiles(path).put(small, found)
    assert KnownFiles(path).get(small) == found


def test_many_digests_wait_to_be_written_at_once(path):
    known = KnownFiles(path)
    states = [(f"/data/{number}.csv", *STATE[1:]) for number in range(10)]
    for each in states:
        known.put(each, FOUND)
    assert [known.get(each) for each in states] == [FOUND] * 10
    assert KnownFiles(path).get(states[-1]) is None
    flush()
    assert [KnownFiles(path).get(each) for each in states] == [FOUND] * 10


def test_a_damaged_database_knows_nothing_and_does_no_harm(path):
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    known = KnownFiles(path)
    known.put(STATE, FOUND)
    assert known.get(STATE) is None


def test_a_fork_opens_it_anew(path):
    known = KnownFiles(path)
    known.put(STATE, FOUND)
    child = os.fork()
    if child == 0:
        os._exit(0 if known.get(STATE) == FOUND else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_texts_of_code_are_known_to_another_process(path):
    KnownCode(path).put("a file in a state", b"its functions")
    assert KnownCode(path).get("a file in a state") == b"its functions"
    assert KnownCode(path).get("in another one") is None


def test_many_files_are_asked_for_at_once(path):
    known = KnownFiles(path)
    states = [(f"/data/{number}.csv", *STATE[1:]) for number in range(1200)]
    for each in states[::2]:
        known.put(each, FOUND)
    assert known.find(states) == dict.fromkeys(states[::2], FOUND)  # some of them still wait
    flush()
    changed = [(*each[:-1], 5) for each in states]
    assert KnownFiles(path).find(states) == dict.fromkeys(states[::2], FOUND)
    assert KnownFiles(path).find(changed) == {}


def test_nothing_is_found_where_nothing_was_put(path):
    assert KnownFiles(path).find([STATE]) == {}
    assert not path.exists()


def test_a_name_that_is_no_text_hinders_no_other(path):
    odd = ("/data/\udcff.csv", *STATE[1:])
    known = KnownFiles(path)
    for each in (STATE, odd):
        known.put(each, FOUND)
    flush()
    assert KnownFiles(path).find([odd, STATE]) == {STATE: FOUND}
