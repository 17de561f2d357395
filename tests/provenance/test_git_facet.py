"""The user's repository as a facet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from anew.errors import SnapshotError
from anew.provenance.git import GitCollector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Git = Callable[..., str]


@pytest.fixture
def committed(git: Git) -> Git:
    """Make a repository with one commit."""
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "one")
    return git


def test_there_is_nothing_without_a_repository(root: Path) -> None:
    assert GitCollector().collect(root) == {}


def test_a_clean_repository_is_described(root: Path, committed: Git) -> None:
    assert GitCollector().collect(root) == {
        "commit": committed("rev-parse", "HEAD").strip(),
        "branch": "main",
        "remote": None,
        "dirty": False,
        "untracked": 0,
    }


def test_a_branch_without_a_commit_has_none(root: Path, git: Git) -> None:
    git("init", "-b", "main")
    found = GitCollector().collect(root)
    assert (found["commit"], found["branch"], found["untracked"]) == (None, "main", 1)


def test_a_detached_head_has_no_branch(root: Path, committed: Git) -> None:
    committed("checkout", "--detach")
    assert GitCollector().collect(root)["branch"] is None


def test_edits_are_dirt_and_untracked_files_are_counted(root: Path, committed: Git) -> None:
    (root / "fit.py").write_text("edited")
    (root / "one.py").touch()
    (root / "two").mkdir()
    (root / "two" / "three.py").touch()
    found = GitCollector().collect(root)
    assert (found["dirty"], found["untracked"]) == (True, 2)


def test_what_is_staged_is_dirt(root: Path, committed: Git) -> None:
    (root / "one.py").touch()
    committed("add", "one.py")
    found = GitCollector().collect(root)
    assert (found["dirty"], found["untracked"]) == (True, 0)


def test_dirt_beside_the_project_does_not_count(root: Path, committed: Git) -> None:
    (root / "part").mkdir()
    (root / "fit.py").write_text("edited")
    (root / "part" / "new.py").touch()
    found = GitCollector().collect(root / "part")
    assert (found["dirty"], found["untracked"]) == (False, 1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a.git", "https://example.org/a.git"),
        ("https://ada:secret@example.org/a.git", "https://example.org/a.git"),
        ("https://ghp_0123456789@example.org/a.git", "https://example.org/a.git"),
        ("git@example.org:ada/a.git", "git@example.org:ada/a.git"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("ssh://ada:secret@example.org/a.git", "ssh://example.org/a.git"),
    ],
)
def test_the_remote_is_shown_without_credentials(
    root: Path, committed: Git, url: str, shown: str
) -> None:
    committed("remote", "add", "origin", url)
    assert GitCollector().collect(root)["remote"] == shown


def test_a_remote_folder_is_shown_from_home(root: Path, home: Path, committed: Git) -> None:
    committed("remote", "add", "origin", str(home / "a.git"))
    assert GitCollector().collect(root)["remote"] == "~/a.git"


def test_the_remote_that_the_branch_follows_comes_first(root: Path, committed: Git) -> None:
    committed("remote", "add", "origin", "https://example.org/origin.git")
    committed("remote", "add", "lab", "https://example.org/lab.git")
    committed("config", "branch.main.remote", "lab")
    assert GitCollector().collect(root)["remote"] == "https://example.org/lab.git"


def test_another_remote_is_better_than_none(root: Path, committed: Git) -> None:
    committed("remote", "add", "lab", "https://example.org/lab.git")
    assert GitCollector().collect(root)["remote"] == "https://example.org/lab.git"


def test_a_broken_repository_is_a_failure(root: Path) -> None:
    (root / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(SnapshotError, match="not a git repository"):
        GitCollector().collect(root)


def test_nothing_is_written_to_the_repository(root: Path, committed: Git) -> None:
    os.utime(root / "fit.py")  # so that git status would refresh the index
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    files = [path for path in root.rglob("*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in (*folders, *files)}
    GitCollector().collect(root)
    after = {path: path.stat().st_mtime_ns for path in (*folders, *files)}
    assert after == before


def test_an_unchanged_repository_is_fresh(
    root: Path, committed: Git, settle: Callable[[], None]
) -> None:
    settle()
    collector = GitCollector()
    assert collector.freshness(root) is None
    collector.collect(root)
    mark = collector.freshness(root)
    assert mark is not None
    assert collector.freshness(root) == mark


def test_no_repository_is_fresh_until_there_is_one(root: Path, git: Git) -> None:
    collector = GitCollector()
    collector.collect(root)
    assert collector.freshness(root) is not None
    git("init")
    assert collector.freshness(root) is None


def edit(root: Path, git: Git) -> None:
    (root / "fit.py").write_text("edited")


def add_untracked(root: Path, git: Git) -> None:
    (root / "empty" / "new.py").touch()


def commit(root: Path, git: Git) -> None:
    git("commit", "--allow-empty", "-m", "two")


def switch(root: Path, git: Git) -> None:
    git("checkout", "-b", "other")


def add_remote(root: Path, git: Git) -> None:
    git("remote", "add", "origin", "https://example.org/a.git")


def ignore(root: Path, git: Git) -> None:
    (root / ".git" / "info" / "exclude").write_text("*.txt\n")


@pytest.mark.parametrize("change", [edit, add_untracked, commit, switch, add_remote, ignore])
def test_a_change_is_seen(
    root: Path, committed: Git, settle: Callable[[], None], change: Callable[[Path, Git], None]
) -> None:
    (root / "empty").mkdir()
    settle()
    collector = GitCollector()
    collector.collect(root)
    assert collector.freshness(root) is not None
    change(root, committed)
    assert collector.freshness(root) is None


def test_another_process_need_not_ask_git_again(
    root: Path,
    home: Path,
    committed: Git,
    settle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle()
    found = GitCollector().collect_again(root, home / "known")
    monkeypatch.setenv("PATH", str(home))  # where there is no git
    again = GitCollector()
    assert again.collect_again(root, home / "known") == found != {}
    assert again.freshness(root) is not None


@pytest.mark.parametrize("change", [edit, add_untracked, commit, switch, add_remote, ignore])
def test_another_process_sees_a_change(
    root: Path,
    home: Path,
    committed: Git,
    settle: Callable[[], None],
    change: Callable[[Path, Git], None],
) -> None:
    (root / "empty").mkdir()
    settle()
    GitCollector().collect_again(root, home / "known")
    change(root, committed)
    found = GitCollector().collect_again(root, home / "known")
    assert found == GitCollector().collect(root)


def test_a_variable_of_git_is_asked_about_again_and_not_written_down(
    root: Path,
    home: Path,
    committed: Git,
    settle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle()
    GitCollector().collect_again(root, home / "known")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    monkeypatch.setenv("GIT_ASKPASS", "hush-hush")
    monkeypatch.setenv("PATH", str(home))
    found = GitCollector().collect_again(root, home / "known")
    assert found["dirty"] is None  # git was looked for
    assert b"hush-hush" not in (home / "known" / "git.json").read_bytes()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"marks": 3}', '{"marks": {"/": 1}}'])
def test_what_is_damaged_is_asked_again(
    root: Path, home: Path, committed: Git, settle: Callable[[], None], text: str
) -> None:
    settle()
    found = GitCollector().collect_again(root, home / "known")
    (home / "known" / "git.json").write_text(text)
    assert GitCollector().collect_again(root, home / "known") == found


def test_the_users_file_of_patterns_is_watched(
    root: Path, home: Path, committed: Git, settle: Callable[[], None]
) -> None:
    (home / ".gitconfig").write_text("[core]\n excludesFile = ~/patterns\n")
    settle()
    collector = GitCollector()
    collector.collect(root)
    (home / "patterns").write_text("*.txt\n")
    assert collector.freshness(root) is None


def test_a_repository_with_a_submodule_is_never_fresh(
    root: Path, tmp_path: Path, committed: Git, settle: Callable[[], None]
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    committed("init", cwd=library)
    committed("commit", "--allow-empty", "-m", "one", cwd=library)
    allow = ("-c", "protocol.file.allow=always")
    committed(*allow, "submodule", "add", str(library), "library")
    settle()
    collector = GitCollector()
    assert collector.collect(root)["dirty"] is True
    assert collector.freshness(root) is None


def test_no_filter_of_the_user_is_run(root: Path, git: Callable[..., str], tmp_path: Path) -> None:
    git("init")
    (root / ".gitattributes").write_text("*.py filter=spy\n")
    git("add", "--all")
    git("config", "filter.spy.clean", f"sh -c 'touch {tmp_path}/ran; cat'")
    git("config", "filter.spy.required", "true")
    (root / "fit.py").touch()
    GitCollector().collect(root)
    assert not (tmp_path / "ran").exists()


def test_without_git_commit_and_branch_are_still_told(
    root: Path, git: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--initial-branch=main")
    git("add", "--all")
    git("commit", "-m", "one")
    commit = git("rev-parse", "HEAD").strip()
    monkeypatch.setenv("PATH", str(tmp_path))
    found = GitCollector().collect(root)
    assert (found["commit"], found["branch"], found["dirty"]) == (commit, "main", None)


def test_without_git_and_without_a_repository_nothing_is_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert GitCollector().collect(root) == {}
