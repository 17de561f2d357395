"""How a process knows that it makes a trial anew."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anew.errors import UsageError
from anew.plan import VARIABLE, Plan, absolute, current_plan, find_input


@pytest.fixture(autouse=True)
def _not_read_yet():
    """The plan is read once in the life of a process: here, once in each test."""
    current_plan.cache_clear()
    yield
    current_plan.cache_clear()


@pytest.fixture
def plan(tmp_path):
    return Plan(
        uuid="a",
        ordinal=2,
        seed=2**64 - 1,
        store=str(tmp_path / "store"),
        snapshot={"commit": "c", "files": 3},
        inputs={"/data/größe.csv": "/scratch/1"},
        folder=str(tmp_path),
    )


def read_plan(path):
    """Give the plan that another process follows."""
    code = "from anew.plan import current_plan; print(current_plan())"
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment | ({VARIABLE: str(path)} if path else {}),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_ordinary_life_follows_no_plan():
    assert read_plan(None) == "None"
    assert read_plan("") == "None"


def test_another_process_reads_the_plan_that_was_written(plan, tmp_path):
    plan.write(tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == str(plan)


def test_a_plan_is_read_once(plan, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "plan.json"))
    plan.write(tmp_path / "plan.json")
    assert current_plan() is current_plan()
    assert current_plan() == plan


@pytest.mark.parametrize("content", [None, "no JSON", "{}", "[]", '{"colour": "red"}'])
def test_a_variable_that_names_no_plan_is_told(tmp_path, monkeypatch, content):
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(UsageError, match="the plan of a reproduction cannot be read") as caught:
        current_plan()
    assert caught.value.where == str(path)
    assert caught.value.hint == "unset ANEW_PLAN"


def test_an_input_is_read_where_it_says_in_ordinary_life(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_input("/data/größe.csv") == Path("/data/größe.csv")
    assert find_input("a.csv") == Path("a.csv")


def test_an_input_is_read_where_the_plan_has_it(plan, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "plan.json"))
    plan.write(tmp_path / "plan.json")
    assert find_input("/data/größe.csv") == Path("/scratch/1")
    assert find_input("/data/x/../größe.csv") == Path("/scratch/1")
    assert find_input("/data/other.csv") == Path("/data/other.csv")


def test_a_path_is_made_absolute_under_the_name_that_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert absolute("link") == str(tmp_path / "link")
    assert absolute(Path("a") / ".." / "link") == str(tmp_path / "link")


def test_only_the_trial_of_the_right_turn_may_claim(plan):
    assert [plan.claim(ordinal) for ordinal in (1, 3, 2, 2)] == [False, False, True, False]


def test_one_of_many_processes_claims(plan, tmp_path):
    plan.write(tmp_path / "plan.json")
    code = """
        import sys
        from anew.plan import current_plan
        input()
        print(current_plan().claim(2))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    processes = [
        subprocess.Popen(
            command,
            env=os.environ | {VARIABLE: str(tmp_path / "plan.json")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda process: process.communicate("\n")[0], processes))
    assert sorted(said) == ["False\n"] * 3 + ["True\n"]


def test_the_trial_made_is_told_to_whoever_waits(plan, tmp_path):
    plan.tell("b")
    assert (tmp_path / "made").read_text() == "b"


def test_only_the_trial_of_the_right_turn_is_kept_in_the_store(plan, tmp_path):
    assert plan.place(is_turn=True) == Path(plan.store)
    assert plan.place(is_turn=False) == tmp_path / ".anew"
