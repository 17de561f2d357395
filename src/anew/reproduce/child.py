"""The process in which a trial is made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import NotReproducibleError
from anew.reproduce.apart import go_apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedReader

    from anew.reproduce.apart import World
    from anew.reproduce.scratch import Scratch

__all__ = ["Child", "last_lines", "run_child"]

_LOOK_S: Final = 0.1
_PATIENCE_S: Final = 10.0
_TAIL_BYTES: Final = 1 << 16
_UNCHANGED: Final = -1


@dataclass(frozen=True)
class Child:
    """How the process is started.

    Parameters
    ----------
    command
        Its words.
    cwd
        The folder to start in.
    variables
        The whole environment.
    umask
        In octal; None for that of today.
    world
        What it sees elsewhere than we do.
    tells_streams
        Whether standard error goes to another place than standard output.
    limit_s
        After how many seconds it is ended; None to let it run.
    stdin
        The file that its standard input comes from; None for none.
    """

    command: list[str]
    cwd: Path
    variables: dict[str, str]
    umask: str | None
    world: World | None = None
    tells_streams: bool = False
    limit_s: float | None = None
    stdin: Path | None = None


def run_child(
    child: Child, scratch: Scratch, *, progress: Callable[[str], None] | None = None
) -> int:
    """Run a command to its end, what it prints going to the file ``scratch.output``.

    Parameters
    ----------
    child
        How it is started.
    scratch
        The scratch folder; the process holds its lock, too.
    progress
        Called with each line that is printed.

    Returns
    -------
    int
        The exit status; negative for the signal that ended the process.

    Raises
    ------
    NotReproducibleError
        When the interpreter cannot be started.
    TimeoutError
        When the process was ended as it took too long.
    """
    with (
        scratch.output.open("wb") as output,
        scratch.output.open("rb") as printed,
        scratch.errors.open("w+b") as errors,
        Path(child.stdin or os.devnull).open("rb") as given,
    ):
        try:
            process = subprocess.Popen(
                _in_its_world(child),
                cwd=child.cwd,
                env=child.variables,
                stdin=given,
                stdout=output,
                stderr=errors if child.tells_streams else subprocess.STDOUT,
                pass_fds=[scratch.lock],
                umask=int(child.umask, 8) if child.umask else _UNCHANGED,
            )
        except OSError as error:
            message = f"the command cannot be started: {error.strerror}"
            where, hint = " ".join(child.command), f"is there a Python at {child.command[0]}?"
            raise NotReproducibleError(message, where=where, hint=hint) from error
        try:
            return _wait(process, printed, progress, child.limit_s)
        finally:
            _end(process)
            errors.seek(0)
            shutil.copyfileobj(errors, output)


def _in_its_world(child: Child) -> list[str]:
    """Give the words of a command, led into its world where that is not ours."""
    if child.world is None or child.world.is_ours:
        return child.command
    return go_apart(child.command, child.world)


def _wait(
    process: subprocess.Popen[bytes],
    printed: BufferedReader,
    progress: Callable[[str], None] | None,
    limit_s: float | None,
) -> int:
    """Wait for the end; pass on what is printed meanwhile."""
    if progress is None and limit_s is None:
        return process.wait()
    tell = progress or (lambda _: None)
    rest, ends = b"", time.monotonic() + (limit_s or float("inf"))
    while time.monotonic() < ends:
        status = process.poll()
        rest += printed.read()
        *lines, rest = rest.split(b"\n")
        for line in lines:
            tell(line.decode(errors="replace").rstrip())
        if status is not None:
            return status
        try:
            process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
    message = f"it did not end within {limit_s:.0f} s"
    raise TimeoutError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that is not waited for any longer."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def last_lines(path: Path, count: int = 20) -> list[str]:
    """Give the last lines of what a command printed.

    Parameters
    ----------
    path
        The file.
    count
        How many lines at most.
    """
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]
