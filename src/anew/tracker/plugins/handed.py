"""Files that a program opens itself and hands to a function that saves results in them.

The functions are changed only where a program opens such a file, for that costs some time.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

from ..active import active, silent
from ..imports import when_imported
from ..noting import note_begin
from ..saving import name_of, tell_saved
from ..uses import place_of

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["start", "tell"]

_TABLE = {
    "PIL.Image": (("Image.save", 1),),
    "numpy": (("save", 0), ("savetxt", 0), ("savez", 0), ("savez_compressed", 0)),
    "pandas.core.frame": (("DataFrame.to_feather", 1), ("DataFrame.to_parquet", 1)),
    "pandas.core.generic": (("NDFrame.to_csv", 1), ("NDFrame.to_excel", 1)),
    "plotly.io._html": (("write_html", 1),),
    "plotly.io._kaleido": (("write_image", 1),),
}
"""By module: functions, and which of their arguments may be an open file."""


def start() -> None:
    """Have each library tell of the files that it is handed, now or once it is imported."""
    with silent():
        for name, functions in _TABLE.items():
            when_imported(name, _follower(functions))


def _follower(functions: tuple[tuple[str, int], ...]) -> Callable[[Any], None]:
    def follow(module: Any) -> None:
        for path, place in functions:
            function = module
            for each in path.split("."):
                function = getattr(function, each, None)
            note_begin(function, _teller(place))

    return follow


def _teller(place: int) -> Callable[[Any, Any], None]:
    return lambda frame, _: tell(frame.f_locals.get(frame.f_code.co_varnames[place]))


def tell(given: Any) -> None:
    """Tell of what a function saves in, if it is a file that was opened for that.

    A member of an archive has a name, too, which may be that of another file.
    """
    name = name_of(given)
    path = place_of(name) if name else None
    if path is not None:
        tell_saved(path, [trace for trace in active() if path in trace.writes])
