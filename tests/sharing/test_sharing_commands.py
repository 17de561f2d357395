"""The commands that give trials to others."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def project(study, tmp_path):
    """A copy of the study."""
    return shutil.copytree(study, tmp_path / "project")


def test_bundle_says_what_is_in_it(project, run):
    done = run(project, "bundle", "1", "2", "-o", "a.zip")
    assert done.stdout.startswith("a.zip: 2 trials, ")
    assert done.stderr == ""


def test_bundle_is_told_as_json(project, run):
    told = json.loads(run(project, "bundle", "1", "-o", "a.zip", "--json").stdout)
    assert told["path"] == "a.zip"
    assert told["size_bytes"] == (project / "a.zip").stat().st_size
    assert told["missing"] == []


def test_bundle_needs_a_trial_and_a_file(project, run):
    assert run(project, "bundle", "-o", "a.zip", check=False).returncode == 2
    assert run(project, "bundle", "1", check=False).returncode == 2
    assert run(project, "bundle", "99", "-o", "a.zip", check=False).returncode == 2
    assert not (project / "a.zip").exists()


def test_unbundle_says_how_to_go_on(project, run, tmp_path):
    run(project, "bundle", "2", "-o", "a.zip")
    done = run(project, "unbundle", "a.zip", tmp_path / "new")
    assert done.stdout.splitlines()[0] == "trial 2 of bikes"
    assert "anew reproduce 2" in done.stdout
    again = run(project, "unbundle", "a.zip")
    assert again.stdout.splitlines()[0] == "trial 2 of bikes, which was here already"


def test_unbundle_makes_a_store_where_there_is_none(project, run, tmp_path):
    run(project, "bundle", "2", "-o", tmp_path / "a.zip")
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "anew.toml").touch()
    told = json.loads(run(folder, "unbundle", "../a.zip", "--json").stdout)
    assert [trial["number"] for trial in told["trials"]] == [2]
    assert (folder / ".anew" / "trials.db").is_file()


def test_damaged_bundle_ends_with_the_status_of_the_store(project, run, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"x")
    done = run(project, "unbundle", tmp_path / "a.zip", tmp_path / "new", check=False)
    assert done.returncode == 4
    assert done.stderr.startswith("error: this is not a bundle")
    assert not (tmp_path / "new").exists()


def test_remotes_are_named(project, run):
    assert run(project, "remote", "list").stdout == ""
    assert (
        run(project, "remote", "add", "lab", "../r").stdout == f"lab: file://{project.parent}/r\n"
    )
    assert run(project, "remote", "list", "--json").stdout.strip().startswith("{")
    run(project, "remote", "remove", "lab")
    assert run(project, "remote", "list").stdout == ""
    assert run(project, "remote", "remove", "lab", check=False).returncode == 2


def test_push_and_pull_say_what_went_over(project, run, tmp_path):
    run(project, "remote", "add", "lab", "../r")
    assert run(project, "push").stdout.startswith("pushed to lab: 5 trials, ")
    assert run(project, "push", "1").stdout == "pushed to lab: 0 trials, 0 files, 0 B\n"
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "anew.toml").touch()
    run(folder, "remote", "add", "team", "../r")
    assert run(folder, "pull").stdout.startswith("pulled from team: 5 trials, 2 files, ")
    told = json.loads(run(folder, "pull", "2", "--from", "team", "--json").stdout)
    assert told["objects"] > 0
    assert run(folder, "pull", "99", check=False).returncode == 2
    assert "not stored" not in run(folder, "show", "3").stdout


def test_what_would_run_is_shown_before_and_refused_without_trust(project, run, tmp_path):
    run(project, "bundle", "4", "-o", tmp_path / "a.zip")
    done = run(tmp_path, "reproduce", "a.zip", check=False)
    assert done.returncode == 2
    assert "program.py" in done.stderr
    assert "nothing was run" in done.stderr
    assert not (tmp_path / "a").exists()


def test_trusted_bundle_is_made_anew(project, run, tmp_path):
    run(project, "bundle", "1", "-o", tmp_path / "a.zip")
    shutil.rmtree(project)
    done = run(tmp_path, "reproduce", "a.zip", "--trust", "--env", "current", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "a" / ".anew" / "trials.db").is_file()


def test_all_trials_of_a_bundle_are_made_anew(project, run, tmp_path):
    run(project, "bundle", "1", "2", "-o", tmp_path / "a.zip")
    words = ("reproduce", "a.zip", "--trust", "--env", "current", "--markdown", "both.md", "--json")
    told = json.loads(run(tmp_path, *words).stdout)
    assert [(each["trial"], each["is_good"]) for each in told] == [(1, True), (2, True)]
    assert (tmp_path / "both.md").read_text().count("### ✅") == 2


def test_of_several_trials_each_is_tried(project, run):
    done = run(project, "reproduce", "1", "99", "--env", "current", check=False)
    assert done.returncode == 2
    with closing(sqlite3.connect(project / ".anew" / "trials.db")) as sql, sql:
        sql.execute(
            "DELETE FROM trial_facets WHERE trial = (SELECT uuid FROM trials WHERE number = 1)"
        )
    done = run(project, "reproduce", "1", "4", "2", "--env", "current", check=False)
    assert done.returncode == 3
    assert "error: trial 1: no snapshot was recorded" in done.stderr
    assert done.stdout.count("was made anew") == 2
    refused = run(project, "reproduce", "1", "2", "--html", "a.html", check=False)
    assert refused.returncode == 2
