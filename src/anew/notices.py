"""What anew says while others work: through `logging`, under ``anew``, on standard error."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewWarning

if TYPE_CHECKING:
    from logging import Handler, Logger, LogRecord

    logger: Logger

__all__ = ["INFO", "WARNING", "logger", "paint", "say", "show_error", "warn_once"]

INFO: Final = 20
WARNING: Final = 30

_COLOURS: Final = {INFO: "2", WARNING: "33", 40: "31"}
_warned: set[str] = set()


def __getattr__(name: str) -> Any:
    if name == "logger":
        from logging import getLogger

        return getLogger("anew")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def say(text: str, *, level: int = WARNING) -> None:
    """Say one line.

    Parameters
    ----------
    text
        The line.
    level
        A level of `logging`. Programs that set up logging themselves get the line there only.
    """
    if "logging" in sys.modules:
        _log(text, level)
    elif level >= INFO:  # who never loaded it has not set it up
        with suppress(Exception):  # a notice that cannot be written
            _write(text, level)


def _log(text: str, level: int) -> None:
    import logging

    logger = logging.getLogger("anew")
    if not logger.handlers and not logging.getLogger().handlers:
        logger.addHandler(_make_handler())
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
    logger.log(level, "%s", text)


def _write(text: str, level: int) -> None:
    """Write to whatever `sys.stderr` is now, in colour on a terminal only."""
    sys.stderr.write(paint(f"anew: {text}", _COLOURS.get(level, "0")) + "\n")
    sys.stderr.flush()


@cache
def _make_handler() -> Handler:
    import logging

    class StandardError(logging.Handler):
        def emit(self, record: LogRecord) -> None:
            logger = logging.getLogger("anew")
            if logging.getLogger().handlers or logger.handlers != [self]:
                return  # the program has set up logging meanwhile
            try:
                _write(record.getMessage(), record.levelno)
            except Exception:  # noqa: BLE001 - a notice that cannot be written is logging's own affair
                self.handleError(record)

    return StandardError()


def warn_once(text: str, *, about: str | None = None) -> None:
    """Warn, in this process once about the same thing.

    Parameters
    ----------
    text
        What could not be done, and what was done instead.
    about
        What the warning is about; the text itself by default.
    """
    key = about or text
    if key not in _warned:
        _warned.add(key)
        warnings.warn(text, AnewWarning, stacklevel=3)


def show_error(message: str, hint: str | None = None) -> None:
    """Show an error on standard error, as every command does.

    Parameters
    ----------
    message
        What is wrong, and where.
    hint
        The way out.
    """
    lines = [f"{paint('error:', '1;31')} {message}\n"]
    if hint:
        lines.append(f"{paint('hint:', '1;36')} {hint}\n")
    sys.stderr.write("".join(lines))


def paint(text: str, code: str) -> str:
    """Colour a text for standard error: on a terminal only, and not where NO_COLOR is set.

    Parameters
    ----------
    text
        The text.
    code
        The parameters of the ANSI sequence (ECMA-48, SGR).

    Returns
    -------
    str
        The text, with or without the sequence.
    """
    is_plain = os.environ.get("NO_COLOR") or not sys.stderr.isatty()
    return text if is_plain else f"\033[{code}m{text}\033[0m"
