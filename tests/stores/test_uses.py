"""Trials that are found by content."""

from __future__ import annotations

import sqlite3

import anew
from anew.stores import uses


def test_content_is_found_as_what_each_trial_had_it(project):
    (project / "in.txt").write_text("same")
    with anew.trial("one") as trial:
        trial.save("kept.txt", (project / "in.txt").read_text())
    store = anew.open_store()
    (digest,) = {each.digest for each in trial.record.files if each.path == "in.txt"}
    found = store.uses({digest, "blake3:other"})
    assert [(use.number, use.role, use.name, use.format) for use in found] == [
        (1, "artifact", "kept.txt", "text"),
        (1, "input", "in.txt", None),
    ]
    assert store.uses(set()) == []
    assert [use.digest for use in store.kept_contents()].count(digest) == 1


def test_a_store_that_has_grown_gets_indexes_by_digest(project, monkeypatch):
    monkeypatch.setattr(uses, "_SMALL_STORE", 1)
    with anew.trial("one") as trial:
        trial.save("kept", 1)
    store = anew.open_store()
    assert store.uses({"blake3:other"}) == []
    with sqlite3.connect(store.folder / "trials.db") as sql:
        rows = sql.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%_by_digest'")
        assert sorted(name for (name,) in rows) == ["artifacts_by_digest", "files_by_digest"]
    sql.close()
    assert len(store.uses({each.digest for each in store.artifacts(trial.record.uuid)})) == 1
