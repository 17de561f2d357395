"""Trials in a real session of IPython."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

START = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
number = 0

def run(source, cell_id=None):
    done = shell.run_cell(source, store_history=True, cell_id=cell_id)
    if done.error_in_exec:
        print("raised", type(done.error_in_exec).__name__)

def last():
    import anew
    return anew.open_store(".anew").trial("last")
"""


@pytest.fixture
def session(tmp_path: Path):
    (tmp_path / "pyproject.toml").touch()

    def run(code: str) -> str:
        variables = os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")}
        source = START + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-c", source],
            cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def test_a_cell_is_a_trial(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial bikes alpha=0.3 model=ridge\\nimport anew\\nanew.log(rmse=1.5)\\ntrial.parameters")
    print(last().experiment, last().parameters, last().metrics, last().status)
    """)
    assert "bikes {'alpha': 0.3, 'model': 'ridge'} {'rmse': 1.5} finished" in printed


def test_the_last_expression_is_shown(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial bikes\\n20 + 22")
    """)
    assert "42" in printed


def test_names_given_in_the_cell_stay(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial bikes\\nfound = 5")
    run("print('found', found)")
    """)
    assert "found 5" in printed


def test_a_cell_that_raises_is_a_failed_trial(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial bikes\\n1 / 0")
    print(last().status, last().error.type)
    """)
    assert "raised ZeroDivisionError" in printed
    assert "failed ZeroDivisionError" in printed


def test_the_executed_cells_are_recorded_in_order(session) -> None:
    printed = session("""
    run("x = 1")
    run("x = 2")
    run("import anew\\nwith anew.trial('bikes'):\\n    anew.log(x=x)")
    print(last().facets["cells"]["sources"])
    """)
    assert "['x = 1', 'x = 2', \"import anew\\nwith anew.trial" in printed.replace("\\\\n", "\\n")


def test_a_value_of_an_edited_cell_is_warned_of(session) -> None:
    printed = session("""
    run("%load_ext anew", "0")
    run("x = 1", "a")
    run("y = 2", "a")
    run("%%trial bikes\\nanew_x = x", "b")
    """)
    assert "x is from cell [2], which was edited since it ran" in printed


def test_without_an_experiment_the_way_out_is_said(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial alpha=0.3\\n1")
    """)
    assert "%%trial bikes alpha=0.3" in printed
    assert "raised UsageError" in printed


def test_a_seed_seeds_the_generators(session) -> None:
    printed = session("""
    run("%load_ext anew")
    run("%%trial bikes --seed 1\\nimport random\\nprint('drew', random.random())")
    run("%%trial bikes --seed 1\\nimport random\\nprint('drew', random.random())")
    """)
    drawn = [line for line in printed.splitlines() if line.startswith("drew")]
    assert len(drawn) == 2
    assert drawn[0] == drawn[1]
