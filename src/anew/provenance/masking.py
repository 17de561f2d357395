"""What looks like a credential is written as ``***``, and a home folder as ``~``.

The rules for credentials are those of :mod:`anew.tracker.masking`, which the tracker shares.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from anew.tracker.masking import (
    MASK,
    is_secret_name,
    mask_arguments,
    mask_parameters,
    mask_text,
    mask_value,
    mask_variable,
)

__all__ = [
    "MASK",
    "hide_home",
    "is_secret_name",
    "mask_arguments",
    "mask_parameters",
    "mask_text",
    "mask_value",
    "mask_variable",
    "show_path",
]

_BEFORE, _AFTER = r"(?:(?<![\w.~-])|(?<=^-[A-Za-z])|(?<=\s-[A-Za-z]))", r"(?!\.?[\w-])"
"""A folder begins after what is no part of a path, or after an option: ``-I/home/me``."""


def show_path(path: str | os.PathLike[str], root: Path) -> str:
    """Write a path so that it says nothing of the person and is the same on another machine.

    Parameters
    ----------
    path
        An absolute path.
    root
        The project's folder.

    Returns
    -------
    str
        Relative to the project inside of it, from ``~`` inside of the home folder, else absolute.
    """
    return _show_path(os.path.normpath(path), root, os.environ.get("HOME"))


def hide_home(text: str) -> str:
    """Write ``~`` in the place of the home folder, wherever a text names it.

    Parameters
    ----------
    text
        Any text. A path that only contains or continues the home folder's stays as it is.
    """
    pattern = _homes(os.path.expanduser("~"))  # noqa: PTH111 - a text
    return pattern.sub("~", text) if pattern else text


@lru_cache(4)
def _homes(home: str) -> re.Pattern[str] | None:
    """Find the home folder under both its names, where there is one."""
    homes = {each.rstrip(os.sep) for each in (home, os.path.realpath(home))} - {"", "~"}
    named = "|".join(map(re.escape, sorted(homes, key=len, reverse=True)))
    return re.compile(rf"{_BEFORE}(?:{named}){_AFTER}") if named else None


@lru_cache(4096)
def _show_path(path: str, root: Path, _: str | None) -> str:
    """Write a path, once for each: a trial has hundreds, most of which the one before had, too."""
    absolute = Path(path)
    for base in {root, Path(os.path.realpath(root))}:
        if absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    home = _home()
    if home and absolute.is_relative_to(home):
        return f"~/{absolute.relative_to(home).as_posix()}"
    return absolute.as_posix()


def _home() -> Path | None:
    """Give the home folder; a user of a container may have none."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home != Path(home.anchor) else None
