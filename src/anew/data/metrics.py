"""Metrics that a program tells without knowing anew: in files of its own, or as it prints."""

from __future__ import annotations

import json
import math
import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Final

from anew.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePath

__all__ = ["METRICS_FILES", "find_metrics", "is_metrics_file", "read_metrics"]

METRICS_FILES: Final = Settings.metrics_files
"""Patterns of file names: with a ``/`` for the end of the path, else for the name alone."""

_MOST: Final = 500
_LARGEST: Final = 10 << 20
_DEEPEST: Final = 20


def is_metrics_file(path: PurePath, patterns: Iterable[str] = METRICS_FILES) -> bool:
    """Tell by its name whether a file holds metrics.

    Parameters
    ----------
    path
        Of the file.
    patterns
        As shells write them; one with a ``/`` is compared with as many last parts of the path.

    Returns
    -------
    bool
        Whether one of them fits.
    """
    for pattern in patterns:
        parts = pattern.split("/")
        if fnmatch("/".join(path.parts[-len(parts) :]), pattern):
            return True
    return False


def read_metrics(
    path: PurePath, data: bytes, patterns: Iterable[str] = METRICS_FILES
) -> dict[str, float]:
    """Read the numbers of a file of metrics.

    Parameters
    ----------
    path
        Of the file; its name decides, see `is_metrics_file`.
    data
        What is in it: JSON with a mapping at the top.
    patterns
        The setting ``metrics_files``.

    Returns
    -------
    dict
        Numbers, also infinite ones and NaN, by dotted names; empty for whatever is no such file.
        Truth values, numbers in quotes and long lists are no metrics. Nothing is raised.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_metrics(Path("metrics.json"), b'{"test": {"rmse": 0.5}, "model": "ridge"}')
    {'test.rmse': 0.5}
    """
    if not is_metrics_file(path, patterns) or len(data) > _LARGEST:
        return {}
    try:
        tree = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(tree, dict):
        return {}
    metrics: dict[str, float] = {}
    for name, value in _walk(tree, "", _DEEPEST):
        if len(metrics) >= _MOST:
            break
        metrics[name] = value
    return metrics


def _walk(value: Any, name: str, depth: int) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict) and depth:
        for key, each in value.items():
            yield from _walk(each, f"{name}.{key}" if name else str(key), depth - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            yield name, float(value)
        except OverflowError:
            yield name, math.inf if value > 0 else -math.inf


_NUMBER: Final = r"[-+]?(?:(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
_NAME: Final = r"[A-Za-z][\w./@()^-]*(?: [A-Za-z(][\w./@()^-]*){0,3}"
_PAIR: Final = (
    rf"(?P<name>{_NAME})\s*(?:=|:(?=\s))\s*(?P<number>{_NUMBER})(?P<percent>\s?%)?"
    r"\.?(?=$|[\s,;|\])])(?!,\d)"
)
_BEFORE: Final = r"^[\s>*|#\[({-]*(?:\[[^\]]*\]\s*)?$|[,;|\s(\[-]$"
_COLOUR: Final = r"\x1b\[[0-9;?]*[A-Za-z]"
_PROGRESS: Final = r"\d+%\s*\|.*\||\d+/\d+\s*\[.*[<,].*\]|\bit/s\b|\bs/it\b|[█▏▎▍▌▋▊▉━]"
_STAMP: Final = (
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}:\d\d(?::\d\d)?\b(?:[.,]\d+)?"
)
_ADDRESS: Final = r"(?i)\b[a-z][a-z0-9+.-]*://\S+"
_NO_METRIC: Final = {
    *("at", "by", "date", "eta", "file", "from", "http", "https", "in", "line", "pid", "port"),
    "version",
}


def find_metrics(text: str) -> list[tuple[str, float]]:
    r"""Find what a program printed as metrics.

    Parameters
    ----------
    text
        Lines such as ``rmse: 0.5``, ``acc = 93.5%`` and ``loss=0.1, val_loss=0.2``.

    Returns
    -------
    list of (str, float)
        Names and values in their order; a name may come again. A percentage is given as the
        number that stands before the sign. Times, addresses and progress bars are passed over.

    Examples
    --------
    >>> find_metrics("epoch 1: loss=0.25, acc = 93.5%\nstarted 12:30:45")
    [('loss', 0.25), ('acc', 93.5)]
    """
    return [pair for line in _lines(text) for pair in _find_in(line)]


def _lines(text: str) -> Iterator[str]:
    """Give the lines as a terminal shows them: of what was written over, only the last."""
    for line in text.split("\n"):
        plain = re.sub(_COLOUR, "", line).rstrip("\r").rpartition("\r")[2]
        if plain and not re.search(_PROGRESS, plain):
            yield plain


def _find_in(line: str) -> Iterator[tuple[str, float]]:
    line = re.sub(_ADDRESS, "\x00", re.sub(_STAMP, "\x00", line))
    for match in re.finditer(_PAIR, line, re.IGNORECASE):
        name = match["name"].strip()
        if name.lower() in _NO_METRIC or not re.search(_BEFORE, line[: match.start()]):
            continue
        yield name, float(match["number"].replace("_", ""))
