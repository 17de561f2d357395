"""What a store answers about its trials, while they run and after."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anew.errors import (
    ObjectCorruptError,
    ObjectMissingError,
    StoreCorruptError,
    UnknownNameError,
    UnknownTrialError,
    ValueNotStoredError,
)
from anew.formats import encode
from anew.journal import Event, Journal, LoggedPoint, Printed
from anew.model import Artifact, Facet, Failure, FileUse, Point, StepRecord

STEP = StepRecord(
    "fit", "m.fit", 1001.0, 0.5, "main", "finished", 2**63 + 1, "xxh3-2:ab", ("load",)
)
EARLIER = StepRecord("load", "m.load", 1000.0, 0.5, "main", "failed", 3, None)
FILE = FileUse("data/hourly.csv", "input", "blake3:" + "0" * 64, 12, 3, kept=True)
SAID = (
    LoggedPoint("loss", None, 2.0, 1000.5),
    LoggedPoint("loss", 7, math.inf, 1000.6),
    LoggedPoint("rmse", None, 0.5, 1000.7),
    Printed("stdout", "one ", 1000.8),
    Printed("stdout", "line\n", 1000.8),
    Printed("stderr", "a warning\n", 1000.9),
    STEP,
    EARLIER,
    FILE,
    Event("collector", "gpu: not there", 1000.0),
)


@pytest.fixture
def say(store):
    """Let a trial say something."""

    def say_items(uuid, *items):
        journal = Journal(store.journal_path(uuid))
        for item in items:
            journal.write(item)
        journal.close()

    return say_items


@pytest.fixture
def keep(store, say):
    """Keep a value with a trial."""

    def keep_value(uuid, role, name, value):
        encoded = encode(value, name=name)
        digest = store.objects.put(encoded.data)
        size = len(encoded.data)
        say(uuid, Artifact(name, role, encoded.format, digest, "xxh3-2:cd", size, "of the test"))
        return digest

    return keep_value


@pytest.fixture
def finish(store):
    """Close a trial."""

    def finish_trial(uuid, status="finished", error=None):
        store.finish(uuid, status=status, seconds=2.5, error=error)

    return finish_trial


@pytest.fixture
def change(store):
    """Change the database behind the store's back."""

    def execute(query, *arguments):
        with closing(sqlite3.connect(store.folder / "trials.db", isolation_level=None)) as sql:
            sql.execute(query, arguments)

    return execute


@pytest.fixture(params=["running", "finished"])
def told(request, begin, say, finish):
    """A trial that has said a lot, while it runs and after it ended."""
    uuid = begin(alpha=0.3)
    say(uuid, *SAID)
    if request.param == "finished":
        finish(uuid)
    return uuid


def test_a_trial_tells_what_it_was_begun_with(store, begin):
    uuid = begin("bikes", alpha=0.3, names=["a", None], huge=10**5000, seed=2**64 - 1)
    trial = store.trial(1)
    assert (trial.number, trial.uuid, trial.experiment) == (1, uuid, "bikes")
    assert trial.parameters == {"alpha": 0.3, "names": ["a", None], "huge": 10**5000}
    assert trial.seed == 2**64 - 1
    assert trial.started == datetime.fromtimestamp(1000, UTC)
    assert (trial.status, trial.seconds, trial.error) == ("running", None, None)


def test_a_trial_tells_how_it_ended(store, begin, finish):
    failure = Failure("ValueError", "no \udce9", "Traceback …")
    finish(begin(), "failed", failure)
    trial = store.trial(1)
    assert (trial.status, trial.seconds, trial.error) == ("failed", 2.5, failure)


def test_metrics_are_the_last_of_each_series(store, told):
    assert store.trial(told).metrics == {"loss": math.inf, "rmse": 0.5}


def test_a_series_is_whole(store, told):
    assert store.trial(told).points("loss") == [
        Point("loss", 0, 2.0, 1000.5),
        Point("loss", 7, math.inf, 1000.6),
    ]


def test_the_console_is_whole_and_in_order(store, told):
    assert store.console(told) == [("stdout", "one line\n"), ("stderr", "a warning\n")]
    assert store.trial(told).console == "one line\na warning\n"


def test_steps_are_in_the_order_in_which_they_began(store, told):
    assert store.trial(told).steps == [EARLIER, STEP]


def test_files_are_told(store, told):
    assert store.trial(told).files == [FILE]


def test_remarks_are_told(store, told):
    assert store.events(told) == [("collector", "gpu: not there")]


def test_a_metric_that_is_not_there_is_told_with_near_misses(store, told):
    with pytest.raises(UnknownNameError, match="no metric 'lossy'") as caught:
        store.points(told, "lossy")
    assert caught.value.hint == "did you mean 'loss'?"


def test_a_trial_that_said_nothing_has_nothing(store, begin, finish):
    uuid = begin()
    finish(uuid)
    trial = store.trial(1)
    assert (trial.console, trial.steps, trial.files, trial.metrics) == ("", [], [], {})
    assert store.events(uuid) == []
    with pytest.raises(UnknownNameError) as caught:
        trial.points("loss")
    assert caught.value.hint == "it has no metric at all"


def test_names_that_no_text_can_hold_are_recorded_all_the_same(store, begin, say, finish):
    uuid = begin(path="caf\udce9")
    say(
        uuid,
        Printed("stdout", "caf\udce9\n", 1000.0),
        FileUse("caf\udce9.csv", "input", "blake3:0", 1, None, kept=False),
        Event("collector", "caf\udce9", 1000.0),
        Artifact("a", "artifact", None, None, None, 0, "caf\udce9"),
    )
    finish(uuid)
    trial = store.trial(1)
    assert trial.parameters == {"path": "caf\udce9"}
    assert trial.console == "caf\udce9\n"
    assert trial.files[0].path == "caf\\udce9.csv"
    assert store.events(uuid) == [("collector", "caf\\udce9")]
    assert store.artifacts(uuid)[0].summary == "caf\\udce9"


@pytest.mark.parametrize("reference", ["2", " 2 ", "last", "00000002", "00000002-0000-7"])
def test_a_trial_is_found_by(store, begin, reference):
    begin()
    begin()
    assert store.trial(reference).number == 2


def test_a_trial_is_found_by_its_number(store, begin):
    begin()
    begin()
    assert store.trial(2).number == 2


def test_the_first_trial_is_found_by_that_word(store, begin):
    begin()
    begin()
    assert store.trial("first").number == 1


def test_digits_that_are_no_number_may_begin_a_uuid(store, begin):
    uuid = begin()
    assert store.trial("00000001").uuid == uuid


@pytest.mark.parametrize(
    "reference", [0, 3, -1, "", " ", "%", "_", "0%", "z", None, "9" * 30, "laste", 1.5, "\ud800"]
)
def test_a_trial_that_is_not_there_is_told(store, begin, reference):
    begin()
    begin()
    with pytest.raises(UnknownTrialError, match="no such trial") as caught:
        store.trial(reference)
    assert caught.value.reference == reference
    assert str(store.folder) in caught.value.message
    assert "anew ls" in caught.value.hint


def test_a_prefix_of_several_trials_is_told(store, begin):
    begin()
    begin()
    with pytest.raises(UnknownTrialError, match="several trials begin with: '0000'"):
        store.trial("0000")


def test_no_trial_is_the_last_of_an_empty_store(store):
    with pytest.raises(UnknownTrialError):
        store.trial("last")


def test_trials_are_listed_in_the_order_of_their_numbers(store, begin):
    for experiment in ("bikes", "cars", "bikes"):
        begin(experiment)
    assert [trial.number for trial in store.trials()] == [1, 2, 3]
    assert [trial.number for trial in store.trials("bikes")] == [1, 3]
    assert store.trials("trains") == []


def test_the_trial_before_is_the_last_one_that_ended(store, begin, finish):
    finish(begin())
    finish(begin(reproduces="another"))
    finish(begin("cars"))
    begin()
    assert store.before("bikes").number == 1
    assert store.before("trains") is None


def test_facets_come_back_by_name(store, begin):
    uuid = begin()
    facets = [
        Facet("python", "blake3:1", {"version": "3.12"}),
        Facet("gpu", "blake3:2", {}),
        Facet("cpu", "blake3:2", {}),
    ]
    store.add_facets(uuid, facets)
    assert store.facets(uuid) == {facet.name: facet for facet in facets}
    assert store.trial(uuid).facets == {"python": {"version": "3.12"}, "gpu": {}, "cpu": {}}


def test_a_facet_said_again_replaces_the_one_before(store, begin):
    uuid = begin()
    for digest, content in (("blake3:1", {"threads": 1}), ("blake3:2", {"threads": 2})):
        store.add_facets(uuid, [Facet("numerics", digest, content)])
    assert store.trial(uuid).facets == {"numerics": {"threads": 2}}


def test_the_same_content_is_kept_once(store, begin):
    facet = Facet("python", "blake3:1", {"version": "3.12"})
    for _ in range(3):
        store.add_facets(begin(), [facet])
    with store.connection.reading() as sql:
        assert sql.execute("SELECT count(*) FROM facets").fetchone() == (1,)


def test_a_trial_without_a_snapshot_has_no_code(store, begin):
    assert store.trial(begin()).code == {}


def test_who_runs_a_trial_is_told(store, begin, dead):
    assert store.process(begin(process=dead)) == dead
    assert store.process("another") == {}


def test_a_kept_value_comes_back(store, begin, keep):
    uuid = begin()
    keep(uuid, "value", "fit", {"mean": 1.5})
    keep(uuid, "result", "score", [1, 2])
    trial = store.trial(uuid)
    assert trial.value("fit") == {"mean": 1.5}
    assert trial.result == [1, 2]
    assert trial.result is trial.result


def test_a_trial_without_a_result_has_none(store, begin):
    assert store.trial(begin()).result is None


def test_a_value_that_was_not_kept_is_told(store, begin, keep):
    uuid = begin()
    keep(uuid, "value", "fit", 1)
    with pytest.raises(UnknownNameError, match="no kept value 'fits'") as caught:
        store.trial(uuid).value("fits")
    assert caught.value.hint == "did you mean 'fit'?"


def test_artifacts_are_a_mapping_that_loads_what_is_taken_out(store, begin, keep, finish):
    uuid = begin()
    keep(uuid, "artifact", "model.json", {"mean": 1.5})
    keep(uuid, "value", "fit", 1)
    finish(uuid)
    artifacts = store.trial(uuid).artifacts
    assert list(artifacts) == ["model.json"]
    assert len(artifacts) == 1
    assert artifacts["model.json"] == {"mean": 1.5}
    assert repr(artifacts) == "{'model.json': of the test}"
    with pytest.raises(UnknownNameError, match="no artifact 'model'"):
        artifacts["model"]


def test_an_artifact_saved_again_is_the_last_one(store, begin, keep, finish):
    uuid = begin()
    keep(uuid, "artifact", "a.json", 1)
    keep(uuid, "artifact", "a.json", 2)
    finish(uuid)
    assert store.trial(uuid).artifacts["a.json"] == 2


def test_a_value_that_could_not_be_stored_says_why(store, begin, say):
    uuid = begin()
    say(uuid, Artifact("x", "artifact", None, None, None, 0, "it is a generator"))
    with pytest.raises(ValueNotStoredError, match="'x' was not stored: it is a generator") as e:
        store.trial(uuid).artifacts["x"]
    assert e.value.hint


def test_a_missing_object_is_told(store, begin, keep):
    uuid = begin()
    digest = keep(uuid, "result", "score", 1)
    store.objects.path(digest).unlink()
    with pytest.raises(ObjectMissingError, match=digest):
        _ = store.trial(uuid).result


def test_a_damaged_object_is_told(store, begin, keep):
    uuid = begin()
    place = store.objects.path(keep(uuid, "result", "score", 1))
    place.chmod(0o644)
    place.write_bytes(b"2")
    with pytest.raises(ObjectCorruptError, match="its bytes have another digest"):
        _ = store.trial(uuid).result


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE trials SET parameters = '{'",
        "UPDATE trials SET metrics = '{'",
        "UPDATE trials SET seed = 'x'",
        "UPDATE trials SET started = 1e300",
        "UPDATE trials SET error = '[1]'",
        "UPDATE trials SET error = '{}'",
        "UPDATE trials SET process = '3', status = 'running'",
    ],
)
def test_a_trial_that_nobody_can_have_written_is_damage(store, begin, finish, change, query):
    finish(begin())
    change(query)
    with pytest.raises(StoreCorruptError, match="damaged") as caught:
        store.trial(1)
    assert "anew.stores.salvage" in caught.value.hint


def test_a_series_that_nobody_can_have_written_is_damage(store, begin, say, finish, change):
    uuid = begin()
    say(uuid, *SAID)
    finish(uuid)
    change("UPDATE blocks SET count = 5")
    with pytest.raises(StoreCorruptError, match="no block of 5 points"):
        store.points(uuid, "loss")


@pytest.mark.parametrize("blob", [b"", b"no zlib"])
def test_a_console_that_nobody_can_have_written_is_damage(store, begin, change, blob):
    uuid = begin()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    change("INSERT INTO console VALUES (?, 0, 0, 0, ?)", uuid, blob)
    with pytest.raises(StoreCorruptError):
        store.console(uuid)


def test_a_trial_shows_itself_in_a_notebook(store, told):
    shown = store.trial(told)._repr_html_()
    assert "<caption>bikes: trial 1</caption>" in shown
    assert "<th>alpha</th><td>0.3</td>" in shown
    assert "<th>rmse</th><td>0.5</td>" in shown


def test_earlier_executions_come_from_the_newest_trial_down(store, begin, say):
    def execute(*steps, experiment="bikes", is_closed=True):
        uuid = begin(experiment)
        say(uuid, *steps)
        if is_closed:
            store.finish(uuid, status="finished", seconds=1.0, error=None)

    def find(step, **limits):
        limits = {"before": 9, "limit": 9} | limits
        found = store.steps_like("bikes", step, **limits)
        assert all(store.trial(uuid).number == number for number, uuid, _ in found)
        return [(number, each.label) for number, _, each in found]

    fit = replace(STEP, label="fit", function="m.fit", code="code-1:a")
    moved, again = replace(fit, function="n.fit"), replace(fit, label="fit-2", status="reused")
    renamed = replace(fit, label="train", function="m.train")
    other = replace(fit, label="load", function="m.load", code="code-1:b")
    execute(again, fit, other)
    execute(moved, replace(fit, status="failed"))
    execute(fit, experiment="cars")
    execute(renamed)
    execute(fit, is_closed=False)
    assert find(fit) == [(4, "train"), (2, "fit"), (1, "fit"), (1, "fit-2")]
    assert find(fit, limit=3) == [(4, "train"), (2, "fit"), (1, "fit")]
    assert find(fit, before=2) == [(1, "fit"), (1, "fit-2")]
    assert find(replace(fit, code=None, label="x", function="y")) == []
    assert find(other) == [(1, "load")]
