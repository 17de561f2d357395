"""Real projects in temporary folders, run by real commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import anew
from anew.bisect import Bisection, bisect
from anew.digests import digest_file
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.model import Trial
    from anew.types import Store


@dataclass(frozen=True)
class Project:
    """A folder with a study in it."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def environ(self, **variables: str) -> dict[str, str]:
        # A module that is edited within a second must not be taken from its compiled file.
        known = {"PYTHONPATH": str(Path(anew.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
        return os.environ | known | variables

    def run(
        self, *words: str, check: bool = True, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environ(**variables),
            capture_output=True,
            text=True,
            check=check,
        )

    @property
    def store(self) -> Store:
        return open_store(self.root / ".anew", root=self.root)

    def trial(self, reference: int | str) -> Trial:
        return self.store.trial(reference)

    def bisect(self, a: int = 1, b: int = 2, **wishes: Any) -> Bisection:
        return bisect(self.trial(a), self.trial(b), **wishes)

    def describe_tree(self) -> dict[str, object]:
        """Give content, times and rights of all but the store."""
        return {
            str(path): (
                digest_file(path).digest if path.is_file() else None,
                path.lstat().st_mtime_ns,
                path.lstat().st_mode,
            )
            for path in sorted(self.root.rglob("*"))
            if ".anew" not in path.parts
        }


STUDY = """
    import sys
    import anew
    from features import *

    with anew.trial("study"):
        rows = [float(line) for line in open("data/a.csv")]
        anew.log(score=sum(rows) * scale(*sys.argv[1:]))
"""

FEATURES = "".join(f"# part {n}\nX{n} = 1\n" for n in range(20))
SCALE = "\n\ndef scale(*words):\n    return X7 * sum(map(float, words or [1]))\n"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put scratch folders and environments where they are gone after the test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "my study"
    root.mkdir()
    made = Project(root)
    made.write("anew.toml", "")
    yield made
    made.store.close()


@pytest.fixture
def study(project: Project) -> Project:
    """A study with twenty places in its code, and some data."""
    project.write("study.py", STUDY)
    project.write("features.py", FEATURES + SCALE)
    for name in "abcdefgh":
        project.write(f"data/{name}.csv", "1\n2\n")
    return project
