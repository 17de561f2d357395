"""Trials as rows, as plain data and as a data frame."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import anew
from anew.errors import ObjectMissingError, StoreError, UnknownNameError, UnknownTrialError
from anew.model import Artifact, Failure, Trial
from anew.query import (
    FACTS,
    choose_trials,
    default_columns,
    describe,
    open_to_read,
    read_result,
    select,
    to_frame,
    to_plain,
    to_record,
    to_rows,
    to_values,
)
from anew.query.names import KnownOfTrials, Names

STARTED = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)


class Source:
    """A source of results alone."""

    def __init__(self, value=None, *, form="json", summary="a summary", size_bytes=20):
        self.value = value
        self.form = form
        self.summary = summary
        self.size_bytes = size_bytes

    def artifacts(self, uuid):
        if self.form is None:
            return []
        digest = "blake3:00"
        return [Artifact("x", "result", self.form, digest, None, self.size_bytes, self.summary)]

    def results(self, uuids):
        return {uuid: each for uuid in uuids for each in self.artifacts(uuid)}

    def numbers(self, uuids):
        return {uuid: int(uuid[5:]) for uuid in uuids if uuid.startswith("uuid-")}

    def facet_of(self, name, uuids=None):
        return {}

    def load(self, artifact):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def make_trial(number=1, *, source=None, **facts):
    defaults = {
        "uuid": f"uuid-{number}",
        "experiment": "bikes",
        "status": "finished",
        "started": STARTED,
        "seconds": 1.5,
        "seed": 7,
        "parameters": {},
        "metrics": {},
    }
    return Trial(number, **(defaults | facts), source=source or Source(form=None))


def failure():
    return Failure("ValueError", "no", "Traceback …\nValueError: no\n")


# --- results ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1.5, 3, True, None, [1, 2], {"a": 1}])
def test_a_small_plain_result_is_read(value):
    assert read_result(make_trial(source=Source(value))) == value


def test_a_number_of_numpy_is_read_as_a_number_of_python():
    result = read_result(make_trial(source=Source(np.float64(0.1), form="npy-scalar")))
    assert type(result) is float
    assert result == 0.1


@pytest.mark.parametrize(
    "source",
    [
        Source(np.arange(3), form="npy"),
        Source([0] * 1000, size_bytes=5000),
        Source(np.datetime64("2026-11-21", "ns"), form="npy-scalar"),
        Source(ObjectMissingError("gone")),
    ],
    ids=["array", "large", "date", "missing"],
)
def test_any_other_result_is_a_line_about_it(source):
    assert read_result(make_trial(source=source)) == "a summary"


def test_no_result_is_none():
    assert read_result(make_trial()) is None


# --- rows ---------------------------------------------------------------------------------------


def test_a_row_has_facts_parameters_and_metrics_by_name():
    trial = make_trial(parameters={"alpha": 0.1}, metrics={"rmse": 2.0}, source=Source(9))
    (row,) = to_values([trial])
    assert dict(row) == {
        "number": 1,
        "uuid": "uuid-1",
        "experiment": "bikes",
        "status": "finished",
        "started": STARTED,
        "seconds": 1.5,
        "seed": 7,
        "result": 9,
        "tags": [],
        "notes": [],
        "alpha": 0.1,
        "rmse": 2.0,
        "param.alpha": 0.1,
        "metric.rmse": 2.0,
    }
    assert len(row) == 14


def test_a_fact_that_a_trial_lacks_is_not_in_its_row():
    (row,) = to_values([make_trial(status="running", seconds=None)])
    assert "seconds" not in row
    assert "result" not in row
    assert "error" not in row


def test_a_parameter_may_be_none():
    (row,) = to_values([make_trial(parameters={"depth": None})])
    assert row["depth"] is None
    assert "depth" in row


def test_the_error_is_in_the_row_as_one_line():
    (row,) = to_values([make_trial(error=failure())])
    assert row["error"] == "ValueError: no"


def test_a_reproduction_names_the_trial_by_its_number():
    first, second = to_values([make_trial(), make_trial(2, reproduces="uuid-1")])
    assert "reproduces" not in first
    assert second["reproduces"] == 1


def test_a_reproduction_of_a_trial_elsewhere_names_it_by_its_uuid():
    (row,) = to_values([make_trial(2, reproduces="elsewhere")])
    assert row["reproduces"] == "elsewhere"


def test_a_name_of_a_parameter_and_a_metric_has_no_bare_form():
    trials = [make_trial(parameters={"alpha": 1}), make_trial(2, metrics={"alpha": 2.0})]
    first, second = to_values(trials)
    assert "alpha" not in first
    assert first["param.alpha"] == 1
    assert second["metric.alpha"] == 2.0


def test_a_name_of_a_fact_means_the_fact():
    (row,) = to_values([make_trial(parameters={"seed": 1}, metrics={"result": 2.0})])
    assert row["seed"] == 7
    assert row["param.seed"] == 1
    assert row["metric.result"] == 2.0


def test_known_names_are_those_of_any_trial_and_the_facts():
    trials = [make_trial(parameters={"alpha": 1}), make_trial(2, metrics={"rmse": 2.0})]
    names = {"alpha", "param.alpha", "rmse", "metric.rmse", "code.commit"}
    assert set(Names(KnownOfTrials(trials))) == {*FACTS, *names}


# --- columns ------------------------------------------------------------------------------------

FIXED = ["result", "status", "started", "seconds"]


def test_the_default_columns_are_parameters_that_differ_and_metrics():
    one = make_trial(parameters={"alpha": 1, "model": "ridge"}, metrics={"rmse": 2.0})
    other = make_trial(2, parameters={"alpha": 2, "model": "ridge"})
    assert default_columns([one, other]) == ["number", "alpha", "rmse", *FIXED]


def test_a_parameter_that_some_trials_lack_differs():
    trials = [make_trial(parameters={"alpha": None}), make_trial(2)]
    assert default_columns(trials) == ["number", "alpha", *FIXED]


def test_values_that_cannot_be_hashed_are_told_apart():
    trials = [make_trial(n, parameters={"features": [n // 2]}) for n in (2, 3, 4)]
    assert "features" in default_columns(trials)
    assert "features" not in default_columns(trials[:2])


def test_the_parameters_of_a_single_trial_are_all_columns():
    assert default_columns([make_trial(parameters={"alpha": 1})]) == ["number", "alpha", *FIXED]


def test_the_experiment_is_a_column_when_there_are_several():
    assert "experiment" in default_columns([make_trial(), make_trial(2, experiment="other")])


def test_what_a_trial_reproduces_is_a_column_when_one_does():
    assert "reproduces" in default_columns([make_trial(), make_trial(2, reproduces="uuid-1")])


# --- the frame ----------------------------------------------------------------------------------


def test_the_frame_has_parameters_metrics_and_facts():
    trials = [
        make_trial(parameters={"alpha": 0.1}, metrics={"rmse": 2.0}, source=Source(9)),
        make_trial(2, parameters={"alpha": 0.2}, status="failed", seconds=None),
    ]
    frame = to_frame(trials)
    assert list(frame.columns) == ["alpha", "rmse", "result", "status", "started", "seconds"]
    assert frame.index.name == "number"
    assert frame.index.tolist() == [1, 2]
    assert frame.loc[1, "alpha"] == 0.1
    assert frame.loc[1, "result"] == 9
    assert math.isnan(frame.loc[2, "rmse"])
    assert math.isnan(frame.loc[2, "seconds"])
    assert frame.loc[2, "status"] == "failed"


def test_the_frame_is_ready_to_compute_with():
    trials = [make_trial(n, metrics={"rmse": n}, source=Source(float(n))) for n in (1, 2)]
    frame = to_frame(trials)
    assert frame["rmse"].dtype == frame["seconds"].dtype == frame["result"].dtype == "float64"
    assert str(frame["started"].dtype) == "datetime64[s, UTC]"
    assert frame["rmse"].idxmin() == 1


def test_the_frame_without_trials_has_its_columns():
    frame = to_frame([])
    assert list(frame.columns) == FIXED
    assert frame.index.name == "number"
    assert isinstance(frame["started"].dtype, pd.DatetimeTZDtype)


def test_ambiguous_names_are_prefixed_in_the_frame():
    trial = make_trial(parameters={"alpha": 1, "status": "x"}, metrics={"alpha": 2.0})
    columns = ["param.alpha", "param.status", "metric.alpha"]
    assert list(to_frame([trial]).columns) == [*columns, *FIXED]


def test_the_frame_reads_well_in_a_notebook():
    trial = make_trial(parameters={"model": "ridge"}, metrics={"rmse": 2.25}, source=Source(9))
    html = to_frame([trial])._repr_html_()
    for shown in ("number", "model", "ridge", "2.25", "finished", "2026-11-21 08:30:15+00:00"):
        assert shown in html
    assert ".123456" not in html


# --- plain data ---------------------------------------------------------------------------------


def test_rows_are_strict_json():
    trial = make_trial(
        parameters={"alpha": math.nan, "features": ["lag"]},
        metrics={"rmse": math.inf, "loss": -math.inf},
        error=failure(),
        source=Source(math.nan),
    )
    (row,) = json.loads(json.dumps(to_rows([trial]), allow_nan=False))
    assert row["parameters"] == {"alpha": "NaN", "features": ["lag"]}
    assert row["metrics"] == {"rmse": "Infinity", "loss": "-Infinity"}
    assert row["result"] == "NaN"
    assert row["started"] == "2026-11-21T08:30:15.123456+00:00"
    assert row["error"]["type"] == "ValueError"
    assert row["seed"] == 7


def test_plain_data_holds_records_and_containers():
    value = {1: (failure(), {2}), "other": 1j}
    assert to_plain(value) == {"1": [vars(failure()), [2]], "other": "1j"}


# --- choosing -----------------------------------------------------------------------------------

FOUR = [
    make_trial(n, parameters={"alpha": alpha}, status=status)
    for n, alpha, status in [
        (1, 3, "finished"),
        (2, 1, "failed"),
        (3, 2, "finished"),
        (4, 4, "finished"),
    ]
]


def numbers(found):
    return [row["number"] for row in found.rows]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"limit": 2}, [3, 4]),
        ({"limit": 0}, [1, 2, 3, 4]),
        ({"sort": "alpha"}, [2, 3, 1, 4]),
        ({"sort": "alpha", "limit": 2}, [2, 3]),
        ({"sort": "alpha", "limit": 0}, [2, 3, 1, 4]),
        ({"where": "alpha < 4"}, [1, 2, 3]),
        ({"where": "alpha < 4", "limit": 2}, [2, 3]),
        ({"where": "alpha < 4 and status == 'finished'", "sort": "-alpha"}, [1, 3]),
    ],
)
def test_trials_are_chosen_and_ordered(wishes, expected):
    assert numbers(select(FOUR, **wishes)) == expected


def test_how_many_match_and_how_many_there_are_is_told():
    found = select(FOUR, where="status == 'finished'", limit=1)
    assert (len(found.rows), found.rest, found.total) == (1, (2, False), 4)


def test_of_many_that_match_no_more_are_counted_than_takes_no_time(monkeypatch):
    monkeypatch.setattr("anew.query.selection._COUNTED", 2)
    listed = [make_trial(number, parameters={"alpha": number}) for number in range(1, 8)]
    rests = [select(listed, where=f"alpha <= {most}", limit=1).rest for most in range(1, 6)]
    assert rests == [(0, False), (1, False), (2, False), (2, True), (2, True)]
    assert select(listed, limit=1).rest == (6, False)


def test_the_default_columns_are_those_of_the_trials_that_are_shown():
    assert "alpha" in select(FOUR).columns
    same = [make_trial(n, parameters={"alpha": n // 3}) for n in (1, 3, 4)]
    assert "alpha" not in select(same, limit=2).columns


def test_columns_that_are_asked_for_follow_the_number():
    found = select(FOUR, columns=" status, alpha,,status")
    assert found.columns == ["number", "status", "alpha"]
    assert found.to_plain()[1] == {"number": 2, "status": "failed", "alpha": 1}


def test_a_value_that_is_not_there_is_null_in_plain_columns():
    assert select(FOUR, columns="error", limit=1).to_plain() == [{"number": 4, "error": None}]


def test_without_asked_columns_plain_data_has_everything():
    assert select(FOUR, limit=1).to_plain() == to_rows(FOUR[3:])


def test_an_unknown_column_gets_near_misses():
    with pytest.raises(UnknownNameError) as caught:
        select(FOUR, columns="alphas")
    assert caught.value.message == "no column 'alphas' (--columns)"
    assert "alpha" in caught.value.hint


def test_without_trials_any_name_is_fine():
    found = select([], where="rmse < 3", sort="rmse", columns="rmse")
    assert found.rows == []
    assert found.total == 0


# --- stores -------------------------------------------------------------------------------------


@pytest.fixture
def experiment(project):
    """An experiment with a failed trial and a finished one."""
    ex = anew.Experiment("bikes")
    alpha = ex.parameter("alpha", default=1)

    @ex.result
    def root(alpha):
        print("a line")
        return math.sqrt(alpha)

    root(alpha)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        ex.run(alpha=-1)
    ex.run(alpha=4)
    return ex


def test_a_frame_that_was_changed_changes_no_later_one(experiment):
    other = anew.Experiment("parts")
    alpha = other.parameter("alpha")

    @other.result
    def parts(alpha):
        return [alpha, {"of": alpha}]

    parts(alpha)
    other.run(alpha=9)
    other.trials()["result"].iloc[0].append("mine")
    assert other.trials()["result"].tolist() == [[9, {"of": 9}]]


def test_a_result_that_comes_back_is_in_the_next_frame(experiment):
    store = experiment.store
    (result,) = store.artifacts(store.trial("last").uuid)
    place = store.objects.path(result.digest)
    content = place.read_bytes()
    place.unlink()
    assert experiment.trials()["result"].tolist()[1] == "2"
    place.write_bytes(content)
    assert experiment.trials()["result"].tolist()[1] == 2.0


def test_the_trials_of_an_experiment_are_a_frame(experiment):
    frame = experiment.trials()
    assert frame["alpha"].tolist() == [-1, 4]
    assert frame["status"].tolist() == ["failed", "finished"]
    assert frame["result"].tolist()[1] == 2.0


def test_a_report_has_everything(experiment):
    report = describe(experiment.store, "last")
    assert report.trial.number == 2
    assert report.result == 2.0
    assert report.before == 1
    assert report.lines == 1
    assert report.reproduces is None
    assert report.reproduced_by == []
    assert [step.label for step in report.steps] == ["root"]
    assert "python" in report.facets


def test_a_report_is_strict_json(experiment):
    record = to_record(describe(experiment.store, 1))
    again = json.loads(json.dumps(record, allow_nan=False))
    assert again["error"]["type"] == "ValueError"
    assert again["steps"][0]["label"] == "root"
    assert {"artifacts", "files", "facets", "events", "reproduced_by", "parameters"} <= set(again)


def test_a_report_of_a_trial_that_is_not_there_is_an_error(experiment):
    with pytest.raises(UnknownTrialError):
        describe(experiment.store, 9)


def test_an_unknown_experiment_gets_near_misses(experiment):
    assert choose_trials(experiment.store, experiment="bikes").total == 2
    with pytest.raises(UnknownNameError, match="no experiment 'bike'") as caught:
        choose_trials(experiment.store, experiment="bike")
    assert caught.value.hint == "did you mean 'bikes'?"


def test_an_empty_store_has_no_unknown_experiments(project):
    assert choose_trials(open_to_read(), experiment="bikes").rows == []


def test_reading_makes_no_store(project):
    assert open_to_read().trials() == []
    assert not (project / ".anew").exists()


def test_a_store_is_given_by_its_folder_or_by_that_of_its_project(experiment, project):
    own = open_to_read().folder
    assert open_to_read(".anew").folder == own
    assert open_to_read(str(project)).folder == own


def test_a_given_store_must_be_there(project):
    with pytest.raises(StoreError, match="no store in 'elsewhere'") as caught:
        open_to_read("elsewhere")
    assert caught.value.exit_code == 4
