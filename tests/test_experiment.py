"""The Python face of an experiment."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import anew
from anew.errors import (
    InvalidNameError,
    StoreNotWritableError,
    UnknownNameError,
    UnknownParameterError,
    UnknownTrialError,
    UnsetParameterError,
    UsageError,
    ValueNotStoredError,
)

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def ex():
    """An experiment of three steps."""
    made = anew.Experiment("bikes")
    alpha = made.parameter("alpha", default=0.5, help="the penalty")
    size = made.parameter("size", default=4)

    @made.step
    def load(size):
        return np.arange(size, dtype=float)

    @made.step(persist=True)
    def fit(frame, alpha):
        made.log(loss=alpha * 2, epoch=1)
        return frame * alpha

    @made.result
    def score(model):
        print("scoring")
        made.save("model.json", {"mean": float(model.mean())})
        return float(model.sum())

    made.node = score(fit(load(size), alpha))
    return made


def test_compute_gives_the_value_and_makes_a_trial(ex):
    assert ex.node.compute() == 3.0
    assert ex.trial(1).result == 3.0


def test_run_gives_the_trial(ex):
    trial = ex.run(alpha=1.0)
    assert trial.number == 1
    assert trial.result == 6.0
    assert trial.status == "finished"
    assert trial.parameters == {"alpha": 1.0, "size": 4}
    assert trial.metrics == {"loss": 2.0, "epoch": 1.0}
    assert trial.error is None
    assert trial.seconds > 0
    assert (datetime.now(UTC) - trial.started).total_seconds() < 60
    assert len(trial.uuid) == 36


def test_a_trial_reads_the_same_from_the_store(ex):
    trial = ex.run()
    again = anew.Experiment("bikes").trial(1)
    assert again == trial
    assert again.result == trial.result


def test_a_value_given_to_run_holds_for_that_trial_alone(ex):
    ex.run(alpha=1.0)
    assert ex.parameters == {"alpha": 0.5, "size": 4}


def test_set_parameters_holds_until_set_again(ex):
    ex.set_parameters(alpha=1.0)
    assert ex.parameters["alpha"] == 1.0
    assert ex.run().parameters["alpha"] == 1.0


def test_a_persisted_value_is_had_by_its_step(ex):
    np.testing.assert_array_equal(ex.run().value("fit"), [0, 0.5, 1, 1.5])


def test_a_value_that_was_not_kept_is_an_error_with_near_misses(ex):
    with pytest.raises(UnknownNameError, match="did you mean 'fit'"):
        ex.run().value("fitt")


def test_an_artifact_is_loaded_when_it_is_taken_out(ex):
    artifacts = ex.run().artifacts
    assert list(artifacts) == ["model.json"]
    assert artifacts["model.json"] == {"mean": 0.75}
    assert len(artifacts) == 1
    assert "model.json" in repr(artifacts)


def test_an_unknown_artifact_is_a_key_error(ex):
    with pytest.raises(KeyError, match=r"model\.json"):
        ex.run().artifacts["model.jsn"]


def test_what_was_printed_is_in_the_console_and_still_printed(ex, capsys):
    trial = ex.run()
    assert trial.console == "scoring\n"
    assert capsys.readouterr().out == "scoring\n"


def test_the_code_that_ran_is_at_hand(ex, project):
    (project / "helper.py").write_text("x = 1\n")
    trial = ex.run()
    assert trial.code["helper.py"] == "x = 1\n"


def test_all_facets_are_recorded(ex):
    assert ex.run().facets.keys() == {
        "command",
        "cpu",
        "git",
        "gpu",
        "libraries",
        "locale",
        "memory",
        "numerics",
        "packages",
        "platform",
        "python",
        "seeds",
        "snapshot",
        "tracking",
    }


def test_steps_are_recorded_with_their_inputs_and_digests(ex):
    steps = ex.run().steps
    assert [(s.label, s.inputs, s.status) for s in steps] == [
        ("load", (), "finished"),
        ("fit", ("load",), "finished"),
        ("score", ("fit",), "finished"),
    ]
    assert all(s.digest and s.seconds >= 0 and s.worker for s in steps)


def test_points_of_a_metric_are_kept_in_order():
    ex = anew.Experiment("series")

    @ex.result
    def learn():
        for epoch in range(5):
            ex.log(loss=1 / (epoch + 1))
        ex.log({"my loss": math.nan}, step=7)

    trial = ex.run()
    assert [(p.step, p.value) for p in trial.points("loss")] == [
        (0, 1.0), (1, 0.5), (2, 1 / 3), (3, 0.25), (4, 0.2),
    ]  # fmt: skip
    assert trial.points("my loss")[0].step == 7
    assert math.isnan(trial.metrics["my loss"])


def test_trials_are_a_frame_by_number(ex):
    ex.run()
    ex.run(alpha=1.0)
    frame = ex.trials()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.index) == [1, 2]
    assert list(frame["alpha"]) == [0.5, 1.0]
    assert list(frame["result"]) == [3.0, 6.0]
    assert {"loss", "status", "started", "seconds", "size"} <= set(frame.columns)
    assert "finished" in frame._repr_html_()


def test_trials_before_the_first_are_an_empty_frame(ex, project):
    assert ex.trials().empty
    assert not (project / ".anew").exists()


def test_trials_of_two_experiments_share_numbers_but_not_lists(ex):
    ex.run()
    other = anew.Experiment("other")
    other.result(lambda: 1)
    assert other.run().number == 2
    assert list(ex.trials().index) == [1]
    assert other.trial("first").number == 2


def test_a_trial_of_another_experiment_is_refused(ex):
    ex.run()
    with pytest.raises(UnknownTrialError, match="not of 'other'"):
        anew.Experiment("other").trial(1)


@pytest.mark.parametrize("reference", [9, "09", "x", "", -1, "lasst", "%", 10**30])
def test_an_unknown_trial_is_an_error_with_a_way_out(ex, reference):
    ex.run()
    with pytest.raises(UnknownTrialError, match="anew ls"):
        ex.trial(reference)


def test_a_trial_is_found_by_first_last_and_uuid_prefix(ex):
    first, last = ex.run(), ex.run()
    assert ex.trial("first").uuid == first.uuid
    assert ex.trial("last").uuid == last.uuid
    assert ex.trial(last.uuid[:-2]).number in {1, 2}
    assert ex.trial(last.uuid).number == 2


def test_an_undeclared_parameter_is_an_error_with_near_misses(ex, project):
    with pytest.raises(UnknownParameterError, match="did you mean 'alpha'"):
        ex.run(alpah=1)
    with pytest.raises(KeyError):
        ex.set_parameters(beta=1)
    assert not (project / ".anew").exists()


def test_an_unset_parameter_is_an_error_before_anything_runs(project):
    ex = anew.Experiment("unset")
    needed = ex.parameter("needed")
    unused = ex.parameter("unused")
    assert ex.parameters == {}

    @ex.result
    def never(x):
        raise AssertionError(x)

    never(needed)
    with pytest.raises(UnsetParameterError, match="needed=VALUE") as caught:
        ex.run()
    assert caught.value.names == (needed.name,)
    assert unused.name not in str(caught.value)
    assert not (project / ".anew").exists()


@pytest.mark.parametrize("name", ["2x", "a b", "seed", "", "a-b"])
def test_a_parameter_is_named_by_an_identifier(name):
    with pytest.raises(UsageError, match="parameter name"):
        anew.Experiment("names").parameter(name)


def test_a_parameter_declared_twice_in_different_ways_is_an_error(ex):
    ex.parameter("alpha", default=0.5, help="the penalty")
    with pytest.raises(UsageError, match="declared twice"):
        ex.parameter("alpha", default=1)


@pytest.mark.parametrize(
    "name", ["", "../up", "/abs", "a/../b", "C:x", "a\nb", 3, "x" * 300, "a\\..\\b"]
)
def test_a_name_that_could_leave_its_folder_is_refused(name):
    with pytest.raises(InvalidNameError):
        anew.Experiment(name)


def test_saving_under_a_name_that_would_escape_is_refused():
    ex = anew.Experiment("escape")

    @ex.result
    def escape():
        ex.save("../evil.txt", "x")

    with pytest.raises(InvalidNameError, match="would leave its folder"):
        ex.run()


def test_an_experiment_without_a_result_says_what_to_do():
    ex = anew.Experiment("empty")
    with pytest.raises(UsageError, match=r"@ex\.result"):
        ex.run()


def test_a_result_whose_graph_was_not_built_says_what_to_do():
    ex = anew.Experiment("unbuilt")
    ex.result(lambda x: x)
    with pytest.raises(UsageError, match="no graph of its result yet"):
        ex.run()


def test_a_result_that_needs_nothing_needs_no_graph():
    ex = anew.Experiment("constant")

    @ex.result
    def answer(scale=6, *, seed):
        return 7 * scale if seed >= 0 else None

    assert ex.run().result == 42


def test_a_step_that_raises_is_recorded_and_raised_unchanged(ex):
    class OddError(Exception):
        pass

    odd = OddError("at 3")

    @ex.result
    def fail(x):
        raise odd

    fail(ex.node)
    with pytest.raises(OddError) as caught:
        ex.run()
    assert caught.value is odd
    trial = ex.trial("last")
    assert trial.status == "failed"
    assert str(trial.error) == f"{OddError.__qualname__}: at 3"
    assert "raise odd" in trial.error.traceback
    assert trial.metrics["loss"] == 1.0
    assert [s.status for s in trial.steps][-1] == "failed"


def test_an_interrupted_trial_says_so(ex):
    @ex.result
    def interrupt(x):
        raise KeyboardInterrupt

    ex.outcome = interrupt.node(1)
    with pytest.raises(KeyboardInterrupt):
        ex.run(scheduler="sync")
    assert ex.trial("last").status == "interrupted"


def test_a_value_that_cannot_be_stored_is_said_and_the_trial_finishes(ex):
    generator = (i for i in range(3))

    @ex.result
    def odd():
        ex.save("generator", generator)
        return 1

    ex.outcome = None
    with pytest.warns(anew.AnewWarning, match="'generator' was not stored"):
        trial = ex.run()
    assert trial.status == "finished"
    with pytest.raises(ValueNotStoredError, match="was not stored"):
        trial.artifacts["generator"]


def test_a_result_that_cannot_be_stored_is_still_given_back(ex):
    @ex.result
    def odd():
        return (i for i in range(3))

    ex.outcome = None
    with pytest.warns(anew.AnewWarning, match="'odd' was not stored"):
        trial = ex.run()
    assert list(trial.result) == [0, 1, 2]


def test_a_metric_that_is_no_number_is_an_error(ex):
    @ex.result
    def odd():
        ex.log(rmse="low")

    ex.outcome = None
    with pytest.raises(UsageError, match="metric 'rmse' is 'low'"):
        ex.run()


def test_a_store_that_cannot_be_made_stops_before_the_work(project):
    (project / "file").touch()
    ex = anew.Experiment("nowhere", store="file/store")
    ex.result(lambda: pytest.fail("it ran"))
    with pytest.raises(StoreNotWritableError, match="ANEW_STORE"):
        ex.run()


def test_a_store_may_be_given(tmp_path):
    ex = anew.Experiment("elsewhere", store=tmp_path / "kept")
    ex.result(lambda: 1)
    ex.run()
    assert (tmp_path / "kept" / "trials.db").exists()
    assert ex.trial(1).result == 1


def test_inputs_are_recorded_with_their_digest_and_kept(project):
    (project / "data.csv").write_text("a,b\n1,2\n3,4\n")
    ex = anew.Experiment("reading")

    @ex.result
    def read():
        return len(anew.input("data.csv").read_text())

    trial = ex.run()
    (use,) = trial.files
    assert (use.path, use.role, use.rows, use.size_bytes, use.kept) == (
        "data.csv", "input", 2, 12, True,
    )  # fmt: skip
    (project / "data.csv").unlink()
    assert trial.source.objects.get(use.digest) == b"a,b\n1,2\n3,4\n"


def test_an_input_that_is_not_there_is_for_the_program_to_find_out():
    ex = anew.Experiment("reading")
    ex.result(lambda: anew.input("missing.csv").read_text())
    with pytest.raises(FileNotFoundError):
        ex.run()


def test_a_large_input_is_recorded_by_digest_only(project, monkeypatch):
    monkeypatch.setenv("ANEW_KEEP_INPUTS", "3")
    (project / "data.csv").write_text("a\n1\n2\n")
    ex = anew.Experiment("reading")
    ex.result(lambda: anew.input("data.csv").name)
    (use,) = ex.run().files
    assert not use.kept
    assert use.digest.startswith("blake3:")


def test_outside_a_trial_recording_does_no_harm(ex, caplog):
    ex.log(rmse=1)
    ex.save("x", 1)
    assert anew.input("data.csv").name == "data.csv"


def test_a_nested_trial_is_a_trial_of_its_own(ex):
    outer = anew.Experiment("outer")

    @outer.result
    def both():
        return ex.run(alpha=1.0).result + ex.run(alpha=2.0).result

    assert outer.run().result == 18.0
    assert len(ex.trials()) == 2


def test_main_does_nothing_where_the_script_is_imported(ex, project):
    ex.main()
    assert not (project / ".anew").exists()


def test_a_trial_reads_well_in_a_notebook(ex):
    html = ex.run()._repr_html_()
    assert "bikes: trial 1" in html
    assert "alpha" in html
