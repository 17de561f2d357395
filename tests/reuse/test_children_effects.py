"""What other processes look for, list and write for a step, each in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEGINNING = """
import concurrent.futures, multiprocessing, os, subprocess, sys, time
import anew
import joblib
import worker

ex = anew.Experiment("children")
number = ex.parameter("number", default=1)

def do(*args):
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return list(pool.map(worker.do, args or ["data.csv"]))

def ran(name):
    os.write(2, f"ran {name}\\n".encode())
"""
STEP = """
@ex.step(persist=True)
def step():
    ran("step")
    return do()

step.node().compute()
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[[], list[str]]:
    """Run the project in a process, and name the steps that ran."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "data.csv").write_text("1\n", encoding="utf-8")

    def in_process() -> list[str]:
        done = subprocess.run(
            [sys.executable, "main.py"],
            cwd=tmp_path,
            env={**os.environ, "ANEW_STORE": str(tmp_path / ".anew")},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert not done.returncode, done.stdout + done.stderr
        lines = done.stderr.splitlines()
        return sorted(each.removeprefix("ran ") for each in lines if each.startswith("ran "))

    return in_process


def write(folder: Path, worker: str, main: str = STEP) -> None:
    """Write what a worker does, and a project that has it do so."""
    body = textwrap.indent(textwrap.dedent(worker), "    ")
    text = f"import glob, os, pathlib, tempfile\n\ndef do(name):\n{body}\n"
    (folder / "worker.py").write_text(text, encoding="utf-8")
    (folder / "main.py").write_text(BEGINNING + textwrap.dedent(main), encoding="utf-8")


SOUGHT: dict[str, tuple[str, str]] = {
    "sought and opened": (
        """
        try:
            return open("more.csv").read()
        except FileNotFoundError:
            return None
        """,
        "more.csv",
    ),
    "asked for": ("return os.path.exists('more.csv')", "more.csv"),
    "asked for by a path": ("return pathlib.Path('more.csv').is_file()", "more.csv"),
    "listed": ("return sorted(os.listdir('.'))", "more.csv"),
    "found by a pattern": ("return glob.glob('*.csv')", "more.csv"),
}


@pytest.mark.parametrize(("worker", "name"), list(SOUGHT.values()), ids=list(SOUGHT))
def test_what_another_process_did_not_find_is_a_condition(
    worker: str, name: str, tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    write(tmp_path, worker)
    assert run() == ["step"]
    assert run() == []
    (tmp_path / name).write_text("2\n", encoding="utf-8")
    assert run() == ["step"]
    assert run() == []


WRITERS: dict[str, str] = {
    "written": "pathlib.Path('out.csv').write_text(open(name).read())",
    "written and renamed": """
        pathlib.Path("new").write_text(open(name).read())
        os.replace("new", "out.csv")
        """,
    "looked for and written": """
        if not os.path.exists("out.csv"):
            pathlib.Path("out.csv").write_text(open(name).read())
        """,
}


@pytest.mark.parametrize("worker", list(WRITERS.values()), ids=list(WRITERS))
@pytest.mark.parametrize("damage", ["missing", "altered"])
def test_what_another_process_wrote_is_put_back(
    worker: str, damage: str, tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    write(tmp_path, worker)
    assert run() == ["step"]
    out = tmp_path / "out.csv"
    if damage == "missing":
        out.unlink()
    elif "exists" not in worker:  # it asks for the file, and leaves it as it is
        out.write_text("bad", encoding="utf-8")
    assert run() == []
    assert out.read_text(encoding="utf-8") == "1\n"


PASSING: dict[str, str] = {
    "a temporary folder": """
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "copy")
            pathlib.Path(path).write_text(open(name).read())
            return os.path.exists(path), os.listdir(folder), open(path).read()
        """,
    "a folder made on the way": """
        os.makedirs("made/inner", exist_ok=True)
        return os.path.isdir("made/inner")
        """,
}


@pytest.mark.parametrize("worker", list(PASSING.values()), ids=list(PASSING))
def test_what_another_process_made_for_itself_is_no_condition(
    worker: str, tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    write(tmp_path, worker)
    assert [run(), run()] == [["step"], []]


def test_what_the_step_wrote_for_another_process_is_no_condition(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        @ex.step(persist=True)
        def step():
            ran("step")
            with open("between.csv", "w") as out, open("data.csv") as file:
                out.write(file.read())
            return do("between.csv")

        step.node().compute()
        """
    write(tmp_path, "return open(name).read()", main)
    assert [run(), run()] == [["step"], []]
    (tmp_path / "data.csv").write_text("3\n", encoding="utf-8")
    assert [run(), run()] == [["step"], []]


def test_a_file_that_changed_after_another_process_read_it_prevents_reuse(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        @ex.step(persist=True)
        def step():
            ran("step")
            found = do()
            subprocess.run(["sh", "-c", "name=data; printf 2 > $name.csv"], check=True)
            return found

        step.node().compute()
        """
    write(tmp_path, "return open(name).read()", main)
    assert [run(), run()] == [["step"], ["step"]]


def test_a_script_that_was_cut_short_prevents_reuse(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        @ex.step(persist=True)
        def step():
            ran("step")
            command = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
            child = subprocess.Popen(command, stdout=subprocess.PIPE)
            found = child.stdout.readline()
            child.kill()
            child.wait()
            return found

        step.node().compute()
        """
    write(tmp_path, "pass", main)
    assert [run(), run()] == [["step"], ["step"]]


def test_workers_from_before_the_first_step_prevent_reuse_where_nobody_saw_them(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        pool = multiprocessing.get_context("fork").Pool(1)

        @ex.step(persist=True)
        def step():
            ran("step")
            return pool.map(worker.do, ["data.csv"])

        @ex.step(persist=True)
        def other():
            ran("other")
            return 1

        step.node().compute()
        other.node().compute()
        pool.terminate()
        """
    write(tmp_path, "return open(name).read()", main)
    assert [run(), run()] == [["other", "step"], ["step"]]


def test_workers_that_outlive_a_trial_are_seen_in_the_next_one(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        @ex.result
        def step(number):
            ran(number)
            calls = (joblib.delayed(worker.do)("data.csv") for _ in "ab")
            return number, joblib.Parallel(n_jobs=2)(calls)

        step(number)
        for each in range(3):
            ex.run(number=each)
        """
    write(tmp_path, "return open(name).read()", main)
    assert [run(), run()] == [["0", "1", "2"], []]
    (tmp_path / "data.csv").write_text("3\n", encoding="utf-8")
    assert [run(), run()] == [["0", "1", "2"], []]


def test_each_of_steps_at_once_gets_the_condition(
    tmp_path: Path, run: Callable[[], list[str]]
) -> None:
    main = """
        @ex.step(persist=True)
        def step(name):
            ran(name)
            command = [sys.executable, "-c", f"import worker; print(worker.do({name!r}))"]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        @ex.result
        def both(*found):
            return len(found)

        both(step.node("data.csv"), step.node("other.csv")).compute()
        """
    write(tmp_path, "return open(name).read()", main)
    (tmp_path / "other.csv").write_text("1\n", encoding="utf-8")
    assert run() == ["data.csv", "other.csv"]
    run()  # steps that begin at one moment may seem to draw, and are computed once more
    assert run() == []
    for name in ("data.csv", "other.csv"):
        (tmp_path / name).write_text("2\n", encoding="utf-8")
        assert name in run()


def _names(folder: Any) -> set[str]:
    return {each.name for each in folder.iterdir() if each.name.endswith(".steps")}


def test_nothing_is_left_in_the_folder_for_temporary_files(
    tmp_path: Path, run: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    write(tmp_path, "return open(name).read()")
    assert run() == ["step"]
    assert _names(folder) == set()
