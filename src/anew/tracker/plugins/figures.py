"""Figures of matplotlib that are saved: what they show is kept beside the trace.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import zlib

from ..active import active, silent
from ..noting import note_begin
from ..plotted import pack, read_figure
from ..saving import name_of
from ..uses import place_of
from .handed import tell

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

    from ..active import Current

__all__ = ["start"]

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
    name = given.get("filename")
    opened = name_of(name)
    tell(name)
    traces = [each for each in active() if not each.is_for_steps]
    if not traces or not (opened or isinstance(name, (str, os.PathLike))):
        return
    path = opened or os.fspath(name)
    if not opened and not os.path.splitext(path)[1]:  # noqa: PTH122 - a path of the program's
        canvas = given["self"]
        path = f"{path.rstrip('.')}.{given.get('format') or canvas.get_default_filetype()}"
    place = place_of(path)
    if place is None:
        return
    with silent():
        plot = read_figure(given["self"].figure)
        data = pack(plot) if plot else b""
    for each in traces:
        _keep(each, place, data)


def _keep(trace: Any, place: str, data: bytes) -> None:
    """Keep what the figure showed when it was last saved there."""
    name = f"{os.getpid()}-{zlib.crc32(os.fsencode(place)):08x}{SUFFIX}"
    with silent(), open(f"{trace.folder}/{name}", "wb") as file:  # noqa: PTH123
        file.write(data)
    trace.write("plot", path=place, name=name)
