"""Trials pushed to a place that a team shares, and pulled from it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anew.code.locking import only_one
from anew.errors import (
    AnewError,
    AnewWarning,
    BundleError,
    EnvironmentProblemError,
    ObjectCorruptError,
    StoreError,
    UnknownNameError,
    UnknownTrialError,
    UsageError,
)
from anew.model import check_name
from anew.sharing import (
    add_remote,
    bundle,
    fetch_object,
    list_remotes,
    pull,
    push,
    remove_remote,
)
from anew.sharing.place import Place
from anew.stores.sqlite import SQLiteStore

PUSH = """
import sys
from pathlib import Path
from anew.sharing import push
from anew.stores.sqlite import SQLiteStore
print("ready", flush=True)
sys.stdin.readline()
push(store=SQLiteStore(Path(sys.argv[1])))
"""


@pytest.fixture(params=["file", "memory"])
def url(request, tmp_path):
    """A place: a folder, or one in memory."""
    if request.param == "file":
        yield f"file://{tmp_path}/a remote"
        return
    yield f"memory://{tmp_path.name}"
    fsspec.filesystem("memory").store.clear()


@pytest.fixture
def shared(store, other, url):
    """Two stores with one remote."""
    add_remote(store, "lab", url)
    add_remote(other, "lab", url)
    return store, other


def contents(store, trial):
    """List the digests that a trial's record says are kept."""
    found = [a.digest for a in store.artifacts(trial.uuid) if a.digest]
    found += [use.digest for use in store.files(trial.uuid) if use.kept]
    return list(dict.fromkeys(found))


def test_all_trials_go_and_come(shared, rows):
    store, other = shared
    sent = push(store=store)
    assert len(sent.sent) == 5
    brought = pull(store=other)
    assert len(brought.sent) == 5
    for trial in store.trials():
        assert rows(other, trial.uuid) == rows(store, trial.uuid)
        assert other.trial(trial.uuid).number == trial.number
        assert dict(other.code(trial.uuid)) == dict(store.code(trial.uuid))


def test_contents_come_when_they_are_needed(shared):
    store, other = shared
    push(store=store)
    pull(store=other)
    trial = store.trial(1)
    (result,) = (a.digest for a in store.artifacts(trial.uuid) if a.role == "result")
    for digest in set(contents(store, trial)) - {result}:
        assert not other.objects.has(digest)
        assert fetch_object(other, digest)
        assert other.objects.get(digest) == store.objects.get(digest)


def test_named_trial_comes_whole(shared):
    store, other = shared
    push(store=store)
    pull(["2"], store=other)
    assert [trial.number for trial in other.trials()] == [2]
    for digest in contents(store, store.trial(2)):
        assert other.objects.get(digest) == store.objects.get(digest)


def test_trial_whose_record_is_here_is_made_whole(shared):
    store, other = shared
    push(store=store)
    pull(store=other)
    brought = pull([store.trial(2).uuid[:13]], store=other)
    assert brought.sent == ()
    assert brought.objects > 0
    assert all(other.objects.has(digest) for digest in contents(store, store.trial(2)))


def test_what_is_there_is_not_sent_again(shared):
    store, _ = shared
    push(store=store)
    again = push(store=store)
    assert (again.sent, again.objects) == ((), 0)
    named = push([store.trial(1)], store=store)
    assert (named.sent, named.objects) == ((), 0)


def test_only_named_trials_are_sent(shared):
    store, other = shared
    push([store.trial(3)], store=store)
    pull(store=other)
    assert [trial.number for trial in other.trials()] == [3]


def test_what_another_trial_shares_is_not_sent_again(shared):
    store, _ = shared
    first = push([store.trial(1)], store=store)
    second = push([store.trial(2)], store=store)
    assert second.objects < first.objects


def test_numbers_that_are_taken_are_given_anew(shared, make):
    store, _ = shared
    mine = make()
    add_remote(mine.store, "lab", list_remotes(store)["lab"])
    push(store=store)
    pull(store=mine.store)
    assert [trial.number for trial in mine.store.trials()] == [1, 2, 3, 4, 5, 6]
    assert mine.store.trial(1).uuid == mine.trial.uuid


def test_unknown_trial_is_refused(shared):
    store, other = shared
    push(store=store)
    for reference in ("9", "ffff", ""):
        with pytest.raises(UnknownTrialError):
            pull([reference], store=other)


def test_damaged_object_is_refused_and_named(store, other, tmp_path):
    for each in (store, other):
        add_remote(each, "lab", str(tmp_path / "r"))
    push(store=store)
    place = next((tmp_path / "r" / "objects").glob("*/*"))
    place.write_bytes(b"x" * place.stat().st_size)
    with pytest.raises(BundleError, match=place.name):
        pull([trial.uuid for trial in store.trials()], store=other)
    digest = f"blake3:{place.parent.name}{place.name}"
    with pytest.warns(AnewWarning, match="could not be had"):
        assert not fetch_object(other, digest)
    assert not other.objects.has(digest)


@pytest.mark.parametrize("kind", ["trials/*.json", "snapshots/*.pack"])
def test_damaged_record_or_pack_is_refused(store, other, tmp_path, kind):
    for each in (store, other):
        add_remote(each, "lab", str(tmp_path / "r"))
    push(store=store)
    place = next((tmp_path / "r").glob(kind))
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(data)
    with pytest.raises(BundleError, match=place.name):
        pull(store=other)
    assert place.stem not in {trial.uuid for trial in other.trials()}


def test_object_cut_off_by_a_crash_is_sent_again(store, other, tmp_path):
    for each in (store, other):
        add_remote(each, "lab", str(tmp_path / "r"))
    push(store=store)
    for place in (tmp_path / "r" / "objects").glob("*/*"):
        place.write_bytes(b"")
    push(store.trials(), store=store)
    pull([trial.uuid for trial in store.trials()], store=other)
    assert all(other.objects.has(d) for t in store.trials() for d in contents(store, t))


def test_damaged_object_is_not_sent(shared):
    store, other = shared
    trial = store.trial(1)
    place = store.objects.path(contents(store, trial)[0])
    place.chmod(0o644)
    place.write_bytes(b"y" * place.stat().st_size)
    with pytest.raises(ObjectCorruptError):
        push([trial], store=store)
    pull(store=other)
    assert other.trials() == []


def test_object_that_only_the_remote_has_is_not_missing(shared):
    store, other = shared
    push(store=store)
    pull(store=other)
    assert push(other.trials(), store=other).missing == ()


def test_two_pushers_at_once_do_no_harm(store, other, tmp_path, start_process):
    remote = tmp_path / "r"
    for each in (store, other):
        add_remote(each, "lab", str(remote))
    command = [sys.executable, "-c", PUSH, str(store.folder)]
    pushers = [start_process(command) for _ in range(3)]
    for each in pushers:
        assert each.stdout.readline() == "ready\n"
    for each in pushers:
        each.stdin.write("\n")
        each.stdin.flush()
    for each in pushers:
        _, errors = each.communicate(timeout=120)
        assert each.returncode == 0, errors
    assert list((remote / "incoming").iterdir()) == []
    pull([trial.uuid for trial in store.trials()], store=other)
    assert len(other.trials()) == 5


@pytest.mark.parametrize("after", range(4))
def test_killed_push_leaves_nothing_half(store, other, tmp_path, start_process, after):
    remote = tmp_path / "r"
    for each in (store, other):
        add_remote(each, "lab", str(remote))
    process = start_process([sys.executable, "-c", PUSH, str(store.folder)])
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if sum(path.is_file() for path in remote.rglob("*")) > 2 * after:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    uuids = [path.stem for path in remote.glob("trials/*.json")]
    pull(uuids, store=other)
    assert {trial.uuid for trial in other.trials()} == set(uuids)
    assert all(other.objects.has(d) for u in uuids for d in contents(store, store.trial(u)))
    push(store=store)
    pull(store=other)
    assert len(other.trials()) == 5


def test_leftovers_are_removed_after_a_day(store, tmp_path):
    add_remote(store, "lab", str(tmp_path / "r"))
    incoming = tmp_path / "r" / "incoming"
    incoming.mkdir(parents=True)
    for name in ("old", "new"):
        (incoming / name).touch()
    os.utime(incoming / "old", (1, 1))
    push(store=store)
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_unwritable_remote_is_said(store, tmp_path):
    (tmp_path / "file").touch()
    add_remote(store, "lab", str(tmp_path / "file" / "r"))
    with pytest.raises(StoreError, match="remote 'lab' cannot be"):
        push(store=store)


def test_empty_remote_has_nothing(shared):
    _, other = shared
    assert pull(store=other).sent == ()


def test_foreign_files_in_the_place_are_left_alone(shared, url):
    store, other = shared
    fs, root = fsspec.core.url_to_fs(url)
    fs.makedirs(f"{root}/trials", exist_ok=True)
    fs.pipe_file(f"{root}/trials/notes.txt", b"mine")
    push(store=store)
    pull(store=other)
    assert len(other.trials()) == 5
    assert fs.cat_file(f"{root}/trials/notes.txt") == b"mine"


def test_remote_is_named_by_its_url_too(store, other, url):
    push(remote=url, store=store)
    pull(remote=url, store=other)
    assert len(other.trials()) == 5


def test_remote_must_be_clear(store, tmp_path):
    with pytest.raises(UsageError, match="there is no remote"):
        push(store=store)
    add_remote(store, "a", str(tmp_path / "a"))
    add_remote(store, "b", str(tmp_path / "b"))
    with pytest.raises(UsageError, match="which remote"):
        push(store=store)
    with pytest.raises(UnknownNameError, match="no remote 'c'"):
        push(remote="c", store=store)
    push(remote="b", store=store)
    assert not (tmp_path / "a").exists()


def test_remotes_are_listed_and_forgotten(other, tmp_path):
    add_remote(other, "lab", str(tmp_path / "r"))
    add_remote(other, "cloud", "memory://x")
    assert list_remotes(other) == {"cloud": "memory://x", "lab": f"file://{tmp_path}/r"}
    remove_remote(other, "lab")
    assert list_remotes(other) == {"cloud": "memory://x"}
    with pytest.raises(UnknownNameError):
        remove_remote(other, "lab")


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:secret@bucket/x",
        "ssh://me:hunter2@host/x",
        "https://host/x?token=abcdef0123456789",
    ],
    ids=["s3", "ssh", "https"],
)
def test_credentials_are_not_written_down(other, url):
    with pytest.raises(UsageError, match="credential") as caught:
        add_remote(other, "lab", url)
    assert not any(word in str(caught.value) for word in ("secret@", "hunter2", "abcdef0123"))
    assert not (other.folder / "remotes.toml").exists()


def test_unknown_protocol_is_refused(other):
    with pytest.raises(UsageError, match="nothing is known"):
        add_remote(other, "lab", "nosuch://x/y")


def test_missing_package_is_named(other):
    with pytest.raises(EnvironmentProblemError, match="package is missing"):
        add_remote(other, "lab", "ocilake://bucket/x")


def test_damaged_list_of_remotes_is_said(other):
    other.folder.mkdir(parents=True)
    for text in ("[remotes", "remotes = 1", "[remotes]\na = 1"):
        (other.folder / "remotes.toml").write_text(text)
        with pytest.raises(UsageError, match="remotes"):
            list_remotes(other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=50))
def test_any_name_is_kept_or_refused(tmp_path, name):
    made = SQLiteStore(tmp_path / ".anew")
    try:
        check_name("remote", name)
    except AnewError:
        with pytest.raises(UsageError):
            add_remote(made, name, "memory://x")
        return
    add_remote(made, name, "memory://x")
    assert list_remotes(made)[name] == "memory://x"
    remove_remote(made, name)
    tomllib.loads((made.folder / "remotes.toml").read_text(encoding="utf-8"))


def test_unreachable_remote_is_passed_over(other, tmp_path, store):
    add_remote(other, "a", f"file://{tmp_path}/file/x")
    (tmp_path / "file").touch()
    add_remote(other, "b", str(tmp_path / "r"))
    push(remote=f"file://{tmp_path}/r", store=store)
    with pytest.warns(AnewWarning, match="remote 'a'"):
        assert fetch_object(other, contents(store, store.trial(1))[0])


def test_place_puts_whole_files_only(tmp_path):
    place = Place("lab", f"file://{tmp_path}/r")
    with pytest.raises(StoreError):
        place.put("objects/ab/" + "c" * 62, tmp_path / "absent")
    assert [path for path in Path(tmp_path / "r").rglob("*") if path.is_file()] == []


def test_another_user_pulls_and_makes_it_anew(study, tmp_path, run):
    project, stranger, home = tmp_path / "project", tmp_path / "stranger", tmp_path / "home"
    shutil.copytree(study, project)
    run(project, "remote", "add", "lab", tmp_path / "r")
    run(project, "push")
    shutil.rmtree(project)
    stranger.mkdir()
    home.mkdir()
    (stranger / "anew.toml").touch()
    run(stranger, "remote", "add", "lab", tmp_path / "r", home=home)
    run(stranger, "pull", "1", home=home)
    done = run(stranger, "reproduce", "1", "--env", "current", home=home, check=False)
    if "no such option" in done.stderr:
        done = run(stranger, "reproduce", "1", home=home, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_of_anew_does_not_load_fsspec():
    code = "import sys, anew, anew.sharing, anew.cli.verbs; assert 'fsspec' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_small_results_come_with_the_records(shared):
    store, other = shared
    push(store=store)
    pull(store=other)
    assert other.trial(1).result == store.trial(1).result == 3.0


def test_damaged_record_is_mended_by_naming_its_trial(store, other, tmp_path):
    for each in (store, other):
        add_remote(each, "lab", str(tmp_path / "r"))
    push(store=store)
    for path in (tmp_path / "r" / "trials").iterdir():
        path.write_bytes(b"")
    push(store.trials(), store=store)
    pull(store=other)
    assert len(other.trials()) == 5


def test_folder_with_an_odd_name_is_a_remote(store, other, tmp_path):
    for each in (store, other):
        add_remote(each, "lab", str(tmp_path / "a [b] *?%20é#x"))
    push(store=store)
    pull(["1", "2"], store=other)
    assert other.trial(1).result == 3.0


def test_pushing_does_not_wait_for_a_snapshot(store, tmp_path):
    add_remote(store, "lab", str(tmp_path / "r"))
    with only_one(store.folder / "git"):
        assert len(push(store=store).sent) == 5


def test_what_only_a_remote_has_is_bundled(shared, tmp_path):
    store, other = shared
    push(store=store)
    pull(store=other)
    made = bundle([other.trial(2)], tmp_path / "a.zip")
    assert made.missing == ()
    bundle([store.trial(2)], tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
