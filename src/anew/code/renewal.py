"""Which files came and went in a few folders, without a look at all of the project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.code.exclusion import ENVIRONMENT_MARKS
from anew.code.known import list_names
from anew.code.worktree import NEVER, find_ignored

if TYPE_CHECKING:
    from pathlib import Path

    from anew.code.known import Known

__all__ = ["Renewal", "renew"]

_MOST: Final = 1000
"""More new names than that are a case for a look at everything."""


class Renewal(NamedTuple):
    """What is different in some folders.

    Parameters
    ----------
    came, gone
        Files that belong to the project now, and those that are no longer there.
    names
        What is in each folder: by name, whether it is a folder.
    """

    came: list[str]
    gone: set[str]
    names: dict[str, dict[str, bool]]


def renew(root: Path, git_dir: Path, known: Known, folders: list[str]) -> Renewal | None:
    """Find what came and went in folders in which there are other names than before.

    Parameters
    ----------
    root
        The project's folder.
    git_dir
        Anew's repository.
    known
        What was known of the project: its rules have not changed since.
    folders
        The folders, relative to the project.

    Returns
    -------
    Renewal or None
        None where only a look at everything can tell: where folders came or went, or rules or
        repositories appeared.
    """
    if known.about["nested"]:
        return None
    files = dict.fromkeys(path for folder in folders for path in known.entries.inside(folder))
    wanted = frozenset(folders)
    subfolders = {path for path in known.folders if path and path.rpartition("/")[0] in wanted}
    found: dict[str, bool] = {}
    names: dict[str, dict[str, bool]] = {}
    for folder in folders:
        listed = list_names(f"{root}/{folder}")
        if listed is None or _has_rules(root, known, folder, listed):
            return None
        names[folder] = listed
        start = f"{folder}/" if folder else ""
        found |= {start + name: is_folder for name, is_folder in listed.items()}
    is_other = any(found.get(path) for path in files) or not all(map(found.get, subfolders))
    new = {path: found[path] for path in found.keys() - files.keys() - subfolders}
    came = None if is_other else _belonging(root, git_dir, new, next(iter(files), None))
    return None if came is None else Renewal(sorted(came), files.keys() - found.keys(), names)


def _has_rules(root: Path, known: Known, folder: str, names: dict[str, bool]) -> bool:
    """Tell whether there is something in a folder that decides on what is around it."""
    rules = f"{root}/{folder}/.gitignore"
    if ".gitignore" in names and rules not in known.rules:
        return True
    return bool(folder) and not {".git", *ENVIRONMENT_MARKS}.isdisjoint(names)


def _belonging(
    root: Path, git_dir: Path, new: dict[str, bool], other: str | None
) -> set[str] | None:
    """Give the files among new names that belong to the project; None where folders would."""
    asked = {
        path
        for path, is_folder in new.items()
        if path.rpartition("/")[2] not in NEVER
        and not (is_folder and _is_environment(f"{root}/{path}"))
    }
    if not asked or len(asked) > _MOST:
        return None if asked else set()
    ignored = find_ignored(root, git_dir, [*asked, other] if other else [*asked])
    if ignored is None or other in ignored:  # one that is kept all the same: rules of another kind
        return None
    came = asked - ignored
    return None if any(new[path] for path in came) else came


def _is_environment(folder: str) -> bool:
    return any(os.path.lexists(f"{folder}/{mark}") for mark in ENVIRONMENT_MARKS)
