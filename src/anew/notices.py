"""What anew says while others work: through `logging`, under ``anew``, on standard error."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Final

from anew.errors import AnewWarning

__all__ = ["logger", "paint", "say", "show_error", "warn_once"]

logger: Final = logging.getLogger("anew")

_COLOURS: Final = {logging.INFO: "2", logging.WARNING: "33", logging.ERROR: "31"}
_warned: set[str] = set()


class _StandardError(logging.Handler):
    """Write to whatever `sys.stderr` is now, in colour on a terminal only."""

    def emit(self, record: logging.LogRecord) -> None:
        if logging.getLogger().handlers or logger.handlers != [self]:
            return  # the program has set up logging meanwhile
        try:
            colour = _COLOURS.get(record.levelno, "0")
            sys.stderr.write(paint(f"anew: {record.getMessage()}", colour) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a notice that cannot be written is logging's own affair
            self.handleError(record)


def say(text: str, *, level: int = logging.WARNING) -> None:
    """Say one line.

    Parameters
    ----------
    text
        The line.
    level
        A level of `logging`. Programs that set up logging themselves get the line there only.
    """
    if not logger.handlers and not logging.getLogger().handlers:
        logger.addHandler(_StandardError())
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
    logger.log(level, "%s", text)


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
