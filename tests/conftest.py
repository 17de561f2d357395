"""What every test may ask for: an empty project to work in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anew.data import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Before Python 3.12 two threads that begin at once cannot both be traced by what measures coverage.
os.environ.setdefault("ZARR_THREADING__MAX_WORKERS", "1")

UNMEASURED = {"bisect", "reproduce", "verify"}
"""Tests of these folders run programs by the dozen: what measures coverage would double their time,
and what such a program does inside is measured where others run it."""


@pytest.fixture(autouse=True)
def _own_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of whoever runs it, nor how many threads the machine allows."""
    is_unmeasured = request.path.parent.name in UNMEASURED
    for name in list(os.environ):
        if name.startswith("ANEW_") or name.endswith("_NUM_THREADS"):
            monkeypatch.delenv(name)
        if is_unmeasured and name.startswith("COVERAGE"):
            monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "anew.toml").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def write(project: Path) -> Callable[[str, str], Path]:
    """Write a file of the project."""

    def write_file(name: str, text: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home folder without any configuration, and no repository above the tests."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return folder


@pytest.fixture
def start_process() -> Iterator[Callable[[list[str]], subprocess.Popen[str]]]:
    """Start programs that one can talk to, and end them and their children in any case."""
    started = []

    def start(command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(autouse=True)
def _tests_are_no_code_of_trials(monkeypatch):
    """Let no trial of this process have tests among its code, nor what others of them imported."""
    here = Path(__file__).parent
    known = [*sources._recorders, f"{here}{os.sep}", str(here.parent / "conftest.py")]
    loaded = list(sys.modules.values())
    files = (getattr(module, "__dict__", {}).get("__file__") for module in loaded)
    known += [file for file in files if file and file.startswith(tempfile.gettempdir())]
    monkeypatch.setattr(sources, "_recorders", known)


@pytest.fixture(autouse=True)
def _children_of_tests_are_not_followed(monkeypatch):
    """Let no test that ran a step in this process have the programs of others traced."""
    monkeypatch.setattr("anew.tracker.beside._is_on", False)
