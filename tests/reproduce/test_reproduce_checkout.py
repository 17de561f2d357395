"""A trial as a folder that can be run by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from anew.errors import UsageError
from anew.reproduce import checkout

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Lab


def run_by_hand(folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what the README says."""
    readme = (folder / "README.anew.md").read_text(encoding="utf-8")
    commands = re.search(r"```bash\n(.*?)```", readme, re.DOTALL)
    assert commands is not None
    return subprocess.run(
        ["bash", "-e", "-c", commands[1]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def script(lab: Lab) -> Lab:
    """A trial of a script that reads data that git ignores; the project has changed since."""
    write = lab.project.write
    write(".gitignore", "data/\n")
    write("data/in.txt", "recorded")
    write("sub/s.py", "import sys, alpha; print(open(sys.argv[1]).read(), alpha.VERSION)\n")
    lab.call("run", "s.py", "../data/in.txt", "a b", cwd=lab.root / "sub")
    write("sub/s.py", "raise SystemExit(1)")
    (lab.root / "data/in.txt").unlink()
    lab.install("alpha==3.0")
    return lab


def test_a_trial_is_run_by_hand_as_its_readme_says(script: Lab, tmp_path: Path):
    found = checkout(script.project.trial(), tmp_path / "there")
    assert run_by_hand(found.folder).stdout == "recorded 2.0\n"
    assert found.command == "python s.py ../data/in.txt 'a b'"


def test_an_environment_of_conda_is_active_without_conda(
    script: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It has no script that activates it."""
    monkeypatch.setenv("VIRTUAL_ENV", str(script.environment))
    (script.environment / "conda-meta").mkdir()
    (script.environment / "bin" / "activate").unlink()
    found = checkout(script.project.trial(), tmp_path / "there", env="current")
    assert run_by_hand(found.folder).stdout == "recorded 3.0\n"


def test_the_environment_is_a_folder_of_its_own(script: Lab, tmp_path: Path):
    found = checkout(script.project.trial(), tmp_path / "there")
    python = found.folder / ".venv" / "bin" / "python"
    asked = [python, "-c", "import sys; print(sys.prefix, sys.version_info[:3])"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told == f"{found.folder / '.venv'} {sys.version_info[:3]}\n"


def test_without_an_environment_there_is_the_tree_alone(script: Lab, tmp_path: Path):
    found = checkout(script.project.trial(), tmp_path / "there", env=None)
    names = {each.name for each in found.folder.iterdir()}
    assert "README.anew.md" in names
    assert {".venv", ".environment.anew"}.isdisjoint(names)


def test_a_folder_with_something_in_it_is_left_alone(script: Lab, tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        checkout(script.project.trial(), tmp_path, env=None)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_checkout_that_fails_leaves_no_folder_behind(script: Lab, tmp_path: Path):
    objects = script.root / ".anew" / "objects"
    for path in [each for each in objects.rglob("*") if each.is_file()]:
        path.unlink()
    with pytest.raises(Exception, match="not to be had"):
        checkout(script.project.trial(), tmp_path / "there", env=None)
    assert not (tmp_path / "there").exists()


def test_the_command_says_where_the_trial_is(script: Lab):
    done = script.call("checkout", "last", "there", "--env", "none")
    assert (script.root / "there" / "sub" / "s.py").exists()
    assert "README.anew.md" in done.stdout
