"""Numbers along the axes of a figure of matplotlib, as the dates and names that they were.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
Matplotlib and NumPy are those of the program, which has loaded them.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

    Column = tuple[str, Any]

__all__ = ["names_at", "plain", "values_of"]

_BESIDE = 0.5
"""So near to its name on an axis does a bar stand in a group of bars."""

_FAR = 70 * 365
"""So many days from the epoch a float tells no single microsecond."""


def values_of(axis: Any, name: str, values: Any) -> Column | None:
    """Give values along an axis: dates and categories as the texts that they were.

    Parameters
    ----------
    axis
        An axis of matplotlib.
    name
        What the column is to be called.
    values
        The numbers that are drawn.

    Returns
    -------
    tuple or None
        The name, and an array or a list of texts, where those are empty that are missing. None for
        no values.
    """
    array = plain(values).ravel()
    if not array.size:
        return None
    # The attribute of before matplotlib 3.10 warns since then.
    found = axis.get_converter() if hasattr(axis, "get_converter") else axis.converter
    kind, is_there = type(found).__name__, array == array  # noqa: PLR0124 - NaN
    texts: list[str] | None = None
    if "Date" in kind:
        texts = _write_dates(array[is_there])
    elif kind == "PeriodConverter":  # of pandas: whole numbers of its own count
        count = sys.modules["pandas"].PeriodIndex.from_ordinals
        periods = count(array[is_there].astype(int), freq=axis.freq)
        texts = [each.isoformat() for each in periods.to_timestamp()]
    elif known := _categories(axis):
        numbers = array[is_there].tolist()
        texts = [known[each] for each in numbers] if known.keys() >= {*numbers} else None
    if texts is None:
        return name, array
    rest = iter(texts)
    return name, [next(rest) if each else "" for each in is_there.tolist()]


def _categories(axis: Any) -> dict[float, str]:
    """Give the names that stand for numbers on an axis of categories."""
    names = getattr(getattr(axis, "units", None), "_mapping", None) or {}
    return {float(number): str(text) for text, number in names.items()}


def _write_dates(days: Any) -> list[str]:
    """Write numbers of days as dates; far from the epoch a float tells no single microsecond."""
    numpy = sys.modules["numpy"]
    step = numpy.where(numpy.abs(days) > _FAR, 20, 1)
    since = (numpy.round(days * 86_400e6 / step) * step).astype("timedelta64[us]")
    dates = numpy.datetime64(sys.modules["matplotlib.dates"].get_epoch(), "us") + since
    return [each.isoformat() for each in dates.tolist()]


def plain(values: Any) -> Any:
    """Give numbers as floats, those that are masked as NaN.

    Parameters
    ----------
    values
        Numbers of any kind.
    """
    numpy = sys.modules["numpy"]
    return numpy.ma.filled(numpy.ma.asarray(values, dtype=float), numpy.nan)


def names_at(axis: Any, places: Any) -> Column | None:
    """Give the names that somebody has put at places of an axis, as pandas does for bars.

    Parameters
    ----------
    axis
        An axis of matplotlib.
    places
        Numbers on it.

    Returns
    -------
    tuple or None
        ``"category"`` and a name for each place, empty where there is none near; None where
        numbers stand at the axis, or the places are categories themselves.
    """
    known = _categories(axis)
    fixed = type(axis.get_major_locator()).__name__ == "FixedLocator"
    formatter = axis.get_major_formatter()
    if known:
        if known.keys() >= {*places.tolist()}:
            return None  # the places are written as these names
        at, names = [*known], [*known.values()]
    elif fixed and type(formatter).__name__ in {"FixedFormatter", "FuncFormatter"}:
        at = [float(each) for each in axis.get_majorticklocs()]
        names = [str(each) for each in formatter.format_ticks(at)]
    else:
        return None
    nearest = [min(range(len(at)), key=lambda i: abs(at[i] - place), default=0) for place in places]
    return "category", [
        names[i] if at and abs(at[i] - place) < _BESIDE else ""
        for i, place in zip(nearest, places)  # noqa: B905 - not in Python 3.9
    ]
