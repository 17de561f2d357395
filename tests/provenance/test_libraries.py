"""Native libraries are told with the packages of the system that they are from."""

from __future__ import annotations

from pathlib import Path

import pytest

from anew.provenance.libraries import libraries_of

STATUS = """\
Package: zlib1g
Status: install ok installed
Architecture: amd64
Version: 1:1.2.13

Package: zlib1g
Architecture: i386
Version: 1:1.2.11

Package: tool
Architecture: all
Version: 3
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Give the folder of a system with libraries and a database of packages."""
    (tmp_path / "info").mkdir()
    for name in ("libz.so.1", "libtool.so", "libown.so"):
        (tmp_path / name).write_text(name)
    (tmp_path / "info/zlib1g:amd64.list").write_text(f"/.\n{tmp_path}\n{tmp_path}/libz.so.1\n")
    (tmp_path / "info/zlib1g:i386.list").write_text("/.\n/elsewhere/libz.so.1\n")
    (tmp_path / "info/tool.list").write_text(f"/.\n{tmp_path}/libtool.so\n")
    (tmp_path / "status").write_text(STATUS)
    return tmp_path


def ask(system: Path, *names: str) -> dict[str, dict[str, str]]:
    paths = [str(system / name) for name in names]
    return libraries_of(paths, Path("/project"), system / "known", database=system)


def test_a_library_is_told_with_its_package_and_version(system: Path) -> None:
    found = ask(system, "libz.so.1", "libtool.so")
    assert found["versions"] == {"tool": "3", "zlib1g": "1:1.2.13"}
    assert found["files"][str(system / "libz.so.1")] == "zlib1g"


def test_a_library_of_no_package_is_told_without(system: Path) -> None:
    assert ask(system, "libown.so") == {"versions": {}, "files": {str(system / "libown.so"): ""}}


def test_a_library_that_is_gone_is_passed_over(system: Path) -> None:
    assert ask(system, "libgone.so") == {"versions": {}, "files": {}}


def test_nobody_is_asked_again_until_the_file_is_another(system: Path) -> None:
    first = ask(system, "libz.so.1")
    (system / "status").write_text(STATUS.replace("1.2.13", "1.3"))
    assert ask(system, "libz.so.1") == first
    (system / "libz.so.1").unlink()
    (system / "libz.so.1").write_text("newer")
    assert ask(system, "libz.so.1")["versions"] == {"zlib1g": "1:1.3"}


def test_without_a_database_there_are_paths_alone(system: Path) -> None:
    found = libraries_of([str(system / "libz.so.1")], system, system / "known", Path("/no/such"))
    assert found == {"versions": {}, "files": {"libz.so.1": ""}}


def test_damaged_answers_are_asked_for_again(system: Path) -> None:
    first = ask(system, "libz.so.1")
    (system / "known/libraries.json").write_text('{"a": [1]}')
    assert ask(system, "libz.so.1") == first
