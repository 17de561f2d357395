"""Killed, many at once, forked: what is found loads, or is a clean miss."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from anew.errors import MemoLostError
from anew.memos import Memos

KILLED = """
import random, signal

def write(turn):
    while True:
        turn += 1
        for key in range(12):
            memos.put(record(str(key), content=f"c{turn}"), np.full(30_000, turn))
            memos.put(record(f"small {key}", content=f"c{turn}"), [turn] * 10)

random.seed(5)
memos.put(record("first"), np.zeros(5000))
for turn in range(40):
    pid = os.fork()
    if pid == 0:
        write(turn * 100_000)
    time.sleep(random.uniform(0, 0.08))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def test_a_writer_killed_at_any_point_leaves_the_old_or_the_new(memos, run):
    run(KILLED)
    seen = 0
    for key in [*map(str, range(12)), *(f"small {n}" for n in range(12))]:
        for found in memos.find(key):
            told = int(found.memo.content[1:])
            value = memos.load(found)
            assert set(np.asarray(value).tolist()) == {told}
            seen += 1
    assert seen > 12
    check = sqlite3.connect(memos.folder / "memo.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    (total,) = check.execute("SELECT bytes FROM totals").fetchone()
    sizes = "SELECT (SELECT sum(size) FROM contents) + (SELECT sum(length(inline)) FROM memos)"
    assert check.execute(sizes).fetchone() == (total,)
    check.close()


MANY = """
import hashlib
def value(key):
    return np.full(1000 + key * 20, key) if key % 2 else {"key": key, "x": [key] * 10}

go = Path(sys.argv[2])
print("ready", flush=True)
while not go.exists():
    time.sleep(0.001)
order = np.random.default_rng(int(sys.argv[3])).permutation(100).tolist()
missed = 0
for key in order:
    found = memos.find(str(key))
    if not found:
        missed += 1
        assert memos.put(record(str(key)), value(key))
        found = memos.find(str(key))
    assert len(found) == 1, found
    assert repr(memos.load(found[0])) == repr(value(key))
print(missed)
"""


def test_eight_processes_on_the_same_keys_agree_and_lose_nothing(memos, start, tmp_path):
    processes = [start(MANY, tmp_path / "go", n) for n in range(8)]
    for process in processes:
        process.stdout.readline()
    (tmp_path / "go").touch()
    told = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in told if errors] == []
    assert sum(int(output) for output, _ in told) >= 100
    assert memos.info().calls == 100
    assert all(memos.has_value(memos.find(str(key))[0]) for key in range(100))
    left = list(memos.folder.rglob(".put-*"))
    assert left == []


def test_threads_share_a_folder(memos, record):
    def work(number):
        key = str(number % 20)
        memos.put(record(key), np.full(3000, number % 20))
        (found,) = memos.find(key)
        try:
            return int(memos.load(found)[0]) == number % 20
        except MemoLostError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))
    assert memos.info().calls == 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_opens_the_index_for_itself(memos, record):
    memos.put(record("parent"), np.arange(5000))
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            fine = memos.load(record("parent")).sum() == 12497500
            status = 0 if fine and memos.put(record("child"), 1) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert memos.load(record("child")) == 1
    assert memos.put(record("after"), 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_does_not_wait_for_a_lock_of_its_parent(memos, record):
    memos.put(record(), 1)
    held, done = threading.Event(), threading.Event()

    def hold():
        with memos._index.hold().lock:
            held.set()
            done.wait(1)  # the fork itself waits, as its copy of the lock must be free

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    pid = os.fork()
    if pid == 0:
        signal.alarm(10)
        os._exit(0 if memos.load(record()) == 1 else 1)
    status = os.waitpid(pid, 0)[1]
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_cleaning_and_putting_at_once_leave_only_clean_misses(memos, record, start):
    cleaner = start(
        """
        print("ready", flush=True)
        while True:
            memos.clean(300_000)
        """
    )
    cleaner.stdout.readline()
    end = time.monotonic() + 2
    number = 0
    while time.monotonic() < end:
        number += 1
        assert memos.put(record(str(number % 7), content=None), np.full(8000, number % 7))
        (found,) = memos.find(str(number % 7))
        if found.payload:
            try:
                assert int(memos.load(found)[5]) == number % 7
            except MemoLostError as error:
                assert "FileNotFoundError" in str(error)  # noqa: PT017
    cleaner.kill()
    cleaner.wait()
    for key in range(7):
        (found,) = memos.find(str(key))
        assert found.payload is None or memos.has_value(found)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two MiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("no disk can be made here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_once_and_work_goes_on(small_disk, record):
    memos = Memos(small_disk / "memo")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        results = [memos.put(record(str(n)), np.full(20_000, n)) for n in range(30)]
        results += [memos.put(record(f"text {n}"), "x" * 8000) for n in range(400)]
    assert results[0]
    assert not results[-1]
    assert 1 <= len(told) <= 2
    assert "No space left on device" in str(told[0].message)
    for n in range(30):
        for found in memos.find(str(n)):
            assert found.payload is None or memos.load(found)[0] == n
    assert list(small_disk.rglob(".put-*")) == []
    memos.clean(100_000)
    assert memos.put(record("again"), 1)
    memos.close()


def test_files_that_may_not_grow_are_told(memos, record, run):
    told = run(
        """
        import resource, warnings
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(memos.put(record("large"), np.zeros(100_000)), len(caught))
            print(memos.put(record("fits"), np.zeros(10_000)))
        """
    )
    assert told.split() == ["False", "1", "True"]
    assert not memos.has_value(record("large"))
    assert memos.has_value(record("fits"))


@pytest.fixture
def public():
    """A folder that every user may look into, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="anew-"))
    made.chmod(0o755)
    yield made
    for path, _, _ in os.walk(made):
        Path(path).chmod(0o755)
    shutil.rmtree(made)


def test_a_folder_without_rights_is_read(public, record, run):
    memos = Memos(public / "memo")
    memos.put(record("a"), np.arange(5000))
    memos.put(record("b"), 7)
    memos.close()
    for path in [*memos.folder.rglob("*"), memos.folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    told = run(
        """
        import warnings, filelock, pickle, xxhash, numpy.lib.format, anew.memos.npy
        Path("/x").as_uri()  # what is imported when it is used may be out of reach then
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        print(memos.load(record("a"))[7], memos.load(record("b")))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(memos.put(record("c"), 1), memos.put(record("d"), 1), len(caught))
        """,
        folder=memos.folder,
    )
    assert told.split() == ["7", "7", "False", "False", "1"]
