"""Code that ran and is in no snapshot counts as a file that was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from anew.data import sources
from anew.data.outsiders import make_process
from anew.data.sources import find_sources
from anew.records import replace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("study/main.py", "study/local.py", "study/sub/part.py", "lib/helper.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("a = 1\n")
    return tmp_path / "study"


def find(root: Path, *code: Path, entries=("main.py",), **snapshot) -> list[Path]:
    process = replace(make_process(1), code=tuple(map(str, code)))
    found = find_sources([process, process], root, snapshot, entries)
    return [Path(used.path) for used in found if used.is_read]


def test_what_is_in_the_snapshot_is_no_file(root: Path):
    assert find(root, root / "main.py") == []


def test_what_git_ignores_is_a_file_once(root: Path):
    assert find(root, root / "local.py") == [root / "local.py"]


def test_what_lies_outside_of_the_project_is_a_file(root: Path):
    helper = root.parent / "lib" / "helper.py"
    assert find(root, helper, root / ".." / "lib" / "helper.py") == [helper]


def test_where_the_snapshot_is_not_known_all_of_the_project_is_taken_to_be_in_it(root: Path):
    helper = root.parent / "lib" / "helper.py"
    assert find(root, root / "local.py", helper, entries=()) == [helper]


def test_what_is_in_a_snapshot_of_its_own_is_no_file(root: Path):
    helper = root.parent / "lib" / "helper.py"
    editable = {"helper": {"path": str(root.parent / "lib"), "commit": "c0"}}
    code = helper, root / "sub" / "part.py"
    assert find(root, *code, editable=editable, nested={"sub": "c1"}) == []


def test_what_records_and_what_is_gone_are_no_files(root: Path):
    assert find(root, Path(sources.__file__), root / "gone.py") == []


def test_what_is_installed_into_a_folder_of_its_own_is_no_file(root: Path):
    helper = root.parent / "lib" / "helper.py"
    (root.parent / "lib" / "helper-1.0.dist-info").mkdir()
    assert find(root, helper) == []
