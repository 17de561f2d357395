"""A planted cause of each kind is found, in few runs."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project


def test_one_hunk_among_twenty_is_named(study: Project):
    study.run("study.py")
    study.replace("features.py", " = 1\n", " = 2\n")
    study.run("study.py")
    found = study.bisect()
    assert found.lines == ["hunk 8 of features.py alone changes score 3.0 → 6.0, by 3 (relative 1)"]
    assert found.is_explained
    assert found.causes[0].is_minimal
    assert found.candidates == 20
    assert found.runs <= 2 + math.ceil(math.log2(20)) + 1


def test_one_new_file_among_many_is_named(project: Project):
    project.write(
        "study.py",
        """
        import glob
        import anew

        with anew.trial("study"):
            anew.log(plugins=len(glob.glob("plugins/p*.py")))
        """,
    )
    project.run("study.py")
    for number in range(6):
        project.write(f"plugins/x{number}.py", "")
    project.write("plugins/p3.py", "")
    project.run("study.py")
    found = project.bisect()
    assert [c.title for c in found.causes] == ["plugins/p3.py (added)"]
    assert found.runs <= 6


def test_one_data_file_among_many_is_named(study: Project):
    study.replace(
        "study.py",
        '"data/a.csv")',
        '"data/a.csv")] + [0 for n in "abcdefgh" for _ in open(f"data/{n}.csv")',
    )
    study.run("study.py")
    for name in "abcdefgh":
        study.replace(f"data/{name}.csv", "2\n", "4\n")
    study.run("study.py")
    found = study.bisect()
    assert [c.title for c in found.causes] == ["data/a.csv"]
    assert found.candidates == 8
    assert found.runs <= 2 + 3 + 1


def test_data_that_is_not_in_the_snapshot_is_exchanged_too(study: Project, tmp_path: Path):
    outside = tmp_path / "outside.csv"
    study.replace("study.py", '"data/a.csv"', repr(str(outside)))
    outside.write_text("1\n")
    study.run("study.py")
    outside.write_text("5\n")
    study.replace("features.py", "X3 = 1", "X3 = 2")
    study.run("study.py")
    outside.write_text("7\n")
    found = study.bisect()
    assert [c.title for c in found.causes] == [str(outside)]
    assert outside.read_text() == "7\n"


def test_one_argument_among_several_is_named(project: Project):
    project.write(
        "study.py",
        """
        import argparse
        import anew

        parser = argparse.ArgumentParser()
        for name in ("alpha", "beta", "gamma"):
            parser.add_argument(f"--{name}", type=float, default=1.0)
        parser.add_argument("mode")
        given = parser.parse_args()

        with anew.trial("study"):
            anew.log(score=given.beta)
        """,
    )
    project.run("study.py", "--alpha", "1", "--beta=2", "fast")
    project.run("study.py", "--alpha", "3", "--beta=4", "--gamma", "5", "slow")
    found = project.bisect()
    assert [c.title for c in found.causes] == ["parameter --beta 2 → 4"]
    assert found.candidates == 4


def test_the_parameter_of_a_loop_is_named(project: Project):
    project.write(
        "study.py",
        """
        import anew

        for alpha in (0.1, 0.3):
            with anew.trial("study", alpha=alpha):
                anew.log(score=alpha)
        """,
    )
    project.run("study.py")
    found = project.bisect()
    assert [c.title for c in found.causes] == ["parameter alpha 0.1 → 0.3"]


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [("1", "2", "1 → 2"), (None, "2", "2 added"), ("1", None, "1 removed")],
    ids=["changed", "added", "removed"],
)
def test_one_environment_variable_is_named(project: Project, one, other, text):
    project.write(
        "study.py",
        """
        import os
        import anew

        with anew.trial("study"):
            anew.log(threads=int(os.environ.get("OMP_NUM_THREADS", 0)))
        """,
    )
    for value, also in ((one, "C"), (other, "POSIX")):
        given = {"OMP_NUM_THREADS": value} if value else {}
        project.run("study.py", LC_ALL=also, **given)
    found = project.bisect()
    assert [c.title for c in found.causes] == [f"variable OMP_NUM_THREADS {text}"]


def test_the_seed_is_named(project: Project):
    project.write(
        "study.py",
        """
        import anew

        ex = anew.Experiment("study")

        @ex.result
        def draw(rng):
            return float(rng.normal())

        outcome = draw.node()
        """,
    )
    project.run("-m", "anew", "run", "study.py", "--seed", "1")
    project.run("-m", "anew", "run", "study.py", "--seed", "2")
    found = project.bisect()
    assert [c.title for c in found.causes] == ["seed 1 → 2"]


def test_the_interpreter_is_named(project: Project):
    other = _other_interpreter()
    project.write(
        "study.py",
        """
        import sys

        with open("version.txt", "w") as file:
            file.write(str(sys.version_info[1]))
        """,
    )
    for number, python in enumerate((sys.executable, other)):
        folder = project.root.parent / f"environment {number}"
        words = [python, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(words, check=True)
        project.run("-m", "anew", "run", "study.py", VIRTUAL_ENV=str(folder))
    found = project.bisect()
    assert len(found.causes) == 1
    assert found.causes[0].title.startswith("Python 3.")


def _other_interpreter() -> str:
    """Find an interpreter of another release."""
    for folder in sorted(Path.home().glob(".pyenv/versions/3.*")):
        minor = folder.name.split(".")[1]
        if int(minor) >= 11 and int(minor) != sys.version_info[1]:
            return str(folder / "bin" / "python")
    pytest.skip("there is no other interpreter")


def test_why_a_trial_fails_is_found(study: Project):
    study.run("study.py")
    study.replace("features.py", " = 1\n", " = 2\n")
    study.replace("features.py", "X7 = 2", "X7 = None")
    study.run("study.py", check=False)
    found = study.bisect()
    assert [c.title for c in found.causes] == ["hunk 8 of features.py"]
    assert "TypeError" in found.causes[0].effect


def test_one_value_of_a_configuration_file_is_named(project: Project):
    project.write(
        "study.py",
        """
        import json
        import anew

        with anew.trial("study"):
            with open("conf.json") as file:
                anew.log(score=json.load(file)["gamma"])
        """,
    )
    text = '{\n  "alpha": 1,\n  "beta": 1,\n  "gamma": 1,\n  "delta": 1\n}\n'
    project.write("conf.json", text)
    project.run("study.py")
    project.write("conf.json", text.replace("1", "2"))
    project.run("study.py")
    found = project.bisect()
    assert [cause.title for cause in found.causes] == ["line 4 of conf.json"]
