"""Real projects in temporary folders, run by real commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "environments"))

from small_index import Index, install

import anew
from anew.digests import digest_file
from anew.environments.uv import find_uv
from anew.reproduce import Reproduction, reproduce
from anew.reproduce.apart import World, find_obstacle
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.model import Trial
    from anew.types import Store

STUDY = """
    import anew
    import numpy as np
    from helper import scale

    ex = anew.Experiment("study", scheduler="sync")
    alpha = ex.parameter("alpha", default=0.5)

    @ex.step(persist=True)
    def load(path):
        return np.loadtxt(anew.input(path), skiprows=1)

    @ex.step
    def simulate(data, rng):
        return data + rng.normal(size=len(data))

    @ex.result
    def score(data, alpha):
        ex.log(largest=data.max())
        ex.save("data.npy", data)
        print("the score is known")
        return scale(float(data.mean()) * alpha)

    outcome = score(simulate(load.node("data.csv")), alpha)

    if __name__ == "__main__":
        ex.run()
"""


@dataclass(frozen=True)
class Project:
    """A folder with a study in it."""

    root: Path
    source: str = textwrap.dedent(STUDY)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def write_study(self) -> None:
        self.write("anew.toml", "")
        self.write("study.py", STUDY)
        self.write("helper.py", "def scale(x):\n    return 10 * x\n")
        self.write("data.csv", "y\n1\n2\n4\n")

    def run(
        self,
        *words: str,
        cwd: Path | None = None,
        check: bool = True,
        stdin: IO[str] | int = subprocess.DEVNULL,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        place = str(Path(anew.__file__).parents[1])
        paths = [*filter(None, [variables.pop("PYTHONPATH", "")]), place]
        # A module that is edited within a second must not be taken from its compiled file.
        known = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *words],
            cwd=cwd or self.root,
            env=os.environ | known | variables,
            stdin=stdin,
            capture_output=True,
            text=True,
            check=check,
        )

    @property
    def store(self) -> Store:
        return open_store(self.root / ".anew", root=self.root)

    def trial(self, reference: int | str = "last") -> Trial:
        return self.store.trial(reference)

    def reproduce(self, reference: int | str = "last", **options: Any) -> Reproduction:
        return reproduce(self.trial(reference), **options)

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


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put scratch folders where they can be counted."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "my study"
    root.mkdir()
    made = Project(root)
    yield made
    made.store.close()


@pytest.fixture
def study(project: Project) -> Project:
    project.write_study()
    return project


WHO = ["-c", "user.name=me", "-c", "user.email=me@localhost"]

SCRIPT = """
    import json, os, sys
    import alpha, helper
    rows = [line.split(",") for line in open("data.csv").read().split()]
    told = {
        "score": helper.score(rows),
        "alpha": alpha.VERSION,
        "python": sys.version_info[:2],
        "backend": os.environ.get("MPLBACKEND"),
        "folder": os.path.basename(os.getcwd()),
        "arguments": sys.argv[1:],
    }
    json.dump(told, open("out.json", "w"))
    print(told)
"""


class Lab:
    """A repository, an environment beside it, and the commands that one types there."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.root = project.root
        self.folder = folder
        self.environment = folder / "environment"

    def call(
        self, *words: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        plain = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        plain |= {"VIRTUAL_ENV": str(self.environment)}
        plain |= {"PYTHONPATH": str(Path(anew.__file__).parents[1])}
        return subprocess.run(
            [sys.executable, "-m", "anew", *words],
            cwd=cwd or self.root,
            env=plain | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *words: str) -> None:
        subprocess.run(["git", *WHO, *words], cwd=self.root, check=True, capture_output=True)

    def install(self, *requirements: str) -> None:
        install(self.environment, *requirements)


@pytest.fixture
def lab(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A trial of a branch with an uncommitted edit and an untracked helper."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_", "VIRTUAL_ENV"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("ANEW_ENVIRONMENTS", str(tmp_path / "environments"))
    index = Index(tmp_path / "index")
    for number, version in enumerate(("1.0", "2.0", "3.0")):
        # Of another length each: where bytecode is kept, equal times and sizes are one source.
        index.add("alpha", version, code=f"VERSION = {version!r}\n{'#' * number}\n")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    made = Lab(project, tmp_path)
    assert (
        find_uv(project.root)
        .run(["venv", "--python", sys.executable, str(made.environment)])
        .is_good
    )
    made.install("alpha==2.0")
    project.write("anew.toml", "")
    project.write("s.py", "raise SystemExit('not yet')")
    project.write("data.csv", "1,2\n3,4\n")
    made.git("init", "-q", "-b", "main")
    made.git("add", ".")
    made.git("commit", "-qm", "begin")
    made.git("switch", "-qc", "idea")
    project.write("other.txt", "on the branch\n")
    made.git("add", "other.txt")
    made.git("commit", "-qm", "idea")
    project.write("s.py", SCRIPT)
    project.write("helper.py", "def score(rows): return sum(float(x) for r in rows for x in r)\n")
    done = made.call("run", "s.py", "--level", "3", MPLBACKEND="agg")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    """An empty folder for a world, where the system allows one."""
    folder = tmp_path / "world"
    folder.mkdir()
    places = ((str(folder), str(tmp_path / "nowhere")),)
    if obstacle := find_obstacle(World(str(folder), offline=True, places=places)):
        pytest.skip(obstacle)
    return folder
