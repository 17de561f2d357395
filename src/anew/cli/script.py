"""A script that is run by the command: its errors are its own, and look like it."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anew
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["run_showing_errors"]

_OTHERS: Final = (
    "<",
    *(f"{place}{os.sep}" for place in (Path(anew.__file__).parent, sys.prefix, sys.base_prefix)),
)


def run_showing_errors(
    path: str, arguments: list[str], *, whole: bool, **options: str | None
) -> int:
    """Run a script; print the traceback of what it raises, from its own code on.

    Parameters
    ----------
    path
        The script.
    arguments
        What follows it on the command line.
    whole
        Whether the traceback shows what called the script, too.
    **options
        What was given before it; see `anew.run.run_file`.

    Returns
    -------
    int
        The exit status: 1 when the script raised an exception.
    """
    from anew.run import run_file

    try:
        return run_file(path, arguments, **options)
    except AnewError as error:
        error.where = error.where or _place(error)
        raise
    except Exception as error:  # noqa: BLE001 - whatever a script raises is shown as Python would
        for each in [] if whole else _chain(error):
            each.__traceback__ = _own_part(each.__traceback__)
        traceback.print_exception(error)
        return 1


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give an exception and those that it came from."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__]
            yield each


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """Leave out what called the script: the whole when all of it is somebody else's code."""
    part = trace
    while part is not None and not _is_own(part):
        part = part.tb_next
    return part or trace


def _place(error: BaseException) -> str | None:
    """Give the last line of the script's own code that an error passed through."""
    place, trace = None, error.__traceback__
    while trace is not None:
        if _is_own(trace):
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _is_own(trace: TracebackType) -> bool:
    """Tell whether a line is of the user's code, not of anew, the interpreter or a distribution."""
    name = trace.tb_frame.f_code.co_filename
    return not name.startswith(_OTHERS)
