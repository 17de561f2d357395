"""Any program as a trial: `anew run` in front of a script, module, notebook or command.

The program runs in a process of its own, with the tracker in every Python that it starts; anew
waits beside it. It notices nothing: arguments, streams, signals and exit status are as without.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from anew.errors import EnvironmentProblemError, UsageError
from anew.model import Failure
from anew.notices import INFO, say
from anew.programs.child import occupy_closed, run_child
from anew.programs.ending import describe_end
from anew.programs.interpreter import choose_interpreter
from anew.programs.outside import Outside
from anew.programs.request import Request, check_program, name_experiment
from anew.programs.signals import Signals, end_by
from anew.programs.starting import declare_inputs, make_command, record_program
from anew.recorder import begin, close_trial
from anew.records import asdict
from anew.settings import find_project, load_settings
from anew.tracker.folder import make_folder, remove_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anew.programs.child import Ended
    from anew.programs.interpreter import Interpreter
    from anew.programs.metrics import Lines
    from anew.recorder import Recorder
    from anew.settings import Settings

__all__ = ["Request", "choose_interpreter", "run_program"]

_HASH_SEED: Final = "PYTHONHASHSEED"
_REST: Final = "anew.programs.settle"
_SWITCH_S: Final = 5e-4  # whoever loads is not to keep signals and output waiting


def run_program(request: Request) -> int:
    """Run a program as a trial.

    Parameters
    ----------
    request
        What is to be run, and how.

    Returns
    -------
    int
        Its exit status. Does not return when a signal ended it: this process ends likewise.

    Raises
    ------
    ScriptError
        When there is no such program.
    EnvironmentProblemError
        When the interpreter of the project is broken, or the program cannot be started.
    StrictError
        When it is to be strict, and others could not make the trial anew.
    StoreError
        When the trial cannot be recorded at all; nothing has run then.
    """
    occupy_closed()
    check_program(request)
    experiment, seed = name_experiment(request), _read_seed(request.seed)
    sys.argv = list(request.words)  # the project is found by its script, not by ours
    settings = load_settings(find_project(), strict=request.strict)
    interpreter = _find_interpreter(request, settings)
    hash_seed = None if os.environ.get(_HASH_SEED) else "0"
    if hash_seed:
        os.environ[_HASH_SEED] = hash_seed
    if interpreter:
        _use_interpreter(interpreter, settings)
    recorder = begin(experiment, {}, settings=settings, seed=seed)
    say(f"trial {recorder.handle.number} of {experiment}", level=INFO)
    ended = _run(request, recorder, interpreter, hash_seed)
    if ended.status < 0:
        with suppress(Exception):
            sys.stderr.flush()
        end_by(-ended.status)
    return abs(ended.status)


def _read_seed(text: str | None) -> int | str | None:
    if text is None or text == "new":
        return text
    if not text.isdecimal():
        message = f"seed is {text!r}, expected a whole number from 0, or 'new'"
        raise UsageError(message, hint="--seed 1")
    return int(text)


def _find_interpreter(request: Request, settings: Settings) -> Interpreter | None:
    if request.kind == "command":
        return None
    found = choose_interpreter(settings.root, os.environ)
    if not found.is_usual:
        say(f"runs in {found.path} ({found.why})", level=INFO)
    return found


def _use_interpreter(interpreter: Interpreter, settings: Settings) -> None:
    """Have the facets tell of the interpreter that the program runs in, where it is not ours."""
    if os.path.dirname(interpreter.path) != os.path.dirname(sys.executable):  # noqa: PTH120
        from anew.programs.foreign import use_interpreter

        use_interpreter(interpreter, settings)


def _run(
    request: Request, recorder: Recorder, interpreter: Interpreter | None, hash_seed: str | None
) -> Ended:
    """Run the program between the begin and the end of its trial."""
    record_program(recorder, request, interpreter, hash_seed)
    with _tracing(recorder) as folder, Signals() as signals:
        declare_inputs(recorder, request)
        outside = Outside(recorder, request, interpreter, folder)
        words, variables = make_command(recorder, request, interpreter, folder)
        lines = _make_lines(recorder) if request.metrics_from_output else None
        hear = _hear_metrics(recorder, lines) if lines else recorder.printed
        began = time.perf_counter()
        try:
            with recorder.sampler.sampling(with_own=False):
                ended = run_child(outside.wrap(words), variables, signals, hear, _load_rest)
        except OSError as error:
            close_trial(recorder, "failed", 0.0, Failure("OSError", str(error), ""))
            message = f"{words[0]!r} cannot be started: {error.strerror}"
            raise EnvironmentProblemError(message, hint="try it without anew") from error
        seconds = time.perf_counter() - began
        if lines:
            lines.end()
        _settle(recorder, folder, request, outside.tell(request), is_well=ended.status == 0)
        status, failure = describe_end(ended)
        close_trial(recorder, status, seconds, failure)
    return ended


def _load_rest() -> None:
    """Load what the end of a trial takes, while the program runs."""
    sys.setswitchinterval(_SWITCH_S)
    Thread(target=import_module, args=(_REST,), daemon=True).start()


def _settle(*seen: Any, is_well: bool) -> None:
    import_module(_REST).settle(*seen, is_well=is_well)


def _make_lines(recorder: Recorder) -> Lines:
    from anew.programs.metrics import Lines

    return Lines(lambda found: recorder.log(found, step=None))


def _hear_metrics(recorder: Recorder, lines: Lines) -> Callable[[str, str], None]:
    """Record what is printed, and the metrics in it."""

    def hear(stream: str, text: str) -> None:
        recorder.printed(stream, text)
        if stream == "stdout":
            lines.add(text)

    return hear


@contextmanager
def _tracing(recorder: Recorder) -> Iterator[Path]:
    """Make the folder that the tracker writes to, and remove it when it has been read."""
    folder = make_folder(recorder.store.folder, asdict(recorder.handle))
    if len(os.listdir(folder.parent)) > 1:  # noqa: PTH208 - others run, or were killed
        from anew.programs.left import take_up

        take_up(recorder, folder)
    try:
        yield folder
    finally:
        remove_folder(folder)
        with suppress(OSError):  # others may be running
            folder.parent.rmdir()
