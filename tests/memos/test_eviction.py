"""What goes when space runs out, and what stays."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from anew.memos import Freed, Memos, clean_store

SIZE = 80_000


@pytest.fixture
def fill(memos, record):
    """Keep arrays of 80 kB, each of another content, under letters."""

    def put_all(**costs):
        for key, cost in costs.items():
            memo = record(key, function=f"pkg.{key}", seconds=cost, cost=cost)
            assert memos.put(memo, np.full(SIZE // 8, ord(key[0]), "i8"))

    return put_all


def kept(memos, keys):
    """Give the keys whose values are there."""
    return "".join(key for key in keys if memos.has_value(memos.find(key)[0]))


def test_nothing_goes_under_the_limit(memos, fill):
    fill(a=1, b=2)
    assert memos.clean() == Freed()
    assert memos.clean(10**6) == Freed()
    assert kept(memos, "ab") == "ab"


def test_what_is_cheapest_for_its_size_goes_first(memos, fill):
    fill(a=3, b=1, c=2)
    freed = memos.clean(SIZE + 200)
    assert [value.function for value in freed.values] == ["pkg.b", "pkg.c"]
    assert [value.seconds for value in freed.values] == [1, 2]
    assert freed.size_bytes == pytest.approx(2 * SIZE, rel=0.01)
    assert kept(memos, "abc") == "a"


def test_the_size_counts(memos, record):
    memos.put(record("large", cost=5.0), np.zeros(100_000))
    memos.put(record("small", cost=1.0), np.ones(2_000))
    memos.clean(500_000)
    assert not memos.has_value(record("large"))
    assert memos.has_value(record("small"))


def test_what_was_not_used_for_longest_goes_first(memos, fill, age):
    fill(a=1, b=1, c=1)
    age(memos, a=1, b=9, c=5)
    freed = memos.clean(SIZE + 200)
    assert [value.function for value in freed.values] == ["pkg.b", "pkg.c"]
    assert freed.values[0].last_used == pytest.approx(time.time() - 9 * 86400, abs=60)


def test_using_a_value_keeps_it(memos, fill, age):
    fill(a=1, b=1)
    age(memos, a=9, b=5)
    memos.load(memos.find("a")[0])
    memos.clean(SIZE + 200)
    assert kept(memos, "ab") == "a"


def test_marking_as_used_is_enough(memos, fill, age):
    fill(a=1, b=1)
    age(memos, a=9, b=5)
    memos.mark_used(memos.find("a")[0])
    memos.clean(SIZE + 200)
    assert kept(memos, "ab") == "a"


def test_the_record_outlives_its_value(memos, fill, record):
    fill(a=1)
    memos.clean(0)
    (found,) = memos.find("a")
    assert found.memo.content == "xxh3-1:a"
    assert found.payload is None
    assert memos.info().bytes == 0
    assert memos.info().calls == 1


def test_small_values_go_too(memos, record):
    for n in range(100):
        memos.put(record(str(n), cost=float(n)), "x" * 1000)
    before = memos.info().bytes
    assert before > 100_000
    freed = memos.clean(50_000)
    assert memos.info().bytes <= 50_000
    assert freed.size_bytes == before - memos.info().bytes
    assert not memos.has_value(record("0"))
    assert memos.has_value(record("99"))


def test_files_go_with_the_value(memos, record):
    digest = memos.files.put(b"x" * 50_000)
    memos.put(record(), 1, files=[digest])
    freed = memos.clean(1000)
    assert freed.size_bytes > 50_000
    assert not memos.files.has(digest)
    assert not memos.has_value(record())


def test_what_another_memo_shares_frees_nothing_alone(memos, record):
    value = np.arange(10_000)
    memos.put(record("cheap", cost=1.0), value)
    memos.put(record("dear", cost=1000.0), value)
    memos.put(record("between", cost=10.0), value[::-1])
    memos.clean(SIZE + 1000)
    assert memos.has_value(record("cheap"))
    assert memos.has_value(record("dear"))
    assert not memos.has_value(record("between"))
    freed = memos.clean(0)
    assert sorted(value.size_bytes for value in freed.values) == [0, SIZE + 128]


def test_a_dry_run_says_the_same_and_does_nothing(memos, fill):
    fill(a=3, b=1, c=2)
    planned = memos.clean(SIZE, dry_run=True)
    assert kept(memos, "abc") == "abc"
    assert memos.clean(SIZE) == planned
    assert planned.size_bytes > SIZE


def test_the_limit_holds_by_itself(folder, record):
    memos = Memos(folder, limit_bytes=10 * SIZE)
    for n in range(30):
        memos.put(record(str(n), cost=float(n)), np.full(SIZE // 8, n, "i8"))
        assert memos.info().bytes <= 10 * SIZE
    assert memos.info().calls == 30
    assert memos.info().bytes > 8 * SIZE
    assert memos.has_value(record("29"))
    on_disk = sum(path.stat().st_size for path in (folder / "values").glob("??/*"))
    assert on_disk == memos.info().bytes
    memos.close()


def test_a_value_above_the_limit_is_not_written(folder, record):
    memos = Memos(folder, limit_bytes=1000)
    assert not memos.put(record(), np.zeros(10_000))
    assert memos.find("k")[0].payload is None
    assert memos.put(record("small"), 1)
    memos.close()


def make_old(path, hours):
    then = time.time() - 3600 * hours
    os.utime(path, (then, then))


def test_payloads_without_a_row_go_after_an_hour(memos, fill):
    fill(a=1, b=1)
    with memos._index.writing() as sql:
        sql.execute("DELETE FROM memos WHERE key = 'a'")
        sql.execute("DELETE FROM contents WHERE name NOT IN (SELECT payload FROM memos)")
    paths = list((memos.folder / "values").glob("??/*"))
    assert memos.clean() == Freed()
    for path in paths:
        make_old(path, 2)
    assert memos.clean(dry_run=True) == Freed((), 1, SIZE + 128)
    assert len(list((memos.folder / "values").glob("??/*"))) == 2
    assert memos.clean() == Freed((), 1, SIZE + 128)
    assert kept(memos, "b") == "b"


def test_files_without_a_row_go_after_an_hour(memos, record):
    memos.put(record(), 1, files=[kept_one := memos.files.put(b"kept")])
    lone = memos.files.put(b"lone")
    for digest in (kept_one, lone):
        make_old(memos.files.path(digest), 2)
    assert memos.clean().files == 1
    assert memos.files.has(kept_one)
    assert not memos.files.has(lone)


def test_payloads_of_a_lost_index_go(memos, fill):
    fill(a=1)
    memos.close()
    for path in memos.folder.glob("memo.db*"):
        path.unlink()
    (path,) = (memos.folder / "values").glob("??/*")
    make_old(path, 2)
    assert memos.clean().files == 1
    assert not path.exists()


@pytest.mark.parametrize("place", ["values/ab", "values/new", "files/ab", "."])
def test_temporary_files_go_after_a_day(memos, fill, place):
    fill(a=1)
    (memos.folder / place).mkdir(parents=True, exist_ok=True)
    young, old = (memos.folder / place / name for name in (".put-young", ".put-old"))
    for path in (young, old):
        path.write_bytes(b"x" * 10)
    make_old(young, 23)
    make_old(old, 25)
    assert memos.clean() == Freed((), 1, 10)
    assert young.exists()
    assert not old.exists()


def test_other_files_are_left_alone(memos, fill):
    fill(a=1)
    for name in ("values/readme.txt", "values/ab/mine.npy", "notes"):
        path = memos.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
        make_old(path, 100)
    assert memos.clean(0).files == 0
    assert (memos.folder / "values/ab/mine.npy").exists()


def test_what_somebody_removed_counts_no_more(memos, fill, record):
    fill(a=1, b=1)
    memos._payloads.path(memos.find("a")[0].payload).unlink()
    memos.clean()
    assert memos.info().bytes == SIZE + 128
    assert memos.find("a")[0].payload is None


def test_records_without_values_go_when_there_are_too_many(memos, record, monkeypatch, age):
    monkeypatch.setattr("anew.memos.eviction._ROWS", 3)
    for key in "abcd":
        memos.put(record(key))
    memos.put(record("e"), 1)
    age(memos, a=1, b=5, c=3)
    memos.clean()
    assert [key for key in "abcde" if memos.find(key)] == ["a", "d", "e"]


def test_a_store_is_cleaned_of_temporary_files_but_not_of_objects(tmp_path):
    objects = tmp_path / "objects" / "ab"
    objects.mkdir(parents=True)
    for name in (".put-x", "cdef"):
        (objects / name).write_bytes(b"x" * 5)
        make_old(objects / name, 1000)
    assert clean_store(tmp_path, 0, dry_run=True) == Freed((), 1, 5)
    assert clean_store(tmp_path, 0) == Freed((), 1, 5)
    assert [path.name for path in objects.iterdir()] == ["cdef"]
    assert not (tmp_path / "memo").exists()
