"""A project, a home without configuration, and real git."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def _bare_home(home: Path) -> None:
    """Nothing here depends on the configuration of whoever runs it."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a project without a repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "fit.py").write_text("def fit(x):\n    return x\n")
    return folder


@pytest.fixture
def git(root: Path) -> Callable[..., str]:
    """Run git as the user does, in the project unless another folder is named."""

    def run(*arguments: str, cwd: Path | None = None) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        return subprocess.run(
            ["git", *who, *arguments], cwd=cwd or root, check=True, capture_output=True, text=True
        ).stdout

    return run


@pytest.fixture
def settle() -> Callable[[], None]:
    """Wait until the clock of the file system has moved on."""
    return lambda: time.sleep(0.05)
