"""Many points of a metric at once, from whatever holds numbers."""

from __future__ import annotations

import time
from array import array
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from anew.errors import UsageError
from anew.journal.frames import to_little
from anew.journal.items import LoggedMany
from anew.model import to_number, to_step

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["from_note", "to_note", "to_points"]

_CHUNK: Final = 1 << 16
"""Points of one record: so that those of a long array take little memory on their way."""


def to_points(metric: str, steps: Any, values: Any, times: Any = None) -> Iterator[LoggedMany]:
    """Give points in records of moderate size.

    Parameters
    ----------
    metric
        The metric's name.
    steps
        Whole numbers: an array, list or range. None for the next ones.
    values
        As many numbers.
    times
        As many UTC seconds; None for now.

    Yields
    ------
    LoggedMany
        In the order of the points.

    Raises
    ------
    UsageError
        When they are no numbers, in more than one dimension, or not of one length; none is given
        then.
    """
    columns = {
        "values": _to_numbers(metric, values),
        "steps": steps if steps is None or isinstance(steps, range) else _to_steps(steps),
        "times": time.time() if times is None else _to_numbers(f"{metric}: time", times),
    }
    count = len(columns["values"])
    for name, column in columns.items():
        if hasattr(column, "__len__") and len(column) != count:
            message = f"metric {metric!r} has {count} values and {len(column)} {name}"
            raise UsageError(message, hint="give as many of each")
    if isinstance(steps, range) and count:
        to_step(steps[0]), to_step(steps[-1])
    return _divide(metric, columns, count)


def _divide(metric: str, columns: dict[str, Any], count: int) -> Iterator[LoggedMany]:
    for start in range(0, count, _CHUNK):
        place = slice(start, start + _CHUNK)
        parts = {
            name: column[place] if hasattr(column, "__len__") else column
            for name, column in columns.items()
        }
        for name, code in (("steps", "q"), ("values", "d"), ("times", "d")):
            if isinstance(parts[name], memoryview):
                parts[name] = array(code, parts[name].tobytes())
        yield LoggedMany(metric, **parts)


def _to_numbers(metric: str, values: Any) -> Any:
    """Give numbers as a column of float64: an array, or a view of one of numpy."""
    if isinstance(values, list | tuple | range):
        return _to_floats(metric, values)
    if (found := _to_array(values)) is None:
        return _to_floats(metric, list(values) if _is_listing(values) else values)
    _expect_column(metric, found, "biuf", "numbers")
    return memoryview(found.astype("f8", order="C", copy=False))


def _is_listing(values: Any) -> bool:
    return hasattr(values, "__iter__") and not isinstance(values, str | bytes)


def _to_floats(metric: str, values: Any) -> array[float]:
    try:
        return array("d", values)
    except (TypeError, ValueError, OverflowError):
        if not _is_listing(values):
            message = f"metric {metric!r} is {values!r}, expected many numbers"
            raise UsageError(message, hint="trial.log(loss=0.1) for a single one") from None
        return array("d", [to_number(metric, value) for value in values])


def _to_steps(steps: Any) -> Any:
    """Give whole numbers as a column of int64: an array, or a view of one of numpy."""
    found = None if isinstance(steps, list | tuple) else _to_array(steps)
    if found is None:
        listed = list(steps) if _is_listing(steps) else [steps]
        return array("q", [to_step(0.5 if step is None else step) for step in listed])
    _expect_column("steps", found, "iu", "whole numbers")
    if found.dtype.kind == "u" and found.size and found.max() >= 1 << 63:
        to_step(int(found.max()))
    return memoryview(found.astype("i8", order="C", copy=False))


def _to_array(values: Any) -> Any:
    """Give what numpy makes of an array, tensor or column; None of what is none."""
    if hasattr(values, "detach"):  # a tensor; double is a type that numpy has, too
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    if not hasattr(values, "__array__"):
        return None
    import numpy as np

    return np.asarray(values)


def _expect_column(name: str, found: Any, kinds: str, what: str) -> None:
    if found.ndim != 1 or found.dtype.kind not in kinds:
        message = (
            f"{name!r} is an array of {found.dtype} and shape {found.shape}, expected {what} in one"
            " dimension"
        )
        raise UsageError(message, hint="trial.log_many('loss', range(3), [0.3, 0.2, 0.1])")


def to_note(points: LoggedMany) -> tuple[str | None, str]:
    """Write steps and values as text, to be told again when a step is spared.

    Parameters
    ----------
    points
        The points.
    """
    steps = points.steps
    told = None if steps is None else _to_text(array("q", steps))
    return told, _to_text(points.values)


def from_note(metric: str, steps: str | None, values: str) -> LoggedMany:
    """Give points of now with the steps and values that `to_note` wrote.

    Parameters
    ----------
    metric
        The metric's name.
    steps, values
        What it wrote.
    """
    told = None if steps is None else to_little(array("q", b64decode(steps)))
    return LoggedMany(metric, told, to_little(array("d", b64decode(values))), time.time())


def _to_text(column: array[Any]) -> str:
    return b64encode(to_little(column)).decode()
