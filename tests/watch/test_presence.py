"""Files whose presence a step asks for."""

from __future__ import annotations

import inspect
import os
import pickle
import shutil
import threading
from pathlib import Path

import pytest

from anew.digests import digest_bytes
from anew.watch import holds, touching

ASKERS = {
    "os.path.exists": lambda: os.path.exists("a"),
    "os.path.lexists": lambda: os.path.lexists("a"),
    "os.path.isfile": lambda: os.path.isfile("a"),
    "os.path.isdir": lambda: os.path.isdir("a"),
    "os.path.islink": lambda: os.path.islink("a"),
    "exists": lambda: Path("a").exists(),
    "is_file": lambda: Path("a").is_file(),
    "is_dir": lambda: Path("a").is_dir(),
    "access": lambda: os.access("a", os.R_OK),
}
KINDS = dict.fromkeys(("is_dir", "is_file", "os.path.isdir", "os.path.isfile"), "file")


@pytest.mark.parametrize("name", sorted(ASKERS))
def test_asking_for_a_file_is_seen(touch_of, put, name):
    assert touch_of(ASKERS[name]).reads == {"a": None}
    put("a", "1")
    assert touch_of(ASKERS[name]).reads == {"a": KINDS.get(name, "exists")}
    os.remove("a")
    os.mkdir("a")
    assert touch_of(ASKERS[name]).reads == {"a": "folder"}


def test_stat_of_what_is_missing_is_seen(touch_of):
    def step():
        for ask in (os.stat, os.lstat, os.path.getsize, os.path.getmtime):
            with pytest.raises(FileNotFoundError):
                ask("gone")

    assert touch_of(step).reads == {"gone": None}


def test_the_time_of_modification_counts_for_who_asks_for_it(touch_of, put, project):
    put("a", "1")
    touch = touch_of(lambda: (Path("a").read_text(), os.path.getmtime("a")))
    assert touch.reads["a"].startswith("stat:1:")
    assert holds(touch.reads.items(), project) is None
    os.utime("a", (5, 5))
    assert holds(touch.reads.items(), project) == "a"


def test_reading_tells_more_than_asking(touch_of, put):
    digest = put("a", "1")
    assert touch_of(lambda: (Path("a").exists(), Path("a").read_text())).reads == {"a": digest}
    assert touch_of(lambda: (Path("a").read_text(), Path("a").exists())).reads == {"a": digest}


def test_a_file_made_because_it_was_missing_was_made(touch_of):
    def step():
        if not Path("cache").exists():
            Path("cache").write_text("5")
        return Path("cache").read_text()

    digest = digest_bytes(b"5")
    touch = touch_of(step)
    assert (touch.reads, touch.writes) == ({"cache": f"made:{digest}"}, {"cache": digest})
    touch = touch_of(step)
    assert (touch.reads, touch.writes) == ({"cache": digest}, {})


def test_a_folder_made_because_it_was_missing_is_no_condition(touch_of):
    def step():
        os.makedirs("out/deep", exist_ok=True)
        Path("more").mkdir(parents=True, exist_ok=True)
        if not os.path.exists("third"):
            os.mkdir("third")
        Path("out/deep/x").write_text("1")

    touch = touch_of(step)
    assert (touch.reads, touch.writes) == ({}, {"out/deep/x": digest_bytes(b"1")})


def test_whether_a_library_found_its_output_is_no_condition(touch_of, put):
    put("a", "1")
    for _ in range(2):
        touch = touch_of(lambda: shutil.copy("a", "b"))
        assert touch.reads == {"a": digest_bytes(b"1")}
        assert touch.writes == {"b": digest_bytes(b"1")}


def test_a_link_that_is_resolved_is_seen(touch_of, put, project):
    put("v1.csv", "1")
    put("v2.csv", "1")
    os.symlink("v1.csv", "current.csv")
    touch = touch_of(lambda: Path("current.csv").resolve().read_text())
    assert touch.reads == {"current.csv": "link:v1.csv", "v1.csv": digest_bytes(b"1")}
    assert holds(touch.reads.items(), project) is None
    os.remove("current.csv")
    os.symlink("v2.csv", "current.csv")
    assert holds(touch.reads.items(), project) == "current.csv"


def test_the_functions_pass_for_those_of_os(project):
    real = {name: getattr(os, name) for name in ("stat", "lstat", "access", "readlink")}
    with touching(project):
        for name, function in real.items():
            seeing = getattr(os, name)
            assert inspect.signature(seeing).parameters.keys() == (
                inspect.signature(function).parameters.keys()
            )
            assert seeing.__name__ == name
            assert pickle.loads(pickle.dumps(seeing)) is seeing
        assert os.stat in os.supports_follow_symlinks
        assert os.stat in os.supports_dir_fd
        assert os.stat in os.supports_fd
    assert all(getattr(os, name) is function for name, function in real.items())


def test_the_functions_do_what_those_of_os_do(project, put):
    put("a", "1")
    os.symlink("a", "l")
    folder = os.open(".", os.O_RDONLY)
    asked = [
        lambda: os.stat("a"),
        lambda: os.stat(b"a"),
        lambda: os.stat(Path("a")),
        lambda: os.stat(path="a"),
        lambda: os.stat("l", follow_symlinks=False),
        lambda: os.stat("a", dir_fd=folder),
        lambda: os.stat(folder),
        lambda: os.lstat("l"),
        lambda: os.lstat("l", dir_fd=folder),
        lambda: os.access("a", os.W_OK),
        lambda: os.access("none", os.W_OK),
        lambda: os.access("a", os.R_OK, dir_fd=folder, follow_symlinks=True),
        lambda: os.readlink("l"),
        lambda: os.readlink(b"l"),
        lambda: os.readlink("l", dir_fd=folder),
    ]
    expected = [ask() for ask in asked]
    with touching(project):
        assert [ask() for ask in asked] == expected
    os.close(folder)


def test_a_function_taken_while_a_step_ran_works_on(project, put):
    put("a", "1")
    with touching(project) as touch:
        from os import stat
    assert stat("a") == os.stat("a")
    assert touch.reads == {}


def test_threads_start_as_ever_afterwards(project):
    start = threading.Thread.start
    with touching(project):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
    assert threading.Thread.start is start
