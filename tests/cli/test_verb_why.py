"""`anew why`, as one types it, of trials that are put on record here, and of some that ran."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict

import pytest

from anew.code.snapshot import take
from anew.journal import CodeParts, Journal
from anew.model import Facet, Part, StepRecord
from anew.provenance.process import identify
from anew.stores.sqlite import SQLiteStore

SOURCE = "def shrink(value):\n    return value / 2\n"
DATA = Part("argument", "path", "xxh3-1:1", "data.csv")
ROWS = Part("file", "data.csv", "blake3:1", "3 rows")
FRAME = Part("argument", "frame", "xxh3-1:out-load", "from load")
ALPHA = (Part("argument", "alpha", "xxh3-1:0.1", "0.1"), Part("argument", "alpha", "x:0.3", "0.3"))
HELPERS = (Part("helper", "bikes.shrink", "xxh3-1:aaaaaaaa00"), Part("helper", "bikes.shrink", "b"))


def step(label, *parts, code=(), **facts):
    key = f"key-1:{label} {[part.digest for part in (*code, *parts)]}"
    known = f"code-1:{label} {[part.digest for part in code]}"
    facts = {"status": "finished", "inputs": (), "seconds": 0.25, "started": 1000.0} | facts
    record = StepRecord(
        label=label,
        function=f"bikes.{label}",
        worker="main",
        seed=1,
        digest=f"xxh3-1:out-{label}",
        key=key,
        code=known,
        parts=parts,
        **facts,
    )
    return record, CodeParts(known, code)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of four trials: the first, one that reuses, one that was edited, an empty one."""
    folder = tmp_path_factory.mktemp("why")
    (folder / "anew.toml").touch()
    store = SQLiteStore(folder / ".anew")

    def record(source, *steps):
        (folder / "bikes.py").write_text(source)
        snapshot = take(folder, store.folder / "git", limit_bytes=10**6, limit_files=99)
        uuid = f"{len(store.trials()) + 1:08x}-0000-7000-8000-000000000000"
        facts = {"started": 1000.0, "seed": 1, "parameters": {}, "process": identify()}
        store.begin(uuid, "bikes", facts | {"reproduces": None})
        store.add_facets(uuid, [Facet("snapshot", snapshot.commit, asdict(snapshot))])
        with closing(Journal(store.journal_path(uuid))) as journal:
            for each, parts in steps:
                journal.write(each)
                journal.write(parts)
        store.finish(uuid, status="finished", seconds=1.0, error=None)
        return uuid

    first = record(
        SOURCE,
        step("load", DATA, ROWS, seconds=12.0),
        step("fit", FRAME, ALPHA[0], code=(HELPERS[0],), started=1001.0),
    )
    reused = {"status": "reused", "reused": first, "seconds": 0.001}
    record(
        SOURCE,
        step("load", DATA, ROWS, **reused),
        step("fit", FRAME, ALPHA[0], code=(HELPERS[0],), started=1001.0, **reused),
    )
    record(
        SOURCE.replace("2", "3"),
        step("load", DATA, ROWS, **reused),
        step("fit", FRAME, ALPHA[1], code=(HELPERS[1],), started=1001.0),
        step("score", started=1002.0, status="failed"),
    )
    record(SOURCE)
    store.close()
    return folder


@pytest.fixture
def look(study):
    """Run the command in the study, expecting an exit status."""

    def run(*arguments, status=0, folder=study, **environment):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANEW_", "COLUMNS"))}
        command = [sys.executable, "-m", "anew", *arguments]
        done = subprocess.run(
            command, cwd=folder, env=kept | environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def test_reused_steps_say_from_where(look):
    done = look("why", "2")
    assert [" ".join(line.split()) for line in done.stdout.splitlines()] == [
        "bikes: trial 2",
        "load reused from trial 1: code, 1 argument and 1 file are the same spared 12 s",
        "fit reused from trial 1: code and 2 arguments are the same spared 250 ms",
        "2 of 2 steps reused, 12.2 s spared",
    ]
    assert done.stderr == ""


def test_computed_steps_say_what_made_the_difference(look):
    lines = look("why", "3").stdout.splitlines()
    assert lines[2].startswith(
        "fit    computed: helper bikes.shrink and argument alpha changed since trial 2"
    )
    assert lines[3].split() == ["helper", "bikes.shrink", "aaaaaaaa", "→", "b"]
    assert lines[4].split() == ["argument", "alpha", "0.1", "→", "0.3"]
    assert lines[5].startswith("score  failed: first time")
    assert lines[6] == "1 of 3 steps reused, 12 s spared"
    assert lines[8].startswith("anew why 3 fit  ")
    assert lines[9].startswith("anew diff 2 3  ")


def test_one_step_shows_what_changed_in_its_code(look):
    out = look("why", "3", "fit").stdout
    assert "\n--- bikes.shrink\n+++ bikes.shrink\n" in out
    assert "\n-    return value / 2\n+    return value / 3\n" in out
    assert "load" not in out


def test_the_last_trial_is_the_default(look):
    assert look("why").stdout == look("why", "last").stdout == "trial 4 has no steps\n"


def test_a_trial_goes_by_its_uuid(look):
    assert look("why", "00000002").stdout == look("why", "2").stdout


def test_reasons_are_json(look):
    done = look("why", "3", "--json")
    load, fit, score = json.loads(done.stdout, parse_constant=pytest.fail)
    assert (load["decision"], load["origin"], load["spared"]) == ("reused", 1, 12.0)
    assert (fit["decision"], fit["against"]) == ("computed", 2)
    assert fit["differences"][1]["name"] == "alpha"
    assert "+    return value / 3" in fit["differences"][0]["source"]
    assert score["text"] == "first time"
    assert json.loads(look("why", "4", "--json").stdout) == []


def test_an_unknown_step_is_told(look):
    done = look("why", "3", "laod", status=2)
    assert done.stdout == ""
    assert done.stderr == "error: no step 'laod' (trial 3)\nhint: did you mean 'load'?\n"


def test_a_step_of_a_trial_without_steps_is_told(look):
    done = look("why", "4", "load", status=2)
    assert done.stderr == "error: no step 'load' (trial 4)\nhint: it has no step at all\n"


def test_an_unknown_trial_is_told(look):
    assert "error: no such trial: '99'" in look("why", "99", status=2).stderr


def test_a_narrow_terminal_is_no_reason_to_fail(look):
    assert "reused from" in look("why", "2", COLUMNS="40").stdout


def test_show_says_which_steps_were_reused(look):
    lines = [line.split() for line in look("show", "3").stdout.splitlines()]
    assert ["steps", "load", "1", "ms", "reused", "from", "1"] in lines
    assert ["fit", "250", "ms"] in lines


def test_trials_that_reused_are_equal_to_those_that_computed(look):
    assert look("diff", "1", "2").stdout == "no difference between trial 1 and trial 2\n"


STUDY = """import anew

ex = anew.Experiment("bikes")
SCALE = 2


def shrink(value):
    return value / SCALE


@ex.step
def load(path):
    with open(path) as file:
        return [int(line) for line in file]


@ex.step
def fit(values):
    return shrink(sum(values))


@ex.result
def total(fitted):
    return round(fitted)


total.node(fit.node(load.node("data.csv")))
"""


def test_trials_that_the_command_ran_say_why(look, tmp_path):
    (tmp_path / "anew.toml").touch()

    def run(script, data):
        (tmp_path / "study.py").write_text(script)
        (tmp_path / "data.csv").write_text(data)
        look("run", "study.py", folder=tmp_path)
        printed = look("why", "--json", folder=tmp_path).stdout
        return [reason["text"] for reason in json.loads(printed)]

    assert run(STUDY, "1\n3\n") == ["first time"] * 3
    assert run(f"# a comment\n{STUDY}", "1\n3\n") == [
        "reused from trial 1: code, 1 argument and 1 file are the same",
        "reused from trial 1: code and 1 argument are the same",
        "reused from trial 1: code and 1 argument are the same",
    ]
    assert run(STUDY.replace("SCALE = 2", "SCALE = 1.9"), "1\n3\n") == [
        "reused from trial 1: code, 1 argument and 1 file are the same",
        "global SCALE changed since trial 2",
        "argument fitted (from fit) changed since trial 2",
    ]
    assert run(STUDY, "1\n2\n") == [
        "file data.csv changed since trial 3",
        "argument values (from load) changed since trial 2",
        "argument fitted (from fit) changed since trial 3",
    ]


VARYING = """
import os
import anew

ex = anew.Experiment("varying")
n = ex.parameter("n", default=1)
NAME = "".join(["VARY", "_HOW"])

@ex.step(persist=True)
def load(n):
    import numpy as np
    made = np.zeros(4)
    made[1] = n
    return made

@ex.step(persist=True)
def mean(values):
    return float(values.mean())

@ex.step(persist=True)
def named(n):
    return os.environ.get("VARY_MODE")

@ex.step(persist=True)
def found(n):
    return os.environ.get(NAME)

@ex.result
def result(mean, named, found):
    return mean

values = load(n)
result(mean(values), named.node(1), found.node(1))
"""


def test_old_and_new_are_told_of_values_and_variables(look, tmp_path):
    (tmp_path / "anew.toml").touch()
    (tmp_path / "study.py").write_text(VARYING)

    def tell(*arguments, **environment):
        look("run", "study.py", *arguments, folder=tmp_path, **environment)
        told = json.loads(look("why", "--json", folder=tmp_path).stdout)
        differences = [(r["label"], d) for r in told for d in r["differences"]]
        return {
            (label, d["name"]): d["detail"] or f"{d['old']} → {d['new']}"
            for label, d in differences
        }

    assert tell() == {}
    assert tell("n=2") == {
        ("load", "n"): "1 → 2",
        ("mean", "values"): "[1]: 1.0 → 2.0",
        ("result", "mean"): "0.25 → 0.5",
    }
    assert tell("n=2", VARY_MODE="x", VARY_HOW="y") == {
        ("named", "VARY_MODE"): "not set → 'x'",
        ("found", "VARY_HOW"): "not set → 'y'",
        ("result", "named"): "None → x",
        ("result", "found"): "None → y",
    }
