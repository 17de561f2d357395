"""`anew gc` frees what the memos take too much, and says what."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest
from click.testing import CliRunner

from anew.cli import main
from anew.memos import Memo, Memos


@pytest.fixture
def memos(project):
    """A project with three memos of 800 kB."""
    made = Memos(project / ".anew" / "memo")
    for n, function in enumerate(["bikes.load", "bikes.fit", "bikes.fit"], 1):
        memo = Memo(str(n), function, f"c{n}", n, 60.0 * n, None, (), "", "c", "", None, 1.0)
        made.put(memo, np.full(100_000, n))
    yield made
    made.close()


@pytest.fixture
def gc():
    """Call the verb and give its exit status and what it printed."""

    def call(*arguments):
        done = CliRunner().invoke(main, ["gc", *arguments])
        return done.exit_code, done.output

    return call


def test_nothing_is_made_or_freed_where_nothing_is(gc, project):
    assert gc() == (0, "nothing to free\n")
    assert sorted(path.name for path in project.iterdir()) == ["anew.toml"]


def test_nothing_goes_under_the_limit(gc, memos):
    assert gc() == (0, "nothing to free\n")
    assert memos.info().bytes > 2_000_000


def test_what_goes_is_told_by_function(gc, memos):
    status, told = gc("--limit", "0")
    assert status == 0
    assert [line.split() for line in told.splitlines()] == [
        ["function", "values", "size", "to", "recompute"],
        ["bikes.fit", "2", "2", "MB", "5", "min", "0", "s"],
        ["bikes.load", "1", "800", "kB", "1", "min", "0", "s"],
        ["freed", "2", "MB"],
    ]
    assert memos.info().bytes == 0


def test_a_dry_run_frees_nothing(gc, memos):
    status, told = gc("--limit", "1 MB", "--dry-run")
    assert status == 0
    assert told.splitlines()[-1] == "would free 2 MB"
    assert memos.info().bytes > 2_000_000


def test_the_setting_is_followed(gc, memos, write):
    write("anew.toml", 'memo_limit = "1 MB"\n')
    gc()
    assert memos.info().bytes == 800_128
    assert memos.find("3")[0].payload


def test_a_size_that_is_none_is_told(gc):
    with pytest.raises(SystemExit):
        main.main(["gc", "--limit", "much"])
    assert gc("--limit", "much")[0] == 2


def test_json_says_all(gc, memos):
    _, told = gc("--limit", "1 MB", "--dry-run", "--json")
    record = json.loads(told)
    assert record["dry_run"] is True
    assert record["freed_bytes"] == 1_600_256
    assert [value["function"] for value in record["values"]] == ["bikes.load", "bikes.fit"]
    assert record["files"] == 0


def test_another_store_is_cleaned(gc, memos, project, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    gc("--limit", "0", "--store", str(project / ".anew"))
    assert memos.info().bytes == 0


def test_objects_of_trials_stay_and_temporary_files_go(gc, project):
    folder = project / ".anew" / "objects" / "ab"
    folder.mkdir(parents=True)
    for name in (".put-1", "cdef"):
        (folder / name).write_bytes(b"x" * 2000)
        os.utime(folder / name, (time.time() - 10**6,) * 2)
    told = "1 file that nothing refers to: 2 kB\n"
    assert gc("--limit", "0", "--dry-run") == (0, f"{told}would free 2 kB\n")
    assert gc("--limit", "0") == (0, f"{told}freed 2 kB\n")
    assert [path.name for path in folder.iterdir()] == ["cdef"]
