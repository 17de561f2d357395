"""Projects on disk, and real git."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from anew.code import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.code.snapshot import Snapshot


@pytest.fixture(autouse=True)
def _bare_home(home: Path) -> None:
    """Nothing here depends on the configuration of whoever runs it."""


@pytest.fixture
def git(project: Path) -> Callable[..., str]:
    """Run git as the user does, in the project unless another folder is named."""

    def run(*arguments: str, cwd: Path | None = None) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        return subprocess.run(
            ["git", *who, *arguments],
            cwd=cwd or project,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with two files and no repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "fit.py").write_text("def fit(x):\n    return x\n")
    (folder / "notes").mkdir()
    (folder / "notes" / "plan.txt").write_text("measure\n")
    return folder


@pytest.fixture
def git_dir(tmp_path: Path) -> Path:
    """Give the place of the private repository."""
    return tmp_path / "store" / "git"


@pytest.fixture
def take(project: Path, git_dir: Path) -> Callable[..., Snapshot]:
    """Take a snapshot of the project, with room for everything."""

    def run(
        root: Path = project, *, limit_bytes: int = 1_000_000, limit_files: int = 1_000
    ) -> Snapshot:
        return snapshot.take(root, git_dir, limit_bytes=limit_bytes, limit_files=limit_files)

    return run


@pytest.fixture
def files(git_dir: Path) -> Callable[[Snapshot], dict[str, bytes]]:
    """Read all files of a snapshot."""

    def read(taken: Snapshot) -> dict[str, bytes]:
        names = snapshot.list_files(git_dir, taken.commit)
        return {name: snapshot.read_file(git_dir, taken.commit, name) for name in names}

    return read


@pytest.fixture
def settle() -> Callable[[], None]:
    """Wait until the clock of the file system has moved on."""
    return lambda: time.sleep(0.05)
