"""Projects that are as they should be, each broken by its test."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from anew.guards import look_around
from anew.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.guards import Present


@pytest.fixture
def git(project: Path, home: Path) -> Callable[..., str]:
    """Call git in the project, as somebody with a name."""
    assert home.is_dir()

    def call(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        command = ["git", *who, *arguments]
        done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
        return done.stdout

    return call


@pytest.fixture
def pushed(project: Path, git: Callable[..., str], tmp_path: Path) -> Path:
    """A project whose code is committed and pushed."""
    (project / "train.py").write_text("import model\n\nprint(model.fit())\n")
    (project / "model.py").write_text("def fit():\n    return 1\n")
    (project / ".gitignore").write_text(".anew/\nbuild/\n")
    git("init", "--bare", str(tmp_path / "remote.git"))
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    git("remote", "add", "origin", str(tmp_path / "remote.git"))
    git("push", "-u", "origin", "main")
    return project


@pytest.fixture
def look(project: Path) -> Callable[..., Present]:
    """Look at what would run in the project, on an interpreter of the test's own."""

    def see(script: str | None = "train.py", **more: object) -> Present:
        facets = {"python": {"version": "3.12.1"}, "packages": {"versions": {}, "origins": {}}}
        facets |= more.pop("facets", {})  # type: ignore[arg-type]
        path = project / script if script else None
        return look_around(load_settings(project), script=path, facets=facets, **more)  # type: ignore[arg-type]

    return see
