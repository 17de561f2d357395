"""Folders, patterns and modules that a step read are conditions of its memo.

All cases are steps of one project, each in a module, run in one process: at first, unchanged,
after the change of each case, and unchanged.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest
from folder_cases import CASES, put_table
from fresh_process import run_main

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = """
import importlib, os, subprocess, sys
from importlib import import_module as load_module
from pathlib import Path
import anew
"""
WAYS = {
    "steps": ("ex = anew.Experiment('folders')", "@ex.step(persist=True)", "{}.node().compute()"),
    "cached functions": ("", "@anew.cache", "{}()"),
}
SCRIPTS = {
    "script.py": "import sys\nprint(open(sys.argv[1] + '/a.csv').read())\n",
    "many.py": "import polars, sys\nprint(polars.read_csv(sys.argv[1] + '/*.csv'))\n",
    "pyproject.toml": "",
}


def name_in(text: str, number: int) -> str:
    """Give a case names of its own."""
    return re.sub(r"\bD(e?)(?=[/\"'_])", rf"d{number}\1", text)


def write_project(folder: Path, way: str) -> None:
    """Write a project with a step for each case, each of which says that it ran."""
    before, decorator, call = WAYS[way]
    texts = SCRIPTS | {"main.py": ""}
    for number, case in enumerate(CASES.values()):
        told = f'os.write(2, b"ran {number}\\n")'  # not given again when the step is spared
        body = textwrap.indent(name_in(f"{told}\n{case.body}", number), "    ")
        texts[f"case_{number}.py"] = f"{BEGINNING}{before}\n{decorator}\ndef step():\n{body}\n"
        texts |= {name_in(name, number): name_in(t, number) for name, t in case.files.items()}
        texts["main.py"] += f"import case_{number}\n{call.format(f'case_{number}.step')}\n"
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        if path.suffix == ".parquet":
            put_table(path)
        else:
            path.write_text(text, encoding="utf-8")


def run(folder: Path) -> set[str]:
    """Run the project in a process; name the cases that ran."""
    printed = run_main(folder)
    assert "removed by another program" not in printed
    assert not re.search(r"too large to keep: (\S+, )*d\d+[ ,]", printed)
    names = list(CASES)
    return {names[int(each)] for each in re.findall(r"^ran (\d+)$", printed, re.MULTILINE)}


@pytest.fixture(scope="module", params=list(WAYS))
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[set[str]]:
    """Name what ran at first, unchanged, after the changes, and unchanged."""
    folder = tmp_path_factory.mktemp("folders")
    write_project(folder, request.param)
    found = [run(folder), run(folder)]
    for number, case in enumerate(CASES.values()):
        case.change(folder / name_in(case.path, number))
    found += [run(folder), run(folder)]
    number = list(CASES).index("a copy is put back")
    assert (folder / f"d{number}/out/a.csv").exists()
    return found


@pytest.mark.parametrize("name", list(CASES))
def test_a_step_is_reused_until_what_it_read_there_changes(name: str, runs: list[set[str]]) -> None:
    assert [name in ran for ran in runs] == [True, False, CASES[name].is_seen, False]
