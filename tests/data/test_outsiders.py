"""Programs that nobody looked into: what their command lines and the project tell of them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anew.data.keep import Place
from anew.data.outsiders import FOUND, find_outsiders, look_outside, make_process
from anew.data.scan import find_changed
from anew.objects import FolderObjects
from anew.tracker.reading import Program, SeenFile, SeenProcess

if TYPE_CHECKING:
    from anew.code.entries import Entry

TICK_S = 0.02


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project in which time has passed since its files were made."""
    for name in ("in.txt", "same.txt", "it's (1) here.txt", "fit.py"):
        (tmp_path / name).write_text(name)
    return tmp_path


def begin(root: Path) -> int:
    """Give the present time of the file system."""
    time.sleep(TICK_S)
    (root / ".anew").mkdir(exist_ok=True)
    (root / ".anew/mark").touch()
    return (root / ".anew/mark").stat().st_mtime_ns


def seen_python(root: Path, *words: str, files: tuple[SeenFile, ...] = ()) -> SeenProcess:
    """Give a process of Python that started another program."""
    programs = (Program(words, 5.0, str(root)),)
    nothing: tuple[()] = ()
    return SeenProcess(
        7, 0, ("python",), "python", "3.12.1", str(root), 0.0, 1.0, "exit",
        files, {}, nothing, nothing, nothing, programs, nothing, {},
    )  # fmt: skip


def look(root: Path, since_ns: int, *processes: SeenProcess, known: Any = None) -> set[Any]:
    """Give name, mode and origin of what was found."""
    place = Place(root, (root / ".anew",), FolderObjects(root / ".anew/objects"), 1 << 20)
    found = look_outside(processes, place, since_ns, lambda: known or {})
    assert found is not None
    return {(os.path.relpath(f.path, root), f.mode, f.origin) for f in found.files}


def test_what_is_new_or_changed_was_written(project: Path) -> None:
    since_ns = begin(project)
    (project / "new.txt").write_text("new")
    (project / "in.txt").write_text("else")
    found = look(project, since_ns, seen_python(project, "make"))
    assert found == {("new.txt", "write", FOUND), ("in.txt", "write", FOUND)}


def test_what_is_unpacked_with_an_old_time_is_found(project: Path) -> None:
    since_ns = begin(project)
    (project / "old.txt").write_text("old")
    os.utime(project / "old.txt", (1.0, 1.0))
    assert look(project, since_ns, seen_python(project, "tar")) == {("old.txt", "write", FOUND)}


def test_what_python_was_seen_to_write_is_not_told_again(project: Path) -> None:
    since_ns = begin(project)
    (project / "real").mkdir()
    (project / "link").symlink_to("real")
    (project / "link/new.txt").write_text("new")
    by_python = SeenFile(str(project / "link/new.txt"), "write", 1.0, 1.0, None)
    assert look(project, since_ns, seen_python(project, "make", files=(by_python,))) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("sort", "-o", "out.txt", "in.txt"),
        ("dd", "if=in.txt"),
        ("sh", "-c", "sort <in.txt >out.txt"),
        ("sh", "-c", "sort in.txt|uniq"),
        ("sh", "-c", "sort 'in.txt' --what='"),
        ("./in.txt",),
    ],
    ids=["word", "after a sign", "redirected", "piped", "broken", "itself"],
)
def test_a_file_on_a_command_line_is_read(project: Path, words: tuple[str, ...]) -> None:
    since_ns = begin(project)
    (project / "out.txt").write_text("out")
    read = ("in.txt", "read", f"named on the command line of {Path(words[0]).name}")
    found = look(project, since_ns, seen_python(project, *words))
    assert found == {read, ("out.txt", "write", FOUND)}


def test_a_file_is_found_by_a_link_that_leads_to_the_project(
    project: Path, tmp_path_factory: Any
) -> None:
    link = tmp_path_factory.mktemp("other") / "link"
    link.symlink_to(project)
    since_ns = begin(project)
    found = look(project, since_ns, seen_python(project, "sort", str(link / "in.txt")))
    assert found == {("in.txt", "read", "named on the command line of sort")}


def test_a_quoted_name_is_one_name(project: Path) -> None:
    since_ns = begin(project)
    found = look(project, since_ns, seen_python(project, "sh", "-c", 'cat "it\'s (1) here.txt"'))
    assert found == {("it's (1) here.txt", "read", "named on the command line of sh")}


def test_a_file_that_is_named_and_changed_is_written_alone(project: Path) -> None:
    since_ns = begin(project)
    (project / "in.txt").write_text("else")
    found = look(project, since_ns, seen_python(project, "sort", "-o", "in.txt", "in.txt"))
    assert found == {("in.txt", "write", FOUND)}


def test_what_is_outside_of_the_project_is_not_named(project: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other") / "a.txt"
    other.write_text("a")
    since_ns = begin(project)
    assert look(project, since_ns, seen_python(project, "sort", str(other), "no such")) == set()


def test_of_files_in_the_snapshot_other_rights_and_edits_of_code_are_no_output(
    project: Path,
) -> None:
    def entry(name: str) -> Entry:
        found = (project / name).stat()
        mark = (found.st_mtime_ns, 0, found.st_size, found.st_ino, found.st_mode)
        return mark, "100644", ""

    known = {name: entry(name) for name in ("same.txt", "fit.py")}
    since_ns = begin(project)
    (project / "same.txt").chmod(0o600)
    (project / "fit.py").write_text("edited")
    (project / "made.py").write_text("made")
    found = look(project, since_ns, seen_python(project, "make"), known=known)
    assert found == {("made.py", "write", FOUND)}


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (("git", "rev-parse", "HEAD"), False),
        (("git", "archive", "-o", "a.tar", "HEAD"), True),
        (("git",), True),
        (("/usr/bin/nvidia-smi",), False),
    ],
    ids=["question", "archive", "alone", "machine"],
)
def test_what_only_looks_at_the_machine_is_passed_over(words: tuple[str, ...], *, is_one: bool):
    assert bool(find_outsiders([seen_python(Path("/"), *words)])) == is_one


def test_what_other_trials_wrote_meanwhile_is_theirs(project: Path) -> None:
    since_ns = begin(project)
    (project / "theirs.txt").write_text("theirs")
    place = Place(project, (project / ".anew",), FolderObjects(project / ".anew/objects"), 1 << 20)
    theirs = {str(project / "theirs.txt")}
    seen = [seen_python(project, "make")]
    found = look_outside(seen, place, since_ns, dict, lambda: theirs)
    assert found is not None
    assert found.files == ()


def test_a_program_without_a_process_around_it_is_looked_at(project: Path) -> None:
    since_ns = begin(project)
    (project / "new.txt").write_text("new")
    told = make_process(0, ("make",), programs=(Program(("make",), 1.0, str(project)),))
    assert look(project, since_ns, told) == {("new.txt", "write", FOUND)}


def test_too_many_files_are_no_project(project: Path) -> None:
    assert find_changed(project, 0, store=project / ".anew", limit=2) is None


def test_the_store_and_folders_of_tools_are_left_out(project: Path) -> None:
    since_ns = begin(project)
    (project / ".git").mkdir()
    (project / ".git/index").write_text("theirs")
    assert find_changed(project, since_ns, store=project / ".anew") == {}
