"""Metrics among what a program prints: lines ``name: value``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lines"]

_LINE: Final = re.compile(
    r"\s*(?P<name>[^\W\d][\w .%/()\[\]@-]*?)\s*[:=]\s*"
    r"(?P<value>[-+]?(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf))\s*%?\s*"
)
_LONGEST: Final = 200


class Lines:
    """Find metrics in a stream of text.

    Parameters
    ----------
    log
        Called with each metric, as soon as its line is whole.
    """

    def __init__(self, log: Callable[[dict[str, float]], None]) -> None:
        self._log = log
        self._rest = ""

    def add(self, text: str) -> None:
        """Take a piece of text."""
        *lines, self._rest = (self._rest + text).replace("\r", "\n").split("\n")
        if len(self._rest) > _LONGEST:  # no line of a metric; memory stays bounded
            self._rest = self._rest[:_LONGEST] + "\0"
        for line in lines:
            if len(line) <= _LONGEST and (found := _LINE.fullmatch(line)):
                self._log({found["name"]: float(found["value"])})

    def end(self) -> None:
        """Take the last line, which has no end."""
        self.add("\n")
