"""Which files git would ignore, worked out where there is no git program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec

__all__ = ["scan_by_patterns"]

_Level = tuple[str, "GitIgnoreSpec"]


def scan_by_patterns(
    root: Path, top: Path, rules: Iterable[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str], bool]:
    """Give what ``git status`` would tell of a folder.

    Parameters
    ----------
    root
        The folder.
    top
        The folder of the work tree that it lies in.
    rules
        Patterns that hold in the whole work tree, those in files ``.gitignore`` apart.

    Returns
    -------
    tuple
        Files, ignored entries and repositories inside, relative to ``root``; and whether the
        folder itself is ignored.
    """
    levels = [("", _parse("\n".join([_read_user_rules(), *rules])))]
    prefix = root.relative_to(top).as_posix()
    prefix = "" if prefix == "." else prefix
    walked = ""
    for part in filter(None, prefix.split("/")):
        levels = [*levels, *_level(top, walked)]
        walked = f"{walked}/{part}".lstrip("/")
        if _is_ignored(f"{walked}/", levels):
            return frozenset(), frozenset(), frozenset(), True
    files: set[str] = set()
    ignored: set[str] = set()
    nested: set[str] = set()
    waiting = [(prefix, levels)]
    while waiting:
        folder, above = waiting.pop()
        here = [*above, *_level(top, folder)]
        for name, is_folder in _entries(top / folder):
            path = f"{folder}/{name}".lstrip("/")
            if _is_ignored(f"{path}/" if is_folder else path, here):
                ignored.add(path)
            elif not is_folder:
                files.add(path)
            elif os.path.lexists(top / path / ".git"):
                nested.add(path)
            elif name != ".git":
                waiting.append((path, here))
    start = len(prefix) + 1 if prefix else 0
    cut = (frozenset(path[start:] for path in paths) for paths in (files, ignored, nested))
    return (*cut, False)  # type: ignore[return-value]  # three of them


def _parse(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(text.splitlines())


def _level(top: Path, folder: str) -> list[_Level]:
    """Give the patterns of one folder."""
    try:
        text = os.fsdecode((top / folder / ".gitignore").read_bytes())
    except OSError:
        return []
    return [(f"{folder}/" if folder else "", _parse(text))]


def _is_ignored(path: str, levels: list[_Level]) -> bool:
    """Ask the nearest patterns first; the first that say anything decide."""
    for base, spec in reversed(levels):
        told = spec.check_file(path.removeprefix(base)).include
        if told is not None:
            return told
    return False


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """List a folder; one that cannot be read has nothing to offer."""
    try:
        with os.scandir(folder) as found:
            return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
    except OSError:
        return []


def _read_user_rules() -> str:
    """Read what the user ignores everywhere."""
    home = os.environ.get("XDG_CONFIG_HOME") or f"{os.environ.get('HOME', '')}/.config"
    try:
        return os.fsdecode(Path(home, "git", "ignore").read_bytes())
    except OSError:
        return ""
