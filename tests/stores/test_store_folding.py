"""Points go from the journal into the tables while a trial runs: each is there, and once."""

from __future__ import annotations

import math
import signal
import threading
import time
from array import array
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from anew.errors import UsageError
from anew.journal import LoggedMany, LoggedPoint, Printed, Voice, voice
from anew.provenance.process import identify
from anew.stores.sqlite import SQLiteStore

DEAD = identify() | {"started": 1}


def speak(store, uuid, **options):
    keep = options.pop("keep", lambda *what: store.fold(uuid, *what))
    return Voice(store.journal_path(uuid), 1, keep=keep, **options)


def values(store, uuid, metric="loss"):
    return list(store.series(uuid, metric).values)


@pytest.fixture(autouse=True)
def _small_files(monkeypatch):
    """Let files be folded after a few points."""
    monkeypatch.setattr(voice, "_FOLD_BYTES", 400)
    monkeypatch.setattr(voice, "_FOLD_BYTES_OF_SERIES", 1)
    monkeypatch.setattr(voice, "_GATHERED", 1)


def test_points_of_a_running_trial_are_all_there_at_any_time(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    for number in range(100):
        mine.log({"loss": number}, None)
        assert values(store, uuid) == list(range(number + 1))
    assert store.trial(uuid).metrics == {"loss": 99.0}
    assert list(store.series(uuid, "loss").steps) == list(range(100))
    mine.close()


@pytest.mark.parametrize("gathered", [2, 7, 1000])
def test_points_one_by_one_many_at_once_and_text_are_kept_once_and_in_order(
    store, begin, monkeypatch, gathered
):
    monkeypatch.setattr(voice, "_GATHERED", gathered)
    uuid = begin()
    mine, said = speak(store, uuid), 0
    for count in range(40):
        for _ in range(count % 9):
            mine.log({"loss": said}, None)
            said += 1
        mine.say(Printed("stdout", "a line\n", 1.0))
        mine.say(LoggedMany("loss", None, array("d", range(said, said + 5)), 1.0))
        said += 5
        assert values(store, uuid) == list(range(said))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert values(store, uuid) == list(range(said))
    assert len(store.printed(uuid)) == 40


def test_a_journal_does_not_grow_without_end(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    for number in range(1000):
        mine.log({"loss": number, "other": -number}, number)
    sizes = [path.stat().st_size for path in (store.folder / "journal").iterdir()]
    assert len(sizes) <= 2
    assert sum(sizes) < 1000
    mine.close()


def test_a_trial_that_ends_leaves_no_journal(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    for number in range(50):
        mine.log({"loss": number}, None)
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert list((store.folder / "journal").iterdir()) == []
    assert values(store, uuid) == list(range(50))
    assert store.trial(uuid).metrics == {"loss": 49.0}


def test_a_killed_trial_has_the_time_of_its_last_record_although_it_is_in_the_tables(store, begin):
    uuid = begin(process=DEAD)
    mine = speak(store, uuid)
    while not store.connection.path.stat().st_size or not folded(store):
        mine.say(LoggedPoint("loss", None, 1.0, 1234.5))
    for path in (store.folder / "journal").iterdir():
        path.unlink()
    trial = store.trial(uuid)
    assert (trial.status, trial.seconds) == ("killed", 234.5)
    assert trial.metrics == {"loss": 1.0}
    mine.close()


def folded(store):
    with store.connection.reading() as sql:
        return sql.execute("SELECT count(*) FROM folded").fetchone()[0]


def test_what_was_taken_in_before_an_interruption_is_not_taken_in_twice(store, begin):
    uuid = begin()
    interrupted = []

    def keep(*what):
        size = store.fold(uuid, *what)
        if len(interrupted) < 3:
            interrupted.append(what)
            raise KeyboardInterrupt
        return size

    mine = speak(store, uuid, keep=keep)
    said = 0
    while len(interrupted) < 3 or said % 50:
        with suppress(KeyboardInterrupt):
            mine.log({"loss": said}, None)
        said += 1
    assert values(store, uuid) == list(range(said))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert values(store, uuid) == list(range(said))


def test_who_is_held_up_by_another_that_writes_goes_on(store, begin, start, monkeypatch):
    uuid = begin()
    mine = speak(store, uuid)
    holder = start(
        """
        import sqlite3
        sql = sqlite3.connect(sys.argv[1], isolation_level=None)
        sql.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        input()
        """,
        store.folder / "trials.db",
    )
    assert holder.stdout.readline() == "held\n"
    began = time.monotonic()
    for number in range(60):
        mine.log({"loss": number}, None)
    assert time.monotonic() - began < 30
    holder.communicate("\n", timeout=60)
    for number in range(60, 120):
        mine.log({"loss": number}, None)
    assert folded(store)
    assert values(store, uuid) == list(range(120))
    mine.close()


def test_text_is_kept_with_its_times(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    for number in range(100):
        mine.say(Printed("stdout", f"line {number}", 1000.0 + number))
        mine.say(Printed("stdout", "\n", 1000.5 + number))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    printed = store.printed(uuid)
    assert [(p.text, p.time) for p in printed[:2]] == [("line 0\n", 1000.0), ("line 1\n", 1001.0)]
    assert store.trial(uuid).console == "".join(f"line {n}\n" for n in range(100))


@pytest.mark.parametrize("limit", [0, 1, 100, 1000])
@pytest.mark.parametrize("pieces", [1, 40])
def test_the_middle_of_too_much_text_is_dropped_and_that_is_said(store, begin, limit, pieces):
    uuid = begin(process=identify() | {"console_limit": limit})
    mine = speak(store, uuid)
    text = "".join(f"{number:05d}\n" for number in range(1000))
    size = len(text) // pieces
    for at in range(0, len(text), size):
        mine.say(Printed("stdout", text[at : at + size], 1.0))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    console = store.trial(uuid).console
    kept = [line for line in console.split("\n") if line and not line.startswith("[anew: ")]
    assert sum(map(len, kept)) <= limit
    if limit >= 100:
        assert console.startswith("00000\n")
        assert console.endswith("00999\n")
        assert "characters are not kept here]" in console
    assert [kind for kind, _ in store.events(uuid)] == ["console"]


def test_text_below_the_limit_is_kept_whole(store, begin):
    uuid = begin(process=identify() | {"console_limit": 600})
    mine = speak(store, uuid)
    mine.say(Printed("stdout", "x" * 600, 1.0))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert store.trial(uuid).console == "x" * 600
    assert store.events(uuid) == []


def test_points_of_several_processes_go_by_time(store, begin):
    uuid = begin()
    first, second = speak(store, uuid), speak(store, uuid)
    for number in range(4):
        (first if number % 2 else second).log({"loss": number}, None)
    assert values(store, uuid) == [0, 1, 2, 3]
    assert list(store.series(uuid, "loss").steps) == [0, 1, 2, 3]
    first.close()
    second.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert values(store, uuid) == [0, 1, 2, 3]


def test_a_clock_that_jumps_back_does_not_change_the_order(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    for number, now in enumerate([100.0, 50.0, 75.0, 1.0, 200.0] * 20):
        mine.say(LoggedPoint("loss", None, number, now))
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert values(store, uuid) == list(range(100))
    assert list(store.series(uuid, "loss").times) == [100.0, 50.0, 75.0, 1.0, 200.0] * 20


def test_ten_thousand_metrics_are_kept(store, begin):
    uuid = begin()
    mine = speak(store, uuid)
    names = [f"layer {n}/gradient ∇{n}" for n in range(10_000)]
    mine.log(dict.fromkeys(names, 1.0), None)
    mine.log(dict.fromkeys(names, 2.0), None)
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert store.trial(uuid).metrics == dict.fromkeys(names, 2.0)
    assert values(store, uuid, names[77]) == [1.0, 2.0]


KILLED = """
from anew.journal import Voice, voice
from anew.stores import sqlite
import random, signal

voice._FOLD_BYTES = 400
voice._FOLD_BYTES_OF_SERIES = voice._GATHERED = 1
where, calls = int(sys.argv[2]), 0

def die():
    global calls
    calls += 1
    if calls == where:
        os.kill(os.getpid(), signal.SIGKILL)

def dying(function):
    def call(*arguments, **named):
        die()
        done = function(*arguments, **named)
        die()
        return done
    return call

store = SQLiteStore(Path(sys.argv[1]))
begin(store, "killed")
sqlite.insert_pieces = dying(sqlite.insert_pieces)
Voice._start_piece = dying(Voice._start_piece)
os.unlink = dying(os.unlink)
store.fold = dying(store.fold)
mine = Voice(store.journal_path("killed"), 1, keep=lambda *what: store.fold("killed", *what))
for number in range(200):
    mine.log({"loss": number}, None)
    os.write(1, f"{number}\\n".encode())
"""


@pytest.mark.parametrize("where", range(3, 16))
def test_nothing_is_lost_or_doubled_when_killed_at_any_point_of_folding(store, start, where):
    process = start(KILLED, store.folder, where)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    returned = len(output.split())
    assert returned >= 9
    before = values(store, "killed")
    assert before[:returned] == list(range(returned))
    assert len(before) - returned in {0, 1}  # the call that was killed may have been heard
    store.close_ended()
    assert store.trial("killed").status == "killed"
    assert values(store, "killed") == before
    assert list((store.folder / "journal").iterdir()) == []


class Folding(RuleBasedStateMachine):
    """Whatever is logged, killed, opened again and folded, what returned is there, in order."""

    @initialize(folder=st.none())
    def start(self, folder):
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        from pathlib import Path

        self.store = SQLiteStore(Path(self.folder.name))
        self.logged, self.trials = {}, 0
        self.begin()

    def begin(self):
        self.trials += 1
        self.uuid = f"{self.trials:08x}"
        record = {
            "started": 1.0,
            "seed": 1,
            "parameters": {},
            "process": DEAD,
            "reproduces": None,
        }
        self.store.begin(self.uuid, "bikes", record)
        self.logged[self.uuid] = {"a": [], "b": []}
        self.voice = speak(self.store, self.uuid)

    @rule(metric=st.sampled_from("ab"), numbers=st.lists(st.floats(), max_size=20))
    def log(self, metric, numbers):
        for number in numbers:
            self.voice.log({metric: number}, None)
        self.logged[self.uuid][metric] += numbers

    @rule(metric=st.sampled_from("ab"), numbers=st.lists(st.floats(), min_size=1, max_size=60))
    def log_many(self, metric, numbers):
        self.voice.say(LoggedMany(metric, None, array("d", numbers), 1.0))
        self.logged[self.uuid][metric] += numbers

    @rule()
    def fold(self):
        self.voice._fold()

    @rule()
    def be_killed(self):
        """Forget all that a process has in memory; the next one opens the store."""
        self.store.close()
        self.store = SQLiteStore(self.store.folder)
        killed = self.uuid
        self.begin()
        assert self.store.trial(killed).status == "killed"

    @rule(size=st.binary(min_size=1, max_size=50))
    def write_garbage(self, size):
        journals = sorted(path for path in (self.store.folder / "journal").iterdir())
        with journals[-1].open("ab") as file:
            file.write(size)

    @rule(is_closed=st.booleans())
    def end(self, is_closed):
        if is_closed:
            self.voice.close()
        self.store.close_ended()
        assert self.store.trial(self.uuid).status == "killed"
        self.begin()

    @invariant()
    def all_is_there(self):
        for uuid, series in getattr(self, "logged", {}).items():
            metrics = self.store.trial(uuid).metrics
            for metric, numbers in series.items():
                if not numbers:
                    assert metric not in metrics
                    continue
                found = self.store.series(uuid, metric)
                assert found.values.tobytes() == array("d", numbers).tobytes()
                assert list(found.steps) == list(range(len(numbers)))

    def teardown(self):
        if hasattr(self, "folder"):
            self.store.close()
            self.folder.cleanup()


TestFolding = Folding.TestCase
TestFolding.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)


@given(
    numbers=st.lists(
        st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1), min_size=5, max_size=300
    ),
    points=st.integers(4, 60),
    blocks=st.sampled_from([3, 4096]),
    live=st.integers(0, 20),
)
@settings(max_examples=60, deadline=None)
def test_an_outline_has_the_extremes_and_no_other_points(
    tmp_path_factory, numbers, points, blocks, live
):
    from anew.stores import blocks as packing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BLOCK_POINTS", blocks)
        patch.setattr("anew.stores.points.BLOCK_POINTS", blocks)
        store = SQLiteStore(tmp_path_factory.mktemp("outline"))
        record = {"started": 1.0, "seed": 1, "parameters": {}, "process": identify()}
        store.begin("a", "bikes", record | {"reproduces": None})
        mine = speak(store, "a")
        kept = len(numbers) - min(live, len(numbers) - 1)
        mine.say(LoggedMany("loss", None, array("d", numbers[:kept]), 1.0))
        mine._fold()
        if numbers[kept:]:
            mine.say(LoggedMany("loss", None, array("d", numbers[kept:]), 2.0))
        whole, outline = store.series("a", "loss"), store.series("a", "loss", points)
        store.close()
    assert len(outline.steps) <= points
    assert (outline.steps[0], outline.steps[-1]) == (0, len(numbers) - 1)
    assert list(outline.steps) == sorted(set(outline.steps))
    assert np.array_equal(outline.values, whole.values[outline.steps], equal_nan=True)
    assert outline.times.tobytes() == whole.times[outline.steps].tobytes()
    proper = [number for number in numbers if not math.isnan(number)]
    if proper:
        assert {min(proper), max(proper)} <= set(outline.values)


def test_an_outline_of_too_few_points_is_refused(store, begin):
    uuid = begin()
    with pytest.raises(UsageError, match="points is 3, expected a whole number from 4"):
        store.series(uuid, "loss", 3)


def test_threads_that_log_at_once_lose_nothing(store, begin):
    uuid = begin()
    mine = speak(store, uuid)

    def work(worker):
        for number in range(200):
            mine.log({f"loss {worker}": number, "all": number}, None)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)
    for worker in range(4):
        assert values(store, uuid, f"loss {worker}") == list(range(200))
    assert sorted(values(store, uuid, "all")) == sorted([*range(200)] * 4)


def test_a_fork_says_its_own_and_nothing_twice(store, run):
    told = run(
        """
        from anew.journal import Voice, voice
        voice._FOLD_BYTES, voice._FOLD_BYTES_OF_SERIES, voice._GATHERED = 400, 1, 1
        store = SQLiteStore(Path(sys.argv[1]))
        begin(store, "a")
        mine = Voice(store.journal_path("a"), 1, keep=lambda *what: store.fold("a", *what))
        for number in range(15):
            mine.log({"mine": number}, None)
        child = os.fork()
        for number in range(15, 100):
            mine.log({"mine" if child else "theirs": number}, None)
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        mine.close()
        finish(store, "a")
        for metric, first in (("mine", 0), ("theirs", 15)):
            print(list(store.series("a", metric).values) == list(range(first, 100)))
        """,
        store.folder,
    )
    assert told == "True\nTrue\n"


@pytest.mark.parametrize("fsync", ["never", "second", "each"])
def test_points_are_there_however_they_are_put_on_the_disk(store, begin, fsync):
    uuid = begin()
    mine = speak(store, uuid, fsync=fsync)
    for number in range(30):
        mine.log({"loss": number}, None)
    assert values(store, uuid) == list(range(30))
    mine.close()


@given(st.data(), st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_a_journal_that_is_cut_or_has_random_bytes_gives_its_whole_records(
    tmp_path_factory, data, garbage
):
    store = SQLiteStore(tmp_path_factory.mktemp("cut"))
    record = {"started": 1.0, "seed": 1, "parameters": {}, "process": DEAD, "reproduces": None}
    store.begin("a", "bikes", record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice, "_FOLD_BYTES", 1 << 20)
        mine = speak(store, "a")
        for number in range(20):
            mine.log({"loss": number}, None)
        mine.say(LoggedMany("loss", None, array("d", range(20, 40)), 1.0))
    path = mine._own.path
    full = path.stat().st_size
    size = data.draw(st.integers(0, full) | st.just(full))
    with path.open("r+b") as file:
        file.truncate(size)
        file.seek(0, 2)
        file.write(garbage)
    whole = min(size // 38, 20) + 20 * (size == full)
    store.close_ended()
    trial = store.trial("a")
    assert trial.status == "killed"
    found = values(store, "a") if "loss" in trial.metrics else []
    assert found == list(range(whole))
    store.close()
