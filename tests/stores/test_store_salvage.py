"""What is saved of a damaged database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from anew.errors import UsageError
from anew.journal import Journal, LoggedPoint, Printed
from anew.model import Facet, StepRecord
from anew.stores.salvage import salvage


@pytest.fixture
def full(store, begin):
    """A store with many trials."""
    for number in range(1, 41):
        uuid = begin(note=f"{number}" * 1_000)
        store.add_facets(uuid, [Facet("seeds", f"blake3:{number}", {"root": number})])
        journal = Journal(store.journal_path(uuid))
        journal.write(Printed("stdout", f"{number}\n", 1000.0))
        journal.write(LoggedPoint("loss", None, number / 2, 1000.0))
        journal.write(StepRecord("fit", "m.fit", 1000.0, 1.0, "main", "finished", 1, None))
        journal.close()
        store.finish(uuid, status="finished", seconds=1.0, error=None)
    store.close()
    return store


@pytest.fixture
def change(full):
    """Change the database behind the store's back."""

    def execute(query, *arguments):
        path = full.folder / "trials.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as sql:
            sql.execute("PRAGMA writable_schema = ON")
            sql.execute(query, arguments)

    return execute


def overwrite_page(full, number):
    with (full.folder / "trials.db").open("r+b") as file:
        file.seek(number * 4096)
        file.write(os.urandom(4096))


def test_all_of_a_sound_database_is_saved(full):
    before = full.trials()
    _, saved = salvage(full.folder)
    assert full.trials() == before
    assert [trial.console for trial in full.trials()] == [trial.console for trial in before]
    assert saved["trials"] == saved["blocks"] == saved["console"] == saved["steps"] == 40
    assert saved["experiments"] == 1


def test_the_damaged_database_is_kept(full):
    before = (full.folder / "trials.db").read_bytes()
    aside, _ = salvage(full.folder)
    assert (aside / "trials.db").read_bytes() == before
    assert aside.parent == full.folder


def test_numbers_go_on_after_those_that_were_saved(full, begin):
    salvage(full.folder)
    begin()
    assert full.trial("last").number == 41


@pytest.mark.parametrize("page", range(1, 60, 4))
def test_what_lies_around_a_damaged_page_is_saved(full, page):
    overwrite_page(full, page)
    _, saved = salvage(full.folder)
    rows = sum(saved.values())
    assert rows > 150  # a page may hold what says where several tables are
    trials = full.trials()
    assert len(trials) == saved["trials"]
    for trial in trials:
        assert trial.parameters == {"note": f"{trial.number}" * 1_000}


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE trials SET parameters = '{' WHERE number = 7",
        "UPDATE trials SET process = '' WHERE number = 7",
        "UPDATE trials SET started = NULL WHERE number = 7",
    ],
)
def test_a_trial_that_nobody_can_have_written_is_left_out(full, change, query):
    change("UPDATE sqlite_schema SET sql = replace(sql, 'started REAL NOT NULL', 'started REAL')")
    change(query)
    assert salvage(full.folder)[1]["trials"] == 39
    assert 7 not in [trial.number for trial in full.trials()]


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE blocks SET points = x'00' WHERE metric = 'loss' AND count = 1",
        "UPDATE blocks SET count = 3",
        "UPDATE console SET text = x'00'",
        "UPDATE facets SET content = '{'",
        "UPDATE steps SET inputs = '['",
    ],
)
def test_content_that_nobody_can_have_written_is_left_out(full, change, query):
    table = query.split()[1]
    change(query)
    _, saved = salvage(full.folder)
    assert saved[table] == 0
    assert saved["trials"] == len(full.trials()) == 40


def test_text_that_is_no_text_is_saved_as_far_as_it_is(full, change):
    change("UPDATE trials SET status = CAST(x'66ff' AS TEXT)")
    salvage(full.folder)
    assert {trial.status for trial in full.trials()} == {"f\ufffd"}


def test_a_folder_without_a_store_is_told(tmp_path):
    with pytest.raises(UsageError, match="no store in") as caught:
        salvage(tmp_path)
    assert "trials.db" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def run_command(*arguments):
    command = [sys.executable, "-W", "error", "-m", "anew.stores.salvage", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_command_says_what_was_saved(full):
    done = run_command(full.folder)
    assert done.returncode == 0
    assert "40 trials" in done.stdout
    assert str(next(full.folder.glob("damaged-*"))) in done.stdout


def test_the_command_says_what_is_wrong(tmp_path):
    done = run_command(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no store in")
    assert "\nhint: " in done.stderr
