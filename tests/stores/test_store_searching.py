"""Trials that are looked for, and the indexes that make it quick."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import ANY

import pytest
from pandas.testing import assert_frame_equal

from anew.errors import UnknownNameError, UsageError
from anew.journal import Journal, LoggedPoint, Marked
from anew.model import Facet, Table
from anew.query import frame_of_store, search, to_frame
from anew.stores import encoding, searching
from anew.stores.schema import APPLICATION_ID
from anew.stores.sqlite import SQLiteStore


@pytest.fixture
def end(store, begin):
    """Enter a trial that has ended, with metrics, tags and facets."""

    def end_trial(parameters, *, tags=(), facets=(), **metrics):
        uuid = begin(**parameters)
        journal = Journal(store.journal_path(uuid))
        for name, values in metrics.items():
            for value in values if isinstance(values, list) else [values]:
                journal.write(LoggedPoint(name, None, value, 0.0))
        for tag in tags:
            journal.write(Marked("tag", tag))
        journal.close()
        store.add_facets(uuid, facets)
        store.finish(uuid, status="finished", seconds=1.0, error=None)
        return uuid

    return end_trial


def numbers(store, **wishes):
    return [row["number"] for row in search(store, **wishes).rows]


def indexes(store):
    with store.connection.reading() as sql:
        query = "SELECT name FROM sqlite_schema WHERE name LIKE 'found_by_%'"
        return [name for (name,) in sql.execute(query)]


def test_series_are_asked_by_their_least_greatest_first_and_count(store, end):
    end({}, rmse=[3.0, 1.0, 2.0])
    end({}, rmse=[float("nan"), 5.0])
    assert numbers(store, where="min.rmse == 1") == [1]
    assert numbers(store, where="max.rmse >= 3", sort="-max.rmse") == [2, 1]
    assert numbers(store, where="first.rmse == 3 and last.rmse == rmse") == [1]
    assert numbers(store, where="count.rmse == 2") == [2]
    with pytest.raises(UnknownNameError):
        numbers(store, where="min.loss == 1")


def test_a_running_trial_is_asked_by_its_journal(store, end, begin):
    end({"alpha": 1}, rmse=3.0)
    uuid = begin(alpha=2)
    journal = Journal(store.journal_path(uuid))
    journal.write(LoggedPoint("rmse", None, 9.0, 0.0))
    journal.write(LoggedPoint("rmse", None, 1.0, 0.0))
    journal.write(LoggedPoint("loss", None, 1.0, 0.0))
    assert numbers(store, where="rmse < 2") == [2]
    assert numbers(store, sort="rmse", limit=1) == [2]
    assert numbers(store, where="max.rmse == 9 and missing(seconds) and loss == 1") == [2]
    assert numbers(store, where='status == "running"') == [2]
    assert store.table().metrics == {"rmse": [3.0, 1.0], "loss": [ANY, 1.0]}
    journal.close()


def test_tags_packages_and_commits_are_asked(store, end):
    packages = {"versions": {"numpy": "2.10.1", "Scikit_Learn": "1.6"}, "origins": {}}
    facets = [
        Facet("packages", "xxh3-1:1", packages),
        Facet("git", "xxh3-1:2", {"commit": "ab12" * 10}),
    ]
    end({}, tags=["paper", "fig-2"], facets=facets)
    end({}, facets=[Facet("packages", "xxh3-1:3", {"versions": {"numpy": "2.9"}})])
    assert numbers(store, where="tag.paper") == [1]
    assert numbers(store, where="not tag.paper") == [2]
    assert numbers(store, where='tag["fig-2"] and "paper" in tags') == [1]
    assert numbers(store, where='package.numpy >= "2.10"') == [1]
    assert numbers(store, where='package["scikit-learn"] == "1.6.0"') == [1]
    assert numbers(store, where="missing(package.scikit_learn)") == [2]
    assert numbers(store, where='code.commit == "ab12ab12"') == [1]
    assert numbers(store, sort="-package.numpy") == [1, 2]
    for unknown in ("tag.papr", "package.numpi", "code.branch"):
        with pytest.raises(UnknownNameError):
            numbers(store, where=unknown)


def test_an_index_is_made_when_the_store_is_large(store, end, monkeypatch):
    for alpha in (3, 1, 2):
        end({"alpha": alpha}, rmse=float(alpha))
    assert numbers(store, where="alpha < 3", sort="-rmse", limit=1) == [3]
    assert indexes(store) == []
    monkeypatch.setattr(searching, "_SMALL_STORE", 2)
    for _ in range(2):
        assert numbers(store, where="alpha < 3", sort="-rmse", limit=1) == [3]
        assert len(indexes(store)) == 1
    end({"alpha": 0}, rmse=9.0)
    assert numbers(store, where="alpha < 3", sort="-rmse", limit=1) == [4]


def test_only_so_many_indexes_are_kept(store, end, monkeypatch):
    monkeypatch.setattr(searching, "_SMALL_STORE", 0)
    end({f"p{number}": number for number in range(20)})
    for number in range(20):
        assert numbers(store, sort=f"p{number}", limit=1) == [1]
    assert len(indexes(store)) == 12


def test_a_store_that_cannot_be_written_is_searched_without_an_index(store, end, run, public, lock):
    end({"alpha": 2}, rmse=1.0)
    store.close()
    shutil.copytree(store.folder, public / "store")
    lock(public / "store")
    found = run(
        """
        from anew.query import frame_of_store, search, to_frame
        from anew.stores import searching
        searching._SMALL_STORE = 0
        give_up_rights()
        store = SQLiteStore(Path(sys.argv[1]))
        found = search(store, where="alpha == 2", sort="rmse", limit=1)
        print([row["number"] for row in found.rows])
        """,
        public / "store",
    )
    assert found.strip() == "[1]"


def test_a_name_that_comes_later_is_found(store, end):
    end({"alpha": 1})
    with pytest.raises(UnknownNameError):
        numbers(store, where="beta == 1")
    end({"beta": 1})
    assert numbers(store, where="beta == 1") == [2]
    end({}, beta=1.0)
    with pytest.raises(UsageError, match="'beta' is a parameter and a metric"):
        numbers(store, where="beta == 1")


def test_names_are_never_part_of_a_statement_that_they_could_end(store, end):
    names = ["it's", 'a"b', "a'); DROP TABLE trials; --", "$x", "é ü", "a\\b", ""]
    end({"alpha": 1}, **{name: 1.0 for name in names if name})
    for name in filter(None, names):
        assert numbers(
            store, where=f"metric[{name!r}] == 1", sort=f"metric[{name!r}]", limit=1
        ) == [1]


def test_a_table_has_all_trials_as_columns(store, end):
    first, second = end({"alpha": 1}, rmse=2.0), end({"alpha": float("inf")})
    found = store.table("bikes")
    assert found == Table(
        [1, 2], [first, second], ["finished"] * 2, [1000.0] * 2, [1.0] * 2,
        {"alpha": [1, float("inf")]}, {"rmse": [2.0, ANY]},
    )  # fmt: skip
    assert store.table("other") == Table([], [], [], [], [], {}, {})


def test_a_table_that_is_read_in_parts_has_a_line_for_each_trial(store, end, monkeypatch):
    monkeypatch.setattr(encoding, "_AT_ONCE", 2)
    end({"alpha": 1}, rmse=2.0)
    end({"beta": 2})
    end({"beta": 3, "gamma": [1, {"x": None}]}, loss=1.0)
    end({})
    end({"alpha": None, "gamma": "Ω1"}, rmse=5.0)
    found = store.table("bikes")
    assert found.parameters == {
        "alpha": [1, None, None, None, None],
        "beta": [None, 2, 3, None, None],
        "gamma": [None, None, [1, {"x": None}], None, "Ω1"],
    }
    nan = float("nan")
    assert repr(found.metrics) == repr(
        {"rmse": [2.0, nan, nan, nan, 5.0], "loss": [nan, nan, 1.0, nan, nan]}
    )
    assert found.numbers == [1, 2, 3, 4, 5]
    whole, one_by_one = frame_of_store(store), to_frame(store.trials())
    assert_frame_equal(whole, one_by_one)


def test_an_index_that_another_process_drops_is_missed_but_not_needed(store, end, monkeypatch):
    monkeypatch.setattr(searching, "_SMALL_STORE", 0)
    end({"alpha": 1})
    monkeypatch.setattr(store, "_has_index", lambda _: True)
    monkeypatch.setattr(store, "_make_index", lambda *_: None)
    assert numbers(store, where="alpha == 1", sort="alpha", limit=1) == [1]


def test_a_trial_is_found_by_its_uuid_without_reading_others(store, end):
    uuids = [end({}) for _ in range(3)]
    asked = []
    with store.connection.reading() as sql:
        sql.set_trace_callback(asked.append)
        assert store.trial(uuids[1]).number == 2
        sql.set_trace_callback(None)
        plans = [row[3] for query in asked for row in sql.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plans
    assert not any(plan.startswith("SCAN") for plan in plans)


def test_a_store_of_the_first_schema_is_searched_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "_SMALL_STORE", 0)
    (tmp_path / "store").mkdir()
    script = Path(__file__).with_name("schema-1.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "store" / "trials.db")) as sql:
        sql.executescript(script)
        sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        sql.execute("PRAGMA user_version = 1")
        sql.execute("INSERT INTO experiments VALUES ('bikes', 7, 1.0)")
        sql.executemany(
            "INSERT INTO trials (uuid, experiment, status, started, seed, parameters, process)"
            " VALUES (?, 'bikes', 'finished', 1.0, '7', ?, '{}')",
            [("a", '{"alpha": 2}'), ("b", '{"alpha": 1}'), ("c", "{}")],
        )
        sql.commit()
    store = SQLiteStore(tmp_path / "store")
    assert numbers(store, where="alpha > 0 or missing(alpha)", sort="alpha") == [2, 1, 3]
    assert numbers(store, where="alpha > 0", sort="alpha", limit=1) == [2]
    with store.connection.reading() as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (1,)
    store.close()
