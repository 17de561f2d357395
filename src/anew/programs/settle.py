"""What a program's processes noted becomes part of the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.programs.starting import EXECUTED
from anew.provenance import make_facet
from anew.provenance.numerics import numerics_of
from anew.stamping import stamp_saved
from anew.tracker import silent
from anew.tracker.reading import read_traces
from anew.tracking import record_traces, tell_concerns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Facet
    from anew.programs.request import Request
    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess

__all__ = ["settle", "settle_left"]


def settle(
    recorder: Recorder,
    folder: Path,
    request: Request,
    seen: Iterable[SeenProcess] = (),
    *,
    is_well: bool,
) -> None:
    """Record what was seen of a program that has ended.

    Parameters
    ----------
    recorder
        Of the trial.
    folder
        The trace folder, which is removed afterwards.
    request
        What was run.
    seen
        What was seen from outside: by ``strace``, or by a look at the project before and after.
    is_well
        Whether it ended well, so that there is a result that may not be made anew.
    """
    processes = [*read_traces(folder), *seen]
    with recorder.never_breaking("files"):
        record_traces(recorder, folder, processes)
    with recorder.never_breaking("numerics"):
        recorder.late_facets += _numerics(processes)
    if request.kind == "notebook":
        _keep_notebook(recorder, folder, Path(request.words[0]).name)
    if parameters := _join_parameters(processes):
        recorder.add_parameters(parameters)
    with silent(), recorder.never_breaking("stamps"):
        stamp_saved(recorder, processes)
    if is_well:
        with recorder.never_breaking("what is to be said"):
            tell_concerns(recorder, processes)


def settle_left(recorder: Recorder, folder: Path) -> None:
    """Record what was seen of a program whose supervisor was killed.

    Parameters
    ----------
    recorder
        Of the trial.
    folder
        Its trace folder.
    """
    processes = read_traces(folder)
    record_traces(recorder, folder, processes, is_late=True)
    recorder.late_facets += _numerics(processes)
    if parameters := _join_parameters(processes):
        recorder.add_parameters(parameters)


def _numerics(processes: Iterable[SeenProcess]) -> list[Facet]:
    """Tell what computed in the program: in the first of its processes that had a library for it.

    With what torch was set to, which decides on how it computes.
    """
    told = [each.numerics for each in processes if each.numerics]
    if not told:
        return []
    found = next((each for each in told if each.get("threadpools")), told[0])
    content = numerics_of(found.get("threadpools", ()))
    torch = {"torch": found["torch"]} if "torch" in found else {}
    return [make_facet("numerics", content | torch)]


def _keep_notebook(recorder: Recorder, folder: Path, name: str) -> None:
    """Keep the executed notebook; the user's file is left alone."""
    executed = folder / EXECUTED
    if executed.is_file():
        recorder.keep("artifact", name, executed, content=None)


def _join_parameters(processes: Iterable[SeenProcess]) -> dict[str, Any]:
    """Join what the processes parsed: the first that parsed a name says its value."""
    joined: dict[str, Any] = {}
    for process in processes:
        for parsed in process.arguments:
            for name, value in parsed.values.items():
                joined.setdefault(name, value)
    return joined
