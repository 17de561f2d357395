"""Snapshots of code on their way."""

from __future__ import annotations

import io
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew.code.loose import write
from anew.code.snapshot import checkout, prepare, take
from anew.errors import SnapshotError
from anew.sharing import bundle, unbundle
from anew.sharing.packs import find_missing, list_contents, name_of, scan_pack, write_pack

LIMITS = {"limit_bytes": 1 << 20, "limit_files": 10_000}


@pytest.fixture(scope="session")
def git_dir(tmp_path_factory):
    """A repository of anew's own, without a snapshot."""
    folder = tmp_path_factory.mktemp("packs") / "git"
    prepare(folder)
    return folder


@settings(deadline=None)
@given(st.sets(st.binary(max_size=300) | st.integers(0, 300_000).map(bytes), max_size=8))
def test_any_contents_come_back(git_dir, contents):
    names = {write(git_dir, "blob", each): "blob" for each in contents}
    file = io.BytesIO()
    write_pack(git_dir, names, file)
    file.seek(0)
    assert {each for _, each in scan_pack(file, where="here")} == contents


@settings(deadline=None, max_examples=10)
@given(st.sets(st.binary(max_size=300), max_size=8))
def test_git_reads_what_is_written(git_dir, contents):
    names = {write(git_dir, "blob", each): "blob" for each in contents}
    file = io.BytesIO()
    write_pack(git_dir, names, file)
    command = ["git", "index-pack", "--strict", "--stdin"]
    folder = git_dir.parent / "other"
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    subprocess.run(command, cwd=folder, input=file.getvalue(), check=True, capture_output=True)


def test_identity_is_that_of_the_names():
    assert name_of(["b" * 40, "a" * 40]) == name_of(["a" * 40, "b" * 40])
    assert name_of(["a" * 40]) != name_of(["b" * 40])


@pytest.mark.parametrize("number", [3, 300], ids=["few", "many"])
def test_packed_snapshot_is_listed_and_missed(tmp_path, number):
    for each in range(number):
        path = tmp_path / "p" / str(each % 7) / f"{each}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"X = {each}\n" * 20)
    taken = take(tmp_path / "p", tmp_path / "git", **LIMITS)
    subprocess.run(["git", f"--git-dir={tmp_path}/git", "gc", "-q"], check=True)
    contents = list_contents(tmp_path / "git", [taken.commit])
    assert sum(kind == "blob" for kind in contents.values()) == number
    assert find_missing(tmp_path / "git", [taken.commit]) == set()
    prepare(tmp_path / "new")
    assert find_missing(tmp_path / "new", [taken.commit]) == {taken.commit}
    with pytest.raises(SnapshotError):
        list_contents(tmp_path / "new", [taken.commit])


def test_store_that_git_has_packed_is_bundled(store, tmp_path, study):
    subprocess.run(["git", f"--git-dir={store.folder}/git", "gc", "-q", "--prune=now"], check=True)
    bundle([store.trial(1)], tmp_path / "a.zip")
    there = unbundle(tmp_path / "a.zip", tmp_path / "new").trials[0]
    commit = there.facets["snapshot"]["commit"]
    checkout(tmp_path / "new" / ".anew" / "git", commit, tmp_path / "tree")
    assert (tmp_path / "tree" / "study.py").read_text() == (study / "study.py").read_text()
