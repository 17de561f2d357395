"""A study with trials, and the real command to look at them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME_LIMIT_S = 120

SCRIPT = '''"""A study of nothing."""

import sys

import anew

ex = anew.Experiment("bikes")
alpha = ex.parameter("alpha", default=1.0, help="strength of the penalty")
model = ex.parameter("model", default="ridge")


@ex.step(persist=True)
def load(path):
    return [int(line) for line in anew.input(path).read_text().splitlines()[1:]]


def shrink(value, alpha):
    if alpha < 0:
        raise ValueError(f"alpha is {alpha}, expected 0 or more")
    return value / (1 + alpha)


@ex.step
def fit(values, alpha, model):
    print("fitting", model)
    print("a warning", file=sys.stderr)
    ex.log(loss=shrink(len(values), alpha))
    ex.save("values.json", values)
    return shrink(sum(values), alpha)


@ex.result
def total(fitted):
    return fitted


total(fit(load.node("data.csv"), alpha, model))
'''

OTHER = """import math

import anew

ex = anew.Experiment("other")


@ex.result
def nothing():
    return math.nan


nothing.node()
"""

CLOCK = """import time

import anew

ex = anew.Experiment("clock")


@ex.result
def clock():
    return time.time()


clock.node()
"""


def run_anew(*arguments: str, cwd: Path, status: int = 0, **environment: str) -> Any:
    """Run the command as a user does, expecting an exit status."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANEW_", "COLUMNS", "LINES"))}
    done = subprocess.run(
        [sys.executable, "-m", "anew", *arguments],
        cwd=cwd,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def write_study(folder: Path) -> Path:
    """Write the scripts and the data of the study."""
    (folder / "anew.toml").touch()
    (folder / "bikes.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "other.py").write_text(OTHER, encoding="utf-8")
    (folder / "data.csv").write_text("x\n1\n2\n3\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with five trials, which are only looked at.

    1 and 2 differ by a parameter, 3 failed, 4 has other code and data, 5 is of another experiment.
    """
    folder = write_study(tmp_path_factory.mktemp("study"))
    run_anew("run", "bikes.py", "--seed", "7", cwd=folder)
    run_anew("run", "bikes.py", "--seed", "7", "alpha=3.0", cwd=folder)
    run_anew("run", "bikes.py", "--seed", "7", "alpha=-1", cwd=folder, status=1)
    (folder / "data.csv").write_text("x\n1\n2\n3\n4\n", encoding="utf-8")
    script = folder / "bikes.py"
    script.write_text(SCRIPT.replace("value / (1 + alpha)", "value / (2 + alpha)"))
    run_anew("run", "bikes.py", "--seed", "7", cwd=folder)
    run_anew("run", "other.py", cwd=folder)
    return folder


@pytest.fixture(scope="session")
def look_anew(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Run the command in a folder whose trials are made anew: 2 is not the same twice."""
    folder = write_study(tmp_path_factory.mktemp("anew"))
    (folder / "clock.py").write_text(CLOCK, encoding="utf-8")
    run_anew("run", "bikes.py", cwd=folder)
    run_anew("run", "clock.py", cwd=folder)

    def run(*arguments: str, status: int = 0) -> Any:
        return run_anew(*arguments, cwd=folder, status=status)

    return run


@pytest.fixture
def own_study(tmp_path: Path) -> Path:
    """A study without trials, of the test's own."""
    return write_study(tmp_path)


@pytest.fixture
def look(study: Path) -> Callable[..., Any]:
    """Run the command in the study that is only looked at."""

    def run(*arguments: str, status: int = 0, **environment: str) -> Any:
        return run_anew(*arguments, cwd=study, status=status, **environment)

    return run


@pytest.fixture
def look_json(look: Callable[..., Any]) -> Callable[..., Any]:
    """Run the command with ``--json`` and read what it prints, which is nothing else."""

    def run(*arguments: str, status: int = 0) -> Any:
        done = look(*arguments, "--json", status=status)
        assert done.stderr == ""
        return json.loads(done.stdout, parse_constant=pytest.fail)

    return run


@pytest.fixture
def do(own_study: Path) -> Callable[..., Any]:
    """Run the command in the study of the test's own."""

    def run(*arguments: str, status: int = 0, **environment: str) -> Any:
        return run_anew(*arguments, cwd=own_study, status=status, **environment)

    return run
