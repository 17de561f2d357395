"""A block of code as a trial."""

from __future__ import annotations

import array
import asyncio
import math
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import anew
from anew.cli import main
from anew.errors import InvalidNameError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


pytestmark = pytest.mark.usefixtures("project")


def test_a_block_is_a_trial_with_its_parameters() -> None:
    with anew.trial("bikes", alpha=0.3) as trial:
        pass
    assert (trial.record.status, trial.record.parameters) == ("finished", {"alpha": 0.3})


def test_parameters_may_have_any_names() -> None:
    with anew.trial("bikes", {"learning-rate": 1}) as trial:
        pass
    assert trial.record.parameters == {"learning-rate": 1}


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="'alpha' is given twice"):
        anew.trial("bikes", {"alpha": 1}, alpha=2)


def test_a_name_that_cannot_be_one_is_refused_before_the_block() -> None:
    with pytest.raises(InvalidNameError):
        anew.trial("")


def test_metrics_are_logged_by_the_handle_and_by_the_module() -> None:
    with anew.trial("bikes") as trial:
        trial.log(rmse=1.5)
        anew.log({"r 2": 0.5}, step=3)
    assert trial.record.metrics == {"rmse": 1.5, "r 2": 0.5}


def test_values_are_saved_by_the_handle_and_by_the_module() -> None:
    with anew.trial("bikes") as trial:
        trial.save("a.json", [1])
        anew.save("b.json", [2])
    assert dict(trial.record.artifacts) == {"a.json": [1], "b.json": [2]}


def test_tags_and_notes_are_kept_in_order_and_once() -> None:
    with anew.trial("bikes", tags="paper") as trial:
        anew.tag("figure 2", "paper")
        trial.note("found by hand")
        anew.note("looks good")
    record = trial.record
    assert record.tags == ("paper", "figure 2")
    assert record.notes == ("found by hand", "looks good")


def test_tags_and_notes_are_known_while_the_trial_runs() -> None:
    with anew.trial("bikes", tags=["paper"]) as trial:
        assert trial.record.tags == ("paper",)


def test_a_tag_that_cannot_be_written_down_is_refused() -> None:
    with anew.trial("bikes"), pytest.raises(InvalidNameError):
        anew.tag(" ")


def test_outside_a_trial_the_functions_do_no_harm() -> None:
    anew.log(a=1)
    anew.tag("x")
    anew.note("x")
    anew.save("x", 1)
    assert anew.output("x.csv").name == "x.csv"
    assert anew.input("x.csv").name == "x.csv"


def test_an_exception_is_recorded_and_goes_on() -> None:
    with pytest.raises(ValueError, match="boo"), anew.trial("bikes") as trial:
        raise ValueError(*["boo"])
    assert trial.record.status == "failed"
    assert str(trial.record.error) == "ValueError: boo"


def test_an_interrupted_trial_says_so() -> None:
    with pytest.raises(KeyboardInterrupt), anew.trial("bikes") as trial:
        raise KeyboardInterrupt
    assert trial.record.status == "interrupted"


def test_a_trial_within_another_is_its_child() -> None:
    with anew.trial("search") as outer, anew.trial("fit") as inner:
        pass
    assert inner.record.parent == outer.uuid
    assert outer.record.parent is None


def test_what_is_logged_in_a_child_is_the_child_s() -> None:
    with anew.trial("search") as outer:
        with anew.trial("fit") as inner:
            anew.log(a=1)
        anew.log(b=2)
    assert (outer.record.metrics, inner.record.metrics) == ({"b": 2.0}, {"a": 1.0})


def test_a_thread_without_a_trial_records_to_the_only_one_that_runs() -> None:
    with anew.trial("threads") as trial, ThreadPoolExecutor(1) as pool:
        pool.submit(anew.log, rmse=0.5).result()
    assert trial.record.metrics == {"rmse": 0.5}


def test_threads_have_trials_of_their_own() -> None:
    found: dict[int, dict[str, float]] = {}
    barrier = threading.Barrier(3)

    def run(number: int) -> None:
        with anew.trial("threads", number=number) as trial:
            barrier.wait(30)
            anew.log(value=number)
            barrier.wait(30)
        found[number] = trial.record.metrics

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: {"value": number} for number in range(3)}


def test_coroutines_have_trials_of_their_own() -> None:
    async def run(number: int) -> dict[str, float]:
        with anew.trial("coroutines", number=number) as trial:
            await asyncio.sleep(0.05)
            anew.log(value=number)
        return trial.record.metrics

    async def run_all() -> list[dict[str, float]]:
        return await asyncio.gather(*map(run, range(3)))

    assert asyncio.run(run_all()) == [{"value": 0.0}, {"value": 1.0}, {"value": 2.0}]


def test_files_that_are_read_and_written_are_recorded(project: Path) -> None:
    (project / "in.csv").write_text("a\n1\n")
    with anew.trial("bikes") as trial:
        (project / "out.txt").write_text((project / "in.csv").read_text())
    found = {(use.path, use.role, use.kept) for use in trial.record.files}
    assert found == {("in.csv", "input", True), ("out.txt", "output", True)}


def test_a_file_that_is_read_and_then_written_to_is_recorded_as_it_was_read(project: Path) -> None:
    (project / "state.json").write_text("1")
    with anew.trial("bikes") as trial:
        count = int((project / "state.json").read_text())
        (project / "state.json").write_text(str(count + 1))
    kept = {use.role: use.digest for use in trial.record.files}
    objects = anew.open_store(project / ".anew").objects
    assert (objects.get(kept["input"]), objects.get(kept["output"])) == (b"1", b"2")


def test_files_of_two_trials_in_threads_are_not_mixed(project: Path) -> None:
    found: dict[str, set[str]] = {}
    barrier = threading.Barrier(2)

    def run(name: str) -> None:
        with anew.trial("threads") as trial:
            barrier.wait(30)
            (project / name).write_text(name)
            barrier.wait(30)
        found[name] = {use.path for use in trial.record.files}

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"a": {"a"}, "b": {"b"}}


def test_settings_that_are_read_for_a_trial_within_are_no_input_of_the_outer_one() -> None:
    with anew.trial("outer") as trial, anew.trial("inner"):
        pass
    assert not trial.record.files


def test_a_seed_seeds_the_generators() -> None:
    drawn = []
    for _ in range(2):
        with anew.trial("bikes", seed=1):
            drawn.append(random.random())  # noqa: S311
    assert drawn[0] == drawn[1]


def test_without_a_seed_the_generators_are_left_alone() -> None:
    random.seed(5)
    expected = random.random()  # noqa: S311
    random.seed(5)
    with anew.trial("bikes"):
        assert random.random() == expected  # noqa: S311


def test_a_trial_can_be_used_again() -> None:
    trial = anew.trial("bikes")
    with trial as first:
        pass
    with trial as second:
        pass
    assert (first.number, second.number) == (1, 2)


def test_a_store_of_one_s_own_is_used(project: Path) -> None:
    with anew.trial("bikes", store=project / "elsewhere") as trial:
        pass
    assert trial.record.number == 1
    assert not (project / ".anew").exists()


def series_of(**points):
    """Log many points in a trial, and give its record."""
    with anew.trial("many") as trial:
        trial.log_many("loss", **points)
    return trial.record.series("loss")


@pytest.mark.parametrize(
    "values",
    [
        [1, 2.5, math.nan],
        (1, 2.5, math.nan),
        np.array([1, 2.5, math.nan]),
        np.array([1, 2.5, math.nan], np.float32),
        np.array([9, 1, 9, 2.5, 9, math.nan])[1::2],
        pd.Series([1, 2.5, math.nan], index=[5, 6, 7]),
        array.array("d", [1, 2.5, math.nan]),
    ],
    ids=["list", "tuple", "array", "float32", "strided", "series", "array.array"],
)
@pytest.mark.parametrize(
    "steps", [[3, 5, 7], range(3, 9, 2), np.array([3, 5, 7], np.uint8)], ids=["list", "range", "u1"]
)
def test_many_values_are_logged_from_whatever_holds_them(values, steps):
    steps, values, times = series_of(steps=steps, values=values)
    assert list(steps) == [3, 5, 7]
    assert np.array_equal(values, [1, 2.5, math.nan], equal_nan=True)
    assert abs(times - time.time()).max() < 60


def test_many_values_without_steps_follow_the_last_one():
    with anew.trial("many") as trial:
        trial.log(loss=0.5, step=9)
        trial.log_many("loss", None, [1.0, 2.0])
        trial.log(loss=3.0)
        trial.log_many("loss", [], [])
    assert list(trial.record.series("loss").steps) == [9, 10, 11, 12]


def test_many_values_have_the_times_that_are_given():
    assert list(series_of(steps=[1, 2], values=[1, 2], times=[5.5, 4]).times) == [5.5, 4.0]


def test_a_million_values_come_back():
    values = np.sin(np.arange(1_000_000))
    steps, found, _ = series_of(steps=range(0, -1_000_000, -1), values=values)
    assert found.tobytes() == values.tobytes()
    assert steps[-1] == -999_999


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"steps": [1], "values": [1, 2]}, "2 values and 1 steps"),
        ({"steps": [1, 2], "values": [1, 2], "times": [1]}, "2 values and 1 times"),
        ({"steps": [0.5, 1], "values": [1, 2]}, "step number is 0.5"),
        ({"steps": np.array([0.5]), "values": [1]}, "expected whole numbers"),
        ({"steps": [2**63], "values": [1]}, "step number is"),
        ({"steps": range(2**63, 2**63 + 1), "values": [1]}, "step number is"),
        ({"steps": np.array([2**63], "u8"), "values": [1]}, "step number is"),
        ({"steps": [None], "values": [1]}, "step number is"),
        ({"steps": 1, "values": 0.5}, "expected many numbers"),
        ({"steps": [1], "values": "7"}, "expected many numbers"),
        ({"steps": [1], "values": ["x"]}, "metric 'loss' is 'x'"),
        ({"steps": [1], "values": np.ones((1, 1))}, "expected numbers in one dimension"),
        ({"steps": [1], "values": np.array([1j])}, "expected numbers in one dimension"),
        ({"steps": [1], "values": np.array(["1"])}, "expected numbers in one dimension"),
    ],
)
def test_what_are_no_points_is_refused_and_nothing_logged(points, message):
    with anew.trial("many") as trial:
        with pytest.raises(UsageError, match=message):
            trial.log_many("loss", **points)
        with pytest.raises(UsageError):
            trial.log_many("", [1], [1.0])
    assert trial.record.metrics == {}


def test_many_points_can_be_logged_without_the_trial_in_hand():
    anew.log_many("height", None, [9.0])  # outside of a trial: no harm
    with anew.trial("descent") as trial:
        anew.log_many("height", range(0, 30, 10), [3.0, 2.0, 1.0])
    points = trial.record.series("height")
    assert (list(points.steps), list(points.values)) == ([0, 10, 20], [3.0, 2.0, 1.0])


def test_the_metrics_of_trials_are_a_long_frame():
    for rate in (0.1, 0.2):
        with anew.trial("descent", rate=rate) as trial:
            trial.log_many("height", range(1000), np.arange(1000) * rate)
            trial.log(other=1.0)
    ex = anew.Experiment("descent")
    frame = ex.metrics("height")
    assert list(frame.columns) == ["trial", "metric", "step", "value", "time"]
    assert len(frame) == 2000
    assert list(frame.groupby("trial")["value"].last()) == pytest.approx([99.9, 199.8])
    assert str(frame["time"].dtype).startswith("datetime64")
    assert set(ex.metrics()["metric"]) == {"height", "other"}
    assert list(ex.metrics("other", trials=[2, trial.record])["trial"]) == [2, 2]
    outline = ex.metrics("height", trials=[1], points=10)
    assert len(outline) <= 10
    assert outline["value"].max() == frame["value"][:1000].max()
    assert len(ex.metrics("height", trials=[])) == 0


def test_a_metric_that_no_trial_has_is_an_error_with_near_misses():
    with anew.trial("descent") as trial:
        trial.log(height=1.0)
    with pytest.raises(UnknownNameError, match="height") as caught:
        anew.Experiment("descent").metrics("hight")
    assert "height" in str(caught.value)


def test_many_points_of_a_step_that_is_spared_are_logged_again():
    ex = anew.Experiment("spared")

    @ex.result
    def learn():
        ex.log_many("loss", (n for n in [4, 5, 6]), iter([1.0, math.nan, -0.0]))
        return 1

    first, second = ex.run(), ex.run()
    assert second.steps[0].status == "reused"
    assert list(second.series("loss").steps) == [4, 5, 6]
    assert first.series("loss")[1].tobytes() == second.series("loss")[1].tobytes()


def test_of_a_long_series_no_block_but_its_ends_is_unpacked(project, monkeypatch):
    values = [*range(2 * 4096), -7.0, *range(4095), *range(3 * 4096)]
    with anew.trial("long") as trial:
        trial.log_many("height", None, values)
    store = trial.record.source
    with store.connection.writing() as sql:
        sql.execute("UPDATE blocks SET points = x'00' WHERE number NOT IN (0, 5)")
    outline = trial.record.series("height", 10)
    assert {-7.0, 8191.0, 12287.0} <= set(outline.values)
    runner = CliRunner()
    told = runner.invoke(main, ["metrics", "1"]).output.splitlines()[1]
    assert told.split() == ["height", "24576", "0", "12287", "-7", "12287"]
    monkeypatch.setattr("anew.render.series._DRAWN", 10)
    assert "12287 ┤" in runner.invoke(main, ["metrics", "1", "height", "--plot"]).output
