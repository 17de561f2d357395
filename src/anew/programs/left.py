"""Traces of trials whose supervisor was killed: they are taken up by the next one."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.errors import AnewError
from anew.tracker.folder import HANDLE

if TYPE_CHECKING:
    from pathlib import Path

    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess

__all__ = ["take_up"]

_CLOCKS_S: Final = 0.5
"""So much may the clocks differ that tell the start of a process."""


def take_up(recorder: Recorder, own: Path) -> None:
    """Record what trials that were killed had left in their trace folders, and remove these.

    Parameters
    ----------
    recorder
        Of the trial that begins.
    own
        Its trace folder, beside which the others are.

    Notes
    -----
    A program that goes on although its supervisor was killed is waited for: its traces are left to
    a later trial. What it wrote is recorded as it is when they are read.
    """
    for folder in own.parent.iterdir():
        if folder == own:
            continue
        with recorder.never_breaking(f"traces of {folder.name}"), suppress(AnewError, OSError):
            status = recorder.store.trial(folder.name).status
            if status == "running":
                continue
            if status != "killed" or _take_up(recorder, folder, own / folder.name):
                shutil.rmtree(own / folder.name if status == "killed" else folder)


def _take_up(recorder: Recorder, folder: Path, claimed: Path) -> bool:
    """Record what a killed trial left, unless it goes on; of several that try one succeeds."""
    from anew.programs.settle import settle_left
    from anew.recorder import Handle, Recorder
    from anew.tracker.reading import read_traces

    if any(map(_goes_on, read_traces(folder))):
        return False
    folder.rename(claimed)
    handle = Handle(**json.loads((claimed / HANDLE).read_text(encoding="utf-8")))
    late = Recorder(handle, recorder.store, is_passing=True)
    settle_left(late, claimed)
    late.add_event("data", f"its traces were read when trial {recorder.handle.number} began")
    late.close()
    recorder.store.add_late(handle.uuid)
    recorder.store.add_facets(handle.uuid, late.late_facets)
    return True


def _goes_on(seen: SeenProcess) -> bool:
    """Tell whether a process still runs; one that began later only has its number."""
    if seen.end:
        return False
    import psutil

    try:
        process = psutil.Process(seen.pid)
        is_it = process.create_time() <= seen.started + _CLOCKS_S
        return is_it and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
