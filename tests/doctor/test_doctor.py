"""What is told of an installation, and what is found to be wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import anew
from anew.cli.check import doctor
from anew.doctor import configuration
from anew.doctor.problems import find_problems
from anew.settings import load_settings


def kinds(told, severity="blocks"):
    return [each["kind"] for each in told["problems"] if each["severity"] == severity]


def strings_of(value):
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from strings_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_of(each)
    else:
        yield str(value)


def test_it_is_plain_nested_data_that_json_keeps(project):
    told = anew.configuration()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert told["packages"]["needed_by_anew"]["numpy"]


def test_nothing_is_written(project):
    configuration()
    assert sorted(each.name for each in project.iterdir()) == ["anew.toml"]


def test_each_setting_tells_where_it_came_from(write, monkeypatch):
    write("anew.toml", 'keep_inputs = "1 MB"')
    monkeypatch.setenv("ANEW_FSYNC", "each")
    told = configuration()["settings"]
    assert told["keep_inputs"] == {"value": 10**6, "origin": "anew.toml"}
    assert told["fsync"] == {"value": "each", "origin": "ANEW_FSYNC"}
    assert told["store"]["origin"] == "default"


def test_the_home_folder_is_not_told(home, project, monkeypatch):
    inside = home / "study"
    inside.mkdir()
    monkeypatch.chdir(inside)
    monkeypatch.setenv("PYTHONPATH", f"{home}/lib:/usr/lib")
    told = configuration(inside)
    assert told["project"]["root"] == "~/study"
    assert told["command"]["environment"]["PYTHONPATH"] == "~/lib:/usr/lib"
    assert not [text for text in strings_of(told) if str(home) in text]


def test_no_credential_is_told(project, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "x.py", "--password", "hunter22"])
    monkeypatch.setenv("ANEW_STORE", "https://me:hunter22@example.org/store")
    told = configuration()
    assert not [text for text in strings_of(told) if "hunter22" in text]
    assert "store" in kinds(told)


def test_a_misspelt_setting_is_a_problem_with_its_mend(write):
    write("anew.toml", 'stroe = "elsewhere"')
    (problem,) = [e for e in configuration()["problems"] if e["kind"] == "settings"]
    assert "'stroe'" in problem["text"]
    assert "'store'" in problem["mend"]
    assert problem["severity"] == "blocks"


def test_a_problem_with_the_settings_is_told_once(project, monkeypatch):
    (project / ".anew").mkdir()
    monkeypatch.setenv("ANEW_STROE", "elsewhere")
    assert [e["kind"] for e in configuration()["problems"] if "stroe" in e["text"]] == ["settings"]


def test_a_damaged_store_is_a_problem_with_its_mend(project):
    (project / ".anew").mkdir()
    (project / ".anew" / "trials.db").write_bytes(b"no database, but many bytes" * 100)
    (problem,) = [e for e in configuration()["problems"] if e["kind"] == "store"]
    assert "damaged" in problem["text"]
    assert "salvage" in problem["mend"]


def test_a_missing_git_is_a_problem(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    told = configuration()
    assert told["tools"]["git"] is None
    assert "git" in kinds(told, "warns")


def test_a_store_that_cannot_be_written_is_a_problem(project, monkeypatch):
    monkeypatch.setenv("ANEW_STORE", "/proc/anew")
    told = configuration()
    assert told["store"]["exists"] is False
    assert told["store"]["writable"] == ("store" not in kinds(told))


def test_trials_of_the_store_are_counted(project):
    with anew.trial("bikes"):
        pass
    told = configuration()["store"]
    assert (told["trials"], told["experiments"], told["exists"]) == (1, ["bikes"], True)


def test_the_verb_prints_all_sections_and_what_is_wrong(write):
    write("anew.toml", "nonsense = 1")
    done = CliRunner().invoke(doctor, standalone_mode=False)
    assert done.return_value == 1
    assert "unknown setting 'nonsense'" in done.output
    for section in ("python", "platform", "settings", "store", "what is wrong"):
        assert f"\n{section}\n" in f"\n{done.output}"


def test_the_verb_ends_well_where_anew_can_work(project):
    done = CliRunner().invoke(doctor, ["--json"], standalone_mode=False)
    assert done.return_value == 0
    assert json.loads(done.output)["store"]["exists"] is False


def test_each_script_tells_what_it_runs_on_and_runs_nothing(project, write):
    write(
        "study.py",
        """
        import anew

        ex = anew.Experiment("study", store="kept here")
        alpha = ex.parameter("alpha")

        @ex.result
        def fit(alpha):
            return alpha

        fit(alpha)
        if __name__ == "__main__":
            ex.main()
        """,
    )
    command = [sys.executable, "study.py", "--provenance"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["store"]["folder"].endswith("kept here")
    assert told["settings"]["store"]["origin"] == "argument"
    assert not (project / "kept here").exists()


def find(kind, **store):
    known = {"packages": {"versions": {"numpy": "1.0", "pandas": "2.3"}}}
    found = find_problems(load_settings(), known, fault=None, store=store)
    return [(each.severity, each.text) for each in found if each.kind == kind]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("free", "severity"), [(60 << 20, "warns"), (1 << 20, "blocks")])
def test_a_disk_that_is_nearly_full_is_told(free, severity):
    assert find("disk", folder="x", free_bytes=free) == [
        (severity, f"only {free >> 20} MiB are free on the disk of the store")
    ]


@pytest.mark.usefixtures("project")
def test_what_anew_needs_in_another_version_is_told():
    ((severity, text),) = find("packages")
    assert severity == "blocks"
    assert "blake3>=1.0" in text


@pytest.mark.usefixtures("project")
def test_without_git_that_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not on PATH" in find("git")[0][1]


@pytest.mark.usefixtures("project")
def test_a_command_of_another_environment_is_told(monkeypatch, tmp_path):
    command = tmp_path / "bin" / "anew"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    ((severity, text),) = find("command")
    assert severity == "tells"
    assert str(command) in text
