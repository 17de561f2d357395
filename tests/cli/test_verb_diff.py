"""`anew diff` and `anew reproduce`, as one types them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest


def test_parameters_and_results_that_differ_are_shown(look):
    lines = look("diff", "1", "2").stdout.splitlines()
    assert lines[0] == "trial 1 → trial 2"
    assert "parameters  alpha  1 → 3" in lines
    assert "metrics     loss   1.5 → 0.75  (-50 %)" in lines
    assert lines[3].startswith("result      total  3.0 → 1.5")
    assert len(lines) == 4


def test_code_and_data_that_differ_are_shown(look):
    out = look("diff", "1", "4").stdout
    assert "data     data.csv  3 rows → 4" in out
    assert "-    return value / (1 + alpha)\n+    return value / (2 + alpha)\n" in out
    assert "data.csv b/data.csv" not in out


def test_the_diff_of_code_can_be_applied(look, study, tmp_path):
    patch = look("diff", "4", "1").stdout.partition("\ncode\n")[2]
    (tmp_path / "bikes.py").write_text((study / "bikes.py").read_text())
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, check=True)
    assert "value / (1 + alpha)" in (tmp_path / "bikes.py").read_text()


def test_no_difference_is_said(look):
    assert look("diff", "1", "1").stdout == "no difference between trial 1 and trial 1\n"


def test_a_difference_is_json(look_json):
    found = look_json("diff", "1", "4")
    assert (found["a"], found["b"]) == (1, 4)
    assert found["data"] == [{"kind": "data.csv", "text": "3 rows → 4"}]
    assert "@@" in found["code"]


def test_an_unknown_trial_is_said(look):
    assert "error: no such trial: '99'" in look("diff", "1", "99", status=2).stderr


# --- reproduce ----------------------------------------------------------------------------------


def test_a_trial_is_made_anew(look_anew):
    done = look_anew("reproduce", "1")
    lines = done.stdout.splitlines()
    assert "result    total        identical" in lines
    assert "artifact  values.json  identical" in lines
    assert lines[-1].startswith("trial 1 was made anew as trial ")
    assert lines[-1].endswith(": 9 identical")
    assert done.stderr == ""


def test_what_is_not_the_same_is_said_and_ends_with_1(look_anew):
    lines = look_anew("reproduce", "2", status=1).stdout.splitlines()
    assert lines[0].split()[:3] == ["result", "clock", "different"]
    assert lines[-2].startswith("first difference  clock: ")
    assert lines[-1].startswith("trial 2 was not made anew as trial ")


def test_a_tolerance_may_be_given(look_anew):
    out = look_anew("reproduce", "2", "--rtol", "0.5").stdout
    assert out.split()[:3] == ["result", "clock", "close"]
    assert "trial 2 was made anew" in out


def test_a_tolerance_must_be_one(look_anew):
    done = look_anew("reproduce", "2", "--rtol", "-1", status=2)
    assert done.stderr.startswith("error: rtol is -1.0, expected a number from 0")


def test_the_scratch_folder_may_be_kept(look_anew):
    out = look_anew("reproduce", "1", "--keep").stdout
    (line,) = [line for line in out.splitlines() if line.startswith("scratch folder")]
    folder = Path(line.split(maxsplit=2)[2])
    assert list(folder.rglob("bikes.py"))
    shutil.rmtree(folder)


def test_a_reproduction_is_json(look_anew):
    done = look_anew("reproduce", "2", "--json", status=1)
    found = json.loads(done.stdout, parse_constant=pytest.fail)
    assert found["is_good"] is False
    assert found["verdicts"][0]["verdict"] == "different"
    assert done.stderr == ""


def test_a_reproduction_says_what_it_reproduces(look_anew):
    made = json.loads(look_anew("reproduce", "1", "--json").stdout)["made"]
    assert "reproduces   trial 1" in look_anew("show", str(made)).stdout
    assert "made anew by " in look_anew("show", "1").stdout
    columns = look_anew("ls", "--where", "reproduces == 1", "--columns", "reproduces")
    assert [str(made), "1"] in [line.split() for line in columns.stdout.splitlines()]
