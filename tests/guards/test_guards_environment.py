"""Declared, locked, installed and imported packages that do not agree."""

from __future__ import annotations

import pytest

from anew.guards import before_trial, find_obstacles
from anew.guards.declared import read_declared, read_locks
from anew.guards.environment import find_mismatches, find_unused
from anew.provenance.locks import LocksCollector
from anew.provenance.requirements import RequirementsCollector

PROJECT = """
[project]
name = "x"
dependencies = ["numpy>=2", "rich; python_version < '3'"]

[project.optional-dependencies]
more = ["click"]

[dependency-groups]
dev = ["pytest>=8", {{include-group = "more"}}]
{more}
"""
LOCK = """
version = 1

[[package]]
name = "numpy"
version = "{numpy}"
source = {{ registry = "https://pypi.org/simple" }}

[[package]]
name = "click"
version = "8.1.0"

[[package]]
name = "pytest"
version = "8.3.0"

[[package]]
name = "x"
version = "0.1.0"
source = {{ virtual = "." }}
"""
INSTALLED = {"numpy": "2.1.0", "click": "8.1.0", "pytest": "8.3.0", "x": "0.2.0"}
ORIGINS = {"x": "editable ."}


def read(folder):
    """Read what a folder declares and locks."""
    collectors = LocksCollector(), RequirementsCollector()
    facets = {each.name: each.collect(folder) for each in collectors}
    return read_declared(facets), read_locks(facets)


@pytest.fixture
def agreed(project):
    """A project in which all agree."""
    (project / "pyproject.toml").write_text(PROJECT.format(more=""))
    (project / "uv.lock").write_text(LOCK.format(numpy="2.1.0"))
    (project / "train.py").write_text("import numpy as np\nfrom os import path\n")
    return project


@pytest.fixture
def said(look):
    """What does not agree, for what is installed."""

    def find(**changes):
        versions = {n: v for n, v in (INSTALLED | changes).items() if v}
        present = look(facets={"packages": {"versions": versions, "origins": ORIGINS}})
        return [(str(c), c.mend, c.severity) for c in find_mismatches(present)]

    return find


def test_what_agrees_is_not_worth_a_word(agreed, said):
    assert said() == []


def test_a_lock_that_was_not_renewed_is_out_of_date(agreed, said):
    (agreed / "uv.lock").write_text(LOCK.format(numpy="1.26.4"))
    told = "lock: uv.lock does not hold what is declared: numpy>=2"
    assert said(numpy="1.26.4")[0] == (told, "uv lock", "warns")


def test_a_new_requirement_that_is_not_locked_is_said(agreed, said):
    text = PROJECT.format(more="").replace('"numpy>=2"', '"numpy>=2", "pandas"')
    (agreed / "pyproject.toml").write_text(text)
    told = "lock: uv.lock does not hold what is declared: pandas"
    assert said(pandas="2.2") == [(told, "uv lock", "warns")]


def test_what_is_installed_is_held_against_the_lock(agreed, said):
    told = "lock: installed is not what uv.lock says: numpy 2.2.0 (locked 2.1.0)"
    assert said(numpy="2.2.0") == [(told, "uv sync", "warns")]


def test_a_local_version_is_that_of_the_lock(agreed, said):
    assert said(numpy="2.1.0+mkl") == []


def test_a_version_outside_of_the_range_is_said(agreed, said):
    (agreed / "uv.lock").unlink()
    told = "requirements: numpy 1.26 is installed, pyproject.toml asks for numpy>=2"
    assert (told, "uv sync", "warns") in said(numpy="1.26")


def test_a_requirement_that_is_not_installed_is_said(agreed, said):
    told = "requirements: declared and not installed: numpy>=2"
    assert said(numpy=None) == [(told, "uv sync", "warns")]


def test_an_import_that_is_not_declared_is_said_with_its_place(agreed, said):
    (agreed / "train.py").write_text("import numpy\nimport sklearn.linear_model\n")
    told = "requirements: imported and not declared: scikit-learn (train.py:2)"
    assert said() == [(told, "uv add scikit-learn", "warns")]


@pytest.mark.parametrize(
    "text",
    [
        "import json",
        "import train",
        "import anew",
        "try:\n  import pandas\nexcept ImportError:\n  pandas = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import pandas",
        "from . import pandas",
    ],
)
def test_an_import_that_needs_no_declaration_is_not_said(agreed, said, text):
    (agreed / "train.py").write_text(text)
    assert said() == []


def test_without_a_lock_it_is_told(agreed, said):
    (agreed / "uv.lock").unlink()
    assert said() == [("lock: no lock file says which packages exactly", "uv lock", "tells")]


def test_without_any_declaration_imports_are_told(agreed, said):
    (agreed / "uv.lock").unlink()
    (agreed / "pyproject.toml").unlink()
    assert [(kind.partition(":")[0], severity) for kind, _, severity in said()] == [
        ("lock", "tells"),
        ("requirements", "tells"),
    ]


def test_pinned_requirements_are_a_lock(agreed, said):
    (agreed / "uv.lock").unlink()
    (agreed / "pyproject.toml").unlink()
    (agreed / "requirements.txt").write_text("# mine\nnumpy==2.1.0 \\\n    --hash=sha256:12\n")
    assert said() == []
    told = "lock: installed is not what requirements.txt says: numpy 2.0 (locked 2.1.0)"
    assert said(numpy="2.0") == [(told, "uv pip sync requirements.txt", "warns")]


def test_ranges_are_no_lock(agreed):
    (agreed / "uv.lock").unlink()
    (agreed / "requirements.txt").write_text("numpy>=2\npandas==2.2\n-r other.txt\n")
    assert read(agreed)[1] == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("poetry.lock", '[[package]]\nname = "NumPy"\nversion = "2.1.0"\n'),
        ("pdm.lock", '[[package]]\nname = "numpy"\nversion = "2.1.0"\n'),
        ("pylock.toml", '[[packages]]\nname = "numpy"\nversion = "2.1.0"\n'),
        ("Pipfile.lock", '{"default": {"numpy": {"version": "==2.1.0"}}}'),
    ],
)
def test_locks_of_other_tools_are_read(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    assert [lock.versions for lock in read(tmp_path)[1]] == [{"numpy": {"2.1.0"}}]


def test_broken_files_say_nothing(agreed):
    (agreed / "pyproject.toml").write_text("[project")
    (agreed / "uv.lock").write_bytes(b"\xff")
    assert read(agreed)[0] == []
    assert [lock.versions for lock in read(agreed)[1]] == [{}]


def test_requirements_that_nothing_imports_are_told(agreed, look):
    (agreed / "train.py").write_text("import json\n")
    present = look(facets={"packages": {"versions": INSTALLED}})
    (found,) = find_unused(present)
    assert (found.text, found.mend) == ("declared and not imported: numpy", "uv remove numpy")
    (agreed / "other.py").write_text("import numpy\n")
    assert find_unused(present) == []


def test_strict_mode_stops_for_each_but_the_unused(agreed, look, home):
    (agreed / "uv.lock").unlink()
    (agreed / "train.py").write_text("")
    kinds = [
        c.kind
        for c in find_obstacles(
            look(facets={"packages": {"versions": INSTALLED, "origins": ORIGINS}})
        )
    ]
    assert kinds == ["code", "remote", "lock"]


def test_before_a_trial_only_what_is_warned_of_is_said(agreed, look):
    versions = INSTALLED | {"numpy": "2.2.0"}
    found = before_trial(look(facets={"packages": {"versions": versions, "origins": ORIGINS}}))
    assert [each.kind for each in found] == ["lock"]
    (agreed / "uv.lock").unlink()
    assert (
        before_trial(look(facets={"packages": {"versions": INSTALLED, "origins": ORIGINS}})) == []
    )


def test_addresses_and_options_are_no_names(tmp_path):
    lines = "-r base.txt\n--index-url https://x\ngit+https://x/y\nrich @ https://x/y.whl\nnumpy\n"
    (tmp_path / "requirements.txt").write_text(lines)
    assert [each.name for each in read(tmp_path)[0]] == ["rich", "numpy"]


def test_a_lock_for_the_work_alone_lacks_what_development_needs(agreed, said):
    (agreed / "uv.lock").unlink()
    (agreed / "pylock.toml").write_text('[[packages]]\nname = "numpy"\nversion = "2.1.0"\n')
    assert said() == []


def test_what_conda_is_asked_for_need_not_be_a_distribution(agreed, said):
    (agreed / "pyproject.toml").unlink()
    (agreed / "uv.lock").unlink()
    text = "dependencies:\n  - python=3.12\n  - numpy>=2\n  - gdal\n"
    (agreed / "environment.yml").write_text(text)
    assert [kind for kind, _, severity in said() if severity == "warns"] == []
    told = "requirements: numpy 1.26 is installed, environment.yml asks for numpy>=2"
    assert told in [kind for kind, _, _ in said(numpy="1.26")]
