"""The current folder counts where something was asked for by a relative path."""

from __future__ import annotations

import os
from pathlib import Path

from anew.watch import CURRENT_FOLDER, holds, touching


def folder_of(project, function):
    """Run a function in a sub-folder, and give the folder that it depends on."""
    (project / "sub").mkdir()
    (project / "sub" / "a.txt").write_text("a")
    os.chdir(project / "sub")
    with touching(project) as touch:
        function()
    return touch.folder


def test_a_relative_path_counts_by_the_folder_it_begins_at(project):
    assert folder_of(project, lambda: Path("a.txt").read_text()) == "folder:sub"


def test_an_absolute_path_does_not(project):
    assert folder_of(project, (project / "sub" / "a.txt").read_text) is None


def test_a_file_that_is_written_by_a_relative_path_does(project):
    assert folder_of(project, lambda: Path("new.txt").write_text("")) == "folder:sub"


def test_whoever_asks_for_it_depends_on_it(project):
    assert folder_of(project, Path.cwd) == "folder:sub"
    os.chdir(project)
    with touching(project) as touch:
        os.getcwd()
    assert touch.folder == "folder:."


def test_it_holds_there_alone(project):
    assert holds([(CURRENT_FOLDER, "folder:.")], project) is None
    (project / "sub").mkdir()
    os.chdir(project / "sub")
    assert holds([(CURRENT_FOLDER, "folder:.")], project) == CURRENT_FOLDER


def test_what_does_not_count_does_not_make_it_count(project):
    os.chdir("/")
    with touching(project) as touch:
        Path("proc/self/stat").read_text()
    assert touch.folder is None
