"""Snapshots one after the other: what is read again, who else writes, what a crash leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.code import admission, locking
from anew.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.code.snapshot import Snapshot

    Take = Callable[..., Snapshot]
    Files = Callable[[Snapshot], dict[str, bytes]]
    Git = Callable[..., str]

GIT = shutil.which("git")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect the command lines with which git is called."""
    seen: list[list[str]] = []
    run = subprocess.run

    def note(command: list[str], **options: object) -> object:
        seen.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", note)
    return seen


def test_git_is_not_called_when_nothing_changed(
    take: Take, settle: Callable[[], None], calls: list[list[str]]
) -> None:
    settle()
    first = take()
    take()  # the store's own folder was new the first time
    calls.clear()
    assert take() == first
    assert calls == []


def change_content(project: Path) -> None:
    (project / "fit.py").write_text("changed")


def change_content_but_not_size_and_time(project: Path) -> None:
    path = project / "fit.py"
    before = path.stat()
    path.write_text(path.read_text().replace("x", "y"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_a_file(project: Path) -> None:
    (project / "new.py").touch()


def add_a_file_in_an_empty_folder(project: Path) -> None:
    (project / "empty" / "new.py").touch()


def add_a_file_beside_ignored_ones(project: Path) -> None:
    (project / "logs" / "new.py").touch()


def remove_a_file(project: Path) -> None:
    (project / "fit.py").unlink()


def rename_a_file(project: Path) -> None:
    (project / "fit.py").rename(project / "model.py")


def make_it_a_program(project: Path) -> None:
    (project / "fit.py").chmod(0o755)


def ignore_a_file(project: Path) -> None:
    (project / ".gitignore").write_text("*.log\nfit.py\n")


def ignore_a_file_everywhere(project: Path) -> None:
    config = Path(os.environ["HOME"], ".config", "git")
    config.mkdir(parents=True)
    (config / "ignore").write_text("fit.py\n")


def shrink_a_large_file(project: Path) -> None:
    (project / "large.bin").write_text("small")


def edit_rules_that_ignore_themselves(project: Path) -> None:
    (project / "logs" / ".gitignore").write_text("*.log\n.gitignore\n")


CHANGES = [
    change_content,
    change_content_but_not_size_and_time,
    add_a_file,
    add_a_file_in_an_empty_folder,
    add_a_file_beside_ignored_ones,
    remove_a_file,
    rename_a_file,
    make_it_a_program,
    ignore_a_file,
    ignore_a_file_everywhere,
    shrink_a_large_file,
    edit_rules_that_ignore_themselves,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(
    project: Path, take: Take, settle: Callable[[], None], change: Callable[[Path], None]
) -> None:
    (project / "empty").mkdir()
    (project / "logs").mkdir()
    (project / "logs" / "a.log").touch()
    (project / "logs" / "b.txt").touch()
    (project / "logs" / ".gitignore").write_text("*.txt\n.gitignore\n")
    (project / ".gitignore").write_text("*.log\n")
    (project / "large.bin").write_text("x" * 1001)
    settle()
    take(limit_bytes=1000)
    before = take(limit_bytes=1000)
    change(project)
    assert take(limit_bytes=1000).tree != before.tree


def test_a_repository_that_appears_above_is_seen(
    project: Path, take: Take, settle: Callable[[], None], git: Git, files: Files
) -> None:
    settle()
    take(project / "notes")
    take(project / "notes")
    git("init")
    (project / ".gitignore").write_text("plan.txt\n")
    assert files(take(project / "notes")) == {}


def test_a_store_that_was_removed_is_made_again(
    take: Take, files: Files, git_dir: Path, settle: Callable[[], None]
) -> None:
    settle()
    take()
    taken = take()
    shutil.rmtree(git_dir)
    assert take() == taken
    assert "fit.py" in files(taken)


def test_later_snapshots_read_only_what_changed(
    project: Path, take: Take, git_dir: Path, settle: Callable[[], None]
) -> None:
    settle()
    take()
    (project / "new.py").write_text("new")
    read: list[str] = []
    admit = admission.Admission.admit

    def note(self: admission.Admission, path: str) -> object:
        read.append(path)
        return admit(self, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission.Admission, "admit", note)
        take()
    assert read == ["new.py"]


def test_objects_that_were_lost_are_written_again(
    project: Path, take: Take, files: Files, git_dir: Path
) -> None:
    take()
    for path in git_dir.glob("objects/??/*"):
        path.unlink()
    (project / "new.py").write_text("new")
    assert set(files(take())) == {"fit.py", "notes/plan.txt", "new.py"}


def test_damaged_notes_on_what_is_known_are_made_again(
    project: Path, take: Take, files: Files, git_dir: Path
) -> None:
    take()
    (notes,) = (git_dir / "known").iterdir()
    notes.write_bytes(notes.read_bytes()[:-7])
    (project / "new.py").touch()
    assert set(files(take())) == {"fit.py", "notes/plan.txt", "new.py"}


PROGRAM = """
import sys
from pathlib import Path
from anew.code.snapshot import take
root, git_dir, number = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for step in range(3):
    if number:
        (root / f"own-{number}.py").write_text(f"{step}")
    taken = take(root, git_dir, limit_bytes=10**6, limit_files=100)
print(taken.commit)
"""


def run_eight(project: Path, git_dir: Path, numbers: list[str]) -> set[str]:
    """Take snapshots in eight processes at once, and give the last commit of each."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(project), str(git_dir), number],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in numbers
    ]
    printed = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * 8
    return set(printed)


def test_eight_processes_at_once_agree(project: Path, git_dir: Path) -> None:
    assert len(run_eight(project, git_dir, [""] * 8)) == 1


def test_eight_processes_that_write_meanwhile_all_succeed(
    project: Path, git_dir: Path, git: Git, take: Take, files: Files
) -> None:
    run_eight(project, git_dir, [str(number) for number in range(1, 9)])
    kept = files(take())
    assert {kept[f"own-{number}.py"] for number in range(1, 9)} == {b"2"}
    assert git("--git-dir", str(git_dir), "fsck", "--full", "--strict") == ""


def test_a_process_killed_in_the_middle_leaves_no_lock_behind(
    project: Path, git_dir: Path, tmp_path: Path, take: Take, files: Files
) -> None:
    take()
    (project / "new.py").write_text("new")
    program = (
        "import os, sys; from pathlib import Path; from anew.code import loose, snapshot\n"
        "def die(path, data):\n"
        "    open(path, 'wb').write(data[:3]); os.kill(os.getpid(), 9)\n"
        "loose._write_new = die\n"
        "snapshot.take(*map(Path, sys.argv[1:]), limit_bytes=10**6, limit_files=100)"
    )
    command = [sys.executable, "-c", program, str(project), str(git_dir)]
    assert subprocess.run(command, check=False).returncode == -9
    assert set(files(take())) == {"fit.py", "notes/plan.txt", "new.py"}
    assert list(git_dir.glob("objects/tmp_obj_*")) == []


def test_a_repository_whose_making_was_cut_short_is_finished(
    take: Take, git_dir: Path, files: Files
) -> None:
    git_dir.mkdir(parents=True)
    for name in ("HEAD", "HEAD.lock", "config.lock"):
        (git_dir / name).touch()
    assert "fit.py" in files(take())


def test_a_lock_of_a_ref_that_was_left_is_removed(take: Take, git_dir: Path, project: Path) -> None:
    taken = take()
    ref = git_dir / "refs" / "snapshots" / taken.commit
    ref.with_name(f"{ref.name}.lock").touch()
    ref.unlink()
    (project / ".gitignore").touch()
    take()
    (project / ".gitignore").unlink()
    assert take() == taken


def test_a_file_that_changes_while_it_is_read_is_read_again(
    project: Path, take: Take, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_of = admission.mark_of
    seen: list[str] = []

    def change_once(path: str) -> object:
        if path.endswith("fit.py"):
            seen.append(path)
            if len(seen) == 2:
                Path(path).write_text("while it was read")
        return mark_of(path)

    monkeypatch.setattr(admission, "mark_of", change_once)
    assert files(take())["fit.py"] == b"while it was read"
    assert len(seen) == 3


def test_a_lock_that_is_never_given_is_said(
    project: Path, git_dir: Path, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    monkeypatch.setattr(locking, "_TIMEOUT_S", 0.05)
    with locking.only_one(git_dir), pytest.raises(SnapshotError, match="cannot be written"):
        take()


@pytest.mark.parametrize("number", [300])
def test_an_unchanged_project_of_some_hundred_files_costs_little(
    tmp_path: Path, take: Take, settle: Callable[[], None], number: int
) -> None:
    root = tmp_path / "many"
    for index in range(number):
        path = root / f"folder{index % 20}" / f"file{index}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{index}")
    settle()
    take(root)
    take(root)
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        take(root)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.010  # measured: 0.001; the rest is for busy machines
