"""What is said before a trial begins: in short, and once."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import anew
from anew.guards import before_trial

SCRIPT = """
import anew

for number in range(2):
    with anew.trial("twice"):
        pass
"""


@pytest.fixture
def told(project, write):
    """Run two trials in a process of their own, and give what was said."""
    write("twice.py", SCRIPT)

    def run():
        command = [sys.executable, "twice.py"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
        return done.stderr.splitlines()

    return run


def test_a_project_without_any_demands_is_silent(told):
    assert told() == []


def test_what_does_not_agree_is_said_once_with_its_mend(told, write):
    write("requirements.txt", "numpy==1.0\n")
    write(".python-version", "3.4\n")
    ours = version("numpy")
    lock = f"installed is not what requirements.txt says: numpy {ours} (locked 1.0)"
    python = f"Python {sys.version.split()[0]} runs, .python-version asks for 3.4"
    said = [
        f"anew: {lock} (uv pip sync requirements.txt)",
        f"anew: {python} (uv venv --clear --python '3.4' && uv sync)",
    ]
    assert told() == said
    assert anew.open_store().trial("last").number == 2


def test_what_cannot_be_looked_at_is_no_reason_not_to_work(project, monkeypatch):
    def fail(*_):
        message = "no such luck"
        raise OSError(message)

    monkeypatch.setattr("anew.guards.before.before_trial", fail)
    (project / "requirements.txt").write_text("numpy\n")
    with pytest.warns(anew.errors.AnewWarning, match="no such luck"), anew.trial("work") as trial:
        pass
    assert trial.record.status == "finished"


def test_what_is_only_told_is_not_said(look, pushed):
    assert before_trial(look()) == []
    (pushed / ".python-version").write_text("3.4\n")
    assert [each.kind for each in before_trial(look())] == ["python"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [("scores.json", {}), ("score?.json, out/*.txt", {"rmse": 0.5})],
    ids=["other", "fitting"],
)
def test_the_setting_says_which_files_hold_metrics(project, monkeypatch, files, expected):
    monkeypatch.setenv("ANEW_METRICS_FILES", files)
    with anew.trial("scored") as trial:
        (project / "score1.json").write_text('{"rmse": 0.5}')
        (project / "metrics.json").write_text('{"mae": 0.5}')
    assert trial.record.metrics == expected
