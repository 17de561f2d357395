"""Language, encodings and time zone: how numbers, texts and times are read and written."""

from __future__ import annotations

import locale
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["LocaleCollector", "name_zone"]

_LOCALTIME: Final = Path("/etc/localtime")


class LocaleCollector:
    """Collect the language's variables, the encodings and the time zone."""

    name = "locale"
    at_end = False

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the settings from which the rest follows."""
        return (*_variables().items(), os.environ.get("TZ"), time.tzname, _current(), _year())

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Read the settings."""
        return {
            "environment": _variables(),
            "current": _current(),
            "encoding": locale.getencoding(),
            "filesystem_encoding": sys.getfilesystemencoding(),
            "zone": name_zone(),
            # Two days of the year, because the offset of today changes with summer time.
            "offset_january": _offset(1),
            "offset_july": _offset(7),
        }


def _variables() -> dict[str, str]:
    """Give the variables that choose a language."""
    names = ("LANG", "LANGUAGE", "LC_")
    return {name: os.environ[name] for name in sorted(n for n in os.environ if n.startswith(names))}


def _current() -> str:
    """Give the locale in force in this process."""
    return locale.setlocale(locale.LC_ALL)


def _year() -> int:
    return time.localtime().tm_year


def name_zone() -> str:
    """Name the time zone in force, as ``Europe/Berlin`` where the system tells."""
    if named := os.environ.get("TZ"):
        return named
    parts = Path(os.path.realpath(_LOCALTIME)).parts
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :])
    return "/".join(time.tzname)


def _offset(month: int) -> str:
    """Give the offset from UTC at the first day of a month of this year."""
    return f"{datetime(_year(), month, 1).astimezone():%z}"
