"""Trials in one file, and in a store again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

import anew
from anew.code.snapshot import checkout, prune
from anew.errors import (
    ObjectCorruptError,
    ObjectMissingError,
    StoreError,
    UsageError,
    ValueNotStoredError,
)
from anew.sharing import bundle, inspect, open_bundle, trust_values, unbundle
from anew.stores.snapshots import find_referred

NUMBERS = [1, 2, 3, 4, 5]


@pytest.mark.parametrize("number", NUMBERS)
def test_trial_comes_back_as_it_was(store, tmp_path, number, rows):
    trial = store.trial(number)
    bundle([trial], tmp_path / "a.zip")
    opened = unbundle(tmp_path / "a.zip", tmp_path / "new")
    there = opened.trials[0]
    assert there.number == number
    assert rows(there.source, trial.uuid) == rows(store, trial.uuid)


@pytest.mark.parametrize("number", NUMBERS)
def test_contents_come_with_it(store, tmp_path, number):
    bundle([store.trial(number)], tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    artifacts = [a for a in there.source.artifacts(there.uuid) if a.digest]
    files = [use for use in there.files if use.kept]
    for each in (*artifacts, *files):
        assert there.source.objects.get(each.digest) == store.objects.get(each.digest)


def test_code_comes_with_it(bundled, tmp_path, study):
    there = unbundle(bundled, tmp_path / "new").trials[0]
    git_dir = tmp_path / "new" / ".anew" / "git"
    checkout(git_dir, there.facets["snapshot"]["commit"], tmp_path / "tree")
    assert (tmp_path / "tree" / "study.py").read_bytes() == (study / "study.py").read_bytes()
    said = subprocess.run(
        ["git", f"--git-dir={git_dir}", "fsck", "--strict"], capture_output=True, check=False
    )
    assert said.returncode == 0, said.stderr


def test_snapshot_of_a_bundle_is_not_pruned(bundled, tmp_path):
    unbundle(bundled, tmp_path / "new")
    folder = tmp_path / "new" / ".anew"
    assert prune(folder / "git", find_referred(folder / "trials.db")) == []


def test_pack_is_one_that_git_reads(bundled, tmp_path):
    with zipfile.ZipFile(bundled) as file:
        name = next(name for name in file.namelist() if name.endswith(".pack"))
        pack = file.read(name)
    subprocess.run(["git", "init", "-q", tmp_path / "r"], check=True)
    subprocess.run(["git", "-C", tmp_path / "r", "unpack-objects", "-q"], input=pack, check=True)


def test_same_trials_give_the_same_bytes(store, tmp_path):
    bundle([store.trial(1), store.trial(4)], tmp_path / "a.zip")
    bundle([store.trial(4), store.trial(1)], tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_bundle_of_a_bundle_is_the_same(bundled, tmp_path):
    opened = unbundle(bundled, tmp_path / "new")
    bundle(list(opened.trials), tmp_path / "again.zip")
    with zipfile.ZipFile(bundled) as a, zipfile.ZipFile(tmp_path / "again.zip") as b:
        assert {n: a.read(n) for n in a.namelist()} == {n: b.read(n) for n in b.namelist()}


def test_trial_that_is_there_is_not_added_twice(bundled, other):
    unbundle(bundled, store=other)
    again = unbundle(bundled, store=other)
    assert [trial.number for trial in other.trials()] == [2]
    assert again.added == ()


def test_taken_number_is_given_anew(bundled, make):
    mine = make()
    make()
    there = unbundle(bundled, store=mine.store).trials[0]
    assert there.number == 3
    assert [trial.number for trial in mine.store.trials()] == [1, 2, 3]


def test_number_that_was_removed_is_not_given_again(bundled, make):
    mine = make()
    make()
    with mine.store.connection.writing() as sql:
        sql.execute("DELETE FROM trials WHERE number = 2")
    assert unbundle(bundled, store=mine.store).trials[0].number == 3


def test_seed_of_the_experiment_is_kept(store, bundled, other):
    unbundle(bundled, store=other)
    seed = store.experiment_seed("bikes", lambda: 0)
    assert other.experiment_seed("bikes", lambda: 1) == seed


def test_running_trial_is_refused(tmp_path, project):
    with (
        anew.trial("bikes", store=tmp_path / ".anew") as trial,
        pytest.raises(UsageError, match="still running"),
    ):
        bundle([trial.record], tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_awkward_values_come_back(make, tmp_path, rows):
    def work(trial):
        for step, value in enumerate([float("nan"), float("inf"), -0.0, 1e-320]):
            trial.log(odd=value, step=2**62 + step)
        trial.note("a note\nof two lines \x00 and a half \udce9")
        trial.tag("good")
        print("\udcff", end="")

    mine = make(work, huge=10**4000, nan=float("nan"), table={1: "one", "$x": [None, True]})
    bundle([mine.trial], tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    assert json.dumps(rows(there.source, there.uuid)["series"]) == json.dumps(
        rows(mine.store, there.uuid)["series"]
    )
    assert repr(there.parameters) == repr(mine.trial.parameters)
    assert (there.tags, there.notes) == (mine.trial.tags, mine.trial.notes)


def test_file_too_large_to_keep_is_added_from_its_place(tmp_path, monkeypatch):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "anew.toml").write_text("keep_inputs = 10\n")
    (folder / "big.csv").write_text("x\n" * 100)
    (folder / "gone.csv").write_text("y\n" * 100)
    monkeypatch.chdir(folder)
    with anew.trial("bikes") as trial:
        trial.input("big.csv")
        trial.input("gone.csv")
    (folder / "gone.csv").write_text("changed")
    made = bundle([trial.record], tmp_path / "a.zip")
    assert [text.partition(" (")[0] for text in made.missing] == ["input 'gone.csv'"]
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    kept = {use.path: use.kept for use in there.files}
    assert kept == {"big.csv": True, "gone.csv": False}
    digest = next(use.digest for use in there.files if use.path == "big.csv")
    assert there.source.objects.get(digest) == b"x\n" * 100


@pytest.mark.parametrize("limit", ["1 GB", "1"], ids=["kept", "too-large"])
def test_credentials_stay_where_they_are(tmp_path, run, limit):
    folder = tmp_path / "p"
    (folder / "keys").mkdir(parents=True)
    (folder / "anew.toml").write_text(f"keep_inputs = {limit!r}\n")
    secret = b"AKIA" + b"ABCDEFGHIJKLMNOP"
    (folder / ".env").write_bytes(b"KEY=" + secret)
    for number in range(25):
        (folder / "keys" / f"{number}.json").write_bytes(b'{"access_key": "%s"}' % secret)
    (folder / "look.py").write_text(
        "from pathlib import Path\n"
        "Path('.env').read_text(), [p.read_text() for p in Path('keys').iterdir()]\n"
    )
    run(folder, "run", "look.py")
    run(folder, "bundle", "1", "-o", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert not any(secret in file.read(name) for name in file.namelist())


def test_masked_secrets_stay_masked(store, tmp_path):
    bundle([store.trial(4)], tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert not any(b"hunter2" in file.read(name) for name in file.namelist())


def test_folder_of_many_files_comes_with_it(tmp_path, monkeypatch, files_below, run):
    folder = tmp_path / "p"
    (folder / "images").mkdir(parents=True)
    (folder / "anew.toml").touch()
    for number in range(30):
        (folder / "images" / f"{number}.raw").write_bytes(bytes([number]) * 10)
    (folder / "look.py").write_text(
        "from pathlib import Path\n"
        "print(sum(len(p.read_bytes()) for p in sorted(Path('images').iterdir())))\n"
    )
    run(folder, "run", "look.py")
    run(folder, "bundle", "1", "-o", tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    assert [(use.path, use.count) for use in there.files] == [("images", 30)]
    kept = files_below(tmp_path / "new" / ".anew" / "objects").values()
    assert {bytes([number]) * 10 for number in range(30)} <= set(kept)


def test_submodule_comes_with_it(tmp_path, home, run):
    def git(folder, *words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        folder.mkdir()
        git(folder, "init", "-q")
        (folder / "code.py").write_text(f"NAME = {folder.name!r}\n")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "first")
    git(outer, "submodule", "add", "-q", str(inner), "part")
    run(outer, "run", "code.py")
    run(outer, "bundle", "1", "-o", tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    assert there.code["part/code.py"] == "NAME = 'inner'\n"


def test_parent_and_original_come_with_a_trial(make, tmp_path):
    with anew.trial("outer", store=tmp_path / "own" / ".anew") as outer:
        inner = make(name="inner")
    made = bundle([inner.trial], tmp_path / "a.zip")
    assert set(made.trials) == {inner.trial.uuid, outer.uuid}
    opened = unbundle(tmp_path / "a.zip", tmp_path / "new")
    assert [trial.uuid for trial in opened.trials] == [inner.trial.uuid]
    assert opened.trials[0].source.trial(outer.uuid).experiment == "outer"


def test_pickles_are_not_read_before_one_agrees(bundled, tmp_path):
    there = unbundle(bundled, tmp_path / "new").trials[0]
    with pytest.raises(ValueNotStoredError, match="not trusted"):
        there.value("fit")
    assert there.value("load") == [1.0, 2.0, 3.0]
    trusted = unbundle(bundled, tmp_path / "new", trusted=True).trials[0]
    assert trusted.value("fit") == {1.0, 2.0, 3.0}


def test_trial_that_is_run_is_trusted(bundled, tmp_path):
    there = unbundle(bundled, tmp_path / "new").trials[0]
    trust_values(there)
    assert there.value("fit") == {1.0, 2.0, 3.0}


def test_bundle_that_is_run_is_trusted(bundled, tmp_path):
    (trial,) = open_bundle(bundled, tmp_path / "new")
    assert trial.value("fit") == {1.0, 2.0, 3.0}


def test_own_pickles_stay_trusted(store, bundled):
    unbundle(bundled, store=store)
    assert store.trial(2).value("fit") == {1.0, 2.0, 3.0}


def test_inspection_tells_what_would_run(bundled, study):
    found = inspect(bundled)
    (trial,) = found.trials
    assert trial.command.endswith("run study.py alpha=0.25")
    assert trial.packages["numpy"] == np.__version__
    assert found.code_files == 4
    files = ("anew.toml", "data.txt", "program.py", "study.py")
    assert found.code_bytes == sum((study / name).stat().st_size for name in files)
    assert found.pickles == 1


def test_damaged_object_makes_no_bundle(store, tmp_path):
    trial = store.trial(1)
    digest = next(a.digest for a in store.artifacts(trial.uuid) if a.digest)
    place = store.objects.path(digest)
    place.chmod(0o644)
    place.write_bytes(b"x" * place.stat().st_size)
    with pytest.raises(ObjectCorruptError, match="damaged"):
        bundle([trial], tmp_path / "a.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".bundle*")) == []


def test_missing_object_is_named(store, tmp_path):
    trial = store.trial(1)
    store.objects.path(trial.files[0].digest).unlink()
    (tmp_path / "elsewhere").mkdir()
    with store.connection.writing() as sql:
        sql.execute("UPDATE trials SET process = '{}'")
    made = bundle([trial], tmp_path / "a.zip")
    assert made.missing == ("input 'data.txt' (5 B)",)
    opened = unbundle(tmp_path / "a.zip", tmp_path / "new")
    assert "input 'data.txt' (5 B)" in opened.missing
    with pytest.raises(ObjectMissingError):
        opened.trials[0].source.objects.get(trial.files[0].digest)


def test_content_that_compresses_too_well_is_still_opened(make, tmp_path):
    zeros = np.zeros(20_000_000)
    mine = make(lambda trial: trial.save("zeros.npy", zeros))
    bundle([mine.trial], tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    assert not there.artifacts["zeros.npy"].any()


def test_many_small_members_that_compress_too_well_are_still_opened(make, tmp_path):
    def work(trial):
        for number in range(700):
            trial.save(f"{number}.txt", f"{number} " + "x" * 200_000)

    mine = make(work)
    bundle([mine.trial], tmp_path / "a.zip")
    assert len(unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0].artifacts) == 700


def test_full_disk_leaves_no_bundle(bundled, store, tmp_path):
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from anew.stores.sqlite import SQLiteStore\n"
        "from anew.sharing import bundle\n"
        "from pathlib import Path\n"
        "store = SQLiteStore(Path(sys.argv[1]))\n"
        "trial = store.trial(2)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "bundle([trial], sys.argv[2])\n"
    )
    target = tmp_path / "full" / "a.zip"
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.folder), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "StoreError" in done.stderr
    assert list(target.parent.iterdir()) == []


def test_folder_in_the_place_of_the_file_is_refused(store, tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        bundle([store.trial(1)], tmp_path)


def test_unwritable_place_is_said(bundled, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        unbundle(bundled, tmp_path / "file" / "new")


def test_failed_trial_comes_back_with_its_error(store, tmp_path):
    bundle([store.trial(3)], tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    assert there.status == "failed"
    assert "alpha is -1" in str(there.error)


def test_another_user_makes_it_anew(study, tmp_path, run):
    project, stranger, home = tmp_path / "project", tmp_path / "stranger", tmp_path / "home"
    shutil.copytree(study, project)
    run(project, "bundle", "1", "-o", stranger / "a.zip")
    shutil.rmtree(project)
    home.mkdir()
    run(stranger, "unbundle", "a.zip", "there", home=home)
    done = run(stranger / "there", "reproduce", "1", "--env", "current", home=home, check=False)
    if "no such option" in done.stderr:
        done = run(stranger / "there", "reproduce", "1", home=home, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


OPEN = """
import sys
import time
from anew.sharing import unbundle
print("ready", flush=True)
sys.stdin.readline()
unbundle(sys.argv[1], sys.argv[2])
"""


@pytest.mark.parametrize("number", [1, 4, 8])
def test_killed_unbundle_is_taken_up_again(bundled, tmp_path, start_process, number):
    folder = tmp_path / "new"
    process = start_process([sys.executable, "-c", OPEN, str(bundled), str(folder)])
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if sum(path.is_file() for path in folder.rglob("*")) >= number:
            break
    process.kill()
    process.wait()
    opened = unbundle(bundled, folder)
    assert [trial.number for trial in opened.trials] == [2]
    assert opened.missing == ()
    assert opened.trials[0].result == 1.5
