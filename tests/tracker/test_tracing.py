"""A part of this process is followed, for the context that asks."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anew import tracker
from anew.tracker.reading import read_traces


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("one", "two")]
    for folder in found:
        folder.mkdir()
    return found


@pytest.fixture(autouse=True)
def _here(work, monkeypatch) -> None:
    monkeypatch.chdir(work)
    for name in "bcd":
        Path(name).write_text(name)


def names(folder: Path, mode: str = "read") -> set[str]:
    return {
        Path(file.path).name
        for process in read_traces(folder)
        for file in process.files
        if file.mode == mode
    }


def test_what_is_done_within_is_seen(folders) -> None:
    Path("a.csv").read_text()
    with tracker.tracing(folders[0]):
        Path("b").read_text()
    Path("c").read_text()
    assert names(folders[0]) == {"b"}
    assert read_traces(folders[0])[0].end == "exit"


def test_one_after_the_other(folders) -> None:
    for folder, name in zip(folders, "bc", strict=True):
        with tracker.tracing(folder):
            Path(name).read_text()
    assert [names(folder) for folder in folders] == [{"b"}, {"c"}]


def test_two_threads_do_not_mix(folders) -> None:
    barrier = threading.Barrier(2)

    def run(folder, name):
        with tracker.tracing(folder):
            barrier.wait()
            Path(name).read_text()
            program = f"open({'d' if name == 'b' else 'a.csv'!r})"
            subprocess.run([sys.executable, "-c", program], check=True)
            barrier.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, folders, "bc"))
    assert [names(folder) for folder in folders] == [{"b", "d"}, {"c", "a.csv"}]


def test_two_coroutines_do_not_mix(folders) -> None:
    async def run(folder, name):
        with tracker.tracing(folder):
            await asyncio.sleep(0.01)
            Path(name).read_text()  # noqa: ASYNC240
            await asyncio.sleep(0.01)

    async def both():
        await asyncio.gather(run(folders[0], "b"), run(folders[1], "c"))

    asyncio.run(both())
    assert [names(folder) for folder in folders] == [{"b"}, {"c"}]


def test_the_outer_one_gets_what_the_inner_one_gets(folders) -> None:
    with tracker.tracing(folders[0]):
        Path("b").read_text()
        with tracker.tracing(folders[1]):
            Path("c").read_text()
            subprocess.run([sys.executable, "-c", "open('d')"], check=True)
        Path("a.csv").read_text()
    assert names(folders[0]) == {"a.csv", "b", "c", "d"}
    assert names(folders[1]) == {"c", "d"}


def test_a_thread_belongs_to_the_only_one_there_is(folders) -> None:
    with tracker.tracing(folders[0]):
        thread = threading.Thread(target=Path("b").read_text)
        thread.start()
        thread.join()
    assert names(folders[0]) == {"b"}


def test_a_thread_belongs_to_none_of_two(folders) -> None:
    inside, done = threading.Event(), threading.Event()

    def run():
        with tracker.tracing(folders[1]):
            inside.set()
            done.wait()

    other = threading.Thread(target=run)
    other.start()
    inside.wait()
    with tracker.tracing(folders[0]):
        thread = threading.Thread(target=Path("b").read_text)
        thread.start()
        thread.join()
    done.set()
    other.join()
    assert [names(folder) for folder in folders] == [set(), set()]


def test_children_are_followed_only_within(folders) -> None:
    def child(name: str) -> None:
        subprocess.run([sys.executable, "-c", f"open({name!r})"], check=True)
        assert os.system(f"{sys.executable} -c \"open('{name}')\"") == 0  # noqa: S605

    child("a.csv")
    with tracker.tracing(folders[0]):
        child("b")
    child("c")
    assert names(folders[0]) == {"b"}
    assert len(read_traces(folders[0])) == 3


def test_the_environment_is_the_same_after(folders) -> None:
    show = [sys.executable, "-c", "import os; print(os.getenv('PYTHONPATH'))"]
    before = list_variables()
    with tracker.tracing(folders[0]):
        assert "ANEW_TRACE" not in os.environ
        subprocess.run(show, check=True, capture_output=True)
    assert list_variables() == before


def list_variables() -> list[bytes]:
    """List the variables as C passes them on, in whatever order they are."""
    return sorted(subprocess.run(["env"], capture_output=True, check=True).stdout.splitlines())


def test_what_the_program_tells_counts_wherever_it_is(folders) -> None:
    with tracker.tracing(folders[0]) as current:
        current.file("/etc/hostname", "read", told=True)
        current.file("e", "write", told=True)
        current.file("b", "read")
    files = {file.path: file for file in read_traces(folders[0])[0].files}
    assert [each.told for each in files.values()] == [True, True, False]
    assert {file.mode for file in files.values()} == {"read", "write"}


def test_telling_outside_is_harmless() -> None:
    tracker.current.file("b", "read")
    tracker.current.write("draw", generator="random")
    tracker.current.unseen("anything")


def test_a_fork_within_has_a_trace_of_its_own(folders) -> None:
    program = f"""
import os
from anew import tracker
with tracker.tracing({str(folders[0])!r}):
    if os.fork() == 0:
        open("b").close()
        os._exit(0)
    os.wait()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    parent, child = read_traces(folders[0])
    assert (parent.end, child.end) == ("exit", "_exit")
    assert [Path(file.path).name for file in child.files] == ["b"]


def test_a_followed_program_may_follow_itself(folders) -> None:
    environ = dict(os.environ) | tracker.variables(str(folders[0]), os.environ)
    program = f"""
import subprocess, sys
from anew import tracker
open("a.csv")
with tracker.tracing({str(folders[1])!r}):
    open("b")
    subprocess.run([sys.executable, "-c", "open('c')"])
subprocess.run([sys.executable, "-c", "open('d')"])
"""
    subprocess.run([sys.executable, "-c", program], check=True, env=environ)
    assert names(folders[0]) == {"a.csv", "b", "c", "d"}
    assert names(folders[1]) == {"b", "c"}


def test_what_a_trial_reads_and_removes_is_kept(folders) -> None:
    with tracker.tracing(folders[0]):
        Path("b").read_text()
        Path("b").unlink()
    (read,) = (f for f in read_traces(folders[0])[0].files if f.mode == "read")
    assert (folders[0] / read.before).read_text() == "b"
