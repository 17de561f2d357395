"""uv is found, asked in the right order, and what it says is understood."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from small_index import Index, write_wheel

from anew.environments.index import find_missing, find_nearest, find_withdrawn, indexes_of
from anew.environments.indexes import find_pip_places, find_project_places
from anew.environments.interpreters import clean_variables
from anew.environments.uv import Answer, find_uv
from anew.environments.wanted import Pin
from anew.errors import EnvironmentProblemError

PYTHON = Path(os.__file__).parents[2] / "bin" / "python3"

NO_NETWORK = """error: Request failed after 3 retries in 9.7s
  cause: Failed to fetch: https://pypi.org/simple/attrs/
  cause: error sending request for url (https://pypi.org/simple/attrs/)
"""
NOT_LOCKED = "error: Failed to download\n  cause: Hash mismatch for `a==1`\n\n  Expected:\n"
NOT_BUILT = """  Building foo==1.0
error: Failed to build `foo==1.0`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

         [stderr]
         fatal error: libfoo.h: No such file or directory
         compilation terminated.

hint: Build failures usually indicate a problem with the package
"""


def test_network_that_is_down_is_told_from_what_is_not_there() -> None:
    assert Answer(1, "", NO_NETWORK).is_network
    assert not Answer(1, "", NOT_BUILT).is_network


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (NO_NETWORK, "Failed to fetch: https://pypi.org/simple/attrs/"),
        (NOT_BUILT, "fatal error: libfoo.h: No such file or directory"),
        (NOT_LOCKED, "its content is not what the lock says (hash mismatch)"),
        ("", "uv does not say why"),
    ],
    ids=["network", "build", "hash", "silent"],
)
def test_reason_is_the_line_that_says_most(said: str, reason: str) -> None:
    assert Answer(1, "", said).reason == reason


def test_what_would_make_another_interpreter_is_left_out() -> None:
    given = {"PYTHONPATH": "x", "VIRTUAL_ENV": "x", "CONDA_PREFIX_1": "x", "CONDA_PKGS_DIRS": "y"}
    assert clean_variables(given) == {"CONDA_PKGS_DIRS": "y"}


def test_names_that_are_words_of_the_message_are_not_taken_for_packages(
    index: Index, tmp_path: Path
) -> None:
    index.add("build", "1.0")
    index.add("requirements", "1.0")
    pins = [Pin("build", "1.0"), Pin("requirements", "1.0"), Pin("beta", "9")]
    missing = find_missing(pins, PYTHON, find_uv(tmp_path))
    assert [pin for pin, _ in missing] == [Pin("beta", "9")]


def test_file_for_another_interpreter_is_said_to_be_so(index: Index, tmp_path: Path) -> None:
    index.add("gamma", "1.0", python=">=4")
    [(_, problem)] = find_missing([Pin("gamma", "1.0")], PYTHON, find_uv(tmp_path))
    assert problem.what == "gamma 1.0"


def test_nearest_of_what_no_index_has_is_none(index: Index, tmp_path: Path) -> None:
    assert find_nearest(Pin("nothing", "1.0"), PYTHON, find_uv(tmp_path)) is None
    assert find_nearest(Pin("alpha", "of today"), PYTHON, find_uv(tmp_path)) is None


def test_withdrawn_packages_are_read_with_their_reason() -> None:
    said = 'warning: `a==1.0` is yanked (reason: "wrong")\nwarning: `b==2.0` is yanked\n'
    assert find_withdrawn(Answer(0, "", said)) == [
        "a 1.0 was withdrawn from the index: wrong",
        "b 2.0 was withdrawn from the index",
    ]


def test_index_of_a_lock_is_added() -> None:
    pins = [
        Pin("a", "1"),
        Pin("b", "1", index="https://h/one"),
        Pin("c", "1", index="https://h/one"),
    ]
    assert indexes_of(pins)["UV_INDEX"] == "https://h/one"
    assert indexes_of(pins[:1]) == {}


def test_places_of_pip_are_passed_on(tmp_path: Path, home: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text(
        f"[global]\nindex-url = https://h/simple\nfind-links =\n    {wheels}\n    /gone\n"
    )
    found = find_pip_places({"PIP_EXTRA_INDEX_URL": "https://h/more file:///gone/simple"})
    assert found["UV_FIND_LINKS"] == str(wheels)
    assert found["UV_DEFAULT_INDEX"] == "https://h/simple"
    assert "https://h/more" in found["UV_INDEX"].split()
    assert "file:///gone/simple" not in found["UV_INDEX"].split()


def test_package_that_only_pip_would_find_is_found(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(tmp_path / "wheels", "delta", "1.0")
    assert find_missing([Pin("delta", "1.0")], PYTHON, find_uv(tmp_path)) != []
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    assert find_missing([Pin("delta", "1.0")], PYTHON, find_uv(tmp_path)) == []


def test_indexes_of_the_project_are_asked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        """
        [tool.uv]
        find-links = ["wheels", "https://h/flat"]
        extra-index-url = ["https://h/extra"]
        [[tool.uv.index]]
        name = "ours"
        url = "https://h/ours"
        [[tool.uv.index]]
        url = "https://h/default"
        default = true
        [[tool.uv.index]]
        name = "single"
        url = "https://h/single"
        explicit = true
        """
    )
    assert find_project_places(tmp_path) == {
        "UV_DEFAULT_INDEX": "https://h/default",
        "UV_INDEX": "ours=https://h/ours https://h/extra",
        "UV_FIND_LINKS": f"{tmp_path / 'wheels'},https://h/flat",
    }


def test_project_without_settings_names_no_index(tmp_path: Path) -> None:
    assert find_project_places(tmp_path) == {}
    (tmp_path / "uv.toml").write_text("[[[")
    assert find_project_places(tmp_path) == {}


def test_without_uv_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentProblemError, match="uv, which rebuilds") as error:
        find_uv(tmp_path)
    assert "pip install uv" in error.value.hint
