"""The environment variables that the sources of a project ask for by name."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_asked"]

_NAME: Final = rb"[\"']([A-Za-z_]\w*)[\"']"
_CODE: Final = re.compile(
    rb"(?:environ(?:\.(?:get|pop|setdefault))?\s*[\[(]|getenv\s*\()\s*"
    + _NAME
    + rb"|"
    + _NAME
    + rb"\s+"
    rb"(?:not\s+)?in\s+(?:os\.)?environ\b"
)
_SHELL: Final = re.compile(rb"\$\{?([A-Z_][A-Z0-9_]*)\b")
_SUFFIXES: Final = {".py": _CODE, ".ipynb": _CODE, ".r": _CODE, ".sh": _SHELL, ".bash": _SHELL}

# What says something of the person, the session or the machine, not of the work.
_PERSONAL: Final = re.compile(
    r"HOME|PATH|USER|USERNAME|USERPROFILE|LOGNAME|SHELL|SHLVL|PWD|OLDPWD|TERM|COLORTERM|DISPLAY|"
    r"HOST|HOSTNAME|EDITOR|PAGER|MAIL|TMPDIR|TEMP|TMP|COLUMNS|LINES|APPDATA|LOCALAPPDATA|_|CI|"
    r"(?:ANEW|CONDA|DBUS|GIT|GITHUB|GITLAB|GPG|PIP|SSH|UV|VIRTUAL|XDG)_\w*"
)
_SKIPPED: Final = frozenset({"node_modules", "site-packages", "__pycache__"})
_LARGEST_BYTES: Final = 1 << 18
_MOST_ENTRIES: Final = 3000
_MOST_SOURCES: Final = 300


def find_asked(root: Path) -> frozenset[str]:
    """Give the names of variables that the sources below a folder, or the command, ask for.

    Parameters
    ----------
    root
        The project's folder.

    Returns
    -------
    frozenset of str
        Names that stand in the sources, set or not; what is put together when it runs is not found.
    """
    typed = os.fsencode(" ".join(sys.orig_argv))
    names = {name.decode() for name in _SHELL.findall(typed)} | _asked_below(str(root))
    return frozenset(name for name in names if not _PERSONAL.fullmatch(name))


@lru_cache(maxsize=8)
def _asked_below(root: str) -> frozenset[str]:
    """Look into the sources once in a process."""
    names: set[str] = set()
    for path, pattern in islice(_list_sources(root), _MOST_SOURCES):
        try:
            text = Path(path).read_bytes()
        except OSError:
            continue
        if pattern is _CODE and b"environ" not in text and b"getenv" not in text:
            continue
        # In a notebook, quotes are written with a backslash.
        for found in pattern.finditer(text.replace(b'\\"', b'"')):
            names.update(each.decode() for each in found.groups() if each)
    return frozenset(names)


def _list_sources(root: str) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """Give the sources in a folder, not those that are installed, of very many files the first."""
    folders, left = [root], _MOST_ENTRIES
    while folders:
        try:
            entries = sorted(os.scandir(folders.pop(0)), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            left -= 1
            if left < 0:
                return
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
                continue
            pattern = _SUFFIXES.get(Path(entry.name).suffix.lower())
            if pattern and entry.is_file() and entry.stat().st_size <= _LARGEST_BYTES:
                yield entry.path, pattern
