"""Programs as people have them, run with and without anew."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import anew

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME_LIMIT_S = 120


@dataclass(frozen=True)
class Place:
    """A project with programs in it."""

    folder: Path

    def write(self, name: str, source: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return path

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a shell in which the environment of these tests is active."""
        left_out = ("ANEW_", "PYTHONHASHSEED", "COLUMNS", "LINES")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        return {**kept, "VIRTUAL_ENV": sys.prefix}

    def start(self, *words: str, bare: bool = False, **options: Any) -> subprocess.Popen[bytes]:
        """Start a script or `anew run`, with pipes for its output."""
        program = [sys.executable, *([] if bare else ["-m", "anew", "run"])]
        environment = self.environment | options.pop("variables", {})
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(
            [*program, *words], cwd=self.folder, env=environment, **(pipes | options)
        )

    def run(self, *words: str, given: bytes | None = None, **options: Any) -> Done:
        """Run a script or `anew run` to its end."""
        if given is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*words, **options)
        try:
            printed, told = process.communicate(given, timeout=TIME_LIMIT_S)
        finally:
            process.kill()
        return Done(process.returncode, printed or b"", told or b"")

    def trial(self, reference: int | str = "last") -> Any:
        """Give a trial of the project."""
        return anew.open_store(self.folder / ".anew").trial(reference)


@dataclass(frozen=True)
class Done:
    """What a program that ended shows to the outside; our own lines left out."""

    status: int
    printed: bytes
    all_told: bytes

    @property
    def told(self) -> bytes:
        """What it wrote to standard error."""
        lines = self.all_told.splitlines(keepends=True)
        return b"".join(line for line in lines if not line.startswith(b"anew: "))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Done) and (self.status, self.printed, self.told) == (
            other.status,
            other.printed,
            other.told,
        )

    def __hash__(self) -> int:
        return hash((self.status, self.printed, self.told))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "anew.toml").touch()
    return Place(tmp_path)


@pytest.fixture
def same(place: Place) -> Callable[..., Done]:
    """Run a script with and without anew, and hold that nobody could tell which was which."""

    def run(source: str, *arguments: str, **options: Any) -> Done:
        place.write("program.py", source)
        bare = place.run("program.py", *arguments, bare=True, **options)
        found = place.run("program.py", *arguments, **options)
        assert found == bare
        return found

    return run
