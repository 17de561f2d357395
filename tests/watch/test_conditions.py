"""Whether files are as a step found them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from anew.watch import holds, touching


def learn(function, project):
    """Give what a function knew of files."""
    with touching(project) as touch:
        function()
    return list(touch.reads.items())


CHANGES = {
    "content": lambda: Path("a").write_text("other"),
    "same-size": lambda: Path("a").write_text("2"),
    "removed": lambda: os.remove("a"),
    "folder": lambda: (os.remove("a"), os.mkdir("a")),
    "linked": lambda: (os.rename("a", "z"), Path("b").write_text("9"), os.symlink("b", "a")),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_file_that_changed_does_not_hold(project, put, name):
    put("a", "1")
    reads = learn(lambda: Path("a").read_text(), project)
    assert holds(reads, project) is None
    CHANGES[name]()
    assert holds(reads, project) == str(project / "a")


def test_a_change_of_equal_size_and_time_does_not_hold(project, put):
    put("a", "1")
    before = os.stat("a")
    reads = learn(lambda: Path("a").read_text(), project)
    time.sleep(0.12)
    assert holds(reads, project) is None
    os.remove("a")
    put("a", "2")
    os.utime("a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert holds(reads, project) == str(project / "a")


def test_a_file_with_the_same_content_again_holds(project, put):
    put("a", "1")
    reads = learn(lambda: Path("a").read_text(), project)
    os.remove("a")
    put("a", "1")
    os.utime("a", (1, 1))
    assert holds(reads, project) is None


def test_what_was_missing_must_be_missing(project, put):
    reads = learn(lambda: Path("a").exists(), project)
    assert holds(reads, project) is None
    put("a", "")
    assert holds(reads, project) == str(project / "a")


def test_what_was_there_must_be_there(project, put):
    put("a", "1")
    reads = learn(lambda: Path("a").exists(), project)
    put("a", "2")
    assert holds(reads, project) is None
    os.remove("a")
    assert holds(reads, project) == str(project / "a")


def test_a_folder_must_be_a_folder(project):
    os.mkdir("d")
    reads = learn(lambda: Path("d").is_dir(), project)
    assert holds(reads, project) is None
    os.rmdir("d")
    Path("d").touch()
    assert holds(reads, project) == str(project / "d")


def test_a_listing_holds_without_what_the_step_made(project, put):
    put("d/a", "")

    def step():
        Path("d/before").touch()
        os.listdir("d")
        Path("d/after").touch()
        os.mkdir("d/folder")
        Path("d/t").touch()
        os.remove("d/t")

    reads = learn(step, project)
    assert holds(reads, project) is None
    os.remove("d/after")
    assert holds(reads, project) is None
    put("d/t", "")
    assert holds(reads, project) == str(project / "d")
    os.remove("d/t")
    os.remove("d/a")
    assert holds(reads, project) == str(project / "d")


def test_a_file_that_the_step_made_may_be_missing_or_as_it_made_it(project, put):
    reads = learn(lambda: Path("a").exists() or Path("a").write_text("1"), project)
    assert holds(reads, project) is None
    os.remove("a")
    assert holds(reads, project) is None
    put("a", "2")
    assert holds(reads, project) == str(project / "a")


def test_paths_may_be_relative_to_the_project(project, put):
    digest = put("d/a", "1")
    assert holds([("d/a", digest), ("none", None)], project) is None
    assert holds([("d/a", digest), ("d", None)], project) == "d"


@pytest.mark.parametrize("what", ["", "nonsense", "blake3:", "listing:", "link:", "made:", "stat:"])
def test_what_is_not_understood_does_not_hold(project, put, what):
    put("a", "1")
    assert holds([("a", what)], project) == "a"


def test_a_file_that_may_not_be_read_does_not_hold(project, put, monkeypatch):
    digest = put("a", "1")
    os.remove("a")
    os.symlink("a", "a")
    assert holds([("a", digest)], project) == "a"
