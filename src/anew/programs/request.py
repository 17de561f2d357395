"""What is to be run, and how it is called."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from anew.errors import InvalidNameError, ScriptError
from anew.model import check_name
from anew.records import dataclass

__all__ = ["Request", "check_program", "kind_of", "name_experiment"]

_OTHERS: Final = frozenset({".r", ".jl", ".sh", ".bash", ".m", ".pl", ".rb", ".js", ".exe"})
"""Endings of programs that are not Python's to run."""


@dataclass(frozen=True)
class Request:
    """A program that is to be run as a trial.

    Parameters
    ----------
    words
        The script, module, notebook or command, and its arguments.
    kind
        ``"script"``, ``"module"``, ``"notebook"`` or ``"command"``.
    experiment
        The name of the experiment; after the program by default.
    seed
        A root seed, or ``"new"``; the experiment's own by default.
    inputs, outputs
        Patterns of files that it reads and writes, for what cannot be seen.
    trace
        Whether the files of all its processes are looked for with ``strace``.
    metrics_from_output
        Whether lines ``name: value`` of what it prints are metrics.
    strict
        How strict to be: ``"clean"`` or ``"snapshot"``; None to go ahead in any case.
    """

    words: tuple[str, ...]
    kind: str
    experiment: str | None = None
    seed: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    trace: bool = False
    metrics_from_output: bool = False
    strict: str | None = None


def kind_of(file: str) -> str:
    """Tell what a file is: ``"notebook"``, else ``"script"``."""
    return "notebook" if file.endswith(".ipynb") else "script"


def name_experiment(request: Request) -> str:
    """Give the name of a request's experiment.

    Parameters
    ----------
    request
        What is to be run.

    Returns
    -------
    str
        The name that was asked for; else the stem of the script or notebook, the last part of the
        module, the name of the command.

    Raises
    ------
    InvalidNameError
        When a name was asked for that cannot be one.
    """
    if request.experiment is not None:
        return check_name("experiment", request.experiment)
    first = request.words[0]
    if request.kind == "module":
        name = first.removesuffix(".__main__").rpartition(".")[2]
    elif request.kind == "command":
        name = Path(first).name
    else:
        name = Path(os.path.abspath(first)).stem  # noqa: PTH100 - "." is a script, too
    try:
        return check_name("experiment", name)
    except InvalidNameError:  # however a program is called, it can be run
        cleaned = re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII)[:100].strip("-. ")
        return cleaned or "program"


def check_program(request: Request) -> None:
    """Say at once when there is no such program, before a trial is begun.

    Parameters
    ----------
    request
        What is to be run.

    Raises
    ------
    ScriptError
        When it is not there, or cannot be run in this way.
    """
    first = request.words[0]
    if request.kind == "command":
        import shutil

        if shutil.which(first) is None:
            message = f"no such command: {first!r}"
            hint = "install it, or give its path: anew run -- ./NAME"
            raise ScriptError(message, hint=hint)
    elif request.kind in {"script", "notebook"}:
        path = Path(first)
        if not path.exists():
            message = f"no such script: {first!r}"
            raise ScriptError(message, hint=_find_near(path))
        if path.suffix.lower() in _OTHERS:
            message = f"{first!r} is no Python script"
            command = "Rscript " if path.suffix.lower() == ".r" else "./"
            raise ScriptError(message, hint=f"anew run -- {command}{first}")
        if request.kind == "notebook" and len(request.words) > 1:
            message = f"a notebook takes no arguments, and {request.words[1]!r} was given"
            raise ScriptError(message, where=first, hint=f"anew run {first}")


def _find_near(script: Path) -> str:
    from anew.errors import near_misses

    folder = script.parent
    patterns = ("*.py", "*.ipynb")
    names = [str(each) for pattern in patterns for each in folder.glob(pattern)]
    return near_misses(str(script), names) or "give the path of a Python file"
