"""A program followed by the tracker, and what was seen of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anew import tracker
from anew.tracker.reading import read_traces

if TYPE_CHECKING:
    from pathlib import Path

    from anew.tracker.reading import SeenFile, SeenProcess


@dataclass
class Followed:
    """What a program did and what was seen of it."""

    folder: Path
    traces: Path
    done: subprocess.CompletedProcess[str]

    @property
    def processes(self) -> list[SeenProcess]:
        return read_traces(self.traces)

    @property
    def first(self) -> SeenProcess:
        return self.processes[0]

    def files(self, mode: str) -> dict[str, SeenFile]:
        """Give the files of all processes that were used in a way, by name within the folder."""
        return {
            os.path.relpath(each.path, self.folder): each
            for process in self.processes
            for each in process.files
            if each.mode == mode
        }

    def names(self, mode: str) -> set[str]:
        return set(self.files(mode))

    def before(self, name: str) -> bytes | None:
        """Give what a file held when it was read."""
        kept = self.files("read")[name].before
        return None if kept is None else (self.traces / kept).read_bytes()


def plain_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHONPATH")}


def run_followed(  # noqa: PLR0913
    folder: Path,
    traces: Path,
    words: list[str],
    *,
    environ: dict[str, str] | None = None,
    keep_bytes: int | None = None,
    python: str = sys.executable,
) -> Followed:
    """Run Python with the tracker."""
    env = {**plain_environment(), **(environ or {})}
    env |= tracker.variables(str(traces), env, keep_bytes)
    done = subprocess.run(
        [python, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=env,
        timeout=60,
    )
    return Followed(folder, traces, done)
