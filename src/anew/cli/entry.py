"""Where the command starts: a plain `anew run` at once, all else by way of the verbs."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from anew.errors import AnewError, AnewWarning
from anew.notices import paint, show_error

if TYPE_CHECKING:
    from anew.programs import Request

__all__ = ["FAULT", "enter", "leave_pipe", "show_fault", "show_warning"]

FAULT: Final = 70
_PIPE_CLOSED: Final = 141
_GARBAGE: Final = 20_000  # what is loaded is none, and is not to be looked through again and again
_COMPLETING: Final = "_ANEW_COMPLETE"


def enter() -> NoReturn:
    """Run the command, and end the process with its exit status."""
    gc.set_threshold(_GARBAGE)
    request = _find_plain(sys.argv[1:])
    if request and _COMPLETING not in os.environ:
        _leave(_run(request))
    from anew.cli.verbs import main

    sys.exit(main())


def _leave(status: int) -> NoReturn:
    """End as Python does, but for taking all modules apart: that takes as long as the record."""
    atexit._run_exitfuncs()  # noqa: SLF001 - closes the store; Python calls it in no other way
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads it
            stream.flush()
    os._exit(status)


def _find_plain(words: list[str]) -> Request | None:
    """Give what `anew run` is to run, when no option of ours stands before it."""
    if words[:1] != ["run"] or len(words) == 1:
        return None
    from anew.programs.request import Request, kind_of

    kinds = {"-m": "module", "--": "command"}
    kind = kinds.get(words[1])
    if kind:
        return Request(tuple(words[2:]), kind) if words[2:] else None
    if words[1].startswith("-"):
        return None
    request = Request(tuple(words[1:]), kind_of(words[1]))
    return None if _builds_experiment(request) else request


def _builds_experiment(request: Request) -> bool:
    from anew.programs.detect import builds_experiment

    return request.kind == "script" and builds_experiment(Path(request.words[0]))


def _run(request: Request) -> int:
    """Run a program; what goes wrong is shown as by every verb."""
    warnings.showwarning = show_warning  # type: ignore[assignment]  # takes the rest as one
    try:
        from anew.programs import run_program

        status = run_program(request)
        if sys.stdout is not None:  # closed from the start
            sys.stdout.flush()
    except BrokenPipeError:
        return leave_pipe()
    except KeyboardInterrupt:
        from anew.run import end_interrupted

        return end_interrupted()
    except AnewError as error:
        show_error(error.message, error.hint)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - a fault of ours is said in one line
        return show_fault(error, "run")
    return status


def leave_pipe() -> int:
    """Go quietly when nobody reads what is printed; give the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED


def show_fault(error: Exception, verb: str | None) -> int:
    """Show an error that should not be, and give the exit status."""
    show_error(
        f"{type(error).__name__}: {error}",
        f"a fault of anew itself; `anew --debug {verb} …` shows where",
    )
    return FAULT


_show_other: Final = warnings.showwarning


def show_warning(message: Warning | str, category: type[Warning], *place: object) -> None:
    """Show a warning of anew without the place in its own code; others as ever."""
    if not issubclass(category, AnewWarning):
        _show_other(message, category, *place)  # type: ignore[arg-type]  # handed on as it came
    else:
        print(f"{paint('warning:', '1;33')} {message}", file=sys.stderr)  # noqa: T201
