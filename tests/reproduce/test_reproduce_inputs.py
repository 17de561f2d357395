"""Inputs of trials of real commands, put back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from anew.digests import digest_file
from anew.errors import NotReproducibleError
from anew.reproduce import checkout

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project


MAKING = """
    import os

    os.mkdir("results")
    os.makedirs("results/a")
    open("results/a/b.txt", "w").write("x")
"""

READER = """
    import sys, anew
    ex = anew.Experiment("reader", scheduler="sync")
    @ex.result
    def read(path):
        return anew.input(path).read_text()
    read.node(sys.argv[1]).compute()
"""


@pytest.mark.parametrize("path", ["{outside}/data.txt", "../outside/data.txt"])
def test_an_input_from_outside_of_the_project_is_put_back(
    project: Project, tmp_path: Path, path: str
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "data.txt").write_text("recorded")
    project.write("anew.toml", "")
    project.write("read.py", READER)
    project.run("read.py", path.format(outside=outside))
    (outside / "data.txt").write_text("changed")
    found = project.reproduce()
    assert found.is_good
    assert found.made is not None
    assert found.made.result == "recorded"
    assert (outside / "data.txt").read_text() == "changed"


def test_an_input_named_by_its_absolute_path_in_the_code_is_put_back(project: Project):
    project.write("anew.toml", "")
    data = project.write("data.txt", "recorded")
    project.write("read.py", READER.replace("sys.argv[1]", repr(str(data))))
    project.run("read.py")
    data.write_text("changed")
    assert project.reproduce().is_good


def test_an_ignored_input_is_put_back(project: Project):
    project.write(".gitignore", "data.txt\n")
    project.write("anew.toml", "")
    project.write("data.txt", "recorded")
    project.write("read.py", READER)
    project.run("read.py", "data.txt")
    (project.root / "data.txt").unlink()
    assert project.reproduce().is_good


def test_an_ignored_file_that_is_appended_to_begins_as_it_was(project: Project):
    project.write(".gitignore", "log.txt\n")
    project.write("anew.toml", "")
    project.write("log.txt", "first\n")
    project.write("append.py", "open('log.txt', 'a').write('again\\n')\n")
    project.run("-m", "anew", "run", "append.py")
    assert project.reproduce().is_good


@pytest.mark.usefixtures("apart")
def test_modules_that_are_in_no_snapshot_are_those_of_then(project: Project, tmp_path: Path):
    project.write(".gitignore", "local.py\n")
    project.write("anew.toml", "")
    ignored = project.write("local.py", "x = 1\n")
    outside = project.write(str(tmp_path / "library" / "helper.py"), "y = 1\n")
    project.write("main.py", "import helper, local\nprint(helper.y + local.x)\n")
    project.run("-m", "anew", "run", "main.py", PYTHONPATH=str(outside.parent))
    ignored.unlink()
    outside.write_text("y = 2\n")
    assert project.reproduce().is_good


def test_an_input_behind_a_link_is_not_written_through_it(project: Project, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "data.txt").write_text("recorded")
    (project.root / "data").symlink_to(outside)
    (project.root / "alias.txt").symlink_to(outside / "data.txt")
    project.write("anew.toml", "")
    project.write("read.py", READER)
    project.run("read.py", "data/data.txt")
    project.run("read.py", "alias.txt")
    (outside / "data.txt").write_text("changed")
    assert project.reproduce(1).is_good
    assert project.reproduce(2).is_good
    assert (outside / "data.txt").read_text() == "changed"


def test_links_into_the_project_lead_to_the_scratch_folder(project: Project):
    project.write("anew.toml", "")
    (project.root / "out").mkdir()
    project.write("out/keep", "")
    (project.root / "link").symlink_to(project.root / "out")
    project.write(
        "write.py",
        """
        import anew, pathlib
        ex = anew.Experiment("write", scheduler="sync")
        @ex.result
        def write(path):
            return pathlib.Path(path).write_text("x")
        write.node("link/made.txt").compute()
        """,
    )
    project.run("write.py")
    (project.root / "out/made.txt").unlink()
    assert project.reproduce().is_good
    assert not (project.root / "out/made.txt").exists()


def test_an_input_that_was_too_large_to_keep_is_read_where_it_was(project: Project):
    project.write(".gitignore", "data.txt\n")
    project.write("anew.toml", "keep_inputs = 3")
    data = project.write("data.txt", "recorded")
    project.write("read.py", READER.replace("read_text()", "stat().st_size"))
    project.run("read.py", "data.txt")
    assert project.reproduce().is_good
    data.write_text("changed")
    with pytest.raises(NotReproducibleError, match=r"data.txt .* too large") as caught:
        project.reproduce(1)
    assert str(data) in caught.value.what


def test_a_kept_input_that_is_missing_is_named(project: Project):
    project.write(".gitignore", "data.txt\n")
    project.write("anew.toml", "")
    data = project.write("data.txt", "recorded")
    project.write("read.py", READER.replace("read_text()", "stat().st_size"))
    project.run("read.py", "data.txt")
    data.unlink()
    (use,) = project.trial().files
    project.store.objects.path(use.digest).unlink()
    with pytest.raises(NotReproducibleError, match=r"data.txt .* missing from the store"):
        project.reproduce()


@pytest.mark.parametrize("script", ["open('results/a/b.txt', 'w').write('x')", MAKING])
def test_a_folder_that_no_file_is_kept_of_is_as_it_was_before(project: Project, script: str):
    project.write("anew.toml", "")
    project.write(".gitignore", "results/\n")
    project.write("s.py", script)
    if script != MAKING:
        (project.root / "results" / "a").mkdir(parents=True)
    project.run("-m", "anew", "run", "s.py")
    shutil.rmtree(project.root / "results")
    found = project.reproduce()
    assert found.verdict == "identical", found.verdicts
    assert not (project.root / "results").exists()


@pytest.mark.parametrize("place", ["data/given.txt", "../given.txt"])
def test_what_came_from_standard_input_is_given_again(project: Project, place: str):
    project.write("anew.toml", "")
    project.write("s.py", "import sys; print(sys.stdin.read().upper())")
    given = project.write(place, "recorded")
    with given.open() as file:
        project.run("-m", "anew", "run", "s.py", stdin=file)
    assert [use.digest for use in project.trial().files if use.role == "input"] == [
        digest_file(given).digest
    ]
    given.write_text("of today")
    found = project.reproduce()
    assert found.verdict == "identical", found.verdicts
    if not place.startswith(".."):
        assert checkout(project.trial(1), project.root / "by hand", env=None).command == (
            "python s.py < data/given.txt"
        )


@pytest.mark.parametrize("making", ["", "mkdir results && "], ids=["there before", "made by it"])
def test_a_folder_that_another_program_wrote_into_is_as_it_was_before(
    project: Project, making: str
):
    project.write("anew.toml", "")
    project.write(".gitignore", "results/\n")
    if not making:
        (project.root / "results").mkdir()
    project.run("-m", "anew", "run", "--", "sh", "-c", f"{making}echo made > results/a.txt")
    shutil.rmtree(project.root / "results")
    found = project.reproduce()
    assert found.verdict == "identical", found.verdicts


@pytest.mark.parametrize("content", [(), ("old.txt",)], ids=["empty", "with files"])
def test_a_folder_that_a_trial_removes_and_makes_again_is_there_when_it_begins(
    project: Project, content: tuple[str, ...]
):
    project.write("anew.toml", "")
    (project.root / "out" / "deep").mkdir(parents=True)
    for name in content:
        project.write(f"out/deep/{name}", "of then")
    script = """
        import os, shutil
        print(sorted(os.listdir("out/deep")))
        shutil.rmtree("out")
        os.makedirs("out/other")
        open("out/other/x.txt", "w").write("1")
    """
    project.write("main.py", script)
    project.run("-m", "anew", "run", "main.py")
    assert project.reproduce().is_good


@pytest.mark.parametrize("rule", ["", "data/\n"], ids=["in the snapshot", "ignored"])
def test_a_folder_that_a_trial_renames_is_where_it_was_when_it_begins(project: Project, rule: str):
    project.write("anew.toml", "")
    project.write(".gitignore", rule)
    project.write("data/a.txt", "1")
    project.write("data/deep/b.txt", "2")
    script = """
        import os
        os.rename("data", "old")
        print(open("old/a.txt").read(), open("old/deep/b.txt").read())
        os.mkdir("data")
        open("data/a.txt", "w").write("new")
    """
    project.write("main.py", script)
    project.run("-m", "anew", "run", "main.py")
    uses = {(use.path, use.role) for use in project.trial().files}
    assert {("data/a.txt", "input"), ("data/deep/b.txt", "input")} <= uses
    assert not {("old/a.txt", "input"), ("old/deep/b.txt", "input")} & uses
    assert project.reproduce().is_good
