"""Time stamps in texts: what they look like, and whether they are of the time of a trial."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, TypeAlias

__all__ = ["STAMP", "Span", "is_of"]

Span: TypeAlias = tuple[float, float]
"""From when to when, in UTC seconds."""

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTH: Final = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY: Final = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[ap]m\b)?"
_ZONE: Final = r"(?: ?(?:z\b|utc\b|gmt\b|[+-]\d\d:?\d\d\b))?"

STAMP: Final = "|".join(
    (
        rf"\b\d{{4}}[-/.]\d\d[-/.]\d\d[t _]{_CLOCK}{_ZONE}",  # ISO 8601, and with other marks
        r"\b\d{8}[t_-]\d{6}\b",  # the same without marks
        rf"\b{_DAY},? {_MONTH} +\d{{1,2}},? {_CLOCK}(?: [a-z]{{2,5}})? \d{{4}}",  # ctime(3)
        rf"\b{_DAY},? \d{{1,2}}[ -]{_MONTH}[ -]\d{{4}}(?: {_CLOCK}{_ZONE})?",  # RFC 5322
        rf"\b(?:{_DAY},? )?{_MONTH} \d{{1,2}},? \d{{4}},? (?:at )?{_CLOCK}{_ZONE}",
        rf"\b\d{{1,2}}/\d{{1,2}}/\d{{4}},? {_CLOCK}",
        rf"^\[?{_CLOCK}(?=[\] ,|-])",  # a line of a log that begins with the clock
        rf"(?<=\[){_CLOCK}(?=\])",
        r"(?<=time:)\s+\d\d:\d\d:\d\d",  # a table of statistics
        r"\b1[5-9]\d{8}(?:\.\d+)?\b",  # seconds since 1970
    )
)

_ISO: Final = re.compile(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)")
_EPOCH: Final = re.compile(r"1\d{9}(?:\.\d+)?")
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?|[t_-](\d\d)(\d\d)(\d\d)$", re.IGNORECASE)
_AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

_ZONES_S: Final = 26 * 3600
"""How far the clock of any time zone is from UTC, and one of twelve hours from that."""

_QUARTER_S: Final = 900
"""Time zones differ by multiples of this."""

_EARLY_S: Final = 60
_LATE_S: Final = 2
_DAY_S: Final = 86400


def is_of(stamp: str, span: Span | None) -> bool:
    """Tell whether a time stamp is of a span of time, in whatever time zone.

    Parameters
    ----------
    stamp
        A text that `STAMP` fits.
    span
        From when to when; None when that is not known, and nothing is of it.

    Examples
    --------
    >>> is_of("2026-11-21 17:40:34", (1795282800.0, 1795282900.0))
    True
    >>> is_of("2011-03-12 05:00:00", (1795282800.0, 1795282900.0))
    False
    """
    if span is None:
        return False
    start, end = span[0] - _EARLY_S, span[1] + _LATE_S
    if _EPOCH.fullmatch(stamp):
        return start <= float(stamp) <= end
    days = [_read_iso(stamp), _read_words(stamp), *_read_american(stamp)]
    dated = [day.timestamp() for day in days if day]
    clock = _TIME.search(stamp)
    if not clock:
        return any(start - _ZONES_S - _DAY_S <= day <= end + _ZONES_S for day in dated)
    told = [int(each) for each in clock.groups() if each is not None]
    slack = _EARLY_S if len(told) == len(("hours", "minutes")) else 0
    seconds = sum(each * unit for each, unit in zip(told, (3600, 60, 1), strict=False))
    is_then = (seconds + slack - start) % _QUARTER_S <= end - start + slack
    is_near = [start - _ZONES_S <= day + seconds <= end + _ZONES_S for day in dated]
    return is_then and (any(is_near) or not dated)


def _read_iso(stamp: str) -> datetime | None:
    found = _ISO.match(stamp)
    return _make(found[1], found[2], found[3]) if found else None


def _read_words(stamp: str) -> datetime | None:
    """Read a day whose month is a word."""
    words = re.findall(r"[a-z]+|\d+", stamp.lower())
    month = next((_MONTHS.index(w[:3]) + 1 for w in words if w[:3] in _MONTHS), None)
    year = next((w for w in words if len(w) == len("2026") and w.isdigit()), None)
    day = next((w for w in words if w.isdigit()), None)
    return _make(year, month, day) if month and year and day else None


def _read_american(stamp: str) -> list[datetime | None]:
    """Read a day whose month is the first number or the second."""
    found = _AMERICAN.match(stamp)
    if not found:
        return []
    return [_make(found[3], *pair) for pair in ((found[1], found[2]), (found[2], found[1]))]


def _make(year: object, month: object, day: object) -> datetime | None:
    try:
        return datetime(int(str(year)), int(str(month)), int(str(day)), tzinfo=UTC)
    except ValueError:
        return None
