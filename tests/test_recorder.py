"""One trial from begin to end: all of it is recorded, none of it gets in the way of the work."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from anew import provenance
from anew.errors import AnewWarning, InvalidNameError, UsageError
from anew.facts import end_facets
from anew.model import FileUse, StepRecord
from anew.recorder import active_recorder, attach, begin, recording
from anew.settings import load_settings
from anew.stores import connection, open_store

TIME_LIMIT_S = 60


@pytest.fixture(autouse=True)
def _project(project):
    """Every trial here belongs to an empty project."""


@pytest.fixture
def new(project):
    """Begin a trial of the project."""

    def begin_trial(experiment="bikes", *, seed=1, settings=None, **parameters):
        return begin(experiment, parameters, settings=settings or load_settings(), seed=seed)

    return begin_trial


@pytest.fixture
def store(project):
    return open_store()


PREAMBLE = """
import os, resource, sys, threading
import anew
from pathlib import Path
from anew.model import StepRecord
from anew.recorder import active_recorder, attach, begin, recording
from anew.settings import load_settings
from anew.stores import open_store

def new(experiment="bikes", **parameters):
    return begin(experiment, parameters, settings=load_settings(), seed=1)

def limit_files(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

"""


@pytest.fixture
def start(project, start_process):
    """Start a program of the project that records, and end it in any case."""

    def start_script(code, *options):
        command = [sys.executable, *options, "-c", PREAMBLE + textwrap.dedent(code)]
        return start_process(command)

    return start_script


@pytest.fixture
def run(start):
    """Run such a program to its end and give what it printed."""

    def run_script(code, *options):
        process = start(code, *options)
        output, errors = process.communicate(timeout=TIME_LIMIT_S)
        assert process.returncode == 0, errors
        return output, errors

    return run_script


def test_a_trial_is_running_until_its_block_ends(new, store):
    with recording(new(alpha=0.3)):
        trial = store.trial("last")
        assert (trial.status, trial.seconds) == ("running", None)
        assert (trial.experiment, trial.parameters) == ("bikes", {"alpha": 0.3})
    trial = store.trial("last")
    assert trial.status == "finished"
    assert 0 < trial.seconds < TIME_LIMIT_S


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(3), "interrupted"),
        (ExceptionGroup("both", [ValueError("a"), OSError("b")]), "failed"),
    ],
)
def test_an_exception_is_recorded_and_goes_on_unchanged(new, store, error, status):
    with pytest.raises(type(error)) as caught, recording(new()):
        raise error
    assert caught.value is error
    trial = store.trial("last")
    assert trial.status == status
    assert trial.error.type == type(error).__name__
    assert trial.error.message == str(error)
    assert "raise error" in trial.error.traceback


def test_what_a_trial_ran_on_is_recorded(new, store):
    with recording(new(seed=7)):
        pass
    facets = store.trial("last").facets
    assert facets["seeds"] == {"root": 7, "origin": "given"}
    assert {"command", "python", "packages", "platform", "snapshot", "numerics"} <= set(facets)


def test_a_trial_has_a_uuid_of_version_seven(new):
    with recording(new()) as recorder:
        found = uuid.UUID(recorder.handle.uuid)
    assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_uuids_sort_by_time(new, store):
    for _ in range(3):
        with recording(new()):
            pass
    trials = [trial.uuid for trial in store.trials()]
    assert trials == sorted(set(trials))


def test_metrics_are_logged(new, store):
    with recording(new()) as recorder:
        recorder.log({"loss": 2, "rmse": np.float32(0.5)}, step=None)
        recorder.log({"loss": math.nan}, step=np.int64(7))
        recorder.log({"loss": True}, step=None)
    trial = store.trial("last")
    assert [point.step for point in trial.points("loss")] == [0, 7, 8]
    assert trial.metrics == {"loss": 1.0, "rmse": 0.5}


@pytest.mark.parametrize("value", ["x", None, [1, 2], 1j, 10**400], ids=type)
def test_a_metric_that_is_no_number_is_told(new, store, value):
    with recording(new()) as recorder:
        with pytest.raises(UsageError, match=r"metric 'loss' is .*, expected a number") as caught:
            recorder.log({"loss": value}, step=None)
        recorder.log({"rmse": 1}, step=None)
    assert "save" in caught.value.hint
    assert store.trial("last").metrics == {"rmse": 1.0}


@pytest.mark.parametrize("step", [1.5, "x", 2**63, -(2**70)])
def test_a_step_number_that_is_none_is_told_and_nothing_is_lost(new, store, step):
    with recording(new()) as recorder:
        recorder.log({"loss": 1}, step=None)
        with pytest.raises(UsageError, match="step"):
            recorder.log({"loss": 2}, step=step)
        recorder.log({"loss": 3}, step=None)
    assert [point.value for point in store.trial("last").points("loss")] == [1.0, 3.0]


@pytest.mark.parametrize("name", ["", "../a", "a\n", 3])
def test_a_name_that_cannot_be_used_is_told(new, store, name):
    with recording(new()) as recorder, pytest.raises(InvalidNameError):
        recorder.log({name: 1}, step=None)
    with pytest.raises(InvalidNameError):
        new(name)
    assert len(store.trials()) == 1


def test_values_are_kept(new, store):
    with recording(new()) as recorder:
        recorder.keep("artifact", "model.json", {"mean": 1.5}, content=None)
        recorder.keep("value", "fit", np.arange(3), content=None)
        recorder.keep("result", "score", 2.5, content=None)
    trial = store.trial("last")
    assert dict(trial.artifacts) == {"model.json": {"mean": 1.5}}
    assert trial.value("fit").tolist() == [0, 1, 2]
    assert trial.result == 2.5


class Stubborn:
    """A value that resists being kept in every way."""

    def __init__(self, error):
        self.error = error

    def __reduce_ex__(self, protocol):
        raise self.error

    def __repr__(self):
        raise self.error

    __str__ = __repr__


@pytest.mark.parametrize(
    "value",
    [
        threading.Lock(),
        (number for number in "ab"),
        Stubborn(ValueError("no")),
        Stubborn(RecursionError()),
        Stubborn(AttributeError("x")),
    ],
    ids=["lock", "generator", "error", "recursion", "attribute"],
)
def test_a_value_that_cannot_be_stored_is_said_and_the_trial_finishes(new, store, value):
    with recording(new()) as recorder:
        with pytest.warns(AnewWarning, match="trial 1: artifact 'x' was not stored: "):
            recorder.keep("artifact", "x", value, content=None)
        recorder.log({"rmse": 1}, step=None)
    trial = store.trial("last")
    assert (trial.status, trial.metrics) == ("finished", {"rmse": 1.0})
    (artifact,) = store.artifacts(trial.uuid)
    assert (artifact.name, artifact.digest, artifact.format) == ("x", None, None)
    assert artifact.summary
    assert ("not recorded", f"artifact 'x' was not stored: {artifact.summary}") in store.events(
        trial.uuid
    )


def test_a_step_is_recorded(new, store):
    step = StepRecord("fit", "m.fit", 1.0, 2.0, "main", "finished", 3, None, ("load",))
    with recording(new()) as recorder:
        recorder.add_step(step)
    assert store.trial("last").steps == [step]


def test_an_input_is_recorded_and_kept(new, store, project):
    (project / "data").mkdir()
    (project / "data" / "a.csv").write_bytes(b"a\n1\n2\n")
    with recording(new()) as recorder:
        path = recorder.input("data/a.csv")
        assert path.read_bytes() == b"a\n1\n2\n"
    (used,) = store.trial("last").files
    used = replace(used, first=None, last=None)
    assert used == FileUse("data/a.csv", "input", used.digest, 6, 2, kept=True)
    assert store.objects.get(used.digest) == b"a\n1\n2\n"


def test_an_input_from_elsewhere_is_recorded_by_its_whole_path(new, store, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"a")
    with recording(new()) as recorder:
        recorder.input(tmp_path / "a.bin")
    assert store.trial("last").files[0].path == str(tmp_path / "a.bin")


def test_a_large_input_is_recorded_by_its_digest_alone(new, store, project):
    (project / "a.bin").write_bytes(b"abcd")
    with recording(new(settings=load_settings(keep_inputs=3))) as recorder:
        recorder.input("a.bin")
    (used,) = store.trial("last").files
    assert not used.kept
    assert not store.objects.has(used.digest)


def test_an_input_that_is_not_there_is_the_programs_to_find(new, store, project):
    with recording(new()) as recorder:
        assert not recorder.input("gone.csv").exists()
    assert store.trial("last").files == []


def test_an_input_that_cannot_be_kept_is_recorded_all_the_same(new, store, project):
    (project / "a.bin").write_bytes(b"a")
    (project / ".anew").mkdir()
    (project / ".anew" / "objects").touch()
    with pytest.warns(AnewWarning, match=r"a\.bin"), recording(new()) as recorder:
        assert recorder.input("a.bin").read_bytes() == b"a"
    (used,) = store.trial("last").files
    assert (used.path, used.size_bytes, used.kept) == ("a.bin", 1, False)


def test_an_input_that_is_no_path_is_the_programs_mistake(new):
    with recording(new()) as recorder, pytest.raises(TypeError):
        recorder.input(3)


def test_what_is_printed_is_recorded(run, store):
    output, errors = run(
        """
        with recording(new()):
            print("hello")
            print("a warning", file=sys.stderr)
        print("after")
        """
    )
    assert output == "hello\nafter\n"
    assert errors.endswith("a warning\n")
    assert store.console(store.trial("last").uuid) == [
        ("stdout", "hello\n"),
        ("stderr", "a warning\n"),
    ]


def test_a_collector_that_fails_is_a_remark_and_a_warning(new, store, monkeypatch):
    class Broken:
        name = f"broken{os.getpid()}"
        at_end = False

        def freshness(self, root):
            return None

        def collect(self, root):
            message = "no such thing"
            raise OSError(message)

    monkeypatch.setattr(provenance, "COLLECTORS", (Broken(),))
    with pytest.warns(AnewWarning, match="is not recorded: no such thing"), recording(new()):
        pass
    trial = store.trial("last")
    assert trial.status == "finished"
    assert store.events(trial.uuid) == [("collector", f"{Broken.name}: no such thing")]


def test_the_seed_is_the_experiments_own_where_none_is_given(new, store):
    seeds = set()
    for _ in range(3):
        with recording(new(seed=None)) as recorder:
            seeds.add(recorder.handle.seed)
    assert len(seeds) == 1
    assert store.trial("last").facets["seeds"]["origin"] == "experiment"


def test_a_new_seed_is_another_one(new, store):
    with recording(new(seed="new")) as first, recording(new(seed="new")) as second:
        assert first.handle.seed != second.handle.seed
    assert store.trial("last").facets["seeds"]["origin"] == "new"


def test_a_seed_may_be_a_number_of_numpy(new, store):
    with recording(new(seed=np.uint64(2**64 - 1))):
        pass
    assert store.trial("last").seed == 2**64 - 1


@pytest.mark.parametrize("seed", [-1, True, 1.0, "one", "1", b"", []], ids=repr)
def test_a_seed_that_is_none_is_told_before_anything_happens(new, store, seed):
    with pytest.raises(UsageError, match="expected a whole number from 0, or 'new'") as caught:
        new(seed=seed)
    assert repr(seed) in caught.value.what
    assert store.trials() == []


def test_the_trial_of_the_moment_is_known_to_the_code_inside(new):
    assert active_recorder() is None
    with recording(new()) as outer:
        assert active_recorder() is outer
        assert not outer.handle.nested
        with recording(new()) as inner:
            assert active_recorder() is inner
            assert inner.handle.nested
        assert active_recorder() is outer
    assert active_recorder() is None


def test_a_thread_attaches_to_the_trial_it_works_for(new, store):
    def work(handle):
        with attach(handle) as recorder:
            recorder.log({"loss": 1}, step=None)
            return recorder

    with recording(new()) as recorder, ThreadPoolExecutor(4) as pool:
        found = set(pool.map(work, [recorder.handle] * 20))
    assert found == {recorder}
    assert len(store.trial("last").points("loss")) == 20


def test_another_process_attaches_to_the_trial_it_works_for(run, store):
    run(
        """
        import subprocess, pickle

        worker = "import pickle, sys; from anew.recorder import attach\\n" \\
                 "with attach(pickle.load(sys.stdin.buffer)) as r:\\n" \\
                 "    r.log({'loss': 1}, step=None)\\n" \\
                "    r.keep('artifact', 'a.json', 1, content=None)\\n" \\
                 "    print('from afar')"
        with recording(new()) as recorder:
            command = [sys.executable, "-W", "error", "-c", worker]
            handle = pickle.dumps(recorder.handle)
            workers = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(3)]
            for each in workers:
                each.communicate(handle)
            assert not any(each.returncode for each in workers)
        """,
        "-W",
        "error",
    )
    trial = store.trial("last")
    assert len(trial.points("loss")) == 3
    assert trial.artifacts["a.json"] == 1
    assert trial.console == "from afar\n" * 3


def test_a_thread_that_outlives_its_trial_disturbs_nobody(run, store):
    output, _ = run(
        """
        import contextvars

        go, gone = threading.Event(), threading.Event()

        def work(recorder):
            go.wait()
            for number in range(100):
                print("late", flush=True)
            recorder.log({"loss": 1}, step=None)
            gone.set()

        with recording(new()) as recorder:
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(work, recorder)).start()
        with open("theirs.txt", "wb") as theirs:
            go.set()
            gone.wait()
            theirs.write(b"mine")
        print(Path("theirs.txt").read_bytes())
        """
    )
    assert output == "late\n" * 100 + "b'mine'\n"
    assert store.trial("last").metrics == {}


def test_what_the_disk_has_no_place_for_is_written_when_it_has(run, store):
    output, errors = run(
        """
        with recording(new()) as recorder:
            recorder.log({"loss": 0}, step=None)
            limit_files(os.path.getsize(recorder._voice._own.path) + 10)
            for number in range(1, 50):
                recorder.log({"loss": number}, step=None)
            limit_files(resource.RLIM_INFINITY)
            recorder.log({"loss": 50}, step=None)
        print("on")
        """
    )
    assert output == "on\n"
    assert re.search(r"cannot write to .*held in memory until it can be written", errors)
    values = [point.value for point in store.trial("last").points("loss")]
    assert values == list(range(51))


def test_what_waited_until_the_end_is_written_at_the_end(run, store):
    run(
        """
        with recording(new()) as recorder:
            limit_files(0)
            recorder.log({"loss": 1}, step=None)
            recorder.add_event("a", "b")
            limit_files(resource.RLIM_INFINITY)
        """
    )
    trial = store.trial("last")
    assert (trial.status, trial.metrics) == ("finished", {"loss": 1.0})
    assert ("journal", "the journal could not be written for a while") in store.events(trial.uuid)


def test_work_goes_on_and_its_end_is_told_when_the_disk_stays_full(run, store):
    output, errors = run(
        """
        with recording(new()) as recorder:
            recorder.log({"loss": 1}, step=None)
            limit_files(os.path.getsize(recorder._voice._own.path))
            recorder.log({"loss": 2}, step=None)
            recorder.keep("artifact", "a.bin", bytes(10_000), content=None)
            print("result")
        limit_files(resource.RLIM_INFINITY)
        print("on")
        """
    )
    assert output == "result\non\n"
    assert "could not be closed" in errors
    assert store.trial("last").metrics == {"loss": 1.0}


def test_a_trial_that_cannot_be_closed_is_closed_by_the_next_one(new, store, monkeypatch):
    recorder = new()
    monkeypatch.setattr(connection, "_BUSY_S", 0.01)
    store.close()

    def work(holder):
        with recording(recorder):
            recorder.log({"loss": 1}, step=None)
            holder.execute("BEGIN IMMEDIATE")

    with closing(sqlite3.connect(store.folder / "trials.db")) as holder:
        with pytest.warns(AnewWarning, match="trial 1 could not be closed: another process held"):
            work(holder)
        holder.rollback()
    with recording(new()):
        pass
    with store.connection.reading() as sql:
        found = sql.execute("SELECT status, metrics FROM trials").fetchall()
    assert found == [("finished", '{"loss": 1.0}'), ("finished", "{}")]


def test_an_exception_survives_a_trial_that_cannot_be_closed(new, store):
    def work():
        with recording(new()):
            store.folder.rename(store.folder.with_name("away"))
            message = "the work's own"
            raise ValueError(message)

    with (
        pytest.warns(AnewWarning, match="could not be closed"),
        pytest.raises(ValueError, match="the work's own"),
    ):
        work()


LOOP = """
with recording(new(alpha=0.3)) as recorder:
    for epoch in range(10**9):
        recorder.log({"loss": epoch}, step=None)
        recorder.add_step(StepRecord(f"s{epoch}", "m.f", 1.0, 1.0, "main", "finished", 1, None))
        recorder.keep("artifact", "last.json", epoch, content=None)
        print(epoch, flush=True)
"""


def test_a_running_trial_is_seen_as_it_goes_on(start, store):
    process = start(LOOP)
    for _ in range(20):
        process.stdout.readline()
    trial = store.trial("last")
    assert trial.status == "running"
    assert trial.metrics["loss"] >= 19
    assert trial.console.startswith("0\n1\n2\n")
    assert trial.steps[0].label == "s0"
    assert trial.artifacts["last.json"] >= 19


def test_a_killed_trial_loses_nothing_that_it_logged(start, store, new):
    process = start(LOOP)
    lines = [process.stdout.readline() for _ in range(50)]
    os.kill(process.pid, signal.SIGKILL)
    lines += process.communicate()[0].splitlines(keepends=True)
    printed = len([line for line in lines if line.endswith("\n")])
    for _ in range(2):  # looked at, then closed by the next trial
        trial = store.trial(1)
        assert trial.status == "killed"
        assert trial.seconds > 0
        values = [point.value for point in trial.points("loss")]
        assert len(values) >= printed
        assert values == list(range(len(values)))
        assert len(trial.steps) >= printed
        assert trial.artifacts["last.json"] >= printed - 1
        assert {"seeds", "snapshot"} <= set(trial.facets)
        with recording(new()):
            pass
    assert store.trial(1).status == "killed"


def test_eight_processes_record_into_one_project_at_once(start, store):
    code = """
        input()
        for number in range(3):
            with recording(new(worker=os.getpid(), number=number)) as recorder:
                for point in range(10):
                    recorder.log({"loss": point}, step=None)
                recorder.add_step(StepRecord("fit", "m.f", 1.0, 1.0, "w", "finished", 1, None))
                recorder.keep("artifact", "own.json", [os.getpid(), number], content=None)
                recorder.keep("artifact", "same.json", "same", content=None)
                print("worker", os.getpid())
    """
    processes = [start(code) for _ in range(8)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        errors = process.communicate(timeout=TIME_LIMIT_S)[1]
        assert (process.returncode, errors) == (0, "")
    trials = store.trials()
    assert [trial.number for trial in trials] == list(range(1, 25))
    assert {trial.status for trial in trials} == {"finished"}
    told = {(trial.parameters["worker"], trial.parameters["number"]) for trial in trials}
    assert told == {(process.pid, number) for process in processes for number in range(3)}
    for trial in trials:
        worker, number = trial.parameters["worker"], trial.parameters["number"]
        assert [point.value for point in trial.points("loss")] == list(range(10))
        assert dict(trial.artifacts) == {"own.json": [worker, number], "same.json": "same"}
        assert [step.label for step in trial.steps] == ["fit"]
        assert trial.console == f"worker {worker}\n"
        assert {"seeds", "snapshot", "packages"} <= set(trial.facets)


def test_a_fork_in_the_middle_of_a_trial_is_heard_and_stops_nobody(run, store):
    output, _ = run(
        """
        with recording(new()) as recorder:
            with recorder._voice._lock:  # as another thread may hold it when a fork happens
                child = os.fork()
                if not child:
                    print("from a child", flush=True)
                    os._exit(0)
            print(os.waitpid(child, 0)[1])
        """
    )
    assert output == "from a child\n0\n"
    assert "from a child" in store.trial("last").console


def test_a_trial_that_cannot_be_entered_stops_before_the_work(project, new, store):
    (project / ".anew").touch()
    with pytest.raises(OSError, match="no store can be made or written here"):
        new()


def test_changes_that_cannot_be_told_are_no_reason_not_to_work(new, store, monkeypatch):
    def fail(*_):
        message = "the store is damaged"
        raise OSError(message)

    monkeypatch.setattr("anew.recorder.find_changes", fail)
    with pytest.warns(AnewWarning, match="trial 1: changes: the store is damaged"):
        recorder = new()
    with recording(recorder):
        pass
    assert store.trial("last").status == "finished"


def test_parameters_of_any_kind_are_recorded(new, store):
    values = {"rate": math.inf, "huge": 10**5000, "text": "caf\udce9", "none": None}
    with recording(new(**values, thing=object)):
        pass
    assert store.trial("last").parameters == values | {"thing": repr(object)}


def test_what_is_recorded_is_json_for_other_programs(new, store):
    with recording(new(alpha=0.3)) as recorder:
        recorder.log({"rmse": 0.5}, step=None)
    with closing(sqlite3.connect(store.folder / "trials.db")) as sql:
        parameters, metrics = sql.execute("SELECT parameters, metrics FROM trials").fetchone()
    assert (json.loads(parameters), json.loads(metrics)) == ({"alpha": 0.3}, {"rmse": 0.5})


def test_a_trial_that_cannot_be_started_is_closed_and_told(new, store, monkeypatch):
    def fail(*_, **__):
        message = "no place for a journal"
        raise OSError(message)

    monkeypatch.setattr("anew.recorder.Recorder", fail)
    with pytest.raises(OSError, match="no place for a journal"):
        new()
    trial = store.trial("last")
    assert trial.status == "failed"
    assert trial.error.message == "no place for a journal"


def test_the_value_of_the_work_survives_a_fault_of_the_recorder(new, store, monkeypatch):
    recorder = new()

    def fail(*_, **__):
        message = "a fault"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("anew.recorder.end_facets", fail)
    with pytest.warns(AnewWarning, match="facets: a fault"), recording(recorder):
        pass


def test_a_second_interrupt_waits_until_the_trial_is_closed(new, store, monkeypatch):
    def interrupt(root, **known):
        os.kill(os.getpid(), signal.SIGINT)
        return end_facets(root, **known)

    recorder = new()
    monkeypatch.setattr("anew.recorder.end_facets", interrupt)
    with pytest.raises(KeyboardInterrupt), recording(recorder):
        pass
    assert store.trial("last").status == "finished"


def test_an_input_that_is_a_folder_is_told(new, store, project):
    (project / "images").mkdir()
    with pytest.warns(AnewWarning, match="'images' is a folder"), recording(new()) as recorder:
        recorder.input("images")
    assert store.trial("last").files == []


def test_a_parameter_that_is_a_credential_is_masked(new, store):
    with recording(new(token="abc", tokens="abc", token_count=3, password="7")):  # noqa: S106
        pass
    assert store.trial("last").parameters == {
        "token": "***", "tokens": "abc", "token_count": 3, "password": "7",
    }  # fmt: skip


def test_the_code_of_a_repository_inside_the_project_is_recorded(new, store, project):
    folder = project / "vendor"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    (folder / "lib.py").write_text("x = 1\n")
    with recording(new()):
        pass
    assert store.trial("last").code["vendor/lib.py"] == "x = 1\n"
