"""Two trials, output by output, and the step at which they part."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import anew
from anew.compare import compare_trials, first_difference
from anew.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from anew.model import Trial

pytestmark = [
    pytest.mark.usefixtures("project"),
    pytest.mark.filterwarnings("ignore::anew.AnewWarning"),
]


class Chain:
    """An experiment of three steps whose outputs are set from outside, as by another machine."""

    def __init__(self, *, persist: bool = False) -> None:
        self.values: dict[str, Any] = {"load": 1.0, "fit": 2.0, "score": 3.0}
        self.metrics: dict[str, float] = {}
        self.artifacts: dict[str, Any] = {}
        ex = anew.Experiment("chain", scheduler="sync")

        @ex.step(persist=persist)
        def load() -> Any:
            return self.give("load")

        @ex.step(persist=persist)
        def fit(_: Any) -> Any:
            return self.give("fit")

        @ex.result
        def score(_: Any) -> Any:
            for name, value in self.artifacts.items():
                ex.save(name, value)
            if self.metrics:
                ex.log(self.metrics)
            return self.give("score")

        self.experiment = ex
        self.node = score(fit(load.node()))

    def give(self, step: str) -> Any:
        if isinstance(self.values[step], Exception):
            raise self.values[step]
        return self.values[step]

    def run(self, **values: Any) -> Trial:
        self.values |= values
        with suppress(ValueError, RuntimeError):
            self.node.compute(fresh=True)  # a change of the test's own is no change of the code
        return self.experiment.trial("last")


def judge(a: Trial, b: Trial, **tolerance: float) -> dict[tuple[str, str], str]:
    return {(v.kind, v.name): v.verdict for v in compare_trials(a, b, **tolerance)}


def explain(a: Trial, b: Trial, kind: str, **tolerance: float) -> list[tuple[str, str]]:
    return [(v.verdict, v.detail) for v in compare_trials(a, b, **tolerance) if v.kind == kind]


def test_equal_trials_are_identical_in_all_that_they_made():
    chain = Chain(persist=True)
    chain.metrics, chain.artifacts = {"rmse": math.nan}, {"a.txt": "x"}
    a, b = chain.run(), chain.run()
    assert judge(a, b) == {
        ("status", "finished"): "identical",
        ("result", "score"): "identical",
        ("metric", "rmse"): "identical",
        ("artifact", "a.txt"): "identical",
        ("value", "load"): "identical",
        ("value", "fit"): "identical",
        ("step", "load"): "identical",
        ("step", "fit"): "identical",
        ("step", "score"): "identical",
    }
    assert first_difference(a, b) is None


def test_a_trial_that_made_nothing_has_no_verdict():
    from anew.recorder import begin, recording
    from anew.settings import load_settings

    def run() -> Trial:
        recorder = begin("empty", {}, settings=load_settings())
        with recording(recorder):
            pass
        return recorder.store.trial(recorder.handle.number)

    assert compare_trials(run(), run()) == []


def test_a_different_result_says_by_how_much():
    chain = Chain()
    a, b = chain.run(), chain.run(score=3.5)
    assert explain(a, b, "result") == [("different", "3.0 → 3.5, by 0.5 (relative 0.17)")]


def test_metrics_are_compared_by_their_last_value():
    chain = Chain()
    chain.metrics = {"rmse": 1.0, "gone": 0.0}
    a = chain.run()
    chain.metrics = {"rmse": 1.1, "new": 0.0}
    b = chain.run()
    assert [(v.name, v.verdict, v.detail) for v in compare_trials(a, b) if v.kind == "metric"] == [
        ("rmse", "different", "1.0 → 1.1, by 0.1 (relative 0.1)"),
        ("gone", "missing", "trial 2 has none"),
        ("new", "extra", "trial 1 has none"),
    ]
    assert judge(a, b, rtol=0.2)["metric", "rmse"] == "close"


def log_series(*series: dict[int, float]) -> list[Trial]:
    trials = []
    for points in series:
        with anew.trial("series") as trial:
            for step, value in points.items():
                trial.log(loss=value, step=step)
        trials.append(trial)
    store = anew.open_store()
    return [store.trial(number + 1) for number in range(len(trials))]


def test_a_series_is_compared_as_a_whole():
    a, b = log_series({1: 1.0, 2: 0.5, 3: 0.25}, {1: 1.0, 2: 0.75, 3: 0.25})
    assert explain(a, b, "metric") == [("identical", "")]
    (found,) = [v for v in compare_trials(a, b) if v.kind == "series"]
    assert found.verdict == "different"
    assert found.detail == (
        "step 2: 1 of 3 numbers differ, here 0.5 → 0.75, by 0.25 (relative 0.5); from step 2 on"
    )
    assert (found.place, found.absolute, found.relative) == ("step 2", 0.25, 0.5)
    assert explain(a, b, "series", rtol=0.5)[0][0] == "close"
    first = first_difference(a, b)
    assert first is not None
    assert first.startswith("metric loss: step 2: ")


def test_series_of_other_lengths_or_steps_are_different():
    a, b, c = log_series({1: 1.0, 2: 0.5}, {1: 1.0, 2: 0.5, 3: 0.5}, {1: 1.0, 3: 0.5})
    assert explain(a, b, "series") == [("different", "2 points → 3 points")]
    assert explain(a, c, "series") == [("different", "step number 2 → 3")]


def test_rounding_in_a_series_is_told():
    a, b = log_series({1: 1.0, 2: 0.3}, {1: 1.0, 2: 0.1 + 0.2})
    ((verdict, detail),) = explain(a, b, "series")
    assert verdict == "different"
    assert detail.endswith("this is rounding: --rtol 1e-9 allows it")


def test_a_metric_that_is_a_duration_is_noise():
    chain = Chain()
    chain.metrics = {"fit_time": 1.0, "rmse": 1.0}
    a = chain.run()
    chain.metrics = {"fit_time": 1.5, "rmse": 1.5}
    b = chain.run()
    assert judge(a, b)["metric", "fit_time"] == "same content"
    assert judge(a, b)["metric", "rmse"] == "different"


def test_the_exit_of_a_trial_that_made_something_is_compared():
    chain = Chain()
    a, b = chain.run(), chain.run()
    assert judge(a, b)["status", "finished"] == "identical"


def test_an_array_says_its_largest_differences():
    chain = Chain()
    a = chain.run(score=np.array([1.0, 2.0]))
    b = chain.run(score=np.array([1.5, 2.0]))
    (found,) = [v for v in compare_trials(a, b) if v.kind == "result"]
    assert (found.place, found.absolute, found.relative) == ("[0]", 0.5, 0.5)


def test_pictures_that_differ_come_with_a_picture_of_the_difference():
    plt = pytest.importorskip("matplotlib.figure")

    def draw(top: float) -> Any:
        figure = plt.Figure(figsize=(2, 1))
        figure.subplots().plot([0, top])
        return figure

    chain = Chain()
    chain.artifacts = {"figure.png": draw(1)}
    a = chain.run()
    chain.artifacts = {"figure.png": draw(2)}
    b = chain.run()
    (found,) = [v for v in compare_trials(a, b) if v.kind == "artifact"]
    assert found.verdict == "different"
    assert found.picture is not None
    assert found.picture.startswith(b"\x89PNG")
    assert "picture" not in repr(found)


def test_a_kept_value_is_read_without_its_durations():
    chain = Chain()
    a = chain.run(score={"rmse": 1.0, "seconds": 1.0})
    b = chain.run(score={"rmse": 1.0, "seconds": 2.0})
    told = "ignoring durations (rule: duration)"
    assert explain(a, b, "result") == [("same content", told)]


def test_equal_values_in_other_bytes_are_the_same_content():
    chain = Chain()
    a = chain.run(score={"x": 1, "y": 2})
    b = chain.run(score={"y": 2, "x": 1})
    assert explain(a, b, "result") == [("same content", "in other bytes")]


def test_saved_files_are_compared_by_what_is_in_them_not_by_their_path(project: Path):
    chain = Chain()
    chain.artifacts = {"table.csv": project / "out.csv", "raw.bin": project / "out.bin"}
    (project / "out.csv").write_text("x,y\n1,0.5\n")
    (project / "out.bin").write_bytes(b"\xff1")
    a = chain.run()
    (project / "out.csv").write_text("x,y\n1,0.50001\n")
    (project / "out.bin").write_bytes(b"\xff2")
    b = chain.run()
    assert judge(a, b)["artifact", "raw.bin"] == "different"
    assert judge(a, b)["artifact", "table.csv"] == "different"
    assert judge(a, b, rtol=1e-3)["artifact", "table.csv"] == "close"


def test_a_file_that_is_not_what_its_suffix_says_is_compared_by_its_bytes(project: Path):
    chain = Chain()
    chain.artifacts = {"data.json": project / "out"}
    (project / "out").write_text("{")
    a = chain.run()
    (project / "out").write_text("[")
    b = chain.run()
    ((verdict, detail),) = explain(a, b, "artifact")
    assert verdict == "different"
    assert detail.startswith("'{' → '['; JSON that cannot be read: ")


def test_a_value_that_was_not_stored_is_compared_by_its_digest(monkeypatch: pytest.MonkeyPatch):
    chain = Chain()

    def refuse(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("anew.formats.encode", refuse)
    a, b, c = chain.run(), chain.run(), chain.run(score=4.0)
    assert explain(a, b, "result") == [("same content", "by digest: the value was not stored")]
    ((verdict, detail),) = explain(a, c, "result")
    assert verdict == "different"
    assert detail.endswith("the value was not stored: MemoryError")


def test_a_value_without_bytes_and_digest_is_not_compared():
    chain = Chain()
    a, b = chain.run(score=threading.Lock()), chain.run()
    ((verdict, detail),) = explain(a, b, "result")
    assert verdict == "not compared"
    assert detail.startswith("not stored: ")
    assert judge(a, b)["step", "score"] == "not compared"


def test_a_value_that_cannot_be_read_again_is_not_compared():
    chain = Chain()
    a, b = chain.run(), chain.run(score=4.0)
    (kept,) = b.source.artifacts(b.uuid)
    b.source.objects.path(kept.digest).unlink()
    ((verdict, detail),) = explain(a, b, "result")
    assert verdict == "not compared"
    assert detail.startswith("cannot be read: object blake3:")


def test_the_result_is_compared_however_its_step_is_called():
    ex = anew.Experiment("renamed", scheduler="sync")
    one = ex.result(lambda: 1)
    two = ex.result(max)
    one.node().compute()
    two.node(1, 0).compute()
    assert judge(ex.trial(1), ex.trial(2))["result", "<lambda>"] == "identical"


def test_where_all_steps_gave_the_same_the_metric_that_differs_is_named():
    chain = Chain()
    chain.metrics = {"rmse": 0.5}
    a = chain.run()
    chain.metrics = {"rmse": 0.75}
    first = first_difference(a, chain.run())
    assert first is not None
    assert first.startswith("metric rmse: 0.5 → 0.75")


# --- how they ended ------------------------------------------------------------------------------


def test_a_trial_that_failed_differs_from_one_that_finished():
    chain = Chain()
    a, b = chain.run(), chain.run(fit=ValueError("no data"))
    verdicts = compare_trials(a, b)
    assert str(verdicts[0].detail) == "finished → failed: ValueError: no data"
    assert judge(a, b)["result", "score"] == "missing"
    assert judge(a, b)["step", "fit"] == "different"
    assert judge(a, b)["step", "score"] == "missing"
    assert first_difference(a, b) == "fit: finished → failed: ValueError: no data"


def test_failing_alike_is_identical_and_failing_otherwise_is_not():
    chain = Chain()
    a, b = chain.run(fit=ValueError("no")), chain.run()
    assert judge(a, b)["error", "ValueError"] == "identical"
    assert judge(a, b)["step", "fit"] == "not compared"
    c = chain.run(fit=RuntimeError("no"))
    assert explain(a, c, "error") == [("different", "ValueError: no → RuntimeError: no")]


def test_a_step_that_one_of_two_failed_trials_did_not_reach_is_not_compared():
    chain = Chain()
    a, b = chain.run(score=ValueError("no")), chain.run(fit=ValueError("no"))
    assert judge(a, b)["step", "score"] == "not compared"


# --- steps ---------------------------------------------------------------------------------------


def test_a_step_whose_value_was_kept_says_how_it_differs():
    chain = Chain(persist=True)
    a = chain.run(load=np.arange(3.0))
    b = chain.run(load=np.array([0.0, 1.0, 2.5]))
    assert first_difference(a, b) == (
        "load: [2]: 1 of 3 numbers differ, here 2.0 → 2.5, by 0.5 (relative 0.25)"
    )
    assert judge(a, b, rtol=0.3)["step", "load"] == "close"


def test_a_step_whose_value_was_not_kept_says_what_to_do():
    chain = Chain()
    a, b = chain.run(), chain.run(fit=2.5)
    told = "digests differ; @ex.step(persist=True) keeps the value, to see where"
    assert ("different", told) in explain(a, b, "step")
    assert first_difference(a, b) == f"fit: {told}"


def test_with_a_tolerance_a_step_whose_value_was_not_kept_is_not_compared():
    chain = Chain()
    a, b = chain.run(), chain.run(fit=2.5)
    assert judge(a, b, rtol=1.0)["step", "fit"] == "not compared"


def test_a_step_that_was_given_something_else_is_not_the_first_to_differ():
    chain = Chain()
    a, b = chain.run(), chain.run(fit=2.5, score=3.5)
    first = first_difference(a, b)
    assert first is not None
    assert first.startswith("fit: ")


def test_an_input_that_was_not_compared_is_said():
    chain = Chain()
    a = chain.run(load=threading.Lock())
    b = chain.run(fit=2.5)
    first = first_difference(a, b)
    assert first is not None
    assert first.endswith("; or load, which was not compared")


def test_a_tolerance_is_checked():
    chain = Chain()
    a = chain.run()
    with pytest.raises(UsageError, match="atol is -1"):
        compare_trials(a, a, atol=-1)
