"""What looks like a credential is written as ``***``, and a home folder as ``~``.

The rules for credentials are those of :mod:`anew.tracker.masking`, which the tracker shares.
"""

from __future__ import annotations

import os
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
    "is_secret_name",
    "mask_arguments",
    "mask_parameters",
    "mask_text",
    "mask_value",
    "mask_variable",
    "show_path",
]


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
