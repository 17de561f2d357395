"""Interpreters are found wherever they are, and the one that comes next is chosen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.environments.interpreters import (
    Interpreter,
    choose,
    list_candidates,
    list_interpreters,
)

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = ("3.9.1", "3.11.2", "3.11.7", "3.12.1", "3.13.0")
FOUND = [Interpreter(Path(f"/python{version}"), version) for version in VERSIONS]


@pytest.mark.parametrize(
    ("wanted", "how", "chosen"),
    [
        ("3.11.7", "same", "3.11.7"),
        ("3.11.6", "same", None),
        ("3.11.6", "exact", "3.11.7"),
        ("3.11.3", "exact", "3.11.2"),
        ("3.10.4", "exact", None),
        ("3.10.4", "nearest", "3.11.2"),
        ("3.14.0", "nearest", "3.13.0"),
        ("3.12.0rc1", "exact", "3.12.1"),
        ("3.13.0rc1", "same", None),
    ],
)
def test_of_several_the_nearest_that_is_allowed_is_chosen(
    wanted: str, how: str, chosen: str | None
) -> None:
    found = choose({"version": wanted}, FOUND, how=how)
    assert (found.version if found else None) == chosen


def test_other_build_and_implementation_are_farther_than_any_version() -> None:
    others = [
        Interpreter(Path("/a"), "3.12.1", free_threaded=True),
        Interpreter(Path("/b"), "3.12.1", "PyPy"),
        Interpreter(Path("/c"), "3.9.1"),
    ]
    wanted = {"version": "3.12.1", "implementation": "CPython", "free_threaded": False}
    assert choose(wanted, others, how="exact") is None
    assert choose(wanted, others, how="nearest") == others[2]


@given(st.permutations(FOUND), st.integers(8, 15), st.integers(0, 20))
def test_choice_does_not_depend_on_the_order(
    found: list[Interpreter], minor: int, patch: int
) -> None:
    wanted = {"version": f"3.{minor}.{patch}"}
    assert choose(wanted, found, how="nearest") == choose(wanted, FOUND, how="nearest")


@pytest.fixture
def make_python(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put the interpreter that runs the tests into a folder of the home."""
    monkeypatch.setenv("PATH", str(home / "nothing"))
    monkeypatch.delenv("PYENV_ROOT", raising=False)

    def make(folder: str) -> Path:
        path = home / folder
        path.parent.mkdir(parents=True)
        path.symlink_to(sys.executable)
        return path

    return make


@pytest.mark.parametrize(
    "folder",
    [
        ".pyenv/versions/3.99.1/bin/python3.99",
        ".local/share/uv/python/cpython-3.99.1-linux-x86_64-gnu/bin/python",
        "miniforge3/envs/study/bin/python3",
    ],
    ids=["pyenv", "uv", "conda"],
)
def test_folders_of_tools_are_looked_into(folder: str, make_python: Callable[[str], Path]) -> None:
    path = make_python(folder)
    assert path in list_candidates("3.99.1")


def test_environments_that_conda_lists_are_looked_into(
    home: Path, make_python: Callable[[str], Path]
) -> None:
    path = make_python("elsewhere/study/bin/python")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text(f"{home / 'elsewhere/study'}\n/gone\n")
    assert path in list_candidates("3.99.1")


def test_path_is_looked_into_and_shims_are_not(
    home: Path, make_python: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, shim = make_python("tools/python3.99"), make_python("any/shims/python3.99")
    monkeypatch.setenv("PATH", f"{found.parent}:{shim.parent}")
    assert found in list_candidates("3.99.1")
    assert shim not in list_candidates("3.99.1")


def test_path_that_names_the_version_is_first(make_python: Callable[[str], Path]) -> None:
    path = make_python(".pyenv/versions/3.99.1/bin/python")
    assert list_candidates("3.99.1")[0] == path


def test_interpreter_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(list_interpreters([Path(sys.executable)], tmp_path))
    monkeypatch.setattr("subprocess.run", None)
    assert list(list_interpreters([Path(sys.executable)], tmp_path)) == first


def test_what_does_not_start_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    found = list_interpreters([broken, tmp_path / "gone", Path(sys.executable)], tmp_path / "known")
    assert [each.path for each in found] == [Path(sys.executable)]
