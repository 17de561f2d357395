"""Run a script with and without anew, and tell all that one can see of it from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fetching import put_files

if TYPE_CHECKING:
    from pathlib import Path

TIME_LIMIT_S = 300

_LEFT_OUT = ("ANEW_", "COV", "GIT_", "OMP_", "PYTEST", "XDG_")
_STRACE = ("strace", "-f", "-qq", "-y", "-e", "trace=open,openat,openat2,creat", "-o")
_OPENED = re.compile(r"(?:open|openat|openat2|creat)\(.*\) += \d+<(?P<path>[^>]*)>")
_RESUMED = re.compile(r"resumed>.*\) += \d+<(?P<path>[^>]*)>")


@dataclass(frozen=True)
class Outcome:
    """What a script did: its status, its output, and the files of the project before and after."""

    given: dict[str, bytes]
    status: int
    printed: bytes
    told: bytes
    files: dict[str, bytes]
    opened: frozenset[str]
    seconds: float

    @property
    def made(self):
        """The files that were written; modules that Python compiled are its own."""
        changed = {path for path, content in self.files.items() if self.given.get(path) != content}
        return sorted(path for path in changed if "__pycache__" not in path)


@dataclass(frozen=True)
class Yard:
    """A place where projects are built, all at the same path, one after the other."""

    base: Path
    cache: Path
    strace: tuple[str, ...]
    home: Path

    @property
    def project(self):
        return self.base / "project"

    def run(self, source, script, *, mode, has_git):
        """Run a script in a fresh project: "bare", "traced" by strace, or under "anew"."""
        shutil.rmtree(self.project, ignore_errors=True)
        self._build(source, script, has_git=has_git)
        given = read_tree(self.project)
        log = self.base / "strace.log"
        front = [*self.strace, str(log)] if mode == "traced" and self.strace else []
        anew = ["-m", "anew", "run"] if mode == "anew" else []
        words = [os.path.relpath(script.path, script.folder or "."), *script.arguments]
        began = time.perf_counter()
        done = subprocess.run(
            [*front, sys.executable, *anew, *words],
            cwd=self.project / script.folder,
            env=make_environment(self.home),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        seconds = time.perf_counter() - began
        return Outcome(
            given,
            done.returncode,
            done.stdout,
            done.stderr,
            read_tree(self.project),
            read_opened(log, self.project) if front else frozenset(),
            seconds,
        )

    def _build(self, source, script, *, has_git):
        published = self.base / "published"
        if not published.exists():
            published.mkdir()
            put_files(source, script, published, self.cache)
        shutil.copytree(published, self.project)
        if not has_git:
            return (self.project / "anew.toml").touch()
        for words in (["init"], ["add", "-A"], ["commit", "-m", "as published"]):
            subprocess.run(
                ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *words],
                cwd=self.project,
                env=make_environment(self.home),
                capture_output=True,
                check=True,
            )
        return None


def make_environment(home):
    """Give variables under which a script does the same each time, as far as it can."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith(_LEFT_OUT)}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home / "temporary"),
        "VIRTUAL_ENV": sys.prefix,
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
        "LOKY_MAX_CPU_COUNT": "2",
        "ANEW_STAMP": "false",  # a stamp is the one thing that is meant to be there with anew only
    }


def prepare_home(home):
    """Make a home folder in which matplotlib has its list of fonts already."""
    (home / "temporary").mkdir()
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from matplotlib.font_manager import fontManager; fontManager.ttflist",
        ],
        env=make_environment(home),
        capture_output=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    return home


def find_strace(folder):
    """Give the words to put before a command, none where strace is missing or may not trace."""
    try:
        words = [*_STRACE, str(folder / "log"), "true"]
        done = subprocess.run(words, capture_output=True, timeout=TIME_LIMIT_S, check=False)
    except OSError:
        return ()
    return _STRACE if done.returncode == 0 else ()


def read_tree(project):
    """Give all files of a project by path, but for those of anew and git."""
    return {
        file.relative_to(project).as_posix(): file.read_bytes()
        for file in sorted(project.rglob("*"))
        if file.is_file() and file.relative_to(project).parts[0] not in {".anew", ".git"}
    }


def read_opened(log, project):
    """Give the paths of the project that were opened, but for folders and compiled modules."""
    found = set()
    for line in log.read_text(errors="surrogateescape").splitlines():
        match = _OPENED.search(line) or _RESUMED.search(line)
        if match and match["path"].startswith(f"{project}/") and "O_DIRECTORY" not in line:
            found.add(match["path"].removesuffix(" (deleted)").removeprefix(f"{project}/"))
    return frozenset(
        path
        for path in found
        if not (project / path).is_dir() and "__pycache__" not in path and path[:5] != ".git/"
    )
