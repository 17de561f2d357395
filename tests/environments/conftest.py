"""Environments that stay in the test's folder, and an index that is there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_index import Index, facets_of, install

from anew.environments.uv import find_uv

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No index, cache or interpreter but those of the test."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_", "VIRTUAL_ENV"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("ANEW_ENVIRONMENTS", str(tmp_path / "environments"))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index with two packages in a few versions."""
    made = Index(tmp_path / "index")
    for version in ("1.0", "1.1", "2.0"):
        made.add("alpha", version)
    made.add("beta", "0.5")
    monkeypatch.setenv("UV_DEFAULT_INDEX", made.url)
    return made


@pytest.fixture
def store(project: Path) -> Any:
    """What is needed of a store: its folder."""
    folder = project / ".anew"
    folder.mkdir()
    return SimpleNamespace(folder=folder)


@pytest.fixture
def ran_in(project: Path, tmp_path: Path, index: Index) -> Callable[..., dict[str, Any]]:
    """Make an environment with some packages, and give the facets of a trial in it."""

    def make(*requirements: str, name: str = "then") -> dict[str, Any]:
        folder = tmp_path / name
        uv = find_uv(project)
        assert uv.run(["venv", "--python", sys.executable, str(folder)]).is_good
        install(folder, *requirements)
        return facets_of(folder, project)

    return make
