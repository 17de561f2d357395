"""Quick calls are kept together, and none of them is lost by waiting."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

from anew.memos import Memos


def test_what_waits_is_found_by_whoever_asks(memos, record):
    memos.put_later(record("k"), memos.encode(3))
    assert memos.load(memos.find("k")[0]) == 3


def test_what_waits_counts(memos, record):
    memos.put_later(record("k"), memos.encode(3))
    assert memos.info().calls == 1


def test_what_waits_can_be_forgotten(memos, record):
    memos.put_later(record("k"), memos.encode(3))
    assert memos.forget(key="k") == 1
    assert memos.find("k") == []


def test_another_finds_what_was_flushed(memos, record):
    for i in range(300):
        memos.put_later(record(f"k{i}"), memos.encode(i))
    memos.flush()
    other = Memos(memos.folder)
    assert [other.load(other.find(f"k{i}")[0]) for i in range(300)] == list(range(300))


def test_a_call_without_a_value_is_kept_as_a_record(memos, record):
    assert not memos.put_later(record("k"), None)
    assert [found.payload for found in memos.find("k")] == [None]


def test_a_large_value_does_not_wait(memos, record):
    value = b"x" * 100_000
    assert memos.put_later(record("k"), memos.encode(value))
    other = Memos(memos.folder)
    assert other.load(other.find("k")[0]) == value


def test_waiting_calls_replace_each_other(memos, record):
    memos.put_later(record("k"), memos.encode(1))
    memos.put_later(record("k"), memos.encode(2))
    assert len(memos.find("k")) == 1


def test_threads_lose_nothing(memos, record):
    def keep(i):
        memos.put_later(record(f"k{i}"), memos.encode(i))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(1000)))
    assert memos.info().calls == 1000


def test_a_process_that_ends_has_kept_all(memos, record):
    script = f"""
        from anew.memos import Memo, Memos
        memos = Memos({str(memos.folder)!r})
        memo = Memo("k", "f", "c", 0.0, 0.0, None, (), "", "code", "", "t", 0.0)
        memos.put_later(memo, memos.encode(3))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
    assert memos.load(memos.find("k")[0]) == 3


def test_a_fork_leaves_what_waits_to_the_process_it_comes_from(memos, record):
    memos.put_later(record("mine"), memos.encode(1))
    child = os.fork()
    if child == 0:
        memos.put_later(record("child"), memos.encode(2))
        memos.flush()
        os._exit(0)
    os.waitpid(child, 0)
    assert [f.memo.key for f in memos.find("child")] == ["child"]
    assert len(memos.find("mine")) == 1
    assert memos.info().calls == 2
