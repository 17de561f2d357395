"""Numbers, times and values as short text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["count", "cut", "show_seconds", "show_time", "show_value", "show_when"]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_MOST_MS: Final = 0.9995
_MOST_S: Final = 59.95
"""What is more would be rounded to one of the next unit."""


def show_value(value: Any) -> str:
    """Write a value on one line.

    Parameters
    ----------
    value
        Plain data.

    Returns
    -------
    str
        Numbers with six significant digits, texts as they are, containers as JSON.

    Examples
    --------
    >>> show_value(0.1 + 0.2), show_value("ridge"), show_value(["lag", 1])
    ('0.3', 'ridge', '["lag", 1]')
    """
    if isinstance(value, str):
        return value if value.isprintable() and value == value.strip() and value else repr(value)
    if isinstance(value, bool | None):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, int):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if text.isprintable() else repr(text)


def show_seconds(seconds: float | None) -> str:
    """Write a duration with its unit.

    Parameters
    ----------
    seconds
        The duration; None is an empty text.

    Examples
    --------
    >>> show_seconds(0.00042), show_seconds(1.23456), show_seconds(200), show_seconds(7500)
    ('0.42 ms', '1.23 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds is None:
        return ""
    if seconds < _MOST_MS:
        return f"{seconds * 1000:.3g} ms"
    if seconds < _MOST_S:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def show_time(time: datetime) -> str:
    """Write a time to the second, in local time.

    Parameters
    ----------
    time
        An aware time.
    """
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def show_when(time: datetime, *, now: datetime | None = None) -> str:
    """Say how long ago something was, as long as that is said more shortly than its date.

    Parameters
    ----------
    time
        An aware time.
    now
        What to count from; the present by default.

    Examples
    --------
    >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> show_when(datetime(2026, 11, 21, 11, 57, tzinfo=UTC), now=noon)
    '3 min ago'
    """
    seconds = ((now or datetime.now(UTC)) - time).total_seconds()
    if not 0 <= seconds < _DAY:
        return f"{time.astimezone():%Y-%m-%d %H:%M}"
    if seconds < _MINUTE:
        return f"{seconds // 1:.0f} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    return f"{seconds // _HOUR:.0f} h ago"


def cut(text: str, length: int) -> str:
    """Shorten a text that is longer than so many characters.

    Parameters
    ----------
    text
        The text.
    length
        How many characters may stay, the mark of the cut included.
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def count(number: int, noun: str) -> str:
    """Write a number of things.

    Parameters
    ----------
    number
        How many.
    noun
        What, in the singular, with a regular plural.

    Examples
    --------
    >>> count(1, "trial"), count(3, "trial")
    ('1 trial', '3 trials')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def join_names(names: Iterable[str], limit: int = 6) -> str:
    """Join names by commas, the first few in full.

    Parameters
    ----------
    names
        The names.
    limit
        How many are shown.
    """
    listed = list(names)
    rest = [f"{len(listed) - limit} more"] if len(listed) > limit else []
    return ", ".join([*listed[:limit], *rest])
