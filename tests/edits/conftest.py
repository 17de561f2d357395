"""Fresh processes for the table of source edits."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from tiny_projects import Project, started_runner


@pytest.fixture(scope="session")
def first_runner():
    with started_runner(sys.executable, 1) as runner:
        yield runner


@pytest.fixture(scope="session")
def second_runner():
    """Another process with another hash seed."""
    with started_runner(sys.executable, 2) as runner:
        yield runner


@pytest.fixture(scope="session")
def measured_runner():
    """A process whose coverage is measured, which makes it slow."""
    with started_runner(sys.executable, 1, is_measured=True) as runner:
        yield runner


@pytest.fixture
def runner(row, request):
    """The process for the state before: for every other row the one that is measured."""
    is_measured = zlib.crc32(row.id.encode()) % 2 == 0
    return request.getfixturevalue("measured_runner" if is_measured else "first_runner")


@pytest.fixture
def tiny(tmp_path):
    return Project(tmp_path / "tiny")
