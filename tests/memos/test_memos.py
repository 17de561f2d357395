"""Memos are found by key and conditions, newest first, and replaced by the same call."""

from __future__ import annotations

import os
import pickle
import time

import numpy as np
import pytest

from anew.errors import MemoLostError, StoreError
from anew.memos import NOTHING, Memos


def test_nothing_is_made_by_looking(memos, folder):
    assert memos.find("k") == []
    assert memos.info().calls == 0
    assert memos.forget() == 0
    assert memos.clean().size_bytes == 0
    assert not folder.exists()


def test_a_record_comes_back_as_it_was_put(memos, record):
    memo = record(
        content=None,
        seconds=0.25,
        cost=3.5,
        seed=2**64 - 1,
        reads=(("a.csv", "blake3:00"), ("b.csv", None)),
        effects='{"printed": ["ü\\n"]}',
        trial="0190",
        parts='[["helper", "ä"]]',
    )
    assert memos.put(memo)
    (found,) = memos.find("k")
    assert found.memo == memo
    assert hash(found.memo) == hash(memo)
    assert found.payload is None
    assert abs(found.last_used - time.time()) < 60


def test_a_value_of_none_is_a_value(memos, record):
    assert memos.put(record(), None)
    assert memos.has_value(record())
    assert memos.load(record()) is None


def test_a_record_without_value_has_none(memos, record):
    assert memos.put(record())
    assert not memos.has_value(record())
    with pytest.raises(MemoLostError, match=r"the value of a call of pkg\.f is not kept"):
        memos.load(record())


def test_a_memo_that_is_not_kept_has_no_value(memos, record):
    assert not memos.has_value(record())
    with pytest.raises(MemoLostError) as caught:
        memos.load(record())
    assert isinstance(caught.value, StoreError)
    assert caught.value.hint == "call it again: it is computed and kept anew"


def test_the_newest_is_found_first(memos, record):
    for seed in (3, 1, 2):
        memos.put(record(seed=seed), seed)
    assert [found.memo.seed for found in memos.find("k")] == [2, 1, 3]
    memos.put(record(seed=3), 3)
    assert [found.memo.seed for found in memos.find("k")] == [3, 2, 1]


def test_a_seed_finds_what_drew_with_it_or_did_not_draw(memos, record):
    for seed in (1, 2, None, 2**64 - 1):
        memos.put(record(seed=seed), seed)
    assert [f.memo.seed for f in memos.find("k", seed=2**64 - 1)] == [2**64 - 1, None]
    assert [f.memo.seed for f in memos.find("k", seed=7)] == [None]


def test_other_conditions_are_another_memo(memos, record):
    memos.put(record(reads=(("a", "1"),)), "one")
    memos.put(record(reads=(("a", "2"),)), "two")
    memos.put(record(reads=(("a", None),)), "missing")
    assert [memos.load(f) for f in memos.find("k")] == ["missing", "two", "one"]
    assert memos.load(record(reads=(("a", "1"),))) == "one"


def test_the_order_of_reading_does_not_matter(memos, record):
    memos.put(record(reads=(("b", "2"), ("a", "1"))), "first")
    memos.put(record(reads=(("a", "1"), ("b", "2")), content="other"), "second")
    (found,) = memos.find("k")
    assert found.memo.reads == (("a", "1"), ("b", "2"))
    assert memos.load(record(reads=(("b", "2"), ("a", "1")))) == "second"


def test_names_that_are_no_text_are_kept(memos, record):
    path = os.fsdecode(b"data\xff.csv")
    memo = record(reads=((path, "blake3:00"),), effects=f'{{"files": ["{path}"]}}')
    assert memos.put(memo, 1)
    (found,) = memos.find("k")
    assert found.memo.reads == memo.reads
    assert found.memo.effects == '{"files": ["data\\udcff.csv"]}'


def test_a_time_that_is_no_number_counts_as_none(memos, record):
    assert memos.put(record(cost=float("nan"), seconds=float("inf")))
    (found,) = memos.find("k")
    assert (found.memo.cost, found.memo.seconds) == (0.0, float("inf"))


def test_the_same_call_with_another_value_replaces(memos, record):
    first, second = np.zeros(5000), np.ones(5000)
    memos.put(record(content="0"), first)
    memos.put(record(content="1"), second)
    (found,) = memos.find("k")
    np.testing.assert_array_equal(memos.load(found), second)
    assert len(list((memos.folder / "values").glob("??/*"))) == 1


def test_a_value_stays_when_the_same_content_comes_without(memos, record):
    for value in (np.arange(5000), 7):
        memos.put(record(content="c"), value)
        assert memos.put(record(content="c", seconds=9.0), NOTHING)
        (found,) = memos.find("k")
        assert found.memo.seconds == 9.0
        np.testing.assert_array_equal(memos.load(found), value)
        memos.forget()


def test_a_value_does_not_stay_for_another_content(memos, record):
    memos.put(record(content="c"), np.arange(5000))
    memos.put(record(content="d"))
    assert not memos.has_value(record())
    assert memos.info().bytes == 0
    assert list((memos.folder / "values").glob("??/*")) == []


def test_an_encoded_value_is_kept_as_the_value_would_be(memos, record):
    value = {"a": np.arange(5000), "b": "text"}
    encoded = memos.encode(value)
    assert memos.put(record(), encoded)
    (found,) = memos.find("k")
    assert found.size_bytes == encoded.size_bytes
    np.testing.assert_array_equal(memos.load(found)["a"], value["a"])


def test_equal_values_are_stored_once(memos, record):
    value = np.random.default_rng(1).random(10_000)
    for key in "abc":
        memos.put(record(key), value.copy())
    assert len({memos.find(key)[0].payload for key in "abc"}) == 1
    assert memos.info().bytes == memos.find("a")[0].size_bytes
    memos.forget(key="a")
    memos.forget(key="b")
    np.testing.assert_array_equal(memos.load(record("c")), value)


def test_equal_dictionaries_keep_their_own_order(memos, record):
    memos.put(record("a", content="same"), {1: 0, 2: 0})
    memos.put(record("b", content="same"), {2: 0, 1: 0})
    assert list(memos.load(record("a"))) == [1, 2]
    assert list(memos.load(record("b"))) == [2, 1]


def test_small_values_lie_in_the_index(memos, record):
    memos.put(record("small"), list(range(100)))
    memos.put(record("large"), list(range(100_000)))
    assert memos.find("small")[0].payload == "inline"
    assert memos.find("large")[0].payload.endswith(".pickle")


def test_payloads_are_read_only_files(memos, record):
    memos.put(record(), np.arange(5000))
    (path,) = (memos.folder / "values").glob("??/*")
    assert path.stat().st_mode & 0o777 == 0o444


def test_forgetting_takes_the_payload_along(memos, record):
    for key in "ab":
        memos.put(record(key, function=f"pkg.{key}"), np.full(5000, ord(key)))
    assert memos.forget(function="pkg.a") == 1
    assert memos.find("a") == []
    assert len(list((memos.folder / "values").glob("??/*"))) == 1
    assert memos.forget(key="b", function="pkg.a") == 0
    assert memos.forget() == 1
    assert memos.info() == type(memos.info())(0, 0, ())


def test_info_says_what_each_function_takes(memos, record):
    memos.put(record("a", function="f", seconds=1.5), np.zeros(5000))
    memos.put(record("b", function="f", seconds=2.0), np.ones(5000))
    memos.put(record("c", function="g"), 1)
    told = memos.info()
    assert told.calls == 3
    f, g = told.functions
    assert (f.function, f.calls, f.seconds) == ("f", 2, 3.5)
    assert f.bytes > 80_000 > g.bytes > 0
    assert told.bytes == f.bytes + g.bytes


def test_a_value_that_cannot_be_pickled_leaves_its_record(memos, record):
    assert not memos.put(record(), (n for n in range(3)))
    assert [f.payload for f in memos.find("k")] == [None]


def test_files_that_calls_wrote_stay_as_long_as_a_memo_refers_to_them(memos, record):
    digest = memos.files.put(b"x" * 1000)
    memos.put(record("a"), 1, files=[digest, digest])
    memos.put(record("b"), 1, files=(digest,))
    assert memos.info().bytes >= 1000
    memos.forget(key="a")
    assert memos.files.get(digest) == b"x" * 1000
    memos.forget(key="b")
    assert not memos.files.has(digest)


def test_what_is_used_is_noted_once_an_hour(memos, record, age):
    memos.put(record(), 5)
    age(memos, k=1)
    (old,) = memos.find("k")
    memos.load(old)
    memos.close()
    (used,) = memos.find("k")
    assert used.last_used > old.last_used
    memos.load(used)
    assert memos._used == {}


def test_what_is_used_is_noted_at_the_end_of_the_process(memos, record, age, run):
    memos.put(record(), 5)
    age(memos, k=1)
    before = memos.find("k")[0].last_used
    assert run("print(memos.load(memos.find('k')[0]))") == "5\n"
    assert memos.find("k")[0].last_used > before


def test_the_estimate_follows_what_was_measured(memos, record):
    assert memos.seconds_to_keep(0) == pytest.approx(1e-3)
    assert memos.seconds_to_keep(10**9) == pytest.approx(1.001)
    for key in range(10):
        memos.put(record(str(key)), np.random.default_rng(key).random(300_000))
    told = memos.seconds_to_keep(10**9)
    assert 0.05 < told < 50
    assert told != pytest.approx(1.001, rel=1e-6)


def test_a_folder_travels_to_other_processes(memos, record):
    memos.limit_bytes = 12345
    memos.put(record(), 1)
    again = pickle.loads(pickle.dumps(memos))
    assert isinstance(again, Memos)
    assert again.limit_bytes == 12345
    assert again.load(record()) == 1
    again.close()


def test_a_folder_that_was_removed_is_made_again(memos, record, folder):
    import shutil

    memos.put(record("a"), np.arange(5000))
    shutil.rmtree(folder)
    assert memos.find("a") == []
    assert memos.put(record("b"), np.arange(5000))
    assert memos.has_value(record("b"))


def test_git_does_not_see_the_folder(memos, record, folder):
    memos.put(record(), 1)
    assert (folder / ".gitignore").read_text() == "*\n"
