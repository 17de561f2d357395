"""What is in a snapshot, byte by byte, and that nobody else's files are touched."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anew.code import loose, snapshot
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Files = Callable[[Snapshot], dict[str, bytes]]
    Git = Callable[..., str]


def test_a_folder_without_a_repository_is_kept(take: Take, files: Files) -> None:
    assert files(take()) == {
        "fit.py": b"def fit(x):\n    return x\n",
        "notes/plan.txt": b"measure\n",
    }


def test_an_empty_folder_has_the_empty_tree(tmp_path: Path, take: Take) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert take(empty).tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_tree_that_becomes_empty_has_no_files(project: Path, take: Take, files: Files) -> None:
    take()
    (project / "fit.py").unlink()
    (project / "notes" / "plan.txt").unlink()
    assert files(take()) == {}


def test_a_branch_without_a_commit_is_kept(git: Git, take: Take, files: Files) -> None:
    git("init")
    assert set(files(take())) == {"fit.py", "notes/plan.txt"}


def test_uncommitted_and_untracked_files_are_in_it(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("add", "fit.py")
    git("commit", "-m", "one")
    (project / "fit.py").write_text("edited")
    assert files(take()) == {"fit.py": b"edited", "notes/plan.txt": b"measure\n"}


def test_a_removed_file_is_not_in_the_next_one(project: Path, take: Take, files: Files) -> None:
    take()
    (project / "fit.py").unlink()
    assert set(files(take())) == {"notes/plan.txt"}


def test_a_file_may_become_a_folder_and_back(project: Path, take: Take, files: Files) -> None:
    first = take()
    (project / "fit.py").unlink()
    (project / "fit.py").mkdir()
    (project / "fit.py" / "inner.py").write_text("1")
    assert set(files(take())) == {"fit.py/inner.py", "notes/plan.txt"}
    (project / "fit.py" / "inner.py").unlink()
    (project / "fit.py").rmdir()
    (project / "fit.py").write_text("def fit(x):\n    return x\n")
    assert take() == first


def test_the_same_tree_gives_the_same_commit_in_every_repository(
    project: Path, tmp_path: Path
) -> None:
    limits = {"limit_bytes": 1000, "limit_files": 10}
    one = snapshot.take(project, tmp_path / "one", **limits)
    two = snapshot.take(project, tmp_path / "two", **limits)
    assert one == two


def test_a_state_that_comes_back_has_its_old_commit(project: Path, take: Take) -> None:
    first = take()
    (project / "fit.py").write_text("other")
    assert take().commit != first.commit
    (project / "fit.py").write_text("def fit(x):\n    return x\n")
    assert take() == first


def test_every_snapshot_is_held_by_a_ref(take: Take, git_dir: Path, git: Git) -> None:
    taken = take()
    shown = git("--git-dir", str(git_dir), "for-each-ref", "--format=%(objectname) %(refname)")
    assert shown == f"{taken.commit} refs/snapshots/{taken.commit}\n"


def test_a_ref_that_a_crash_emptied_is_written_again(
    take: Take, git_dir: Path, project: Path
) -> None:
    first = take()
    ref = git_dir / "refs" / "snapshots" / first.commit
    ref.write_text("")
    (project / ".gitignore").touch()
    take()
    (project / ".gitignore").unlink()
    assert take() == first
    assert ref.read_text().strip() == first.commit


ODD_NAMES = [
    "with space",
    "new\nline",
    "ünï ☃",
    "-option",
    'quo"te',
    "back\\slash",
    "tab\t",
    "git~1",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_file_name_is_kept(project: Path, take: Take, files: Files, name: str) -> None:
    (project / name).write_text("here")
    assert files(take())[name] == b"here"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.binary(min_size=1, max_size=40).filter(
        lambda n: not {0, ord("/")}.intersection(n) and n not in {b".", b".."}
    ),
    content=st.binary(max_size=100),
)
def test_names_and_contents_come_back(
    take: Take, files: Files, tmp_path: Path, name: bytes, content: bytes
) -> None:
    folder = tmp_path / "any"
    folder.mkdir(exist_ok=True)
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118 - a name in bytes
    with open(path, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(content)
    taken = take(folder)
    os.unlink(path)  # noqa: PTH108 - a name in bytes
    if taken.skipped == ():
        assert files(taken) == {os.fsdecode(name): content}


def test_line_ends_and_keywords_stay_whatever_the_attributes_say(
    project: Path, git: Git, take: Take, files: Files
) -> None:
    git("init")
    git("config", "core.autocrlf", "input")
    git("config", "filter.shout.clean", "tr a-z A-Z")
    rules = "* text=auto eol=lf ident filter=shout\n*.txt working-tree-encoding=UTF-16\n"
    (project / ".gitattributes").write_text(rules)
    (project / "windows.csv").write_bytes(b"a,b\r\n1,2\r\n$Id: now$\r\n")
    kept = files(take())
    assert kept["windows.csv"] == b"a,b\r\n1,2\r\n$Id: now$\r\n"
    assert kept["notes/plan.txt"] == b"measure\n"


def test_the_users_configuration_changes_nothing(
    project: Path, home: Path, take: Take, files: Files, tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (home / ".gitconfig").write_text(
        "[core]\n autocrlf = true\n fileMode = false\n fsmonitor = /bin/false\n"
        f" hooksPath = {hooks}\n quotePath = true\n"
        "[commit]\n gpgsign = true\n[status]\n relativePaths = true\n showUntrackedFiles = no\n"
        "[user]\n useConfigOnly = true\n[init]\n defaultObjectFormat = sha256\n"
    )
    (project / "fit.py").chmod(0o755)
    (project / "dos.txt").write_bytes(b"1\r\n")
    taken = take()
    assert files(taken)["dos.txt"] == b"1\r\n"
    assert len(taken.commit) == 40


def test_variables_of_git_do_not_lead_astray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Take, files: Files
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert set(files(take())) == {"fit.py", "notes/plan.txt"}
    assert not (tmp_path / "elsewhere").exists()


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_users_repository_stays_as_it_is_to_the_last_byte(
    project: Path, git: Git, take: Take
) -> None:
    git("init")
    git("add", "--all")
    git("commit", "-m", "one")
    (project / "fit.py").write_text("edited")
    (project / "new.py").write_text("untracked")
    os.utime(project / "notes" / "plan.txt")  # so that an index might be refreshed
    before = state_of(project)
    take()
    assert state_of(project) == before
    assert git("status", "--porcelain") == " M fit.py\n?? new.py\n"
    assert git("log", "--all", "--format=%s") == "one\n"


def test_programs_and_links_stay_what_they_are(
    project: Path, take: Take, git: Git, git_dir: Path
) -> None:
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "link").symlink_to("fit.py")
    (project / "broken").symlink_to("/nowhere/at/all")
    (project / "folder_link").symlink_to("notes")
    shown = git("--git-dir", str(git_dir), "ls-tree", take().tree)
    modes = {line.split("\t")[1]: line.split(" ")[0] for line in shown.splitlines()}
    assert modes == {
        "broken": "120000",
        "fit.py": "100644",
        "folder_link": "120000",
        "link": "120000",
        "notes": "040000",
        "run.sh": "100755",
    }


def test_pipes_and_sockets_are_passed_over(project: Path, take: Take, files: Files) -> None:
    os.mkfifo(project / "pipe")
    taken = take()
    assert "pipe" not in files(taken)
    assert taken.skipped == ()


def test_too_many_files_are_refused_with_a_way_out(take: Take, project: Path) -> None:
    with pytest.raises(SnapshotError, match="2 files to snapshot, more than the limit of 1") as it:
        take(limit_files=1)
    assert it.value.where == str(project)
    assert "snapshot_files" in str(it.value.hint)


def test_a_folder_that_is_not_there_is_said(take: Take, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="no such folder"):
        take(tmp_path / "absent")


def test_a_store_that_cannot_be_written_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SnapshotError, match="cannot be written") as raised:
        snapshot.take(project, tmp_path / "file" / "git", limit_bytes=1, limit_files=1)
    assert "writable" in str(raised.value.hint)


def test_a_repository_that_cannot_be_made_is_said(take: Take, git_dir: Path) -> None:
    git_dir.mkdir(parents=True)
    (git_dir / "objects").touch()
    with pytest.raises(SnapshotError, match="cannot be written"):
        take()


def test_a_full_disk_is_said(
    take: Take, monkeypatch: pytest.MonkeyPatch, project: Path, git_dir: Path
) -> None:
    take()
    (project / "new.py").touch()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loose, "_write_new", fail)
    with pytest.raises(SnapshotError, match="No space left on device") as raised:
        take()
    assert raised.value.where == str(git_dir)


def test_a_git_that_hangs_is_said(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired(cmd="git", timeout=1)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(SnapshotError, match="took longer than"):
        take()
