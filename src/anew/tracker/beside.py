"""What the processes that this one starts do for its steps: traced in a folder of their own.

It lasts as long as this process, for a pool of workers may outlive a trial and serve the next one,
and there may be no trial at all. This process itself writes nothing there.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import atexit
import os

from . import active, places
from .trace import FOR_STEPS, Trace

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["begin", "folder", "fork", "is_on", "make", "starting"]

_folder = ""
_is_on = False
starting: list[Callable[[int], None]] = []
"""Who is told the number of each program that is started."""


def begin() -> None:
    """Have all processes traced that are started from now on."""
    global _is_on  # noqa: PLW0603
    _is_on = True


def is_on() -> bool:
    """Tell whether they are traced."""
    return _is_on


def folder() -> str:
    """Give the folder, empty as long as no process was started."""
    return _folder


def make() -> str:
    """Give the folder, made with the first process that is started."""
    global _folder  # noqa: PLW0603
    if not _folder:
        with active.silent():
            _folder = _make_folder()
        places.ignore(_folder)
        atexit.register(_remove, _folder, os.getpid())
    return _folder


def _make_folder() -> str:
    """Make a folder for this user alone, without `tempfile`: a step might seem to draw."""
    wanted = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    places = [each for each in (*wanted, "/tmp", "/var/tmp") if os.path.isdir(each)]  # noqa: PTH112, S108
    for place in places:
        name = f"anew-{os.getpid()}-{os.urandom(6).hex()}{FOR_STEPS}"
        path = os.path.realpath(os.path.join(place, name))  # noqa: PTH118
        try:
            os.mkdir(path, 0o700)  # noqa: PTH102
        except OSError:
            continue
        return path
    raise OSError(0, "there is no folder for temporary files that can be written to")


def fork() -> None:
    """Begin a trace in a forked process: of what it did before, its parent knows."""
    global _folder, _is_on
    inherited, _folder, _is_on = _folder, "", False
    if inherited:
        trace = Trace(inherited)
        trace.is_forked = True
        trace.start()  # also when it does nothing that is seen: it may know what its parent read
        active.begin_all(trace)
        from . import asked

        asked.install()


def _remove(place: str, owner: int) -> None:
    """Remove the folder at the end of the process that made it."""
    if os.getpid() == owner:
        import shutil

        with active.silent():
            shutil.rmtree(place, ignore_errors=True)
