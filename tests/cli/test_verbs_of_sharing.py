"""The verbs that share trials, and what is told of a search, in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from anew.bisect import Bisection
from anew.cli.verbs import main
from anew.render.bisect import print_bisection

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def call(project: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a verb in a project with one trial; give what it prints."""
    import anew

    monkeypatch.chdir(project)
    (project / "anew.toml").touch()
    with anew.trial("one"):
        anew.log(a=1.0)

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_remotes_are_named_listed_and_forgotten(call, tmp_path: Path):
    assert call("remote", "add", "lab", str(tmp_path / "lab")).startswith("lab: ")
    assert call("remote", "list").startswith("lab: ")
    assert list(json.loads(call("remote", "list", "--json"))) == ["lab"]
    call("remote", "remove", "lab")
    assert call("remote", "list") == ""


def test_trials_go_to_a_remote_and_come_from_it(call, tmp_path: Path):
    call("remote", "add", "lab", str(tmp_path / "lab"))
    assert "pushed to lab" in call("push")
    json.loads(call("push", "--json"))
    assert "lab" in call("pull")
    json.loads(call("pull", "--json"))


def test_trials_go_into_a_file_and_come_from_it(call, tmp_path: Path):
    place = str(tmp_path / "one.zip")
    assert "1 trial" in call("bundle", "1", "-o", place)
    json.loads(call("bundle", "1", "-o", place, "--json"))
    assert "trial 1" in call("unbundle", place, str(tmp_path / "there"))
    json.loads(call("unbundle", place, "--json"))
    call("reproduce", place, status=2)


def test_what_a_search_did_not_find_is_told(capsys: pytest.CaptureFixture[str]):
    trial: Any = None
    found = Bisection(
        trial,
        trial,
        problem="nothing ran",
        hint="anew verify 1",
        not_searched=("cpu",),
        noise=("seconds",),
        unresolved=tuple(f"mixture {number}" for number in range(12)),
        runs=3,
        candidates=4,
    )
    print_bisection(found)
    told = capsys.readouterr().out
    for words in ("not explained: nothing ran", "anew verify 1", "not searched: cpu", "seconds"):
        assert words in told
    assert "unresolved: 2 more mixtures" in told
