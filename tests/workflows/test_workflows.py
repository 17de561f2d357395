"""Workflows that make trials anew, as GitHub and GitLab would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import anew
from anew.errors import UsageError
from anew.workflows import Plan, make_workflow, write_workflow

PLAN = Plan(trials=("0123",), remote="file:///shared")
HOSTS = ("github", "gitlab")


def read(host: str, plan: Plan = PLAN) -> dict[Any, Any]:
    return yaml.safe_load(make_workflow(host, plan))


def script(host: str, plan: Plan = PLAN) -> str:
    """Give the lines that the host's shell runs."""
    if host == "gitlab":
        return "\n".join(read(host, plan)["anew"]["script"])
    steps = read(host, plan)["jobs"]["anew"]["steps"]
    return next(step["run"] for step in steps if step.get("name") == "Trials")


def test_a_workflow_of_github_has_no_right_that_it_does_not_need():
    workflow = read("github")
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["anew"]["permissions"] == {
        "contents": "read",
        "pull-requests": "write",
    }


def test_actions_of_others_are_pinned_by_their_commit():
    used = [step["uses"] for step in read("github")["jobs"]["anew"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)


def test_workflows_run_on_pushes_and_requests():
    assert {"push", "pull_request"} <= read("github")[True].keys()  # YAML 1.1 reads "on" as true
    assert "merge_request_event" in str(read("gitlab")["anew"]["rules"])


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_with_blanks_and_quotes_stays_one_word(host: str):
    plan = Plan(trials=("0123",), bundle="a b'; rm -rf .zip")
    assert "uvx anew unbundle 'a b'\"'\"'; rm -rf .zip'" in script(host, plan)


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_to_do_and_trials_that_nobody_gets_are_refused(host: str):
    with pytest.raises(UsageError, match="makes nothing anew"):
        make_workflow(host, Plan())
    with pytest.raises(UsageError, match="in this store alone"):
        make_workflow(host, Plan(trials=("0123",)))


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path):
    place = write_workflow("github", PLAN, tmp_path)
    place.write_text("mine")
    with pytest.raises(UsageError, match="there already") as told:
        write_workflow("github", PLAN, tmp_path)
    assert "--force" in str(told.value.hint)
    write_workflow("github", PLAN, tmp_path, force=True)
    assert place.read_text().startswith("# Written by")


def test_a_pipeline_of_gitlab_that_is_there_is_left_alone(tmp_path: Path):
    (tmp_path / ".gitlab-ci.yml").write_text("test: {script: [make]}\n")
    place = write_workflow("gitlab", PLAN, tmp_path)
    assert place == tmp_path / ".gitlab" / "anew.yml"
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "test: {script: [make]}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A project with a trial that was pushed; `uvx anew` is the anew of these tests."""
    root = tmp_path / "lab"
    root.mkdir()
    (root / "anew.toml").touch()
    (root / "s.py").write_text("open('made.txt', 'w').write('made')\n")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "uvx").write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -m anew "$@"\n')
    (bin_ / "uvx").chmod(0o755)
    call(root, "uvx anew run s.py && uvx anew remote add lab ../shared && uvx anew push")
    return root


def call(folder: Path, commands: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(Path(anew.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=check,
    )


@pytest.mark.parametrize("host", HOSTS)
def test_what_a_host_runs_makes_the_trial_anew_in_a_fresh_clone(lab: Path, host: str):
    call(lab, f"uvx anew ci {host}")
    written = ".gitlab-ci.yml" if host == "gitlab" else ".github/workflows/anew.yml"
    workflow = yaml.safe_load((lab / written).read_text())
    if host == "gitlab":
        lines = "\n".join(workflow["anew"]["script"])
    else:
        steps = workflow["jobs"]["anew"]["steps"]
        lines = next(step["run"] for step in steps if step.get("name") == "Trials")
    clone = lab.parent / "clone"
    clone.mkdir()
    (clone / "anew.toml").touch()
    done = call(clone, lines)
    assert (clone / "anew.md").read_text().startswith("### ✅ trial 1 was made anew"), done.stderr


def test_a_strict_trial_that_is_refused_fails_the_workflow(lab: Path):
    done = call(lab, script("github", Plan(commands=("s.py",))), check=False)
    assert done.returncode == 1
    assert "### s.py" in (lab / "anew.md").read_text()
