"""Steps that are known to give what they gave before do not run again."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import anew
from anew.errors import AnewWarning

pytestmark = pytest.mark.usefixtures("project")


def statuses(trial: anew.Trial) -> dict[str, str]:
    """Give for each step whether it ran."""
    return {step.label: step.status for step in trial.steps}


def make_chain(**options: object) -> anew.Experiment:
    """Make a chain of three steps."""
    ex = anew.Experiment("chain")
    n = ex.parameter("n", default=3)
    last = ex.parameter("last", default=1)

    @ex.step(**options)
    def load(n):
        return np.arange(float(n))

    @ex.step(**options)
    def fit(xs):
        return xs * 2

    @ex.result
    def total(ys, last):
        return float(ys.sum()) + last

    total(fit(load(n)), last)
    return ex


@pytest.mark.parametrize("persist", [True, "auto", False], ids=["kept", "auto", "not-kept"])
def test_an_unchanged_chain_runs_no_step(persist):
    ex = make_chain(persist=persist)
    first, second = ex.run(), ex.run()
    assert set(statuses(second).values()) == {"reused"}
    assert second.result == first.result
    assert [step.reused for step in second.steps] == [first.uuid] * 3


def test_only_what_a_changed_parameter_reaches_runs():
    ex = make_chain()
    ex.run()
    trial = ex.run(last=5)
    assert statuses(trial) == {"load": "reused", "fit": "reused", "total": "finished"}
    assert trial.result == 6.0 + 5


def test_going_back_to_an_earlier_parameter_runs_nothing():
    ex = make_chain()
    expected = ex.run().result
    ex.run(n=4)
    trial = ex.run(n=3)
    assert set(statuses(trial).values()) == {"reused"}
    assert trial.result == expected


def test_fresh_runs_all_and_tells_why():
    ex = make_chain()
    ex.run()
    trial = ex.run(fresh=True)
    assert set(statuses(trial).values()) == {"finished"}
    assert {step.reason for step in trial.steps} == {"fresh=True"}


def test_an_impure_step_always_runs_and_equal_values_spare_what_follows():
    ex = anew.Experiment("impure")

    @ex.step(pure=False)
    def look():
        return 3

    @ex.result
    def double(x):
        return 2 * x

    double(look.node())
    ex.run()
    trial = ex.run()
    assert statuses(trial) == {"look": "finished", "double": "reused"}
    assert trial.steps[0].reason == "pure=False"


def test_a_step_recomputed_to_an_equal_value_stops_the_recomputation_below():
    ex = anew.Experiment("cut-off")
    n = ex.parameter("n", default=1.2)

    @ex.step
    def rounded(n):
        return round(n)

    @ex.result
    def double(x):
        return 2 * x

    double(rounded(n))
    ex.run()
    assert statuses(ex.run(n=1.3)) == {"rounded": "finished", "double": "reused"}


def test_what_a_step_printed_logged_saved_and_warned_of_is_given_again(capsys):
    ex = anew.Experiment("effects")

    @ex.result
    def talk():
        print("a line")
        anew.log(loss=0.5)
        anew.log(loss=0.25)
        anew.save("notes.json", {"a": 1})
        warnings.warn("beware", UserWarning, stacklevel=1)
        return 1

    talk.node()
    with pytest.warns(UserWarning, match="beware"):
        first = ex.run()
    with pytest.warns(UserWarning, match="beware"):
        second = ex.run()
    assert statuses(second) == {"talk": "reused"}
    assert capsys.readouterr().out.count("a line\n") == 2
    assert "a line\n" in second.console
    assert [p.value for p in second.points("loss")] == [p.value for p in first.points("loss")]
    assert second.artifacts["notes.json"] == {"a": 1}
    assert second.result == 1


def test_a_file_that_a_step_wrote_is_put_back_when_missing_or_altered():
    ex = anew.Experiment("writes")

    @ex.result
    def write():
        Path("out").mkdir(exist_ok=True)
        Path("out/table.csv").write_text("a,b\n1,2\n")
        return 1

    write.node()
    ex.run()
    written = Path("out/table.csv")
    for spoil in (written.unlink, lambda: written.write_text("other")):
        spoil()
        assert statuses(ex.run()) == {"write": "reused"}
        assert written.read_text() == "a,b\n1,2\n"


def test_a_file_that_a_step_read_counts_by_its_content():
    ex = anew.Experiment("reads")

    @ex.result
    def load(path):
        return int(pd.read_csv(path)["a"].sum())

    load.node("data.csv")
    table = Path("data.csv")
    table.write_text("a\n1\n2\n")
    assert ex.run().result == 3
    table.write_text("a\n1\n5\n")
    changed = ex.run()
    assert (changed.result, statuses(changed)) == (6, {"load": "finished"})
    table.write_text("a\n1\n2\n")
    os.utime(table, (1, 1))
    back = ex.run()
    assert (back.result, statuses(back)) == (3, {"load": "reused"})
    assert [(p.kind, p.name) for p in back.steps[0].parts if p.kind == "file"] == [
        ("file", "data.csv")
    ]


def test_a_file_that_was_missing_must_still_be_missing():
    ex = anew.Experiment("missing")

    @ex.result
    def configured():
        return "yes" if Path("config.json").exists() else "no"

    configured.node()
    assert ex.run().result == "no"
    assert statuses(ex.run()) == {"configured": "reused"}
    Path("config.json").write_text("{}")
    assert ex.run().result == "yes"


def test_a_random_step_is_reused_for_its_seed_alone():
    ex = anew.Experiment("random")

    @ex.step
    def draw():
        return np.random.normal()  # noqa: NPY002 - the generator that all share

    @ex.result
    def same(x):
        return x

    same(draw.node())
    first = ex.run(seed=1)
    assert statuses(ex.run(seed=1))["draw"] == "reused"
    other = ex.run(seed=2)
    assert statuses(other)["draw"] == "finished"
    assert other.result != first.result
    assert ex.run(seed=1).result == first.result


def test_a_step_without_randomness_ignores_the_seed():
    ex = make_chain()
    ex.run(seed=1)
    assert set(statuses(ex.run(seed=2)).values()) == {"reused"}


def test_a_step_that_takes_a_seed_runs_for_another():
    ex = anew.Experiment("seeded")

    @ex.result
    def draw(rng):
        return rng.normal()

    draw.node()
    first = ex.run(seed=1)
    assert statuses(ex.run(seed=1)) == {"draw": "reused"}
    assert ex.run(seed=2).result != first.result


def test_a_step_that_changes_its_argument_is_named():
    ex = anew.Experiment("changing")

    @ex.step
    def load():
        return [3, 1, 2]

    @ex.result
    def first(xs):
        xs.sort()
        return xs[0]

    first(load.node())
    with pytest.warns(AnewWarning, match="first changes its argument.*load"):
        ex.run()


def test_a_changed_input_does_no_harm_to_the_other_steps_that_take_it():
    ex = anew.Experiment("siblings")

    @ex.step(persist=True)
    def load():
        return np.arange(3.0)

    @ex.step
    def spoil(xs):
        xs += 1
        return float(xs.sum())

    @ex.result
    def both(xs, spoilt):
        return float(xs.sum()), spoilt

    xs = load.node()
    both(xs, spoil(xs))
    with pytest.warns(AnewWarning, match="spoil changes its argument"):
        assert ex.run(scheduler="sync").result == (3.0, 6.0)


def test_a_step_that_gives_another_value_for_the_same_is_named():
    ex = anew.Experiment("hidden")

    @ex.result
    def look():
        return np.array([0.0, time.perf_counter(), 0.0])

    look.node()
    ex.run()
    with pytest.warns(AnewWarning, match=r"look\(\) is not pure.*\[1\]"):
        ex.run(fresh=True)


def test_a_parameter_that_no_step_reads_is_said():
    ex = anew.Experiment("idle")
    ex.parameter("idle", default=1)

    @ex.result
    def one():
        return 1

    one.node()
    with pytest.warns(AnewWarning, match="parameter 'idle'.*read by no step"):
        ex.run()


def test_a_damaged_value_is_computed_again_with_a_message():
    ex = make_chain(persist=True)
    ex.run(n=5000)
    for file in Path(".anew/memo/values").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(b"damaged")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trial = ex.run(n=5000, last=9)
    assert trial.result == 5000 * 4999 + 9
    assert any("computed again" in str(w.message) for w in caught)


def test_nothing_is_loaded_when_nothing_has_to_be():
    ex = anew.Experiment("lazy")

    @ex.step(persist=True)
    def load():
        return np.zeros(100_000)

    @ex.step(persist=True)
    def fit(xs):
        return float(xs.sum())

    last = ex.parameter("last", default=0)

    @ex.result
    def add(x, last):
        return x + last

    add(fit(load.node()), last)
    ex.run()
    for file in Path(".anew/memo/values").rglob("*.npy"):
        file.chmod(0o644)
        file.write_bytes(b"nobody may look here")
    trial = ex.run(last=1)
    assert statuses(trial) == {"load": "reused", "fit": "reused", "add": "finished"}


def test_a_cheap_large_value_is_not_kept_and_made_again_when_wanted():
    ex = anew.Experiment("cheap")
    last = ex.parameter("last", default=0)

    @ex.step
    def load():
        return np.zeros(5_000_000)

    @ex.result
    def add(x, last):
        return float(x.sum()) + last

    add(load.node(), last)
    ex.run()
    assert set(statuses(ex.run()).values()) == {"reused"}
    trial = ex.run(last=1)
    assert statuses(trial) == {"load": "finished", "add": "finished"}
    assert trial.steps[0].reason == "its value was not kept"


def test_an_expensive_value_is_kept_by_itself():
    ex = anew.Experiment("costly")
    last = ex.parameter("last", default=0)

    @ex.step
    def load():
        time.sleep(0.1)
        return np.zeros(10_000)

    @ex.result
    def add(x, last):
        return float(x.sum()) + last

    add(load.node(), last)
    ex.run()
    assert statuses(ex.run(last=1)) == {"load": "reused", "add": "finished"}


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_every_scheduler_reuses_what_another_computed(scheduler):
    ex = make_chain(persist=True)
    expected = ex.run(scheduler="sync").result
    trial = ex.run(scheduler=scheduler, last=2)
    assert statuses(trial) == {"load": "reused", "fit": "reused", "total": "finished"}
    assert trial.result == expected + 1


def test_a_value_that_has_no_digest_always_runs_and_so_does_what_takes_it():
    ex = anew.Experiment("opaque")

    @ex.step
    def make():
        return (i for i in range(3))

    @ex.result
    def add(xs):
        return sum(xs)

    add(make.node())
    assert ex.run().result == 3
    trial = ex.run()
    assert trial.result == 3
    assert statuses(trial) == {"make": "finished", "add": "finished"}


def test_compute_gives_the_value_that_was_known():
    ex = make_chain()
    expected = ex.outcome.compute()
    assert ex.outcome.compute() == expected
    assert statuses(ex.trial("last")) == dict.fromkeys(["load", "fit", "total"], "reused")


def test_the_value_of_a_persisted_step_belongs_to_the_trial_that_reused_it():
    ex = make_chain(persist=True)
    ex.run()
    trial = ex.run()
    assert trial.value("fit").tolist() == [0.0, 2.0, 4.0]


def test_a_failed_step_is_not_remembered():
    ex = anew.Experiment("failing")

    @ex.result
    def fail():
        if not Path("fine").exists():
            message = "not yet"
            raise RuntimeError(message)
        return 1

    fail.node()
    with pytest.raises(RuntimeError, match="not yet"):
        ex.run()
    Path("fine").touch()
    assert ex.run().result == 1


def test_a_call_that_a_graph_makes_twice_runs_once():
    ex = anew.Experiment("twice")
    n = ex.parameter("n", default=3)

    @ex.step
    def load(n):
        return n

    @ex.result
    def add(a, b):
        return a + b

    add(load(n), load(n))
    trial = ex.run()
    assert trial.result == 6
    assert statuses(trial) == {"load": "finished", "load:2": "reused", "add": "finished"}


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_deep_graph_of_spared_steps_can_be_continued(scheduler):
    ex = anew.Experiment("deep")
    last = ex.parameter("last", default=0)

    @ex.step
    def add(x, i):
        return x + i

    @ex.result
    def end(x, last):
        return x + last

    node = add.node(0, 0)
    for i in range(1, 1200):
        node = add(node, i)
    end(node, last)
    expected = ex.run(scheduler="sync").result
    assert ex.run(last=1, scheduler=scheduler).result == expected + 1


def test_a_kept_value_that_was_altered_is_computed_again_and_nobody_else_is_blamed():
    ex = make_chain(persist=True)
    ex.run(n=5000)
    for file in Path(".anew/memo/values").rglob("*.npy"):
        data = bytearray(file.read_bytes())
        data[-9_000] ^= 1
        file.chmod(0o644)
        file.write_bytes(data)
    with pytest.warns(AnewWarning, match="is computed again: .* damaged") as caught:
        assert ex.run(n=5000, last=9).result == 5000 * 4999 + 9
    assert not any("changes its argument" in str(each.message) for each in caught)


def test_a_file_that_an_earlier_step_puts_back_is_as_it_was_for_the_later_ones():
    ex = anew.Experiment("handed on")
    alpha = ex.parameter("alpha", default=1)

    @ex.step
    def write(alpha):
        Path("out.txt").write_text(f"v{alpha}")
        return "out.txt"

    @ex.result
    def read(path):
        return Path(path).read_text()

    read(write(alpha))
    assert [ex.run(alpha=each).result for each in (1, 2, 1, 2)] == ["v1", "v2", "v1", "v2"]
    Path("out.txt").unlink()
    trial = ex.run(alpha=1)
    assert (trial.result, Path("out.txt").read_text()) == ("v1", "v1")
    assert statuses(trial) == {"write": "reused", "read": "reused"}


def test_the_name_of_a_path_that_a_step_gives_counts():
    ex = anew.Experiment("named")
    name = ex.parameter("name", default="a.txt")

    @ex.step
    def find(name):
        return Path(name)

    @ex.result
    def show(path):
        return path.name

    show(find(name))
    for each in ("a.txt", "b.txt"):
        Path(each).write_text("same")
    assert [ex.run(name=each).result for each in ("a.txt", "b.txt")] == ["a.txt", "b.txt"]
