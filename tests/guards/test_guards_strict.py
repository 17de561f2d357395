"""Strict mode refuses with the whole list."""

from __future__ import annotations

import pytest

import anew
from anew.errors import EnvironmentProblemError, StrictError
from anew.guards import Concern, enforce, find_obstacles, refuse
from anew.stores import open_store


def test_a_refusal_says_everything_and_how_to_mend_it():
    found = [Concern("code", "a", "git commit"), Concern("lock", "b", "uv lock")]
    with pytest.raises(StrictError) as caught:
        refuse(found)
    error = caught.value
    assert isinstance(error, EnvironmentProblemError)
    assert error.exit_code == 3
    told = "2 things stand in the way of making this result anew; nothing was run"
    assert error.message == told
    assert error.obstacles == (("code: a", "git commit"), ("lock: b", "uv lock"))
    for text in ("code: a", "git commit", "lock: b", "uv lock"):
        assert text in error.hint


def test_one_thing_is_one():
    with pytest.raises(StrictError, match=r"^1 thing stands in the way"):
        refuse([Concern("code", "a")])


@pytest.fixture
def ready(pushed, git):
    """A project that strict mode lets pass."""
    (pushed / "requirements.txt").write_text("numpy==2.1.0\n")
    git("add", ".")
    git("commit", "-m", "lock")
    git("push")
    return pushed


def test_a_trial_that_passes_is_marked(ready, look):
    store = open_store(root=ready)
    found = enforce(look(), store=store, before=None)
    assert found["mode"] == "clean"
    assert {"code", "data", "seed"} <= {*found["checked"]}
    assert not (ready / ".anew").exists()


def test_a_snapshot_is_enough_only_when_that_is_said(ready, look):
    (ready / "model.py").write_text("def fit():\n    return 2\n")
    store = open_store(root=ready)
    with pytest.raises(StrictError, match="1 thing stands"):
        enforce(look(), store=store, before=None)
    assert enforce(look(), store=store, before=None, accept_snapshot=True)["mode"] == "snapshot"


def test_data_that_the_trial_before_could_not_keep_are_an_obstacle(pushed, look, monkeypatch):
    monkeypatch.setenv("ANEW_KEEP_INPUTS", "1")
    (pushed / "data.csv").write_text("x\n1\n")
    ex = anew.Experiment("data")
    ex.result(lambda: anew.input("data.csv").read_text())
    trial = ex.run()
    found = find_obstacles(look(), store=trial.source, before=trial)
    (data,) = [each for each in found if each.kind == "data"]
    told = "1 file read is not under version control and too large to keep: data.csv"
    assert data.text == told
    assert [c for c in find_obstacles(look(), store=trial.source) if c.kind == "data"] == []


def test_data_that_are_committed_need_not_be_kept(pushed, look, monkeypatch, git):
    monkeypatch.setenv("ANEW_KEEP_INPUTS", "1")
    (pushed / "data.csv").write_text("x\n1\n")
    git("add", "data.csv")
    git("commit", "-m", "data")
    ex = anew.Experiment("data")
    ex.result(lambda: anew.input("data.csv").read_text())
    trial = ex.run()
    kinds = [each.kind for each in find_obstacles(look(), store=trial.source, before=trial)]
    assert "data" not in kinds
