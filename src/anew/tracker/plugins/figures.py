"""Figures of matplotlib that are saved: what they show is kept beside the trace.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import zlib

from ..active import active, silent
from ..noting import note_begin
from ..plotted import pack, read_figure
from ..saving import name_of, tell_saved
from ..uses import place_of
from .handed import tell

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

    from ..active import Current

__all__ = ["move_plot", "start"]

SUFFIX = ".plot"


def start(trace: Current) -> None:
    """Have matplotlib tell of each figure that is written to a file."""
    from ..imports import when_imported

    def follow(module: Any) -> None:
        if not note_begin(module.FigureCanvasBase.print_figure, _see):
            trace.unseen("the data of figures that matplotlib saves")

    when_imported("matplotlib.backend_bases", follow)


def _see(frame: Any, _: Any) -> None:
    given = frame.f_locals
    target, canvas = given.get("filename"), given["self"]
    tell(target)
    traces = [each for each in active() if not each.is_for_steps]
    path = _path_of(target, given.get("format") or canvas.get_default_filetype())
    place = place_of(path) if traces and path else None
    if name_of(target):  # which is not that of a member of an archive
        traces = [each for each in traces if place in each.writes]
    if place is None or not traces:
        return
    with silent():
        plot = read_figure(canvas.figure)
        if hasattr(target, "_filename"):  # several pages are one file
            pages = vars(target).setdefault("_anew_plot", [])
            pages += plot
            plot = pages
        data = pack(plot) if plot else b""
    for each in traces:
        _keep(each, place, data)
    if hasattr(target, "_filename"):
        tell_saved(place, traces)


def _path_of(target: Any, form: str) -> str | None:
    """Give the path of the file that is written: also of one that is open, or has several pages."""
    if isinstance(target, (str, os.PathLike)):
        path = os.fspath(target)
        # A path of the program's, which need not be one of this system.
        return path if os.path.splitext(path)[1] else f"{path.rstrip('.')}.{form}"  # noqa: PTH122
    name = getattr(target, "_filename", None)
    return os.fspath(name) if isinstance(name, (str, os.PathLike)) else name_of(target)


def _file_of(place: str) -> str:
    return f"{os.getpid()}-{zlib.crc32(os.fsencode(place)):08x}{SUFFIX}"


def _keep(trace: Any, place: str, data: bytes) -> None:
    """Keep what the figure showed when it was last saved there."""
    name = _file_of(place)
    with silent(), open(f"{trace.folder}/{name}", "wb") as file:  # noqa: PTH123
        file.write(data)
    trace.told.add(("plot", place))
    trace.write("plot", path=place, name=name)


def move_plot(trace: Any, old: str, new: str) -> None:
    """Have the data behind a figure follow the file, which is about to get another name."""
    if ("plot", old) not in trace.told:
        return
    trace.told.discard(("plot", old))
    trace.told.add(("plot", new))
    with silent():
        os.replace(f"{trace.folder}/{_file_of(old)}", f"{trace.folder}/{_file_of(new)}")  # noqa: PTH105
    trace.write("plot", path=new, name=_file_of(new))
