"""Places that a trial told other programs of, where nobody saw what they did there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.reproduce.record import Record

__all__ = ["find_named"]

_PATH: Final = re.compile(r"(?<![\w./~-])~?/[^\s'\"<>;|&()$`*?\[\]{}]+")
_OF_THE_SYSTEM: Final = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64"),
    *("/proc", "/run", "/sbin", "/sys", "/usr"),
)
_LARGEST_BYTES: Final = 1 << 20


def find_named(record: Record, root: Path) -> Iterator[Path]:
    """Find the folders outside of a project that the command lines of such programs name.

    Parameters
    ----------
    record
        The record of the trial.
    root
        The folder in which its project is laid out: also what is written in scripts there counts.

    Yields
    ------
    pathlib.Path
        Folders that are there, without those of the system.
    """
    tracking = record.facets.get("tracking", {})
    lines = [*tracking.get("programs", ())]
    lines += [each["argv"] for each in tracking.get("processes", ()) if not each.get("version")]
    for words in lines:
        for text in (*words[1:], *_scripts(words, root)):
            for found in _PATH.findall(text):
                path = Path(os.path.normpath(os.path.expanduser(found)))  # noqa: PTH111 - text
                folder = path if path.is_dir() else path.parent
                if folder.is_dir() and not _is_of_system(folder):
                    yield Path(os.path.realpath(folder))


def _scripts(words: Iterable[str], root: Path) -> Iterator[str]:
    """Give the texts of files of the project that a command line names."""
    for word in " ".join(words).split():  # a shell is told more than one in a word
        path = root / word
        try:
            if path.is_file() and path.stat().st_size <= _LARGEST_BYTES:
                yield path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            continue


def _is_of_system(folder: Path) -> bool:
    return any(folder.is_relative_to(each) for each in _OF_THE_SYSTEM)
