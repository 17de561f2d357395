"""Trials begun, closed, killed: by one process and by many."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sqlite3
from contextlib import closing

import pytest

from anew.errors import AnewWarning, StoreError
from anew.journal import Ended, Event, Journal, LoggedPoint, Printed
from anew.model import Failure, StepRecord
from anew.provenance.process import identify
from anew.stores import connection
from anew.stores.sqlite import SQLiteStore


def test_numbers_begin_at_one_and_follow_each_other(store, begin):
    for _ in range(3):
        begin()
    assert [trial.number for trial in store.trials()] == [1, 2, 3]


def test_a_number_is_never_given_twice(store, begin):
    begin()
    begin()
    with store.connection.writing() as sql:
        sql.execute("DELETE FROM trials WHERE number = 2")
    begin()
    assert [trial.number for trial in store.trials()] == [1, 3]


def test_an_experiment_draws_its_seed_once(store):
    seeds = iter([7, 8])
    assert store.experiment_seed("bikes", lambda: next(seeds)) == 7
    assert store.experiment_seed("bikes", lambda: next(seeds)) == 7
    assert store.experiment_seed("cars", lambda: next(seeds)) == 8


def test_an_experiment_that_began_without_a_seed_draws_one_later(store, begin):
    begin("bikes")
    assert store.experiment_seed("bikes", lambda: 7) == 7


def test_a_closed_trial_leaves_no_journal(store, begin):
    uuid = begin()
    Journal(store.journal_path(uuid)).close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert list((store.folder / "journal").iterdir()) == []


def test_a_trial_is_closed_once(store, begin):
    uuid = begin()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    store.finish(uuid, status="killed", seconds=9.0, error=None)
    assert (store.trial(1).status, store.trial(1).seconds) == ("finished", 1.0)


def test_a_trial_whose_store_is_gone_is_not_closed_in_silence(store, begin):
    uuid = begin()
    store.folder.rename(store.folder.with_name("away"))
    with pytest.raises(StoreError, match=f"trial {uuid} is not in the store any more") as caught:
        store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert caught.value.where == str(store.folder)


def test_a_journal_that_cannot_be_removed_is_read_no_more(store, begin, monkeypatch):
    uuid = begin()
    journal = Journal(store.journal_path(uuid))
    journal.write(Printed("stdout", "once", 1.0))
    journal.close()
    said = store.journal_path(uuid).read_bytes()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    store.journal_path(uuid).write_bytes(said)
    assert store.trial(1).console == "once"


def test_the_store_is_readable_with_sqlite_alone(store, begin):
    uuid = begin(alpha=0.3)
    journal = Journal(store.journal_path(uuid))
    journal.write(LoggedPoint("rmse", None, 0.5, 1.0))
    journal.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    query = "SELECT number, parameters ->> 'alpha', metrics ->> 'rmse' FROM trials"
    with closing(sqlite3.connect(store.folder / "trials.db")) as sql:
        assert sql.execute(query).fetchall() == [(1, 0.3, 0.5)]


def test_a_dead_process_is_known_though_its_number_is_taken(store, begin, dead):
    assert dead["pid"] == os.getpid()
    begin(process=dead)
    assert store.trial(1).status == "killed"


def test_a_process_on_another_host_is_taken_to_be_running(store, begin):
    begin(process=identify() | {"host": "elsewhere"})
    assert store.trial(1).status == "running"


def test_a_process_before_the_last_start_of_the_machine_is_dead(store, begin):
    begin(process=identify() | {"boot": "before"})
    assert store.trial(1).status == "killed"


def test_looking_at_a_killed_trial_changes_nothing(store, begin, dead):
    uuid = begin(process=dead)
    journal = Journal(store.journal_path(uuid))
    journal.write(Printed("stdout", "hello", 1002.0))
    journal.close()
    assert store.trial(uuid).console == "hello"
    with store.connection.reading() as sql:
        assert sql.execute("SELECT status FROM trials").fetchone() == ("running",)


def test_a_killed_trial_lasted_until_its_last_sign_of_life(store, begin, dead):
    uuid = begin(process=dead)
    journal = Journal(store.journal_path(uuid))
    journal.write(StepRecord("fit", "m.fit", 1001.0, 4.0, "main", "finished", 1, None))
    journal.write(Printed("stdout", "hello", 1002.0))
    journal.close()
    assert store.trial(uuid).seconds == 5.0
    assert store.trial(begin(process=dead)).seconds == 0.0


def test_the_next_trial_closes_a_killed_one(store, begin, dead):
    uuid = begin(process=dead)
    journal = Journal(store.journal_path(uuid))
    journal.write(LoggedPoint("loss", None, 2.0, 1003.0))
    journal.close()
    begin()
    with store.connection.reading() as sql:
        query = "SELECT status, seconds, metrics FROM trials"
        killed, running = sql.execute(query).fetchall()
    assert killed == ("killed", 3.0, '{"loss": 2.0}')
    assert running == ("running", None, "{}")
    assert not store.journal_path(uuid).exists()


def test_the_next_trial_leaves_a_running_one_alone(store, begin):
    uuid = begin()
    begin()
    assert store.trial(uuid).status == "running"


def test_a_trial_that_ended_a_moment_ago_was_not_killed(store, begin, dead, monkeypatch):
    begin(process=dead)
    listen = store._listener.listen

    def end_in_between(uuid):
        monkeypatch.setattr(store._listener, "listen", listen)
        store.finish(uuid, status="finished", seconds=1.0, error=None)
        return listen(uuid)

    monkeypatch.setattr(store._listener, "listen", end_in_between)
    assert store.trial(1).status == "finished"


def test_a_trial_that_ended_and_could_not_be_closed_is_closed_by_the_next_one(store, begin):
    uuid = begin()
    failure = Failure("ValueError", "no", "Traceback …")
    journal = Journal(store.journal_path(uuid))
    journal.write(Printed("stdout", "hello", 1.0))
    journal.write(Ended("failed", 2.5, failure, 1.0))
    journal.close()
    ended = store.trial(uuid)
    assert (ended.status, ended.seconds, ended.error) == ("failed", 2.5, failure)
    begin()
    assert store.trial(uuid) == ended
    assert store.trial(uuid).console == "hello"
    assert not store.journal_path(uuid).exists()


def test_how_a_trial_ended_is_known_when_the_store_cannot_be_written(store, begin, monkeypatch):
    uuid = begin()
    Journal(store.journal_path(uuid)).close()
    with closing(sqlite3.connect(store.folder / "trials.db")) as holder:
        monkeypatch.setattr(connection, "_BUSY_S", 0.01)
        store.close()
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process held the store"):
            store.finish(uuid, status="interrupted", seconds=1.0, error=None)
    assert store.trial(uuid).status == "interrupted"
    begin()
    with store.connection.reading() as sql:
        assert sql.execute("SELECT status FROM trials").fetchone() == ("interrupted",)


def test_a_killed_trial_that_cannot_be_closed_is_no_reason_not_to_work(store, begin, dead):
    unreadable = begin(process=dead)
    store.journal_path(unreadable).mkdir(parents=True)
    with pytest.warns(AnewWarning, match="trial 1 is killed and cannot be closed: what a trial"):
        begin()
    assert [trial.status for trial in store.trials()] == ["killed", "running"]
    assert [kind for kind, _ in store.events(unreadable)] == ["journal"]


def test_a_journal_that_a_later_anew_wrote_does_not_stand_in_the_way(store, begin, dead):
    uuid = begin(process=dead)
    journal = Journal(store.journal_path(uuid))
    record = Event("collector", "understood", 1.0)
    journal.write(record)
    object.__setattr__(record, "colour", "red")
    type(record).__name__ = "Remark"
    try:
        journal.write(record)
    finally:
        type(record).__name__ = "Event"
    journal.close()
    begin()
    assert store.events(uuid) == [
        ("collector", "understood"),
        ("journal", "a record was not understood: KeyError('Remark')"),
    ]


RECORD_MANY = """
store = SQLiteStore(Path(sys.argv[1]))
print("ready", flush=True)
input()
for trial in range(10):
    uuid = f"{os.getpid():08x}-{trial}"
    number = begin(store, uuid, trial=trial)
    journal = Journal(store.journal_path(uuid))
    for point in range(20):
        journal.write(LoggedPoint("loss", None, float(number), 1.0))
        journal.write(Printed("stdout", f"{number} ", 1.0))
    for name in "ab":
        data = f"{name} of all" if name == "a" else f"{name} of {uuid}"
        digest = store.objects.put(data.encode())
        journal.write(Artifact(name, "artifact", "text", digest, None, len(data), ""))
        journal.write(StepRecord(name, "m.f", 1.0, 1.0, "main", "finished", 1, None))
    journal.close()
    store.add_facets(uuid, [Facet("cpu", "blake3:1", {"of": "all"}),
                            Facet("seeds", f"blake3:{uuid}", {"of": uuid})])
    finish(store, uuid)
    print(number, flush=True)
"""


def test_eight_processes_make_one_store_and_lose_nothing(store, start):
    writers = [start(RECORD_MANY, store.folder) for _ in range(8)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    ended = [writer.communicate(timeout=120) for writer in writers]
    for _, errors in ended:
        assert not errors, errors
    numbers = sorted(int(number) for output, _ in ended for number in output.split())
    assert numbers == list(range(1, 81))
    trials = store.trials()
    assert [trial.number for trial in trials] == numbers
    for trial in trials:
        assert trial.status == "finished"
        assert [point.value for point in trial.points("loss")] == [trial.number] * 20
        assert trial.console == f"{trial.number} " * 20
        assert dict(trial.artifacts) == {"a": "a of all", "b": f"b of {trial.uuid}"}
        assert [step.label for step in trial.steps] == ["a", "b"]
        assert trial.facets == {"cpu": {"of": "all"}, "seeds": {"of": trial.uuid}}


LOG_FOREVER = """
store = SQLiteStore(Path(sys.argv[1]))
begin(store, "killed", alpha=0.3)
journal = Journal(store.journal_path("killed"))
for point in range(10**9):
    journal.write(LoggedPoint("loss", None, float(point), 2.0 + point))
    journal.write(Printed("stdout", f"{point} ", 2.0 + point))
    print(point, flush=True)
"""


@pytest.fixture
def killed(store, start):
    """How many points a trial had logged, for sure, when it was killed."""
    process = start(LOG_FOREVER, store.folder)
    lines = [process.stdout.readline() for _ in range(200)]
    assert store.trial("killed").status == "running"
    process.kill()
    lines += process.communicate()[0].splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    return len([line for line in lines if line.endswith("\n")])


def test_a_running_trial_shows_how_it_goes(store, start):
    process = start(LOG_FOREVER, store.folder)
    for _ in range(100):
        process.stdout.readline()
    trial = store.trial("last")
    assert (trial.status, trial.parameters) == ("running", {"alpha": 0.3})
    assert trial.metrics["loss"] >= 99
    assert trial.console.startswith("0 1 2 ")
    assert [point.step for point in trial.points("loss")][:100] == list(range(100))


def test_nothing_that_was_logged_is_lost_with_a_killed_process(store, killed):
    trial = store.trial("killed")
    values = [point.value for point in trial.points("loss")]
    assert trial.status == "killed"
    assert len(values) >= killed >= 200
    assert values == [float(point) for point in range(len(values))]
    assert trial.console.split()[:killed] == [str(point) for point in range(killed)]


def test_a_killed_trial_is_the_same_once_it_is_closed(store, killed, begin):
    before = store.trial("killed")
    points, console = before.points("loss"), before.console
    begin()
    after = store.trial("killed")
    assert after == before
    assert (after.points("loss"), after.console) == (points, console)


def test_a_killed_trial_is_known_by_a_reader_that_cannot_write(public, start, run, lock):
    process = start(LOG_FOREVER, public / "store")
    process.stdout.readline()
    process.kill()
    process.wait()
    lock(public)
    output = run(
        """
        give_up_rights()
        trial = SQLiteStore(Path(sys.argv[1])).trial("last")
        print(trial.status, trial.console.split()[0], trial.metrics["loss"] >= 0)
        """,
        public / "store",
    )
    assert output == "killed 0 True\n"


def test_a_process_killed_while_it_makes_the_store_leaves_a_usable_one(store, run, begin):
    run(
        """
        import signal
        from anew.stores import connection
        store = SQLiteStore(Path(sys.argv[1]))
        if child := os.fork():
            assert os.waitpid(child, 0)[1] == signal.SIGKILL
        else:
            class Deadly(str):
                def split(self, separator):
                    yield "CREATE TABLE trials (a)"
                    os.kill(os.getpid(), signal.SIGKILL)
            connection.SCHEMA = Deadly(connection.SCHEMA)
            begin(store, "a")
        """,
        store.folder,
    )
    assert store.trials() == []
    begin()
    assert [trial.number for trial in store.trials()] == [1]


def test_a_trial_pickles_with_its_store(store, begin):
    trial = store.trial(begin(alpha=0.3))
    again = pickle.loads(pickle.dumps(trial))
    assert again == trial
    assert again.console == ""
    again.source.close()


def test_parameters_are_json_that_other_programs_read(store, begin):
    begin(name="Müller", rate=float("nan"))
    with closing(sqlite3.connect(store.folder / "trials.db")) as sql:
        (text,) = sql.execute("SELECT parameters FROM trials").fetchone()
    assert json.loads(text) == {"name": "Müller", "rate": {"$float": "nan"}}


def test_two_stores_in_one_process_do_not_mix(store, begin, tmp_path):
    begin()
    with closing(SQLiteStore(tmp_path / "other")) as other:
        assert other.trials() == []


def test_a_running_trial_that_is_removed_while_it_is_read_is_told_as_it_was(
    store, begin, monkeypatch
):
    uuid, listen = begin(alpha=1), store._listener.listen
    monkeypatch.setattr(
        store._listener, "listen", lambda each: (store.remove([each]), listen(each))[1]
    )
    (trial,) = store.running()
    assert (trial.uuid, trial.status, trial.parameters) == (uuid, "running", {"alpha": 1})
    assert store.running() == []


def test_a_killed_trial_that_is_removed_while_it_is_closed_is_no_concern(
    store, begin, dead, monkeypatch
):
    begin(process=dead)
    finish = store.finish
    monkeypatch.setattr(
        store, "finish", lambda uuid, **how: (store.remove([uuid]), finish(uuid, **how))
    )
    store.close_ended()
    assert store.trials() == []
