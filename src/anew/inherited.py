"""The trial that another process began, and in which this one runs: that of `anew run`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

from anew import tracker
from anew.errors import AnewError
from anew.notices import warn_once
from anew.recorder import Handle, Recorder
from anew.stores import open_store
from anew.tracker.folder import HANDLE

__all__ = ["inherited_recorder", "tell_output"]

_VARIABLE: Final = "ANEW_TRACE"
_INJECTED: Final = "_anew_tracker"
_known: Final[dict[tuple[int, str], Recorder | None]] = {}


def inherited_recorder() -> Recorder | None:
    """Give the recorder of the trial in which this process was started.

    Returns
    -------
    Recorder or None
        One for each process, as a fork must not share a connection; None when there is no trial.
    """
    for folder in _trace_folders():
        key = (os.getpid(), folder)
        if key not in _known:
            _known[key] = _open(Path(folder))
        if recorder := _known[key]:
            return recorder
    return None


def _trace_folders() -> list[str]:
    """List the trace folders of this process, the innermost first.

    The tracker has taken its variables away, for the program is not to see them.
    """
    if injected := sys.modules.get(_INJECTED):
        return [trace.folder for trace in injected.active.active()]
    return [each for each in os.environ.get(_VARIABLE, "").split("\n") if each]


def tell_output(path: str | os.PathLike[str]) -> None:
    """Tell the tracker of a file that is written where it cannot be seen.

    Parameters
    ----------
    path
        The file.
    """
    (sys.modules.get(_INJECTED) or tracker).current.file(path, "write", told=True)


def _open(folder: Path) -> Recorder | None:
    try:
        handle = Handle(**json.loads((folder / HANDLE).read_text(encoding="utf-8")))
        return Recorder(handle, open_store(handle.store, root=Path(handle.root)))
    except FileNotFoundError:  # the trial has ended, or is traced in another way
        return None
    except (AnewError, OSError, TypeError, ValueError) as error:
        warn_once(f"the trial that this program runs in cannot be written to: {error}")
        return None
