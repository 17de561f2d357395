"""What modules belong to."""

from __future__ import annotations

import sys

import pytest

from anew.code import libraries
from anew.code.libraries import origin_of, origin_of_file


@pytest.mark.parametrize("name", ["json", "sys", "os.path", "builtins", "_io", "asyncio"])
def test_the_standard_library_is_standard(name: str) -> None:
    assert origin_of(name).kind == libraries.STANDARD


def test_a_library_has_a_name_and_a_version() -> None:
    import numpy as np

    origin = origin_of("numpy.linalg")
    assert origin[:3] == (libraries.LIBRARY, "numpy", np.__version__)


def test_anew_is_itself() -> None:
    assert origin_of("anew.plan").kind == libraries.OWN


def install(folder, name: str, **files: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir()
    for file, text in files.items():
        (info / file.replace("_dot_", ".")).write_text(text)


@pytest.mark.parametrize(
    "files",
    [
        {"RECORD": "lib/__init__.py,,\n", "METADATA": "Name: lib\nVersion: 1.5\n"},
        {"top_level_dot_txt": "lib\n"},
        {"METADATA": "Metadata-Version: 2.1\nName: lib\nVersion: 1.5\n"},
    ],
    ids=["record", "top level", "metadata alone"],
)
def test_a_distribution_beside_a_package_makes_it_a_library(files, tmp_path, monkeypatch) -> None:
    install(tmp_path, "lib", **files)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    origin = origin_of_file(str(tmp_path / "lib" / "__init__.py"))
    assert origin[:3] == (libraries.LIBRARY, "lib", "1.5")


def test_an_editable_install_is_the_project(tmp_path, monkeypatch) -> None:
    editable = '{"url": "file:///x", "dir_info": {"editable": true}}'
    install(tmp_path, "lib", direct_url_dot_json=editable, top_level_dot_txt="lib\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert origin_of_file(str(tmp_path / "lib" / "__init__.py")).kind == libraries.PROJECT


def test_a_file_beside_distributions_that_none_names_is_the_project(tmp_path, monkeypatch) -> None:
    install(tmp_path, "lib", RECORD="lib/__init__.py,,\n")
    (tmp_path / "mine.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert origin_of_file(str(tmp_path / "mine.py")).kind == libraries.PROJECT
