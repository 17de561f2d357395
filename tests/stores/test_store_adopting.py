"""Records that go from one store to another."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import anew
from anew.errors import BundleError, StoreError, UnknownTrialError, UsageError, ValueNotStoredError
from anew.journal import Event, Journal, LoggedPoint, Printed
from anew.model import Artifact, Facet
from anew.stores.sqlite import SQLiteStore
from anew.stores.trust import distrust, is_distrusted, trust


@pytest.fixture
def other(tmp_path):
    """Another store."""
    made = SQLiteStore(tmp_path / "other")
    yield made
    made.close()


@pytest.fixture
def ended(store, begin):
    """A trial that has said something of everything, and its UUID."""
    uuid = begin(alpha=0.1)
    store.add_facets(uuid, [Facet("platform", "x", {"system": "Linux"})])
    with closing(Journal(store.journal_path(uuid))) as journal:
        journal.write(LoggedPoint("loss", 3, 0.5, 1.0))
        journal.write(Printed("stderr", "hello\n", 1.0))
        journal.write(Event("note", "text", 2.5))
        journal.write(Artifact("a", "artifact", "json", None, None, 3, "none"))
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    return uuid


def test_record_comes_back(store, other, ended):
    record = store.export(ended)
    assert other.adopt(record) == 1
    again = other.export(ended)
    assert again == record
    assert other.trial(1).metrics == {"loss": 0.5}
    assert again["events"] == [{"time": 2.5, "kind": "note", "text": "text"}]


def test_trial_that_is_there_is_left_alone(store, other, ended):
    record = store.export(ended)
    other.adopt(record)
    changed = copy.deepcopy(record)
    changed["trial"]["status"] = "failed"
    assert other.adopt(changed) == 1
    assert other.trial(1).status == "finished"


def test_number_is_kept_when_it_was_never_given(store, other, ended):
    record = store.export(ended)
    record["trial"]["number"] = 7
    assert other.adopt(record) == 7
    later = copy.deepcopy(record)
    later["trial"] |= {"uuid": ended.replace("0", "1"), "number": 3}
    assert other.adopt(later) == 8


@pytest.mark.parametrize("number", [0, -5, 2**62])
def test_number_that_would_leave_none_is_not_taken_over(store, other, ended, number):
    record = store.export(ended)
    record["trial"]["number"] = number
    assert other.adopt(record) == 1


def test_running_trial_is_not_given_away(store, begin):
    with pytest.raises(UsageError, match="still running"):
        store.export(begin())


def test_killed_trial_is_closed_and_given_away(store, other, begin, dead):
    uuid = begin(process=dead)
    with closing(Journal(store.journal_path(uuid))) as journal:
        journal.write(LoggedPoint("loss", 3, 0.5, 1.0))
    other.adopt(store.export(uuid))
    assert other.trial(uuid).status == "killed"
    assert other.trial(uuid).metrics == {"loss": 0.5}


def test_unknown_trial_is_not_given_away(store):
    with pytest.raises(UnknownTrialError):
        store.export("01a1ff46-1f87-7830-a042-f7d4178924ed")


def test_what_a_later_anew_says_is_left_out(store, other, ended):
    record = store.export(ended)
    record["trial"]["mood"] = "good"
    record["files"] = []
    assert other.adopt(record) == 1


def test_refused_record_leaves_nothing(store, other, ended):
    record = store.export(ended)
    record["trial"]["parameters"] = "x"
    record["trial"]["error"] = {"odd": 1}
    with pytest.raises(BundleError):
        other.adopt(record)
    record["trial"] |= {"error": None, "started": "x"}
    with pytest.raises(StoreError):
        other.adopt(record)
    assert other.trials() == []
    assert other.facet_of("platform") == {}


ADOPT = """
import pickle, sys
from pathlib import Path
from anew.stores.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
store.adopt(pickle.load(sys.stdin.buffer))
store.close()
"""


def test_many_adopt_at_once(store, tmp_path, ended):
    record = store.export(ended)
    words = [sys.executable, "-c", ADOPT, str(tmp_path / "new")]
    place = os.environ | {"PYTHONPATH": str(Path(anew.__file__).parents[1])}
    workers = [subprocess.Popen(words, stdin=subprocess.PIPE, env=place) for _ in range(3)]
    for each in workers:
        each.stdin.write(pickle.dumps(record))
        each.stdin.close()
    assert [each.wait() for each in workers] == [0, 0, 0]
    assert [trial.uuid for trial in SQLiteStore(tmp_path / "new").trials()] == [ended]


def test_distrusted_pickle_is_not_read(store):
    digest = store.objects.put(b"cos\nsystem\n(S'true'\ntR.")
    artifact = Artifact("x", "value", "pickle", digest, None, 3, "x")
    distrust(store.folder, [digest])
    assert is_distrusted(store.folder, digest)
    with pytest.raises(ValueNotStoredError, match="not trusted"):
        store.load(artifact)
    trust(store.folder, [digest])
    assert store.load(artifact) == 0
