"""Tags, notes and removal after a trial was recorded."""

from __future__ import annotations

import threading

import pytest

import anew
from anew.amend import add_note, change_tags, remove_trials
from anew.errors import InvalidNameError, UnknownTrialError, UsageError
from anew.query import search
from anew.stores import open_store


@pytest.fixture
def store(project):
    """A store with three trials; the third ran within the second."""
    with anew.trial("bikes", alpha=1) as trial:
        trial.tag("first")
        trial.log(rmse=2.0)
    with anew.trial("bikes", alpha=2), anew.trial("inner"):
        pass
    return open_store()


def test_tags_are_added_once_and_taken_away(store):
    assert change_tags(store, 1, ["paper", "first"]).tags == ("first", "paper")
    assert change_tags(store, 1, ["first"], remove=True).tags == ("paper",)
    with pytest.raises(UsageError, match="trial 1 has no tag 'first'"):
        change_tags(store, 1, ["first"], remove=True)


def test_a_tag_is_a_visible_word(store):
    with pytest.raises(InvalidNameError):
        change_tags(store, 1, ["paper", ""])
    assert store.trial(1).tags == ("first",)


def test_notes_are_kept_in_order(store):
    add_note(store, 1, "one\ntwo")
    assert add_note(store, 1, "three").notes == ("one\ntwo", "three")
    with pytest.raises(UsageError, match="the note is empty"):
        add_note(store, 1, " ")


def test_a_running_trial_keeps_what_others_say_of_it(store):
    with anew.trial("bikes") as trial:
        trial.tag("own")
        change_tags(store, trial.number, ["other"])
        add_note(store, trial.number, "looks good")
        assert trial.record.tags == ("own", "other")
        assert trial.record.notes == ("looks good",)
        trial.tag("late")
    assert store.trial(trial.number).tags == ("own", "late", "other")
    assert store.trial(trial.number).notes == ("looks good",)


def test_what_a_running_trial_says_itself_cannot_be_taken_away(store):
    with anew.trial("bikes", tags=["own"]), pytest.raises(UsageError, match="is still running"):
        change_tags(store, "last", ["own"], remove=True)


def test_a_removed_trial_is_gone_and_its_number_is_never_given_again(store):
    removed = remove_trials(store, [3, 2])
    assert removed.numbers == [3, 2]
    assert removed.references == []
    with pytest.raises(UnknownTrialError):
        store.trial(2)
    with store.connection.reading() as sql:
        for table in ("trial_facets", "steps", "blocks", "folded", "console", "events", "files"):
            query = f"SELECT count(*) FROM {table} WHERE trial NOT IN (SELECT uuid FROM trials)"  # noqa: S608
            assert sql.execute(query).fetchone() == (0,)
    with anew.trial("bikes") as trial:
        pass
    assert trial.number == 4


def test_a_trial_that_others_refer_to_stays_unless_it_is_forced(store):
    with pytest.raises(UsageError, match="trial 2: trial 3 ran within it") as caught:
        remove_trials(store, [1, 2])
    assert caught.value.hint == "anew rm --force 1 2 removes it all the same"
    assert [trial.number for trial in store.trials()] == [1, 2, 3]
    removed = remove_trials(store, [1, 2], force=True)
    assert [(each.kind, each.by) for each in removed.references] == [("child", 3)]
    assert [trial.number for trial in store.trials()] == [3]


def test_steps_that_reused_it_and_values_that_stay_are_said(project):
    ex = anew.Experiment("bikes")

    @ex.step(persist=True)
    def load():
        return list(range(1000))

    @ex.result
    def total(values):
        return sum(values)

    node = total(load.node())
    node.compute()
    node.compute()
    with pytest.raises(UsageError, match="of trial 2 reused what it computed"):
        remove_trials(ex.store, [1])
    removed = remove_trials(ex.store, [1], force=True)
    assert {each.kind for each in removed.references} == {"reuse", "memo"}
    assert node.compute() == sum(range(1000))


def test_a_running_trial_is_not_removed(store):
    with anew.trial("bikes") as trial, pytest.raises(UsageError, match="is still running"):
        remove_trials(store, [trial.number], force=True)
    assert trial.record.status == "finished"


def test_nothing_is_removed_when_one_is_not_there(store):
    with pytest.raises(UnknownTrialError):
        remove_trials(store, [1, 99])
    assert store.trial(1).number == 1


def test_readers_do_not_fail_while_trials_are_removed(project):
    for _ in range(12):
        with anew.trial("bikes", alpha=1) as trial:
            trial.log(rmse=1.0)
    store, failures, done = open_store(), [], threading.Event()

    def read():
        try:
            while not done.is_set():
                rows = search(store, where="alpha == 1 and min.rmse == 1", sort="rmse").rows
                assert all(row["alpha"] == 1 for row in rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 13):
        remove_trials(store, [number])
    done.set()
    reader.join()
    assert failures == []
    assert store.trials() == []
