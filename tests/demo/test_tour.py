"""`anew demo` from end to end, and what it does when something is in its way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import anew
from anew import demo
from anew.demo import run_demo
from anew.errors import UsageError

if TYPE_CHECKING:
    from anew.model import Trial


class Tour(NamedTuple):
    """What the demo left behind."""

    folder: Path
    output: str
    trials: list[Trial]


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """Run the demo as a user would, in a folder of another project and with settings for that."""
    around = tmp_path_factory.mktemp("around")
    (around / "anew.toml").touch()
    done = subprocess.run(
        [sys.executable, "-m", "anew", "demo", "penguins"],
        cwd=around,
        env=os.environ | {"ANEW_STORE": str(around / "store"), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    folder = around / "penguins"
    return Tour(folder, done.stdout, anew.open_store(folder / ".anew").trials())


def test_it_records_three_trials_and_a_reproduction(tour: Tour):
    assert [trial.status for trial in tour.trials] == ["finished"] * 4
    assert [trial.parameters["ridge"] for trial in tour.trials] == [1.0, 1000, 1.0, 1.0]
    assert [trial.reproduces for trial in tour.trials] == [None] * 3 + [tour.trials[0].uuid]


def test_the_parameter_the_edit_and_the_data_change_the_result(tour: Tour):
    first, second, third, _ = (trial.result for trial in tour.trials)
    assert len({first, second, third}) == 3


def test_the_reproduction_is_identical(tour: Tour):
    first, *_, last = tour.trials
    assert last.result == first.result
    assert last.metrics == first.metrics
    assert [step.digest for step in last.steps] == [step.digest for step in first.steps]
    assert "identical" in tour.output
    assert "different" not in tour.output.rpartition("$ anew reproduce 1")[2]


def test_what_changed_is_announced(tour: Tour):
    _, _, third, *_ = tour.output.split("$ anew run penguins.py")[1:]
    announced = third.partition("$ anew ls")[0]
    assert "code: measures() changed" in announced
    assert "penguins.csv: 344 rows → 300" in announced


def test_nothing_is_announced_where_only_a_parameter_changed(tour: Tour):
    assert not re.search(r"^anew: ", tour.output.partition("Somebody edits")[0], re.MULTILINE)


def test_the_study_stays_as_it_was_edited(tour: Tour):
    assert 'table["sex"] == "male"' in (tour.folder / "penguins.py").read_text(encoding="utf-8")
    assert len((tour.folder / "penguins.csv").read_text(encoding="utf-8").splitlines()) == 301


def test_it_shows_the_commands_that_it_runs(tour: Tour):
    shown = re.findall(r"^\$ (.+?)(?:  +#.*)?$", tour.output, re.MULTILINE)
    assert shown[:7] == [
        "anew run penguins.py",
        "anew run penguins.py ridge=1000",
        "anew ls",
        "anew run penguins.py",
        "anew ls",
        "anew diff 1 3",
        "anew reproduce 1",
    ]
    assert f"cd {tour.folder}" in shown
    assert "anew show 3" in shown


def test_it_colours_nothing_outside_a_terminal(tour: Tour):
    assert "\033" not in tour.output


def test_it_has_a_store_of_its_own(tour: Tour):
    assert {each.name for each in tour.folder.parent.iterdir()} == {"anew.toml", "penguins"}


def test_what_it_says_to_try_next_works(tour: Tour):
    for command, _ in demo._NEXT[:2]:
        done = subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=tour.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match="is not empty") as caught:
        run_demo(tmp_path)
    assert "anew demo penguins" in caught.value.hint
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_refused(tmp_path: Path):
    path = tmp_path / "thesis.tex"
    path.touch()
    with pytest.raises(UsageError, match="is a file, expected a folder"):
        run_demo(path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    path = tmp_path / "thesis.tex"
    path.touch()
    with pytest.raises(UsageError, match=r"cannot write the study into .*: Not a directory"):
        run_demo(path / "study")


@pytest.fixture
def all_goes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every command succeed at once."""
    monkeypatch.setattr(sys, "executable", shutil.which("true"))


@pytest.mark.usefixtures("all_goes_well")
def test_an_empty_folder_is_taken(tmp_path: Path):
    assert run_demo(tmp_path) == 0
    assert (tmp_path / "penguins.py").is_file()


@pytest.mark.usefixtures("all_goes_well")
def test_by_default_a_new_temporary_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run_demo() == run_demo() == 0
    assert len(list(tmp_path.glob("anew-demo-*"))) == 2
    assert f"$ cd {tmp_path}" in capsys.readouterr().out


@pytest.mark.parametrize(("line", "status"), [("exit 4", 4), ("kill -9 $$", 137)])
def test_it_stops_at_a_command_that_fails(
    line: str,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    broken = tmp_path / "python"
    broken.write_text(f"#!/bin/sh\n{line}\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert run_demo(tmp_path / "study") == status
    printed = capsys.readouterr()
    assert f"error: `anew run penguins.py` ended with status {status}" in printed.err
    assert "hint: " in printed.err
    assert printed.out.count("$ ") == 1


@pytest.mark.usefixtures("all_goes_well")
def test_after_uv_run_it_says_how_to_enter_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    activate = tmp_path / "venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert run_demo(tmp_path / "study") == 0
    assert f"$ source {activate}\n" in capsys.readouterr().out


def test_its_processes_see_no_settings_and_import_this_anew(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANEW_STORE", "elsewhere")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["src", "/lib"]))
    monkeypatch.setattr(demo, "__file__", "/checkout/src/anew/demo/__init__.py")
    environment = demo._clean_environment()
    assert "ANEW_STORE" not in environment
    expected = ["/checkout/src", str(Path("src").absolute()), "/lib"]
    assert environment["PYTHONPATH"].split(os.pathsep) == expected


def test_an_installed_anew_needs_no_search_path(monkeypatch: pytest.MonkeyPatch):
    place = Path(sysconfig.get_path("purelib")) / "anew" / "demo" / "__init__.py"
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(demo, "__file__", str(place))
    assert "PYTHONPATH" not in demo._clean_environment()
