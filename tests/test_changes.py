"""What is said of changes before a trial."""

from __future__ import annotations

import logging

import pytest

import anew
from anew.changes import compare_facets
from anew.model import Change


@pytest.fixture
def said(caplog):
    """The lines that were said so far, and forget them."""

    def take() -> list[str]:
        lines = [r.getMessage() for r in caplog.records if r.name == "anew"]
        caplog.clear()
        return lines

    caplog.set_level(logging.INFO, logger="anew")
    return take


@pytest.fixture
def ex(project):
    """An experiment that reads a table, in a project with a module."""
    (project / "model.py").write_text("def fit(x):\n    return x + 1\n\n\ndef load():\n    pass\n")
    (project / "data.csv").write_text("a\n1\n2\n")
    made = anew.Experiment("changing")
    made.result(lambda: anew.input("data.csv").read_text())
    return made


def test_nothing_is_said_of_the_first_trial_nor_when_nothing_changed(ex, said):
    ex.run()
    ex.run()
    assert said() == []


def test_a_changed_function_is_named(ex, said, project):
    ex.run()
    (project / "model.py").write_text("def fit(x):\n    return x + 2\n\n\ndef load():\n    pass\n")
    ex.run()
    (line,) = said()
    assert line.startswith("code: fit() changed")
    ex.run()
    assert said() == []


def test_a_moved_comment_is_not_a_change(ex, said, project):
    ex.run()
    text = (project / "model.py").read_text()
    (project / "model.py").write_text(f"# a comment\n\n{text}")
    ex.run()
    assert said() == []


def test_new_rows_are_counted(ex, said, project):
    (project / "data.csv").write_text("a\n" + "1\n" * 1234)
    ex.run()
    (project / "data.csv").write_text("a\n" + "1\n" * 1250)
    ex.run()
    assert said() == ["data.csv: 1 234 rows → 1 250"]


def test_other_content_of_equal_size_is_said(ex, said, project):
    ex.run()
    (project / "data.csv").write_text("a\n1\n3\n")
    ex.run()
    assert said() == ["data.csv: content changed, still 2 rows"]


def test_a_missing_file_is_said(ex, said, project):
    ex.run()
    (project / "data.csv").unlink()
    with pytest.raises(FileNotFoundError):
        ex.run()
    assert said() == ["data.csv: is gone"]


def test_what_a_trial_itself_left_is_no_change_and_what_comes_upon_it_is(said, project):
    def append():
        with anew.trial("log"), (project / "log.txt").open("a") as file:
            file.write("again\n")

    (project / "log.txt").write_text("first\n")
    append()
    append()
    assert said() == []
    with (project / "log.txt").open("a") as file:
        file.write("by hand\n")
    append()
    assert said() == ["log.txt: 12 bytes → 26"]


def test_another_seed_is_said(ex, said):
    ex.run(1)
    ex.run(2)
    assert said() == ["seeds: root 1 → 2"]


def test_an_environment_variable_is_said(ex, said, monkeypatch):
    ex.run()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "3")
    ex.run()
    assert any("SOURCE_DATE_EPOCH 3 added" in line for line in said())


def test_a_package_is_said_with_both_versions():
    old = {"packages": {"versions": {"numpy": "2.4.6", "old": "1", "same": "1"}}}
    new = {"packages": {"versions": {"numpy": "2.5.0", "new": "2", "same": "1"}}}
    assert compare_facets(old, new) == [
        Change("packages", "new 2 added, numpy 2.4.6 → 2.5.0, old 1 removed")
    ]


def test_a_package_of_conda_is_said_with_version_and_build():
    place = "https://conda.anaconda.org/conda-forge/linux-64"
    old = [f"{place}/libblas-3.9-1_mkl.conda#00", f"{place}/same-1-0.conda", f"{place}/x-1-0.conda"]
    new = [f"{place}/libblas-3.9-2_openblas.tar.bz2", f"{place}/same-1-0.conda"]
    assert compare_facets({"conda": {"explicit": old}}, {"conda": {"explicit": new}}) == [
        Change("conda", "libblas 3.9 1_mkl → 3.9 2_openblas, x 1 0 removed")
    ]
    moved = [url.replace("conda-forge", "main") for url in old]
    assert compare_facets({"conda": {"explicit": old}}, {"conda": {"explicit": moved}}) == [
        Change("conda", "the same versions from other places")
    ]


def test_many_differences_are_counted():
    old = {"packages": {"versions": {f"p{i}": "1" for i in range(9)}}}
    new = {"packages": {"versions": {f"p{i}": "2" for i in range(9)}}}
    (change,) = compare_facets(old, new)
    assert change.text.endswith("p3 1 → 2, and 5 more")


def test_arguments_of_the_command_are_no_change():
    old = {"command": {"argv": ["a"], "environment": {}}}
    assert compare_facets(old, {"command": {"argv": ["b"], "environment": {}}}) == []


def test_a_hash_seed_is_a_change_where_the_user_set_it():
    ours = {"command": {"environment": {"PYTHONHASHSEED": "0"}, "set_by_anew": ["PYTHONHASHSEED"]}}
    theirs, none = ({"command": {"environment": each}} for each in ({"PYTHONHASHSEED": "0"}, {}))
    assert compare_facets(ours, none) == compare_facets(none, ours) == []
    assert compare_facets(ours, theirs) == []
    assert compare_facets(none, theirs) == [Change("command", "PYTHONHASHSEED 0 added")]


def test_a_flag_that_follows_from_the_hash_seed_is_not_said_again():
    flags = ({"python": {"flags": {"hash_randomization": n, "optimize": 0}}} for n in (0, 1))
    assert compare_facets(*flags) == []
