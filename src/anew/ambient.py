"""What code inside a trial may say without holding the trial in its hands.

The trial is that of the context in which the code runs. Outside of one the functions do no harm.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew import tracker
from anew.digests import digest_or_none
from anew.inherited import inherited_recorder, tell_output
from anew.model import check_name
from anew.notices import INFO, say
from anew.plan import find_input
from anew.plots import keep_figure
from anew.recorder import active_recorder, recorder_of_thread
from anew.records import asdict
from anew.watch import Saved, current

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from anew.recorder import Recorder
    from anew.stamps import Place

__all__ = ["input", "log", "log_many", "note", "output", "put_stamp", "save", "stamp", "tag"]

_said: set[str] = set()


def log(
    metrics: Mapping[str, Any] | None = None, /, *, step: int | None = None, **named: Any
) -> None:
    """Record metrics of the trial that is running.

    Parameters
    ----------
    metrics
        Values by name, for names that are not identifiers.
    step
        The step number of the values; the one after the last of each series by default.
    **named
        Values by name: anything that `float` takes.

    Raises
    ------
    UsageError
        When a value is not a number, or a name cannot be used.

    Examples
    --------
    >>> import anew
    >>> anew.log(rmse=35.68)  # outside a trial: nothing is recorded
    """
    if recorder := _recorder("log"):
        recorder.log({**(metrics or {}), **named}, step=step)


def log_many(name: str, steps: Any, values: Any, times: Any = None) -> None:
    """Record many values of one metric of the trial that is running.

    Parameters
    ----------
    name
        The metric's name.
    steps
        Whole numbers of 64 bits: an array, list or range of shape (n_points,). None for those after
        the last of the series.
    values
        Numbers, kept as float64: an array, tensor, column or list of shape (n_points,).
    times
        UTC seconds, of shape (n_points,); that of the call for all by default.

    Raises
    ------
    UsageError
        When they are no such numbers or not of one length, or the name cannot be used; nothing is
        recorded then.

    Examples
    --------
    >>> import anew
    >>> anew.log_many("charge", range(0, 300, 100), [1.0, 0.37, 0.14])  # outside a trial: nothing
    """
    if recorder := _recorder("log_many"):
        recorder.log_many(name, steps, values, times)


def save(name: str, value: Any) -> None:
    """Keep a value with the trial that is running, in a standard format.

    Parameters
    ----------
    name
        Its name, such as ``"prediction.png"``; the suffix chooses the format where it fits.
    value
        A figure, image, array, frame, text, bytes, plain data, the `pathlib.Path` of a file, or any
        object that can be pickled.

    Raises
    ------
    InvalidNameError
        When the name could leave its folder.

    Notes
    -----
    A value that cannot be stored is warned of; the trial goes on.
    """
    if recorder := _recorder("save"):
        check_name("artifact", name)
        recorder.keep("artifact", name, value, content=digest_or_none(value))
        plot = keep_figure(recorder, name, value)
        if plot and (touch := current()):
            touch.note(Saved(**asdict(plot)))


def input(path: str | os.PathLike[str]) -> Path:  # noqa: A001 - the glossary's word
    """Record a file that is read, and keep its content.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pathlib.Path
        The path to read it from: the same one, but in a reproduction of a trial that read a file
        from outside its project, that of the recorded content.

    Examples
    --------
    >>> import anew
    >>> anew.input("hourly.csv").name
    'hourly.csv'
    """
    recorder = _recorder("input")
    return recorder.input(path) if recorder else find_input(path)


def output(path: str | os.PathLike[str]) -> Path:
    """Declare a file that a step writes, for one that is written where it cannot be seen.

    Files that Python code opens are seen without it; those that a C library or another program
    writes are not.

    Parameters
    ----------
    path
        The file, before or after it is written.

    Returns
    -------
    pathlib.Path
        The path.

    Examples
    --------
    >>> import anew
    >>> anew.output("table.parquet").name
    'table.parquet'
    """
    if touch := current():
        touch.output(path)
    tell_output(path)
    return Path(path)


def stamp(path: str | os.PathLike[str], trial: Any = None, *, inside: bool = False) -> Path:
    """Write into a file which trial made it, so that it leads back there from anywhere.

    What a trial saves is stamped when it ends, without being asked for.

    Parameters
    ----------
    path
        The file, or a folder of Zarr.
    trial
        The trial that made it: a number, ``last``, a UUID prefix or a `Trial`. By default the one
        that is running, else the last one that is known to have made this content.
    inside
        Whether an object of JSON gets the stamp as its member ``$provenance``, not beside it.

    Returns
    -------
    pathlib.Path
        Where the stamp is: the file, or ``NAME.prov.json`` beside it.

    Raises
    ------
    UsageError
        When no trial is running, and none is known to have made it.
    StampError
        When the file cannot be stamped. It is as it was then.

    Notes
    -----
    The content stays as it is: pixels, arrays, tables, times of the file. A second stamp takes the
    place of the first.
    """
    return Path(put_stamp(path, trial, inside=inside).path)


def put_stamp(path: str | os.PathLike[str], trial: Any = None, *, inside: bool = False) -> Place:
    """Stamp a file as `stamp` does.

    Parameters
    ----------
    path, trial, inside
        As there.

    Returns
    -------
    Place
        Where the stamp is, and why it is not inside where the format would have a place for it.
    """
    from anew.stamping import stamp_by_hand

    recorder = active_recorder() or recorder_of_thread() or inherited_recorder()
    if trial is None and recorder is not None:
        tracker.current.saved(path)
        return stamp_by_hand(path, recorder.store, recorder.handle.uuid, inside=inside)
    return stamp_by_hand(path, None, getattr(trial, "uuid", trial), inside=inside)


def tag(*tags: str) -> None:
    """Add words by which the trial that is running is to be found.

    Parameters
    ----------
    *tags
        The words.

    Raises
    ------
    InvalidNameError
        When one is empty, too long, or holds invisible characters.

    Examples
    --------
    >>> import anew
    >>> anew.tag("paper", "figure-2")  # outside a trial: nothing is recorded
    """
    if recorder := _recorder("tag"):
        for each in tags:
            recorder.mark("tag", each)


def note(text: str) -> None:
    """Add to the trial that is running what is to be remembered of it.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> import anew
    >>> anew.note("learning rate found by hand")  # outside a trial: nothing is recorded
    """
    if recorder := _recorder("note"):
        recorder.mark("note", text)


def _recorder(verb: str) -> Recorder | None:
    """Find the trial of this context; say once when there is none."""
    found = active_recorder() or recorder_of_thread() or inherited_recorder()
    if found is None and verb not in _said:
        _said.add(verb)
        say(f"anew.{verb}() outside a trial records nothing", level=INFO)
    return found
