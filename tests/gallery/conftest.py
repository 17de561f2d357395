"""Where scripts of others run: a fresh project of their own each time, always at one path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fetching import cache_folder
from running import Yard, find_strace, prepare_home


def pytest_collection_modifyitems(config, items):
    """Without `-m gallery`, leave out all but the quick ones."""
    if "gallery" in config.option.markexpr:
        return
    slow = [each for each in items if each.get_closest_marker("gallery") and not _is_quick(each)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [each for each in items if each not in slow]


def _is_quick(item):
    return item.callspec.params["script"].quick


@pytest.fixture(scope="session")
def cache():
    return cache_folder()


@pytest.fixture(scope="session")
def strace(tmp_path_factory):
    return find_strace(tmp_path_factory.mktemp("strace"))


@pytest.fixture(scope="session")
def gallery_home(tmp_path_factory):
    """A home folder in which matplotlib has its list of fonts already."""
    return prepare_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def yard(tmp_path, cache, strace, gallery_home):
    return Yard(tmp_path, cache, strace, gallery_home)
