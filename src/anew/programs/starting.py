"""What a program is started with: its words and variables; and what is recorded before it is."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew import tracker
from anew.provenance import make_facet
from anew.provenance.masking import mask_arguments, show_path
from anew.recorder import PARENT

if TYPE_CHECKING:
    from anew.programs.interpreter import Interpreter
    from anew.programs.request import Request
    from anew.recorder import Recorder

__all__ = ["EXECUTED", "declare_inputs", "make_command", "record_program"]

EXECUTED: Final = "executed.ipynb"
"""The executed notebook, in the trace folder."""

_NOTEBOOK: Final = Path(__file__).parent / "notebook.py"


def record_program(
    recorder: Recorder, request: Request, interpreter: Interpreter | None, seed: str | None
) -> None:
    """Record which program is run, as the facet ``program``.

    Parameters
    ----------
    recorder
        Of the trial.
    request
        What is run.
    interpreter
        What it runs in; None for a command.
    seed
        The value of ``PYTHONHASHSEED``, where it is ours.
    """
    facts: dict[str, Any] = {"kind": request.kind, "argv": mask_arguments(request.words)}
    if interpreter:
        facts["interpreter"] = show_path(interpreter.path, recorder.root)
        facts["chosen"] = interpreter.why
    if file := _find_stdin():
        facts["stdin"] = show_path(file, recorder.root)
    facts["hash_seed"] = {"value": seed, "origin": "anew"} if seed else {"origin": "user"}
    recorder.store.add_facets(recorder.handle.uuid, [make_facet("program", facts)])


def declare_inputs(recorder: Recorder, request: Request) -> None:
    """Record the files that are said to be read, before the program may change them.

    Parameters
    ----------
    recorder
        Of the trial.
    request
        What is to be run.
    """
    if file := _find_stdin():
        recorder.input(file)
    for pattern in request.inputs:
        import glob

        found = sorted(p for p in glob.glob(pattern, recursive=True) if Path(p).is_file())  # noqa: PTH207 - with absolute patterns, too
        for path in found:
            recorder.input(path)
        if not found:
            recorder.warn(f"no file is named by --in {pattern!r}")


def _find_stdin() -> str | None:
    """Find the file that standard input comes from; what a pipe brings is gone when it is read."""
    try:
        found = os.fstat(0)
        path = os.readlink("/proc/self/fd/0")  # noqa: PTH115 - text
        is_there = stat.S_ISREG(found.st_mode) and os.path.samestat(found, os.stat(path))  # noqa: PTH116
    except OSError:
        return None
    return path if is_there else None


def make_command(
    recorder: Recorder, request: Request, interpreter: Interpreter | None, folder: Path
) -> tuple[list[str], dict[str, str]]:
    """Give the command line of a program, and its environment.

    Parameters
    ----------
    recorder
        Of the trial.
    request
        What is to be run.
    interpreter
        What it runs in; None for a command, whose Python children are tracked all the same.
    folder
        The trace folder.

    Returns
    -------
    words : list of str
    environment : dict of str to str
    """
    plain = dict(os.environ)
    handle = recorder.handle
    tracked = {
        **plain,
        PARENT: handle.uuid,
        **tracker.variables(str(folder), plain, handle.keep_inputs),
    }
    if interpreter is None:
        return [*request.words], tracked
    if request.kind == "module":
        return [interpreter.path, "-m", *request.words], tracked
    if request.kind == "script":
        return [interpreter.path, *request.words], tracked
    # The kernel is what is tracked, not the program that sends it the cells.
    changed = {name: value for name, value in tracked.items() if plain.get(name) != value}
    (folder / "kernel.json").write_text(json.dumps(changed), encoding="utf-8")
    return [interpreter.path, str(_NOTEBOOK), *request.words, str(folder)], plain
