"""What this process was told of a call is told again from memory, but never once it is wrong."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from anew.memos import Memos
from anew.memos.index import Index


@pytest.fixture
def other(memos, folder):
    """Open the folder as another process would."""
    memos.find("k")
    opened = Memos(folder)
    yield opened
    opened.close()


def test_a_call_is_looked_up_once(memos, record, monkeypatch):
    memos.put(record(), 1)
    first = memos.find("k")
    monkeypatch.setattr(Index, "query", lambda *_: pytest.fail("it was looked up again"))
    assert memos.find("k") == first


def test_what_another_forgot_is_not_found(memos, other, record):
    memos.put(record(), 1)
    assert len(memos.find("k")) == 1
    other.forget(key="k")
    assert memos.find("k") == []


def test_what_another_kept_is_found(memos, other, record):
    memos.put(record("first"), 1)
    assert memos.find("k") == []
    other.put(record(), 2)
    assert [memos.load(found) for found in memos.find("k")] == [2]


def test_what_another_replaced_is_found_as_it_is_now(memos, other, record):
    memos.put(record(), 1)
    assert memos.load(memos.find("k")[0]) == 1
    other.put(record(content="xxh3-1:new"), 2)
    assert [memos.load(found) for found in memos.find("k")] == [2]


def test_what_another_evicted_has_no_value(memos, other, record):
    memos.put(record(), np.arange(5000))
    assert memos.find("k")[0].payload
    other.clean(0)
    assert memos.find("k")[0].payload is None


def test_what_was_kept_here_is_found_at_once(memos, record):
    memos.put(record(), 1)
    memos.find("k")
    memos.put(record(content="xxh3-1:new"), 2)
    assert [memos.load(found) for found in memos.find("k")] == [2]


def test_what_failed_to_be_written_leaves_no_answer(memos, record):
    memos.put(record(), 1)
    known = memos.find("k")

    def fail():
        with memos._index.writing() as sql:
            sql.execute("DELETE FROM memos")
            assert memos.find("other") == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert memos.find("k") == known


def test_a_folder_put_in_the_place_of_another_has_answers_of_its_own(memos, record, tmp_path):
    memos.put(record(), 1)
    assert memos.load(memos.find("k")[0]) == 1
    elsewhere = Memos(tmp_path / "elsewhere")
    elsewhere.put(record(content="xxh3-1:new"), 2)
    elsewhere.close()
    shutil.rmtree(memos.folder)
    shutil.copytree(elsewhere.folder, memos.folder)
    assert [memos.load(found) for found in memos.find("k")] == [2]


def test_a_list_that_was_given_out_may_be_changed(memos, record):
    memos.put(record(), 1)
    memos.find("k").clear()
    assert len(memos.find("k")) == 1


def test_more_calls_than_are_remembered_are_found(memos, record):
    for i in range(1100):
        memos.put_later(record(f"k{i}"), memos.encode(i))
    memos.flush()
    assert all(memos.load(memos.find(f"k{i}")[0]) == i for i in range(1100) for _ in range(2))
