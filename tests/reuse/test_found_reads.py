"""What one step reads and keeps, and another one of the same process finds.

All cases are modules of one project, run one after the other in one process: as they are,
unchanged, after an edit of ``x.json``, and after one of ``y.json``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from found_cases import CASES, LAZY

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = """
import os
import anew
import HELPERS as helpers

ex = anew.Experiment("CASE")

def ran(name):
    os.write(1, f"CASE {name}\\n".encode())  # not given again when the step is spared
"""
FILES = {"x.json": '{"a": 1}', "y.json": '{"a": 5}'}


def run(folder: Path) -> dict[str, str]:
    """Run all cases in a process; tell which steps of each ran."""
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env={**os.environ, "ANEW_STORE": str(folder / ".anew")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert not done.returncode, done.stdout + done.stderr
    found = {f"case_{number}": [] for number in range(len(CASES))}
    for line in done.stdout.splitlines():
        name, _, step = line.partition(" ")
        if name in found:
            found[name].append(step)
    return {name: " ".join(sorted(steps)) for name, steps in found.items()}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What ran of each case at first, unchanged, after each of the two edits, and unchanged."""
    folder = tmp_path_factory.mktemp("found")
    (folder / "pyproject.toml").touch()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for number, case in enumerate(CASES):
        script = (BEGINNING + textwrap.dedent(case.script)).replace("CASE", f"case_{number}")
        names = {f"case_{number}.py": script, f"helpers_{number}.py": textwrap.dedent(case.helpers)}
        for name, text in names.items():
            own = text.replace("HELPERS", f"helpers_{number}").replace("lazy", f"lazy_{number}")
            (folder / name).write_text(own, encoding="utf-8")
        (folder / f"lazy_{number}.py").write_text(LAZY, encoding="utf-8")
    names = "\n".join(f"import case_{number}" for number in range(len(CASES)))
    (folder / "main.py").write_text(names, encoding="utf-8")
    found = [run(folder), run(folder)]
    (folder / "x.json").write_text('{"a": 2}', encoding="utf-8")
    found.append(run(folder))
    (folder / "y.json").write_text('{"a": 6}', encoding="utf-8")
    return [*found, run(folder), run(folder)]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_what_a_step_found_of_another_is_its_condition_too(
    number: int, runs: list[dict[str, str]]
) -> None:
    case, name = CASES[number], f"case_{number}"
    _, again, after_x, after_y, at_last = (each[name] for each in runs)
    assert again == ""
    assert after_x == case.after_x
    assert after_y == case.after_y
    assert at_last == ""
