"""Fresh processes for the table of source edits."""

from __future__ import annotations

import sys
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


@pytest.fixture
def tiny(tmp_path):
    return Project(tmp_path / "tiny")
