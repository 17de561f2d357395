"""Graphs run on Dask, on every scheduler alike."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

import anew
from anew.errors import AnewWarning, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("project")


def make_experiment() -> anew.Experiment:
    """Make an experiment whose steps record all there is, in functions that pickle by value."""
    ex = anew.Experiment("everywhere")
    n = ex.parameter("n", default=3)

    @ex.step(persist=True)
    def draw(n, which, rng):
        anew.log(drawn=n)
        print(f"drawing {which}\n", end="")  # in one piece: threads print at the same time
        return rng.normal(size=n).tolist()

    @ex.result
    def add(parts):
        anew.save("parts.json", parts)
        return sum(map(sum, parts))

    add([draw(n, which) for which in range(3)])
    return ex


@pytest.mark.parametrize("scheduler", ["threads", "sync", "processes"])
def test_every_scheduler_records_the_same(scheduler):
    expected = make_experiment().run(1, scheduler="sync")
    trial = make_experiment().run(1, scheduler=scheduler)
    assert trial.result == expected.result
    assert sorted(s.digest for s in trial.steps) == sorted(s.digest for s in expected.steps)
    assert trial.metrics == {"drawn": 3.0}
    assert sorted(trial.console.splitlines()) == ["drawing 0", "drawing 1", "drawing 2"]
    assert trial.value("draw:2") == expected.value("draw:2")
    assert trial.artifacts["parts.json"] == expected.artifacts["parts.json"]


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    """A real cluster of one process on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.mark.filterwarnings("ignore")  # distributed's own
def test_a_distributed_client_records_the_same(client):
    expected = make_experiment().run(1, scheduler="sync")
    trial = make_experiment().run(1, scheduler=client)
    assert trial.result == expected.result
    assert trial.metrics == {"drawn": 3.0}
    assert len(trial.console.splitlines()) == 3
    assert len(trial.steps) == 4


def test_independent_steps_run_at_the_same_time():
    ex = anew.Experiment("parallel")
    meeting = threading.Barrier(2, timeout=30)

    @ex.step
    def meet(which):
        return meeting.wait() >= 0 and which

    ex.result(lambda parts: sum(parts, 0))([meet.node(1), meet.node(2)])
    assert ex.run().result == 3


def test_a_shared_node_runs_once():
    ex = anew.Experiment("shared")
    calls = []

    @ex.step
    def load():
        calls.append(1)
        return 1

    node = load.node()
    ex.result(lambda a, b: a + b)(node, node)
    assert ex.run().result == 2
    assert len(calls) == 1


def test_an_exception_of_a_worker_process_comes_back_as_it_was():
    ex = anew.Experiment("failing")
    ex.result(lambda: {}["gone"])
    with pytest.raises(KeyError) as caught:
        ex.run(scheduler="processes")
    assert type(caught.value) is KeyError
    assert ex.trial(1).status == "failed"
    assert ex.trial(1).steps[0].status == "failed"


def test_an_unknown_scheduler_is_an_error_with_near_misses(project):
    with pytest.raises(UsageError, match="did you mean 'threads'"):
        make_experiment().run(scheduler="thread")
    assert not (project / ".anew").exists()


def test_trials_in_threads_keep_apart():
    ex = anew.Experiment("threads")
    which = ex.parameter("which", default=0)

    @ex.result
    def say(which):
        print("I am", which)
        ex.log(which=which)
        return which

    say(which)
    threads = [threading.Thread(target=ex.run, kwargs={"which": i}) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(1, 7):
        trial = ex.trial(number)
        assert trial.console == f"I am {trial.parameters['which']}\n"
        assert trial.metrics == {"which": trial.result}


def test_what_is_given_to_a_step_is_not_searched_by_dask():
    ex = anew.Experiment("opaque")
    big = {"rows": [[i] for i in range(1000)]}
    ex.result(lambda x: len(x["rows"])).node(big)
    assert ex.run().result == 1000


SCRIPT = """
import anew

ex = anew.Experiment("script")
n = ex.parameter("n", default=5)

@ex.step
def factorial(n):
    ex.log(seen=n)
    return n * factorial(n - 1) if n > 1 else 1

@ex.result
def show(value):
    ex.save("value.json", value)
    return value

show(factorial(n))
ex.main()
"""


def test_steps_of_a_script_that_log_and_call_themselves_run_in_processes(project):
    (project / "script.py").write_text(SCRIPT)
    command = [sys.executable, "script.py", "--scheduler", "processes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.startswith("trial 1: show = 120"), done.stderr
    trial = anew.open_store().trial(1)
    assert trial.metrics == {"seen": 1.0}
    assert trial.artifacts["value.json"] == 120


def test_a_step_that_changes_a_parameter_in_place_changes_no_other_trial():
    ex = anew.Experiment("in place")
    weights = ex.parameter("weights", default=np.zeros(2))
    rows = ex.parameter("rows", default=[[1]])

    @ex.result
    def change(weights, rows):
        weights += 1
        rows[0].append(1)
        return float(weights.sum()) + len(rows[0])

    change(weights, rows)
    with pytest.warns(AnewWarning, match="change changes its argument: weights, rows"):
        assert ex.run().result == 4.0
    assert ex.run(fresh=True).result == 4.0


def test_a_parameter_that_cannot_be_copied_is_shared():
    ex = anew.Experiment("shared")
    lock = threading.Lock()
    ex.result(lambda given: given is lock)(ex.parameter("given", default=lock))
    assert ex.run().result is True
