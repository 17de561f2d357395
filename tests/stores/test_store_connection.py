"""The database of a store: who makes it, who may use it, what is said when it cannot be used."""

from __future__ import annotations

import os
import pickle
import shlex
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from anew.errors import (
    EnvironmentProblemError,
    StoreCorruptError,
    StoreError,
    StoreNotWritableError,
    StoreTooNewError,
)
from anew.journal import Journal, Printed
from anew.stores import connection
from anew.stores.connection import Connection
from anew.stores.schema import APPLICATION_ID, SCHEMA, VERSION
from anew.stores.sqlite import SQLiteStore


@pytest.fixture
def database(store):
    return store.folder / "trials.db"


@pytest.fixture
def change(database):
    """Change the database behind the store's back."""

    def execute(script):
        database.parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(database)) as sql:
            sql.executescript(script)

    return execute


@pytest.fixture
def crowded(store, begin):
    """A store whose database has many pages."""
    for number in range(40):
        begin(note=f"{number}" * 2_000)
    store.close()
    return store


def obey(hint):
    """Do what the command in a hint says."""
    command = hint.partition(": ")[2]
    assert command.startswith("python -m anew")
    python = shlex.quote(sys.executable)
    script = command.replace("python", python, 1)
    return subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout


def test_reading_an_absent_store_makes_nothing(store):
    assert store.trials() == []
    assert store.before("bikes") is None
    assert store.events("a") == []
    assert not store.folder.exists()


def test_reading_a_store_that_is_only_a_folder_makes_no_file(store):
    store.folder.mkdir()
    assert store.trials() == []
    assert list(store.folder.iterdir()) == []


def test_an_absent_store_is_seen_once_another_one_makes_it(store, run):
    assert store.trials() == []
    run("begin(SQLiteStore(Path(sys.argv[1])), 'a')", store.folder)
    assert [trial.number for trial in store.trials()] == [1]


def test_a_database_without_tables_is_an_empty_store(store, change):
    change("PRAGMA journal_mode = WAL")
    assert store.trials() == []


def test_a_database_without_tables_gets_them_when_something_is_written(store, change, begin):
    change("PRAGMA journal_mode = WAL")
    begin()
    assert len(store.trials()) == 1


def test_a_store_keeps_itself_out_of_the_users_git(store, begin):
    begin()
    assert (store.folder / ".gitignore").read_text() == "*\n"


def test_a_repository_is_not_hidden_from_its_own_git(store, begin):
    (store.folder / ".git").mkdir(parents=True)
    begin()
    assert not (store.folder / ".gitignore").exists()


def test_the_database_says_whose_it_is(store, begin, database):
    begin()
    with closing(sqlite3.connect(database)) as sql:
        assert sql.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert sql.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_folder_of_any_name_can_be_a_store(tmp_path):
    with closing(SQLiteStore(tmp_path / "a b?c#d%20é'\udce9")) as store:
        store.experiment_seed("bikes", lambda: 7)
        assert (store.folder / "trials.db").is_file()
        assert SQLiteStore(store.folder).experiment_seed("bikes", lambda: 8) == 7


def test_a_failed_block_leaves_nothing_behind(store):
    def draw():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.experiment_seed("bikes", draw)
    with store.connection.reading() as sql:
        assert sql.execute("SELECT * FROM experiments").fetchall() == []


def test_a_mistake_in_a_query_is_not_blamed_on_the_store(store, begin):
    begin()
    with pytest.raises(sqlite3.ProgrammingError), store.connection.reading() as sql:
        sql.execute("SELECT ?")


def test_what_the_tables_refuse_is_an_error_of_the_store(store, begin):
    uuid = begin()
    record = {"started": 1.0, "seed": 1, "parameters": {}, "process": {}, "reproduces": None}
    with pytest.raises(StoreError, match=r"refuses it: UNIQUE constraint failed: trials\.uuid"):
        store.begin(uuid, "bikes", record)


def test_a_store_closed_by_hand_opens_again(store, begin):
    begin()
    store.close()
    store.close()
    assert len(store.trials()) == 1


def test_a_store_comes_out_of_a_pickle_as_the_same_store(store, begin):
    begin()
    with closing(pickle.loads(pickle.dumps(store))) as again:
        assert [trial.number for trial in again.trials()] == [1]
        assert repr(again) == repr(store)


def test_threads_share_a_store(store):
    def record(number):
        uuid = f"trial {number}"
        record = {"started": 1.0, "seed": 1, "parameters": {}, "process": {}, "reproduces": None}
        assert store.begin(uuid, "bikes", record) > 0
        journal = Journal(store.journal_path(uuid))
        journal.write(Printed("stdout", uuid, 1.0))
        journal.close()
        store.finish(uuid, status="finished", seconds=1.0, error=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(100)))
    assert [trial.number for trial in store.trials()] == list(range(1, 101))
    assert all(trial.console == trial.uuid for trial in store.trials())


def test_a_fork_uses_a_connection_of_its_own(store, run):
    output = run(
        """
        store = SQLiteStore(Path(sys.argv[1]))
        begin(store, "parent")
        children = []
        for number in range(4):
            if not (child := os.fork()):
                for trial in range(25):
                    begin(store, f"child {number} {trial}")
                os._exit(0)
            children.append(child)
        for trial in range(25):
            begin(store, f"parent {trial}")
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
        print([trial.number for trial in store.trials()] == list(range(1, 127)))
        """,
        store.folder,
    )
    assert output == "True\n"


def test_a_fork_in_the_middle_of_a_transaction_does_not_wait_for_its_parent(store, run):
    output = run(
        """
        store = SQLiteStore(Path(sys.argv[1]))
        begin(store, "parent")
        with store.connection.writing() as sql:
            if not (child := os.fork()):
                os._exit(len(store.trials()))
            sql.execute("DELETE FROM trials")
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        print(len(store.trials()))
        """,
        store.folder,
    )
    assert output == "1\n0\n"


def test_a_store_deleted_while_it_is_open_is_empty(store, begin):
    begin()
    for file in store.folder.iterdir():
        file.unlink()
    store.folder.rmdir()
    assert store.trials() == []
    assert not store.folder.exists()


def test_a_store_deleted_while_it_is_open_is_made_again(store, begin):
    begin()
    store.folder.rename(store.folder.with_name("away"))
    begin()
    assert [trial.number for trial in store.trials()] == [1]


def test_a_store_replaced_while_it_is_open_is_seen(store, begin, tmp_path):
    begin()
    with closing(SQLiteStore(tmp_path / "other")) as other:
        other.experiment_seed("other", lambda: 7)
    store.folder.rename(tmp_path / "away")
    (tmp_path / "other").rename(store.folder)
    assert store.trials() == []
    assert store.experiment_seed("other", lambda: 8) == 7


def test_another_process_that_holds_the_store_too_long_is_told(store, begin, monkeypatch, start):
    begin()
    store.close()
    monkeypatch.setattr(connection, "_BUSY_S", 0.01)
    holder = start(
        """
        with SQLiteStore(Path(sys.argv[1])).connection.writing():
            print("held", flush=True)
            input()
        """,
        store.folder,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoreError, match=r"another process held the store for 0\.01 seconds") as e:
        begin()
    assert e.value.hint == "try again when no other process holds it"
    assert len(store.trials()) == 1


def test_another_process_that_lets_nobody_in_is_told(store, begin, monkeypatch, start):
    begin()
    store.close()
    monkeypatch.setattr(connection, "_BUSY_S", 0.01)
    holder = start(
        """
        import sqlite3
        sql = sqlite3.connect(Path(sys.argv[1]) / "trials.db", isolation_level=None)
        sql.execute("PRAGMA locking_mode = EXCLUSIVE")
        sql.execute("BEGIN EXCLUSIVE")
        print("held", flush=True)
        input()
        """,
        store.folder,
    )
    assert holder.stdout.readline() == "held\n"
    for use in (store.trials, begin):
        with pytest.raises(StoreError, match="another process held the store"):
            use()


def test_a_path_that_no_system_has_is_told(tmp_path):
    store = SQLiteStore(tmp_path / ("x" * 300))
    with pytest.raises(StoreError, match="cannot be read: File name too long"):
        store.trials()


def test_an_untouched_database_is_one_without_a_log(store, begin):
    begin()
    with pytest.raises(StoreError, match="waits in a log"):
        store.connection._open_untouched()
    store.close()
    with closing(store.connection._open_untouched()) as sql:
        assert sql.execute("SELECT count(*) FROM trials").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            sql.execute("DELETE FROM trials")


def test_a_store_from_a_later_anew_is_left_alone(store, change, begin, database):
    begin()
    store.close()
    change("PRAGMA user_version = 99")
    before = database.read_bytes()
    with pytest.raises(StoreTooNewError, match=f"schema 99, this anew knows {VERSION}") as caught:
        store.trials()
    with pytest.raises(StoreTooNewError):
        begin()
    assert caught.value.where == str(database)
    assert caught.value.hint == "pip install --upgrade anew"
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE trials (a); PRAGMA user_version = 1",
        "CREATE TABLE other (a)",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 99",
    ],
)
def test_a_database_of_somebody_else_is_left_alone(store, change, begin, database, script):
    change(script)
    before = database.read_bytes()
    for use in (store.trials, begin):
        with pytest.raises(StoreCorruptError, match="not made by anew") as caught:
            use()
        assert "set ANEW_STORE to another folder" in str(caught.value)
    assert database.read_bytes() == before


def test_an_sqlite_without_strict_tables_is_told(store, begin, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(EnvironmentProblemError, match=r"too old, expected 3\.37") as caught:
        begin()
    assert "uv python install" in caught.value.hint


def test_random_bytes_are_a_damaged_store_with_a_way_out(store, begin, database):
    store.folder.mkdir()
    database.write_bytes(os.urandom(5_000))
    for use in (store.trials, begin):
        with pytest.raises(StoreCorruptError, match="damaged: file is not a database") as caught:
            use()
        assert str(database) in str(caught.value)
    assert obey(caught.value.hint).startswith("saved: nothing\n")
    begin()
    assert len(store.trials()) == 1


def test_a_truncated_store_is_damaged_with_a_way_out(crowded, begin, database):
    os.truncate(database, database.stat().st_size // 2)
    with pytest.raises(StoreCorruptError, match="damaged: database disk image") as caught:
        crowded.trials()
    assert "trials" in obey(caught.value.hint)
    assert 5 < len(crowded.trials()) < 40
    begin()


def test_bytes_flipped_in_the_middle_are_damage_with_a_way_out(crowded, database):
    with database.open("r+b") as file:
        file.seek(database.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(StoreCorruptError, match="damaged") as caught:
        crowded.trials()
    obey(caught.value.hint)
    assert len(crowded.trials()) > 30


def test_a_lost_table_is_damage(store, begin, change):
    begin()
    change("DROP TABLE trials")
    with pytest.raises(StoreCorruptError, match="no such table: trials"):
        store.trials()


def test_text_that_is_no_text_is_damage(store, begin, change):
    uuid = begin()
    change("UPDATE trials SET experiment = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreCorruptError, match="UTF-8"):
        store.trial(uuid)


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "file").touch()
    with closing(SQLiteStore(tmp_path / "file" / "store")) as store:
        for use in (store.trials, lambda: store.experiment_seed("a", lambda: 1)):
            with pytest.raises(StoreNotWritableError, match="Not a directory") as caught:
                use()
            assert caught.value.hint == "set ANEW_STORE to a folder that you may write to"


def test_a_folder_in_place_of_the_database_is_told(store, begin, database):
    database.mkdir(parents=True)
    for use in (store.trials, begin):
        with pytest.raises(StoreError, match="cannot be read: unable to open database file"):
            use()
    with pytest.raises(StoreNotWritableError, match="unable to open database file"):
        store.add_facets("a", [])


READ_AND_WRITE = """
give_up_rights()
store = SQLiteStore(Path(sys.argv[1]))
for use in (lambda: [(t.status, t.console) for t in store.trials()], lambda: begin(store, "b")):
    try:
        print(use())
    except OSError as error:
        print(type(error).__name__, str(error).replace("\\n", " "))
"""


@pytest.fixture
def shared(public):
    """A store with one trial, in a folder that everybody may look into."""
    store = SQLiteStore(public / "store")
    record = {"started": 1.0, "seed": 1, "parameters": {}, "process": {}, "reproduces": None}
    store.begin("a", "bikes", record)
    journal = Journal(store.journal_path("a"))
    journal.write(Printed("stdout", "hello", 2.0))
    journal.close()
    yield store
    store.close()


def test_a_store_in_a_read_only_folder_can_be_read(shared, lock, run):
    shared.finish("a", status="finished", seconds=1.0, error=None)
    shared.close()
    lock(shared.folder)
    read, wrote = run(READ_AND_WRITE, shared.folder).splitlines()
    assert read == "[('finished', 'hello')]"
    assert wrote.startswith("StoreNotWritableError no store can be made or written here: ")
    assert str(shared.folder) in wrote
    assert wrote.endswith("hint: set ANEW_STORE to a folder that you may write to")


def test_a_store_that_others_write_can_be_read_without_rights(shared, lock, run):
    lock(shared.folder)
    read, wrote = run(READ_AND_WRITE, shared.folder).splitlines()
    assert read == "[('running', 'hello')]"
    assert wrote.startswith("StoreNotWritableError")


def test_a_log_that_cannot_be_taken_up_is_told_with_a_way_out(shared, lock, run, public):
    copy = public / "copy"
    copy.mkdir()
    for name in ("trials.db", "trials.db-wal"):
        (copy / name).write_bytes((shared.folder / name).read_bytes())
    lock(copy)
    read, _ = run(READ_AND_WRITE, copy).splitlines()
    assert read.startswith("StoreError the store cannot be read: a part of it waits in a log")
    command = read.partition("hint: copy it: ")[2].partition(",")[0]
    to = public / "mine"
    subprocess.run(["bash", "-c", command.replace("FOLDER", str(to))], check=True)
    with closing(SQLiteStore(to)) as store:
        assert [trial.uuid for trial in store.trials()] == ["a"]


def test_a_store_that_may_not_be_read_is_not_taken_for_an_empty_one(shared, run):
    shared.close()
    shared.folder.chmod(0o700)
    read, wrote = run(READ_AND_WRITE, shared.folder).splitlines()
    if os.getuid() == 0:
        assert read.startswith("StoreError the store cannot be read: Permission denied")
        assert wrote.startswith("StoreError the store cannot be read: Permission denied")


def test_no_store_can_be_made_where_nothing_may_be_written(public, lock, run):
    lock(public)
    read, wrote = run(READ_AND_WRITE, public / "store").splitlines()
    assert read == "[]"
    assert wrote.startswith("StoreNotWritableError no store can be made or written here: Perm")


def test_a_read_only_store_is_asked_anew_each_time(shared, lock, start):
    shared.finish("a", status="finished", seconds=1.0, error=None)
    shared.close()
    lock(shared.folder)
    reader = start(
        """
        give_up_rights()
        store = SQLiteStore(Path(sys.argv[1]))
        print(len(store.trials()), flush=True)
        input()
        print(len(store.trials()), flush=True)
        """,
        shared.folder,
    )
    assert reader.stdout.readline() == "1\n"
    shared.folder.chmod(0o755)
    (shared.folder / "trials.db").chmod(0o644)
    shared.experiment_seed("other", lambda: 1)
    record = {"started": 1.0, "seed": 1, "parameters": {}, "process": {}, "reproduces": None}
    shared.begin("b", "bikes", record)
    lock(shared.folder)
    reader.stdin.write("\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "2\n"


def test_the_schema_is_readable_statement_by_statement():
    with closing(sqlite3.connect(":memory:")) as sql:
        for statement in SCHEMA.split(";\n"):
            sql.execute(statement)
        tables = sql.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()
    assert tables[0] == SCHEMA.count("CREATE TABLE") + 1  # and SQLite's own sequence


def test_a_database_removed_while_it_is_made_is_told(tmp_path, monkeypatch):
    made = Connection(tmp_path / "store" / "trials.db")
    monkeypatch.setattr(made, "_make_tables", lambda _: made.path.unlink())
    with pytest.raises(StoreNotWritableError, match="removed at once"), made.writing():
        pass
