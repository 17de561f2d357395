"""`anew status` says what differs from the last trial, and what could not be made anew."""

from __future__ import annotations

import json

import pytest

CLEAR = "nothing stands in the way of making the next trial anew"


@pytest.fixture
def say(do):
    """The lines that the verb prints."""

    def run(*arguments, status=0):
        return do("status", *arguments, status=status).stdout.splitlines()

    return run


def test_before_the_first_trial_nothing_is_made(say, own_study):
    before = sorted(own_study.rglob("*"))
    lines = say("--exit-code")
    assert lines[0] == "no trial yet"
    assert CLEAR in lines
    assert sorted(own_study.rglob("*")) == before


def test_what_differs_is_said_and_the_rest_is_not(do, say, own_study):
    do("run", "bikes.py")
    assert say("--exit-code")[:2] == ["nothing changed since trial 1 of bikes", CLEAR]
    (own_study / "data.csv").write_text("x\n1\n2\n3\n4\n")
    script = own_study / "bikes.py"
    script.write_text(script.read_text().replace("value / (1 + alpha)", "value / (2 + alpha)"))
    lines = say()
    assert lines[0] == "changed since trial 1 of bikes"
    assert [line.split() for line in lines[1:3]] == [
        ["code", "shrink()", "changed"],
        ["data.csv", "3", "rows", "→", "4"],
    ]
    assert say("--exit-code", status=1) == lines


def test_data_that_are_gone_are_said(do, say, own_study):
    do("run", "bikes.py")
    (own_study / "data.csv").unlink()
    assert say()[1].split() == ["data.csv", "is", "gone"]


def test_another_interpreter_and_other_packages_are_said(do, say, own_study):
    import sqlite3
    from contextlib import closing

    from anew.stores.encoding import read_json

    do("run", "bikes.py")
    with closing(sqlite3.connect(own_study / ".anew" / "trials.db")) as sql:
        for name in ("python", "packages"):
            query = "SELECT digest, content FROM facets JOIN trial_facets USING (digest)"
            digest, content = sql.execute(f"{query} WHERE name = ?", [name]).fetchone()
            facts = read_json(content)
            if name == "python":
                facts["version"] = "3.9.0"
            else:
                facts["versions"]["numpy"] = "1.0"
            told = json.dumps(facts)
            sql.execute("UPDATE facets SET content = ? WHERE digest = ?", [told, digest])
        sql.commit()
    lines = say()
    assert any(line.split()[:3] == ["packages", "numpy", "1.0"] for line in lines)
    assert any(line.split()[:3] == ["python", "version", "3.9.0"] for line in lines)


def test_a_wrong_interpreter_stands_in_the_way(do, say, own_study):
    (own_study / ".python-version").write_text("2.7\n")
    lines = say("--exit-code", status=1)
    assert lines[1] == "in the way of making the next trial anew"
    assert ".python-version asks for 2.7" in lines[2]
    assert lines[3].strip() == "uv venv --clear --python '2.7' && uv sync"


def test_what_only_strict_mode_minds_comes_last(say):
    lines = say()
    assert lines[2] == "what strict mode would stop for, too"
    assert lines[3].split(maxsplit=1) == ["code", "the code is in no git repository"]


def test_a_draw_without_a_seed_is_said(do, say, own_study):
    (own_study / "bikes.py").write_text(
        "import random\n" + (own_study / "bikes.py").read_text() + "\nrandom.Random()\n"
    )
    do("run", "bikes.py")
    assert any("random.Random() is used unseeded at bikes.py:" in line for line in say())


def test_the_last_trial_of_an_experiment_may_be_asked_for(do, say):
    do("run", "bikes.py")
    do("run", "other.py")
    assert say()[0] == "nothing changed since trial 2 of other"
    assert say("--experiment", "bikes")[0] == "nothing changed since trial 1 of bikes"
    done = do("status", "--experiment", "bike", status=2)
    assert "no experiment 'bike'" in done.stderr
    assert "did you mean 'bikes'?" in done.stderr


def test_status_is_json(do, own_study):
    do("run", "bikes.py")
    found = json.loads(do("status", "--json").stdout)
    assert (found["trial"], found["experiment"], found["changes"]) == (1, "bikes", [])
    assert found["is_clear"] is True
    assert {each["severity"] for each in found["concerns"]} == {"tells"}


def test_a_trial_made_anew_is_not_the_last(do, say):
    do("run", "bikes.py")
    do("reproduce", "1")
    assert say()[0] == "nothing changed since trial 1 of bikes"
