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
from anew.digests import digest_file
from anew.stores import open_store
from anew.verify import Verification, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.types import Store


@dataclass(frozen=True)
class Project:
    """A folder with a study in it."""

    root: Path
    scratch: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def environ(self, **variables: str) -> dict[str, str]:
        places = [*filter(None, [variables.pop("PYTHONPATH", "")]), str(anew_folder())]
        known = {"PYTHONPATH": os.pathsep.join(places), "TMPDIR": str(self.scratch), "TZ": "UTC"}
        return os.environ | known | variables

    def run(
        self, *words: str, check: bool = True, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=check,
        )

    def record(self, name: str, text: str, *words: str, **variables: str) -> None:
        """Record a script."""
        self.write(name, text)
        self.run("-m", "anew", "run", name, *words, **variables)

    @property
    def store(self) -> Store:
        return open_store(self.root / ".anew", root=self.root)

    def verify(self, *only: str, **wishes: Any) -> Verification:
        return verify(self.store.trial("last"), only=only, env="current", **wishes)

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


def anew_folder() -> Path:
    return Path(anew.__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    root = tmp_path / "study"
    root.mkdir()
    made = Project(root, scratch)
    made.write("anew.toml", "")
    yield made
    made.store.close()
