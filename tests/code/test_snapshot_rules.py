"""Which files belong to a snapshot."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from anew.code import admission, snapshot, worktree
from anew.code.exclusion import escape_pattern
from anew.code.secrets import is_credential

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Files = Callable[[Snapshot], dict[str, bytes]]
    Git = Callable[..., str]

BOTH = {"fit.py", "notes/plan.txt"}


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_ignored_files_stay_out_without_a_repository(
    project: Path, take: Take, files: Files
) -> None:
    write(project / ".gitignore", "*.log\nbuild/\n")
    write(project / "notes" / "run.log")
    write(project / "build" / "out.txt")
    assert set(files(take())) == {*BOTH, ".gitignore"}


def test_the_patterns_of_the_users_clone_hold(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    write(project / ".git" / "info" / "exclude", "/mine.txt\n")
    write(project / "mine.txt")
    assert set(files(take())) == BOTH


def test_the_patterns_of_all_the_users_repositories_hold(
    project: Path, home: Path, take: Take, files: Files
) -> None:
    write(home / ".gitconfig", "[core]\n excludesFile = ~/everywhere\n")
    write(home / "everywhere", "*.swp\n")
    write(project / "fit.py.swp")
    assert set(files(take())) == BOTH


def test_the_default_file_of_patterns_holds(
    project: Path, home: Path, take: Take, files: Files
) -> None:
    write(home / ".config" / "git" / "ignore", "*.swp\n")
    write(project / "fit.py.swp")
    assert set(files(take())) == BOTH


def test_patterns_above_the_project_hold(project: Path, git: Git, take: Take, files: Files) -> None:
    git("init")
    write(project / ".gitignore", "*.tmp\n/notes/secret.txt\n")
    write(project / "notes" / "a.tmp")
    write(project / "notes" / "secret.txt")
    assert set(files(take(project / "notes"))) == {"plan.txt"}


def test_a_project_that_the_repository_above_ignores_is_kept(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    write(project / ".gitignore", "/notes/\n")
    assert set(files(take(project / "notes"))) == {"plan.txt"}


def test_what_the_user_tracks_is_kept_although_it_is_ignored(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    write(project / ".gitignore", "*.csv\ndata/\n")
    write(project / "parameters.csv")
    write(project / "data" / "table.txt")
    write(project / "other.csv")
    git("add", "--force", "parameters.csv", "data/table.txt")
    assert set(files(take())) == {*BOTH, ".gitignore", "parameters.csv", "data/table.txt"}


def test_a_file_that_becomes_ignored_leaves(project: Path, take: Take, files: Files) -> None:
    write(project / "big.csv")
    assert "big.csv" in files(take())
    write(project / ".gitignore", "*.csv\n")
    assert "big.csv" not in files(take())


def test_a_tracked_path_behind_a_link_is_passed_over(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    write(project / "data" / "table.txt")
    git("add", "data")
    (project / "data").rename(project / "moved")
    (project / "data").symlink_to("moved")
    assert set(files(take())) == {*BOTH, "data", "moved/table.txt"}


def test_a_tracked_file_that_is_gone_is_passed_over(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", "fit.py")
    (project / "fit.py").unlink()
    assert set(files(take())) == {"notes/plan.txt"}


LEFTOVERS = [
    ".anew/trials.db",
    ".ipynb_checkpoints/a.ipynb",
    ".mypy_cache/x/y.json",
    ".nox/tests/a",
    ".tox/py/a",
    "__pycache__/fit.cpython-311.pyc",
    "notes/__pycache__/a.pyc",
    "node_modules/a/index.js",
    "fit.pyc",
    ".venv/bin/activate",
]


@pytest.mark.parametrize("path", LEFTOVERS)
def test_what_tools_leave_behind_stays_out(
    project: Path, take: Take, files: Files, path: str
) -> None:
    write(project / path)
    taken = take()
    assert set(files(taken)) == BOTH
    assert taken.skipped == ()


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_under_any_name_stays_out(
    project: Path, take: Take, files: Files, mark: str
) -> None:
    write(project / "tools" / "env311" / mark)
    write(project / "tools" / "env311" / "lib" / "module.py")
    assert set(files(take())) == BOTH


def test_a_project_in_whose_root_an_environment_lies_is_kept(
    project: Path, take: Take, files: Files
) -> None:
    write(project / "pyvenv.cfg")
    assert set(files(take())) == {*BOTH, "pyvenv.cfg"}


def test_the_private_repository_is_never_in_itself(project: Path, files: Files) -> None:
    git_dir = project / "my [odd] store" / "git"
    for _ in range(2):
        write(project / "my [odd] store" / "git" / "more")
        taken = snapshot.take(project, git_dir, limit_bytes=10**6, limit_files=100)
        assert set(snapshot.list_files(git_dir, taken.commit)) == BOTH


CREDENTIALS = [
    ".env",
    ".env.production",
    ".ENV",
    "keys/server.pem",
    "id_rsa",
    "id_ed25519",
    ".netrc",
    ".aws/config",
    "secrets.yaml",
    ".streamlit/secrets.toml",
    "client_secret_123.json",
]


@pytest.mark.parametrize("path", CREDENTIALS)
def test_credentials_are_left_out_and_said(
    project: Path, take: Take, files: Files, path: str
) -> None:
    write(project / path)
    taken = take()
    assert set(files(taken)) == BOTH
    assert taken.skipped == (path,)


def test_credentials_that_the_user_tracks_are_left_out_too(
    project: Path, git: Git, take: Take
) -> None:
    git("init")
    write(project / ".env")
    git("add", "--force", ".env")
    assert take().skipped == (".env",)


@pytest.mark.parametrize("path", [".env.example", "environment.yml", "id_rsa.pub", "secrets.py"])
def test_what_only_resembles_a_credential_is_kept(path: str) -> None:
    assert not is_credential(path)


def test_a_file_over_the_limit_is_left_out_and_said(
    project: Path, take: Take, files: Files
) -> None:
    write(project / "large.bin", "x" * 101)
    write(project / "small.bin", "x" * 100)
    taken = take(limit_bytes=100)
    assert set(files(taken)) == {*BOTH, "small.bin"}
    assert taken.skipped == ("large.bin",)


def test_a_file_that_may_not_be_read_is_left_out_and_said(
    project: Path, take: Take, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "closed.txt")
    # Nothing is closed to root, as whom tests may run.
    open_file = os.open

    def refuse(path: str, *arguments: int) -> int:
        if path == str(project / "closed.txt"):
            raise PermissionError(path)
        return open_file(path, *arguments)

    monkeypatch.setattr(admission.os, "open", refuse)
    taken = take()
    assert set(files(taken)) == BOTH
    assert taken.skipped == ("closed.txt",)


def test_a_folder_that_may_not_be_read_is_left_out_and_said(
    project: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir, closed = os.scandir, project / "notes"

    def refuse(path: Path) -> object:
        if path == closed:
            raise PermissionError(path)
        return scandir(path)

    monkeypatch.setattr(worktree.os, "scandir", refuse)
    monkeypatch.setattr(worktree.os, "access", lambda path, _: path != str(closed))
    assert take().skipped == ("notes",)


@pytest.mark.parametrize("commits", [0, 1])
def test_the_files_of_a_repository_inside_are_kept_and_its_commit_is_said(
    project: Path, git: Git, take: Take, files: Files, commits: int
) -> None:
    inner = project / "vendor" / "inner"
    write(inner / "code.py")
    git("init", cwd=inner)
    if commits:
        git("add", ".", cwd=inner)
        git("commit", "-m", "one", cwd=inner)
    write(inner / "dirt.py")
    taken = take()
    assert set(files(taken)) == {*BOTH, "vendor/inner/code.py", "vendor/inner/dirt.py"}
    commit = git("rev-parse", "HEAD", cwd=inner).strip() if commits else None
    assert taken.nested == {"vendor/inner": commit}
    assert taken.skipped == ()


def test_a_folder_that_becomes_a_repository_stays(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", ".")
    assert set(files(take())) == BOTH
    git("init", cwd=project / "notes")
    taken = take()
    assert set(files(taken)) == BOTH
    assert taken.nested == {"notes": None}


def test_a_submodule_is_kept_with_its_dirt_and_its_own_rules(
    project: Path, tmp_path: Path, git: Git, take: Take, files: Files
) -> None:
    library = tmp_path / "library"
    write(library / "code.py")
    write(library / ".gitignore", "*.log\n")
    git("init", cwd=library)
    git("add", ".", cwd=library)
    git("commit", "-m", "one", cwd=library)
    git("init")
    git("-c", "protocol.file.allow=always", "submodule", "add", str(library), "library")
    write(project / "library" / "code.py", "edited")
    write(project / "library" / "new.py")
    write(project / "library" / "run.log")
    taken = take()
    inside = {"library/.gitignore", "library/code.py", "library/new.py"}
    assert set(files(taken)) == {*BOTH, ".gitmodules", *inside}
    assert files(taken)["library/code.py"] == b"edited"
    assert taken.nested == {"library": git("rev-parse", "HEAD", cwd=project / "library").strip()}
    assert taken.skipped == ()
    git("commit", "-a", "-m", "two", cwd=project / "library")
    later = take()
    assert later.tree == taken.tree
    assert later.nested == {"library": git("rev-parse", "HEAD", cwd=project / "library").strip()}


def test_a_submodule_that_was_never_fetched_is_left_out_and_said(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},library")
    (project / "library").mkdir()
    taken = take()
    assert set(files(taken)) == BOTH
    assert taken.skipped == ("library",)


def test_a_tracked_file_that_became_a_pipe_is_passed_over(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", "fit.py")
    (project / "fit.py").unlink()
    os.mkfifo(project / "fit.py")
    taken = take()
    assert set(files(taken)) == {"notes/plan.txt"}
    assert taken.skipped == ()


def test_the_store_stays_out_although_the_user_tracks_it(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    write(project / ".anew" / "trials.db")
    git("add", "--force", ".anew")
    assert set(files(take())) == BOTH


def test_a_clone_without_patterns_of_its_own_is_kept(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init", "--template=")
    assert set(files(take())) == BOTH


def test_a_linked_work_tree_is_kept(
    project: Path, tmp_path: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    git("worktree", "add", str(tmp_path / "linked"))
    write(tmp_path / "linked" / "new.py")
    assert set(files(take(tmp_path / "linked"))) == {*BOTH, "new.py"}


def test_a_line_end_in_the_name_of_the_folder_does_not_matter(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    renamed = project.rename(project.with_name("two\nlines"))
    assert set(files(take(renamed))) == BOTH


def test_a_broken_repository_does_not_matter(project: Path, take: Take, files: Files) -> None:
    write(project / ".git", "gitdir: /nowhere\n")
    assert set(files(take())) == BOTH


def test_a_damaged_index_of_the_user_does_not_matter(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", ".")
    (project / ".git" / "index").write_bytes(b"damaged")
    assert set(files(take())) == BOTH


def test_a_pattern_matches_its_path_alone() -> None:
    assert escape_pattern("a*b/c?[d] #!\\e") == r"/a\*b/c\?\[d]\ \#\!\\e"
