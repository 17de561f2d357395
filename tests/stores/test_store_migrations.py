"""A store of an earlier schema: read as it is, migrated when it is written, whole in any case."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import zlib
from array import array
from contextlib import closing
from pathlib import Path

import pytest

from anew.errors import StoreCorruptError, StoreError
from anew.journal import CodeParts, Journal
from anew.model import Part, StepRecord
from anew.stores import migrations
from anew.stores.encoding import to_json
from anew.stores.salvage import salvage
from anew.stores.schema import APPLICATION_ID, SCHEMA, VERSION

FIRST = (Path(__file__).parent / "schema-1.sql").read_text(encoding="utf-8")
SETTLED = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
INSERT INTO experiments VALUES ('bikes', 7, 1.0);
INSERT INTO trials (uuid, experiment, status, started, seconds, seed, parameters, process)
    VALUES ('old', 'bikes', 'finished', 1.0, 2.0, '7', '{{"alpha": 0.3}}', '{{}}');
INSERT INTO steps (trial, label, function, started, seconds, worker, status, seed, digest, inputs,
    drew) VALUES ('old', 'fit', 'm.fit', 1.0, 2.0, 'main', 'finished', '18446744073709551615',
    'xxh3:1', '["load"]', 1);
"""  # noqa: S608 - our own constant
COUNT = 10_000
OLD_POINTS = {
    "loss": [(n * 2, math.sin(n) if n % 7 else math.nan, 1.5e9 + n / 3) for n in range(COUNT)],
    "my/µ": [(-5, math.inf, 0.0), (2**63 - 1, -0.0, 1.0)],
}
OLD_PRINTED = [["stdout", "one\n"], ["stderr", "two\n"], ["stdout", "three"]]


def pack_as_then(rows):
    """Pack points as schemas 1 to 3 did."""
    columns = (array(code, each) for code, each in zip("qdd", zip(*rows, strict=True), strict=True))
    return zlib.compress(b"".join(column.tobytes() for column in columns), 1)


def settle(sql):
    """Give the trial of the first schema points and text."""
    for metric, rows in OLD_POINTS.items():
        row = ("old", metric, len(rows), pack_as_then(rows))
        sql.execute("INSERT INTO series VALUES (?, ?, ?, ?)", row)
    text = zlib.compress(json.dumps(OLD_PRINTED).encode(), 1)
    sql.execute("INSERT INTO console VALUES ('old', ?)", (text,))
    last = {metric: rows[-1][1] for metric, rows in OLD_POINTS.items()}
    sql.execute("UPDATE trials SET metrics = ?", (to_json(last),))


def expect_points(store):
    for metric, rows in OLD_POINTS.items():
        found = store.points("old", metric)
        packed = [struct.pack("<qdd", point.step, point.value, point.time) for point in found]
        assert packed == [struct.pack("<qdd", *row) for row in rows]
        outline = store.series("old", metric, 100)
        assert outline.steps[-1] == rows[-1][0]
    assert store.console("old") == [tuple(each) for each in OLD_PRINTED]


OLD_STEP = StepRecord(
    "fit", "m.fit", 1.0, 2.0, "main", "finished", 2**64 - 1, "xxh3:1", ("load",), drew=True
)
NEW_STEP = StepRecord(
    *("fit", "m.fit", 3.0, 4.0, "main", "reused", 1, "xxh3:1"),
    key="xxh3:2",
    code="xxh3:3",
    parts=(Part("argument", "alpha", "xxh3:4", "0.3"), Part("file", "caf\udce9", None)),
    reused="old",
    reason="pure=False",
)


def read_schema(path):
    """Give the version, and what the tables and indices are."""
    with closing(sqlite3.connect(path)) as sql:
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        names = "SELECT type, name, tbl_name FROM sqlite_schema ORDER BY 1, 2"
        found = sql.execute(names).fetchall()
        tables = [name for kind, name, _ in found if kind == "table"]
        columns = {t: sql.execute(f"PRAGMA table_xinfo({t})").fetchall() for t in tables}
    return version, found, columns


@pytest.fixture
def database(store):
    return store.folder / "trials.db"


@pytest.fixture
def old(store, database):
    """A store as the first anew made it, with one trial."""
    store.folder.mkdir()
    with closing(sqlite3.connect(database)) as sql:
        sql.executescript(FIRST + SETTLED)
        settle(sql)
        sql.commit()
    return store


def record_step(store, uuid):
    journal = Journal(store.journal_path(uuid))
    journal.write(NEW_STEP)
    journal.close()
    store.finish(uuid, status="finished", seconds=1.0, error=None)


def test_a_new_store_has_the_newest_schema(store, begin, database):
    begin()
    assert read_schema(database)[0] == VERSION


def test_a_migrated_store_is_as_a_new_one(old, begin, database, tmp_path):
    begin()
    with closing(sqlite3.connect(tmp_path / "new.db")) as sql:
        sql.executescript(SCHEMA + f"PRAGMA user_version = {VERSION};")
    assert read_schema(database) == read_schema(tmp_path / "new.db")


def test_every_schema_leads_to_the_newest():
    assert list(migrations._MIGRATIONS) == list(range(2, VERSION + 1))
    assert list(migrations._FRONTS) == list(range(1, VERSION))


def test_an_older_store_is_read_as_it_is(old, database):
    before = read_schema(database)
    assert old.trial(1).parameters == {"alpha": 0.3}
    assert old.trial(1).steps == [OLD_STEP]
    assert old.has_drawn("m.fit")
    assert old.code_parts("xxh3:3") == ()
    assert old.steps_like("bikes", OLD_STEP, before=2, limit=9) == [(1, "old", OLD_STEP)]
    assert read_schema(database) == before


def test_an_older_store_that_cannot_be_written_is_read(old, public, run, lock):
    old.close()
    old.folder.rename(public / "store")
    lock(public)
    output = run(
        """
        give_up_rights()
        store = SQLiteStore(Path(sys.argv[1]))
        print(store.trial(1).steps[0].label, store.code_parts("xxh3:3"))
        """,
        public / "store",
    )
    assert output == "fit ()\n"


def test_points_and_text_of_an_older_store_are_read_as_they_are(old, database):
    before = read_schema(database)
    expect_points(old)
    assert list(old.trial(1).metrics) == list(OLD_POINTS)
    assert read_schema(database) == before


def test_points_and_text_of_an_older_store_are_packed_anew(old, begin, database):
    begin()
    expect_points(old)
    with closing(sqlite3.connect(database)) as sql:
        query = "SELECT count(*), sum(count), max(hi) FROM blocks WHERE metric = 'loss'"
        assert sql.execute(query).fetchone() == (3, COUNT, pytest.approx(1.0, abs=1e-4))


def test_points_that_nobody_can_have_written_stay_as_they_are(old, begin, database):
    with closing(sqlite3.connect(database)) as sql:
        sql.execute("UPDATE series SET points = x'00' WHERE metric = 'loss'")
        sql.commit()
    begin()
    assert len(old.points("old", "my/µ")) == 2
    with pytest.raises(StoreCorruptError):
        old.points("old", "loss")


def test_points_of_a_damaged_older_store_are_saved(old, database):
    old.close()
    salvage(old.folder)
    expect_points(old)


def test_a_migrated_store_keeps_what_it_had(old, begin):
    assert old.trial(1).steps == [OLD_STEP]
    uuid = begin()
    record_step(old, uuid)
    assert old.trial(1).steps == [OLD_STEP]
    assert old.trial(2).steps == [NEW_STEP]


def test_a_store_migrated_by_another_process_is_seen(old, run):
    assert old.trial(1).steps == [OLD_STEP]
    run(
        """
        store = SQLiteStore(Path(sys.argv[1]))
        begin(store, "new")
        from anew.journal import CodeParts
        from anew.model import Part
        journal = Journal(store.journal_path("new"))
        journal.write(CodeParts("xxh3:3", (Part("helper", "shrink", "xxh3:5"),)))
        journal.close()
        finish(store, "new")
        """,
        old.folder,
    )
    assert old.code_parts("xxh3:3") == (Part("helper", "shrink", "xxh3:5"),)
    assert [trial.number for trial in old.trials()] == [1, 2]


def test_processes_that_migrate_at_once_do_it_once(old, start):
    code = """
        store = SQLiteStore(Path(sys.argv[1]))
        print(len(store.trials()), flush=True)
        input()
        begin(store, f"{os.getpid():08x}")
        """
    writers = [start(code, old.folder) for _ in range(6)]
    for writer in writers:
        assert writer.stdout.readline() == "1\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 6
    assert [trial.number for trial in old.trials()] == list(range(1, 8))
    assert old.trial(1).steps == [OLD_STEP]


def test_a_migration_that_fails_leaves_the_store_as_it_was(old, begin, database, monkeypatch):
    before = read_schema(database)
    script = migrations._MIGRATIONS[2] + ";\nCREATE TABLE experiments (a)"
    with monkeypatch.context() as patch:
        patch.setitem(migrations._MIGRATIONS, 2, script)
        with pytest.raises(StoreError, match="table experiments already exists"):
            begin()
    assert read_schema(database) == before
    assert old.trial(1).steps == [OLD_STEP]
    begin()
    assert read_schema(database)[0] == VERSION


def test_a_process_killed_while_it_migrates_leaves_the_store_as_it_was(old, database, run, begin):
    before = read_schema(database)
    run(
        """
        import signal
        from anew.stores import migrations
        store = SQLiteStore(Path(sys.argv[1]))
        if child := os.fork():
            assert os.waitpid(child, 0)[1] == signal.SIGKILL
        else:
            class Deadly(dict):
                def __getitem__(self, number):
                    yield_one = super().__getitem__(number).split(";\\n")[0]
                    class Script(str):
                        def split(self, separator):
                            yield yield_one
                            os.kill(os.getpid(), signal.SIGKILL)
                    return Script()
            migrations._MIGRATIONS = Deadly(migrations._MIGRATIONS)
            begin(store, "a")
        """,
        old.folder,
    )
    assert read_schema(database) == before
    begin()
    assert old.trial(1).steps == [OLD_STEP]


def test_a_damaged_store_of_an_earlier_schema_is_saved(old, database):
    old.close()
    salvage(old.folder)
    assert read_schema(database)[0] == VERSION
    assert old.trial(1).steps == [OLD_STEP]


def test_the_code_of_a_running_trial_is_known(store, begin):
    begin()
    with closing(Journal(store.journal_path(begin()))) as journal:
        journal.write(CodeParts("xxh3:3", (Part("helper", "shrink", "xxh3:5"),)))
    assert store.code_parts("xxh3:3") == (Part("helper", "shrink", "xxh3:5"),)


def test_codes_are_kept_once_under_the_names_they_have_now(store, begin):
    old, new = Part("helper", "shrink", "xxh3:5"), Part("helper", "shorten", "xxh3:5")
    for parts in ((old,), (new,)):
        uuid = begin()
        journal = Journal(store.journal_path(uuid))
        journal.write(CodeParts("xxh3:3", parts))
        journal.close()
        store.finish(uuid, status="finished", seconds=1.0, error=None)
    assert store.code_parts("xxh3:3") == (new,)
    assert store.code_parts("xxh3:9") == ()
    with store.connection.reading() as sql:
        assert sql.execute("SELECT count(*) FROM codes").fetchone() == (1,)
