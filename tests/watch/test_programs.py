"""What a program that a step starts may read and write by its command line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from anew.watch import holds, touching
from anew.watch.programs import read_command

LINES = {
    "cat d/*.csv": ["d/*.csv"],
    "cat 'd/*.csv' \"*\"": [],
    "sh -c 'cat d/*.csv'": ["d/*.csv"],
    "sort --key=1 --files=d/?.csv": ["d/?.csv"],
    "cat d/{a,b}.csv": ["d/*.csv"],
    "awk {print} ${X}": [],
    "ls d": [],
}


@pytest.mark.parametrize("line", sorted(LINES))
def test_a_shell_expands_what_is_not_in_quotes(line):
    found = read_command(("/bin/sh", ["/bin/sh", "-c", line], None, None))
    assert found.patterns == LINES[line]
    assert read_command((line,)).patterns == LINES[line]


def test_only_a_shell_expands_patterns():
    assert read_command(("find", ["find", "d", "-name", "*.csv"], None, None)).patterns == []


def test_what_a_shell_runs_in_itself_is_no_folder():
    words = read_command((". ./env.sh; ls d",)).words
    assert "." not in words
    assert {"./env.sh", "d"} <= set(words)


def test_git_and_python_are_not_held_to_all_in_a_folder():
    assert not read_command(("git", ["git", "-C", "d", "log"], None, None)).is_deep
    assert not read_command((sys.executable, ["python", "a.py", "d"], None, None)).is_deep
    assert read_command((sys.executable, ["python", "-I", "a.py", "d"], None, None)).is_deep
    assert read_command(("ls", ["ls", "d"], None, None)).is_deep


def test_a_program_reads_all_in_a_folder(touch_of, put):
    digests = {name: put(name, name) for name in ("d/a", "d/in/b")}
    touch = touch_of(lambda: subprocess.run(["ls", "d"], check=True, stdout=subprocess.DEVNULL))
    listed = {name: what for name, what in touch.reads.items() if name not in digests}
    assert {name: touch.reads[name] for name in digests} == digests
    assert sorted(listed) == ["d", "d/in"]
    assert all(what.startswith("listing:") for what in listed.values())


def test_what_a_program_puts_into_a_folder_is_written(touch_of, put, project):
    put("a", "1")
    put("d/z", "2")
    touch = touch_of(lambda: subprocess.run(["cp", "a", "d"], check=True))
    assert list(touch.writes) == ["d/a"]
    assert "d/a" not in touch.reads
    assert holds(touch.reads.items(), project) is None
    os.remove("d/a")
    assert holds(touch.reads.items(), project) is None
    put("d/y", "3")
    assert holds(touch.reads.items(), project) == "d"


def test_what_comes_to_the_folder_of_the_project_is_nobodys(touch_of, put, project):
    line = "echo 1 > n$((1 + 1)); ls ."  # a name that is not in the line
    touch = touch_of(lambda: subprocess.run(line, shell=True, check=True))
    assert Path("n2").exists()
    assert not touch.writes
    assert "n2" not in touch.reads
    assert holds(touch.reads.items(), project) is None
    touch = touch_of(lambda: subprocess.run("echo 1 > b; ls .", shell=True, check=True))
    assert list(touch.writes) == ["b"]


def test_what_comes_while_others_run_is_nobodys(put, project):
    put("a", "1")
    put("d/z", "2")
    began, ended = threading.Event(), threading.Event()

    def wait():
        with touching(project):
            began.set()
            ended.wait(60)

    other = threading.Thread(target=wait)
    other.start()
    began.wait(60)
    with touching(project) as touch:
        subprocess.run(["cp", "a", "d"], check=True)
    ended.set()
    other.join()
    assert not touch.writes
    assert holds(touch.reads.items(), project) is None


def test_a_folder_of_too_many_files_hinders(put, project, monkeypatch):
    monkeypatch.setattr("anew.watch.trees._MOST", 3)
    for number in range(5):
        put(f"d/{number}", "1")
    with touching(project) as touch:
        subprocess.run(["ls", "d"], check=True, stdout=subprocess.DEVNULL)
    assert "too many files" in touch.obstacle


def test_what_a_step_makes_is_left_out_of_a_pattern(touch_of, put, project):
    put("d/a.csv", "1")

    def step():
        Path("d/b.csv").write_text("2")
        subprocess.run("cat d/*.csv > d/c.csv", shell=True, check=True)

    touch = touch_of(step)
    assert sorted(touch.writes) == ["d/b.csv", "d/c.csv"]
    assert touch.reads["d/*.csv"].startswith("matches:")
    assert holds(touch.reads.items(), project) is None
    os.remove("d/b.csv")
    assert holds(touch.reads.items(), project) is None
    put("d/x.csv", "3")
    assert holds(touch.reads.items(), project) == "d/*.csv"
