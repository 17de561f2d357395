"""Files that other processes of Python read for a step are conditions of its memo."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from children_cases import BODIES, IDLE, KEPT, MORE, READER, SCRIPT
from fresh_process import run_main

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = """
import concurrent.futures, multiprocessing, os, subprocess, sys
import anew
import joblib
import kept
import reader

def call(name):
    command = [sys.executable, "script.py", name.removesuffix(".csv")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout

def ran(name):
    os.write(2, f"ran {name}\\n".encode())
"""
WAYS = {
    "steps": (
        "ex = anew.Experiment('children')",
        "@ex.step(persist=True)",
        "    for each in STEPS:\n        each.node().compute()",
    ),
    "cached functions": (
        "",
        "@anew.cache",
        "    for each in STEPS:\n        each()",
    ),
}


def write_project(folder: Path, way: str) -> None:
    """Write a project with a step for each case, each of which says that it ran."""
    before, decorator, end = WAYS[way]
    parts = [BEGINNING, before]
    for number, body in enumerate((BODIES | IDLE).values()):
        lines = textwrap.indent(textwrap.dedent(body), "    ")
        parts.append(f"{decorator}\ndef step_{number}():\n    ran({number})\n{lines}")
    names = ", ".join(f"step_{number}" for number in range(len(BODIES | IDLE)))
    parts.append(f"STEPS = [{names}]\nif __name__ == '__main__':\n{end}\n")
    texts = {
        "main.py": "\n".join(parts),
        "reader.py": READER,
        "script.py": SCRIPT,
        "more.py": MORE,
        "kept.py": KEPT,
        "data.csv": "a,b\n1,2\n",
        "other.csv": "x\n",
        "pyproject.toml": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def run(folder: Path) -> set[str]:
    """Run the project in a process; name the cases that ran."""
    lines = run_main(folder).splitlines()
    names = list(BODIES | IDLE)
    told = (line.removeprefix("ran ") for line in lines if "ran " in line)
    return {names[int(each)] for each in told if each.isdecimal()}


@pytest.fixture(scope="module", params=list(WAYS))
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[set[str]]:
    """Name what ran at first, unchanged, after edits of the file and of a module, unchanged."""
    folder = tmp_path_factory.mktemp("children")
    write_project(folder, request.param)
    found = [run(folder), run(folder)]
    (folder / "data.csv").write_text("a,b\n3,4\n", encoding="utf-8")
    found.append(run(folder))
    edited = MORE.replace("file.read()", "file.read()[1:]")
    (folder / "more.py").write_text(edited, encoding="utf-8")
    return [*found, run(folder), run(folder)]


@pytest.mark.parametrize("name", list(BODIES))
def test_a_step_is_reused_until_a_file_changes_that_others_read_for_it(
    name: str, runs: list[set[str]]
) -> None:
    assert [name in ran for ran in runs[:3]] == [True, False, True]
    assert name not in runs[-1]


@pytest.mark.parametrize("name", list(IDLE))
def test_workers_that_wait_are_no_concern_of_a_step(name: str, runs: list[set[str]]) -> None:
    assert [name in ran for ran in runs] == [True, False, False, False, False]


def test_the_code_of_a_script_is_a_condition(runs: list[set[str]]) -> None:
    assert runs[3] == {"a script", "a script of a shell", "two at once"}
