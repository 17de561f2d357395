"""What a trial changes outside of its project is kept from there when it is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project

pytestmark = pytest.mark.usefixtures("apart")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside" / "lab"
    folder.mkdir(parents=True)
    return folder


def record(project: Project, script: str, outside: Path) -> None:
    project.write("anew.toml", "")
    project.write("main.py", f"P = {str(outside)!r}\nimport os, shutil\n{script}\n")
    project.run("-m", "anew", "run", "main.py")


def test_what_is_written_through_a_link_of_the_project(project: Project, outside: Path):
    (project.root / "results").symlink_to(outside)
    record(project, "open('results/x.txt', 'w').write('1')", outside)
    (outside / "x.txt").write_text("mine")
    assert project.reproduce().is_good
    assert (outside / "x.txt").read_text() == "mine"


def test_what_is_written_through_a_link_to_a_file(project: Project, outside: Path):
    (project.root / "x.txt").symlink_to(outside / "x.txt")
    record(project, "open('x.txt', 'w').write('1')", outside)
    (outside / "x.txt").write_text("mine")
    assert project.reproduce().is_good
    assert (outside / "x.txt").read_text() == "mine"


def test_what_is_removed(project: Project, outside: Path):
    (outside / "old.txt").write_text("old")
    record(project, "os.path.exists(P + '/old.txt') and os.remove(P + '/old.txt')", outside)
    (outside / "old.txt").write_text("mine")
    project.reproduce()
    assert (outside / "old.txt").read_text() == "mine"


def test_what_is_removed_behind_a_link_with_all_below(project: Project, outside: Path):
    (outside / "run").mkdir()
    (outside / "run" / "notes.txt").write_text("of then")
    (project.root / "out").symlink_to(outside)
    record(
        project,
        "shutil.rmtree('out/run'); os.mkdir('out/run'); open('out/run/a', 'w').write('1')",
        outside,
    )
    (outside / "run" / "notes.txt").write_text("mine")
    assert project.reproduce().is_good
    assert (outside / "run" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "script",
    [
        "os.mkdir(P + '/d'); open(P + '/d/f', 'w').write('1')",
        "open(P + '/log', 'a').write('x')",
        "print(os.path.exists(P + '/c') or open(P + '/c', 'w').write('computed'))",
    ],
    ids=["folder", "appended", "asked for"],
)
def test_what_the_trial_made_there_is_not_there_again(project: Project, outside: Path, script: str):
    record(project, script, outside)
    before = sorted(outside.rglob("*"))
    assert project.reproduce().is_good
    assert sorted(outside.rglob("*")) == before


@pytest.mark.parametrize("way", ["command line", "script"])
def test_what_another_program_is_told_to_change_there(project: Project, outside: Path, way: str):
    words = f"echo 1 > {outside}/new.txt; rm -f {outside}/old.txt; echo done"
    if way == "script":
        project.write("run.sh", words)
        words = "sh run.sh"
    record(project, f"import subprocess\nsubprocess.run({words!r}, shell=True)", outside)
    for name in ("new.txt", "old.txt"):
        (outside / name).write_text("mine")
    assert project.reproduce().is_good
    assert {path.read_text() for path in outside.iterdir()} == {"mine"}


@pytest.mark.parametrize("change", ["changed", "gone"])
@pytest.mark.parametrize("target", ["folder", "module"])
def test_what_a_link_led_to_is_that_of_then(
    project: Project, outside: Path, change: str, target: str
):
    (outside / "lib.py").write_text("v = 1\n")
    if target == "folder":
        (project.root / "data").symlink_to(outside)
        record(project, "print(open('data/lib.py').read())", outside)
    else:
        (project.root / "lib.py").symlink_to(outside / "lib.py")
        record(project, "import lib; print(lib.v)", outside)
    if change == "changed":
        (outside / "lib.py").write_text("v = 2\n")
    else:
        (outside / "lib.py").unlink()
    assert project.reproduce().is_good


def test_a_trial_around_another_one_is_made_anew(project: Project, outside: Path):
    record(
        project, "import anew\nwith anew.trial('inner') as trial: trial.log(m=1)\nprint(1)", outside
    )
    found = project.reproduce(1)
    assert found.is_good
    assert {verdict.kind for verdict in found.verdicts} <= {"console", "status", "output"}
