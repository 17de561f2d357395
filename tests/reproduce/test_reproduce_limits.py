"""What a record gives back to a trial, what it does not, and what is said of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anew.errors import (
    EnvironmentProblemError,
    NotReproducibleError,
    SnapshotError,
    UsageError,
)
from anew.provenance import make_facet
from anew.recorder import begin, recording
from anew.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project


def list_verdicts(found) -> dict[tuple[str, str], str]:
    return {(v.kind, v.name): v.verdict for v in found.verdicts}


def test_variables_that_the_sources_ask_for_are_as_they_were(
    project: Project, monkeypatch: pytest.MonkeyPatch
):
    project.write("anew.toml", "")
    project.write("helper.py", "import os\nscale = os.getenv('STUDY_SCALE', 'none')\n")
    project.write("s.py", "import os, helper; print(helper.scale, os.environ.get('STUDY_MODE'))")
    project.run("-m", "anew", "run", "s.py", STUDY_SCALE="3")
    monkeypatch.setenv("STUDY_SCALE", "4")
    monkeypatch.setenv("STUDY_MODE", "fast")
    assert {each.verdict for each in project.reproduce().verdicts} == {"identical"}


@pytest.mark.parametrize("stderr", [subprocess.PIPE, subprocess.STDOUT], ids=["apart", "joined"])
def test_the_streams_of_a_program_go_to_one_place_or_two_as_they_did(project: Project, stderr: int):
    project.write("anew.toml", "")
    project.write("s.py", "import sys; print('out'); print('err', file=sys.stderr); print('end')")
    words = [sys.executable, "-m", "anew", "run", "s.py"]
    subprocess.run(words, cwd=project.root, check=True, stdout=subprocess.PIPE, stderr=stderr)
    found = project.reproduce()
    assert {each.verdict for each in found.verdicts} == {"identical"}


def test_recorded_variables_are_set_and_others_of_their_kind_unset(
    project: Project, monkeypatch: pytest.MonkeyPatch
):
    project.write("anew.toml", "")
    project.write(
        "look.py",
        """
        import anew, os
        ex = anew.Experiment("look", scheduler="sync")
        @ex.result
        def look():
            ex.log(order=hash("text"))
            names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED", "ANEW_STORE")
            return {name: os.environ.get(name) for name in names}
        look.node().compute()
        """,
    )
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    project.run("look.py", OMP_NUM_THREADS="3", PYTHONHASHSEED="5")
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    monkeypatch.setenv("ANEW_STORE", "nowhere")
    found = project.reproduce()
    assert found.is_good
    assert found.made is not None
    assert found.made.result["OMP_NUM_THREADS"] == "3"
    assert found.made.result["MKL_NUM_THREADS"] is None


@pytest.fixture
def other(study: Project) -> Project:
    """A trial that ran on packages and an interpreter that are not to be had."""
    study.run("study.py")
    trial = study.trial()
    packages = trial.facets["packages"]
    packages["versions"] |= {"numpy": "1.0.0"}
    python = trial.facets["python"] | {"version": "3.6.0"}
    study.store.add_facets(
        trial.uuid, [make_facet("packages", packages), make_facet("python", python)]
    )
    return study


def test_an_interpreter_that_is_not_to_be_had_is_said_before_anything_runs(other: Project):
    with pytest.raises(
        EnvironmentProblemError, match=r"Python 3\.6\.0: it is not installed"
    ) as told:
        other.reproduce()
    assert "--env nearest" in str(told.value.hint)
    assert len(other.store.trials()) == 1


def test_with_the_packages_of_today_it_is_said_which_differ(other: Project):
    found = other.reproduce(env="current")
    assert found.is_good
    assert any(line.startswith("numpy 1.0.0 → ") for line in found.differences)
    assert any(line.startswith("Python 3.6.0 → ") for line in found.differences)


def test_an_environment_that_nobody_knows_is_refused(study: Project):
    study.run("study.py")
    with pytest.raises(UsageError, match="env is 'newest', expected one of exact, nearest"):
        study.reproduce(env="newest")


def test_masked_credentials_and_left_out_files_are_warned_of(study: Project):
    study.write(".env", "SECRET=1")
    study.run("-X", "dev", "study.py", "--token", "abc", "--password=xyz")
    found = study.reproduce()
    assert found.is_good
    assert found.warnings == [
        "the command had a credential that was not recorded: --token ***",
        "the command had a credential that was not recorded: --password=***",
        "not in the snapshot: .env",
    ]


def test_a_command_that_fails_before_the_trial_begins_says_its_last_words(study: Project):
    study.write("licence", "")
    study.write(".gitignore", "licence\n")
    asked = "import os\nif not os.path.exists('licence'): raise SystemExit('no licence')\n"
    study.write("study.py", asked + study.source)
    study.run("study.py")
    with pytest.raises(NotReproducibleError, match="no licence") as caught:
        study.reproduce()
    assert "status 1 before the trial began" in str(caught.value)


def test_a_command_that_begins_no_trial_makes_nothing_anew(study: Project, tmp_path: Path):
    switch = tmp_path / "switch"
    study.run("-c", f"import os, study\nif not os.path.exists({str(switch)!r}): study.ex.run()")
    switch.touch()
    found = study.reproduce()
    assert found.made is None
    assert not found.is_good
    assert found.to_dict()["made"] is None
    assert list_verdicts(found) == {("trial", "1"): "missing"}


def test_another_value_of_a_parameter_is_another_trial(study: Project, tmp_path: Path):
    count = tmp_path / "count"
    study.run(
        "-c",
        f"import study, pathlib\np = pathlib.Path({str(count)!r})\n"
        "n = len(p.read_text()) if p.exists() else 1\np.write_text('x' * (n + 1))\n"
        "study.ex.run(alpha=n)",
    )
    found = study.reproduce()
    assert list_verdicts(found)["parameter", "alpha"] == "different"
    assert not found.is_good


def test_a_trial_without_snapshot_says_why_it_has_none(study: Project):
    study.write("anew.toml", "snapshot_files = 1")
    study.run("study.py")
    with pytest.raises(NotReproducibleError, match=r"no snapshot was recorded: .* 1"):
        study.reproduce()


def test_a_snapshot_that_is_gone_is_said(study: Project):
    study.run("study.py")
    shutil.rmtree(study.root / ".anew" / "git")
    with pytest.raises(SnapshotError, match="no snapshots"):
        study.reproduce()


def test_a_trial_that_is_running_is_not_made_anew(study: Project):
    recorder = begin("live", {}, settings=load_settings(study.root))
    with pytest.raises(NotReproducibleError, match="still running"):
        study.reproduce()
    with recording(recorder):
        pass


def test_progress_is_told_in_lines(study: Project):
    study.run("study.py")
    lines: list[str] = []
    study.reproduce(progress=lines.append)
    assert lines[0] == "putting back code and inputs"
    assert lines[1] == "the environment that it ran in is unchanged"
    assert lines[2].startswith("running ")
    assert "the score is known" in lines
    assert lines[-1] == "comparing with trial 1"


def test_an_interrupted_reproduction_leaves_nothing_behind(study: Project, scratch: Path):
    study.run("study.py")

    def interrupt(line: str) -> None:
        if line.startswith("the score"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.reproduce(progress=interrupt)
    assert list(scratch.iterdir()) == []


def test_a_result_that_cannot_be_stored_is_not_made_anew(project: Project):
    project.write("anew.toml", "")
    project.write(
        "lock.py",
        """
        import anew, threading
        ex = anew.Experiment("lock", scheduler="sync")
        @ex.result
        def lock(): return threading.Lock()
        lock.node().compute()
        """,
    )
    project.run("lock.py")
    found = project.reproduce()
    assert list_verdicts(found)["result", "lock"] == "not compared"
    assert not found.is_good


def test_a_step_that_cannot_be_compared_does_no_harm_when_what_it_feeds_is_good(project: Project):
    project.write("anew.toml", "")
    project.write(
        "lock.py",
        """
        import anew, threading
        ex = anew.Experiment("lock", scheduler="sync")
        @ex.step
        def lock(): return threading.Lock()
        @ex.result
        def ask(lock): return lock.locked()
        ask(lock.node()).compute()
        """,
    )
    project.run("lock.py")
    found = project.reproduce()
    assert list_verdicts(found)["step", "lock"] == "not compared"
    assert found.is_good


def test_a_reproduction_is_plain_data(study: Project):
    study.run("study.py")
    told = json.loads(json.dumps(study.reproduce().to_dict()))
    assert told["trial"] == 1
    assert told["made"] == 2
    assert told["is_good"] is True
    assert told["verdict"] == "identical"
    assert {"kind", "name", "verdict", "detail"} <= told["verdicts"][0].keys()


def test_arrays_come_back_from_the_new_trial(study: Project):
    study.run("study.py")
    made = study.reproduce().made
    assert made is not None
    np.testing.assert_array_equal(made.value("load"), [1, 2, 4])


def test_a_trial_that_does_not_end_in_time_is_ended(project: Project, tmp_path: Path):
    project.write("anew.toml", "")
    nap = tmp_path / "nap"
    project.write(
        "s.py",
        f"""
        import os, time
        print("begun", flush=True)
        time.sleep(60 * os.path.exists({str(nap)!r}))
        """,
    )
    project.run("-m", "anew", "run", "s.py")
    nap.touch()
    found = project.reproduce(timeout=4)
    assert found.warnings == ["it did not end within 4 s, and was ended"]
    assert list_verdicts(found)["status", "finished"] == "different"
    assert not found.is_good
