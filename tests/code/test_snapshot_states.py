"""Snapshots in any state of a repository, without git, and their removal."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from anew.code import snapshot
from anew.code.repository import find_repository, guess_repository, read_head, read_index
from anew.code.snapshot import checkout, prune
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Files = Callable[[Snapshot], dict[str, bytes]]
    Git = Callable[..., str]

BOTH = {"fit.py", "notes/plan.txt"}


@pytest.fixture
def history(git: Git, project: Path) -> None:
    """Make a repository with a conflict between two branches."""
    git("init", "--initial-branch=main")
    git("add", "--all")
    git("commit", "-m", "one")
    git("checkout", "-q", "-b", "other")
    (project / "fit.py").write_text("theirs\n")
    git("commit", "-a", "-m", "two")
    git("checkout", "-q", "main")
    (project / "fit.py").write_text("ours\n")
    git("commit", "-a", "-m", "three")


@pytest.mark.parametrize("verb", ["merge", "rebase", "cherry-pick"])
def test_a_conflict_is_kept_as_the_program_sees_it(
    git: Git, history: None, take: Take, files: Files, verb: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        git(verb, "other")
    kept = files(take())
    assert set(kept) == BOTH
    assert b"<<<<<<<" in kept["fit.py"]


def test_a_detached_head_is_kept(git: Git, history: None, take: Take, files: Files) -> None:
    git("checkout", "-q", "--detach", "HEAD~1")
    assert files(take())["fit.py"] == b"def fit(x):\n    return x\n"


def test_a_sparse_checkout_is_kept_as_far_as_it_is_there(
    git: Git, history: None, take: Take, files: Files
) -> None:
    git("sparse-checkout", "set", "--no-cone", "/fit.py")
    assert set(files(take())) == {"fit.py"}


def test_the_pointer_of_a_large_file_that_was_not_fetched_is_kept(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    git("init")
    git("config", "filter.lfs.clean", "false")
    git("config", "filter.lfs.required", "true")
    (project / ".gitattributes").write_text("*.bin filter=lfs\n")
    (project / "model.bin").write_text(pointer)
    assert files(take())["model.bin"] == pointer.encode()


def state_of(git: Git) -> list[str]:
    questions = (
        "log --all --format=%H",
        "count-objects -v",
        "stash list",
        "for-each-ref",
        "status --porcelain",
    )
    return [git(*question.split()) for question in questions]


def test_the_users_history_objects_and_stash_stay(
    git: Git, history: None, project: Path, take: Take
) -> None:
    (project / "fit.py").write_text("stashed\n")
    git("stash")
    (project / "new.py").write_text("new\n")
    before, index = state_of(git), (project / ".git" / "index").read_bytes()
    take()
    (project / "new.py").write_text("newer\n")
    take()
    assert state_of(git) == before
    assert (project / ".git" / "index").read_bytes() == index


def test_empty_folders_come_back(project: Path, take: Take, git_dir: Path, tmp_path: Path) -> None:
    (project / "results" / "deep").mkdir(parents=True)
    (project / ".gitignore").write_text("*.csv\n")
    (project / "data").mkdir()
    (project / "data" / "a.csv").touch()
    taken = take()
    assert taken.empty == ("data", "results/deep")
    checkout(git_dir, taken.commit, tmp_path / "copy")
    assert (tmp_path / "copy" / "results" / "deep").is_dir()
    assert (tmp_path / "copy" / "data").is_dir()


def fill(project: Path, git: Git) -> None:
    """Put into a project what may be in one."""
    git("init")
    (project / ".gitignore").write_text("*.log\n!keep.log\n/build/\ndata/*\n!data/small.csv\n")
    for path in ("a.log", "keep.log", "build/x", "data/big.csv", "data/small.csv", "data/t.csv"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(path)
    git("add", "--force", "data/t.csv")
    (project / "notes" / ".gitignore").write_text("draft*\n")
    (project / "notes" / "draft.txt").touch()
    (project / os.fsdecode(b"caf\xe9\n.txt")).write_text("odd")
    (project / "link").symlink_to("notes")
    (project / "dangling").symlink_to("/nowhere")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "empty").mkdir()
    git("init", cwd=project / "build")
    (project / "inner").mkdir()
    git("init", cwd=project / "inner")
    (project / "inner" / "code.py").touch()


def test_without_git_the_snapshot_is_the_same(
    project: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(project, git)
    limits = {"limit_bytes": 10**6, "limit_files": 100}
    with_git = snapshot.take(project, tmp_path / "one", **limits)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    without = snapshot.take(project, tmp_path / "two", **limits)
    assert without == with_git
    checkout(tmp_path / "two", without.commit, tmp_path / "copy")
    assert stat.S_IXUSR & (tmp_path / "copy" / "run.sh").stat().st_mode
    assert (tmp_path / "copy" / "dangling").is_symlink()
    assert (tmp_path / "copy" / "data" / "t.csv").read_text() == "data/t.csv"


def test_without_git_a_part_of_a_repository_is_kept_by_the_rules_above(
    project: Path, git: Git, take: Take, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(project, git)
    before = take(project / "data")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    (project / "data" / "other.txt").touch()
    assert take(project / "data") == before


@pytest.mark.parametrize("packed", [False, True])
def test_a_repository_is_read_alike_with_and_without_git(
    project: Path, git: Git, history: None, *, packed: bool
) -> None:
    if packed:
        git("pack-refs", "--all")
    assert read_head(project) == (git("rev-parse", "HEAD").strip(), "main")
    found = find_repository(project / "notes")
    assert guess_repository(project / "notes") == found
    assert found is not None
    assert read_index(found) == {"plan.txt"}


def test_a_linked_work_tree_is_read_without_git(
    project: Path, tmp_path: Path, git: Git, history: None
) -> None:
    git("worktree", "add", "-q", str(tmp_path / "linked"), "other")
    assert read_head(tmp_path / "linked") == (git("rev-parse", "other").strip(), "other")


def test_a_snapshot_that_nothing_refers_to_is_removed(
    project: Path, take: Take, files: Files, git_dir: Path, git: Git
) -> None:
    first = take()
    (project / "fit.py").write_text("x" * 5000)
    second = take()
    grow_old(git_dir)
    planned = prune(git_dir, {first.commit}, dry_run=True)
    assert "fit.py" in files(second)
    assert prune(git_dir, {first.commit}) == planned
    assert len(planned) == 3  # a file, a folder, a commit
    assert set(files(first)) == BOTH
    with pytest.raises(SnapshotError, match="missing"):
        files(second)
    assert git("--git-dir", str(git_dir), "fsck", "--full", "--strict") == ""
    assert set(files(take())) == BOTH


def test_a_snapshot_of_this_hour_is_not_removed(take: Take, files: Files, git_dir: Path) -> None:
    taken = take()
    assert prune(git_dir, set()) == []
    grow_old(git_dir)
    take()  # asked for again
    assert prune(git_dir, set()) == []
    assert set(files(taken)) == BOTH


def test_nothing_is_removed_when_what_stays_is_damaged(
    project: Path, take: Take, git_dir: Path
) -> None:
    first = take()
    (project / "fit.py").write_text("other")
    take()
    grow_old(git_dir)
    (git_dir / "objects" / first.tree[:2] / first.tree[2:]).unlink()
    with pytest.raises(SnapshotError, match="missing or damaged"):
        prune(git_dir, {first.commit})


def grow_old(git_dir: Path) -> None:
    for ref in (git_dir / "refs" / "snapshots").iterdir():
        os.utime(ref, (time.time() - 7200,) * 2)


def test_many_files_at_once_are_kept_as_few_ones(tmp_path: Path, take: Take, git_dir: Path) -> None:
    root = tmp_path / "many"
    for number in range(250):
        (root / f"{number % 7}").mkdir(parents=True, exist_ok=True)
        (root / f"{number % 7}" / f"{number}.py").write_text(f"{number}")
    taken = take(root)
    checkout(git_dir, taken.commit, tmp_path / "copy")
    assert (tmp_path / "copy" / "3" / "3.py").read_text() == "3"
    assert len(list((tmp_path / "copy").rglob("*.py"))) == 250
    assert len(list(git_dir.glob("objects/pack/*.pack"))) == 1


def test_a_git_hook_may_take_one(
    project: Path, git: Git, take: Take, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init")
    for name, value in {
        "GIT_DIR": ".git",
        "GIT_INDEX_FILE": ".git/index",
        "GIT_PREFIX": "",
        "GIT_AUTHOR_DATE": "@7 +0000",
        "GIT_CONFIG_PARAMETERS": "'core.autocrlf=true'",
    }.items():
        monkeypatch.setenv(name, value)
    assert set(files(take())) == BOTH
