"""A block of code as a trial."""

from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import anew
from anew.errors import InvalidNameError, UsageError

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
