"""Content goes when nothing refers to it any more, and only then."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import anew
from anew import objects
from anew.amend import remove_trials
from anew.cli import main
from anew.digests import digest_bytes
from anew.freeing import prune_objects
from anew.objects import FolderObjects

DAY_S = 86400.0


@pytest.fixture
def store(project):
    return anew.Experiment("a").store


def save(text):
    with anew.trial("a") as trial:
        trial.save("text.txt", text)
    return digest_bytes(text.encode())


def grow_old(store):
    """Let all that is kept have come long ago."""
    for path in store.objects.folder.glob("*/*"):
        os.utime(path, (time.time() - DAY_S,) * 2)


def test_what_a_removed_trial_had_goes(store):
    gone, kept = save("one" * 99), save("two" * 99)
    remove_trials(store, [1], force=True)
    grow_old(store)
    assert prune_objects(store.folder) == [297]
    assert (store.objects.has(gone), store.objects.has(kept)) == (False, True)


def test_what_would_go_is_told_and_stays(store):
    digest = save("one" * 99)
    remove_trials(store, [1], force=True)
    grow_old(store)
    told = CliRunner().invoke(main, ["gc", "--dry-run"]).output
    assert "1 file that nothing refers to: 297 B\nwould free" in told
    assert store.objects.has(digest)
    assert "1 file" in CliRunner().invoke(main, ["gc"]).output
    assert not store.objects.has(digest)


def test_what_came_lately_stays(store):
    digest = save("one")
    remove_trials(store, [1], force=True)
    assert prune_objects(store.folder) == []
    assert store.objects.has(digest)


def test_what_a_running_trial_puts_or_finds_stays(store):
    digest = save("one")
    remove_trials(store, [1], force=True)
    grow_old(store)
    with anew.trial("a") as trial:
        trial.save("again.txt", "one")
        assert prune_objects(store.folder) == []
    assert trial.record.artifacts["again.txt"] == "one"
    assert store.objects.has(digest)


def test_what_came_since_the_oldest_running_trial_began_stays(store, monkeypatch):
    digest = save("one")
    remove_trials(store, [1], force=True)
    grow_old(store)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() - 2 * DAY_S)
    with anew.trial("a"):
        monkeypatch.undo()
        assert prune_objects(store.folder) == []
    assert store.objects.has(digest)
    assert prune_objects(store.folder) == [3]


def test_files_folders_and_large_files_of_trials_stay(store, project):
    (project / "set").mkdir()
    for number in range(30):
        (project / "set" / f"{number:03}.csv").write_text(f"a\n{number}\n")
    (project / "in.txt").write_text("input")
    with anew.trial("a"):
        for path in sorted((project / "set").iterdir()):
            path.read_text()
        (project / "in.txt").read_text()
        (project / "out.txt").write_text("output")
    before = sorted(store.objects.folder.glob("*/*"))
    assert store.listings()
    grow_old(store)
    assert prune_objects(store.folder) == []
    assert sorted(store.objects.folder.glob("*/*")) == before


def test_large_files_of_a_snapshot_stay_as_long_as_a_trial_has_it(store, project):
    (project / "anew.toml").write_text("snapshot_limit = 1000\n")
    (project / "large.bin").write_bytes(b"1" * 5000)
    save("one")
    digest = digest_bytes(b"1" * 5000)
    assert store.objects.has(digest)
    grow_old(store)
    assert prune_objects(store.folder) == []
    (project / "large.bin").write_bytes(b"2" * 5000)
    save("one")
    remove_trials(store, [1], force=True)
    grow_old(store)
    assert prune_objects(store.folder) == [5000]
    assert not store.objects.has(digest)
    assert store.objects.has(digest_bytes(b"2" * 5000))


def test_what_a_memo_says_stays(store):
    ex = anew.Experiment("a")

    @ex.step
    def note():
        ex.save("seen.txt", "seen by a step")
        return 1

    ex.result(note)
    ex.run()
    remove_trials(store, [1], force=True)
    grow_old(store)
    digest = digest_bytes(b"seen by a step")
    prune_objects(store.folder)
    assert store.objects.has(digest)
    assert ex.run().artifacts["seen.txt"] == "seen by a step"


def test_without_a_store_that_can_tell_nothing_goes(store):
    digest = save("one")
    grow_old(store)
    store.close()
    for path in store.folder.glob("trials.db*"):
        path.unlink()
    assert prune_objects(store.folder) == []
    assert store.objects.has(digest)


def test_other_files_among_the_contents_stay(store):
    save("one")
    other = store.objects.folder / "ab" / "notes.txt"
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    grow_old(store)
    prune_objects(store.folder)
    assert other.read_text() == "mine"


def test_content_that_is_held_meanwhile_stays(tmp_path, monkeypatch):
    kept = FolderObjects(tmp_path)
    digest = kept.put(b"one")
    now = time.time()
    os.utime(kept.path(digest), (0, 0))
    rename = Path.rename

    def rename_held(path, target):
        assert kept.hold(digest, 3)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_held)
    assert kept.free((), now - 60) == []
    assert kept.get(digest) == b"one"


def test_content_that_is_put_while_it_goes_is_there(tmp_path, monkeypatch):
    kept = FolderObjects(tmp_path)
    digest = kept.put(b"one")
    os.utime(kept.path(digest), (0, 0))
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda path: (kept.put(b"one"), unlink(path)))
    assert kept.free((), time.time() - 60) == [3]
    assert kept.get(digest) == b"one"


def test_a_kill_between_leaves_what_the_next_time_finds(tmp_path, monkeypatch):
    kept = FolderObjects(tmp_path)
    needed, lone = kept.put(b"needed"), kept.put(b"lone")
    for digest in (needed, lone):
        path = kept.path(digest)
        os.utime(path, (0, 0))
        path.rename(path.with_name(f"{objects._GONE}{path.name}"))
    assert kept.free({needed}, 60.0) == [4]
    assert kept.get(needed) == b"needed"
    assert [path.name for path in tmp_path.glob("*/*")] == [kept.path(needed).name]


def test_to_hold_what_is_not_there_is_to_be_told(tmp_path):
    kept = FolderObjects(tmp_path)
    digest = kept.put(b"one")
    assert kept.hold(digest)
    assert kept.hold(digest, 3)
    assert not kept.hold(digest, 4)
    kept.path(digest).unlink()
    assert not kept.hold(digest)
