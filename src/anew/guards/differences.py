"""What differs now from what a trial ran on. The project is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.changes import compare_facets, describe_file, left_by
from anew.code.functions import describe_changes
from anew.code.snapshot import take
from anew.errors import AnewError
from anew.model import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from anew.guards.present import Present
    from anew.model import FileUse, Trial
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["find_differences"]

_PYTHON: Final = ("build", "free_threaded", "implementation", "version")
"""What of an interpreter decides on results: not where it lies, nor how it was started."""

_COMPARED: Final = ("packages", "platform", "cpu", "gpu", "locale", "locks", "requirements")


def find_differences(present: Present, store: Store, trial: Trial) -> list[Change]:
    """Compare what there is now with what a trial ran on.

    Parameters
    ----------
    present
        What there is now.
    store
        The store of the trial.
    trial
        The trial.

    Returns
    -------
    list of Change
        First code, then data by path, then facets by name.
    """
    facets, files = trial.facets, trial.files
    code = _compare_code(present.settings, store, facets.get("snapshot", {}), files)
    old, new = _comparable(facets), _comparable(present.facets)
    shared = old.keys() & new.keys()
    return [
        *(Change("code", part) for part in code),
        *_compare_data(files, present.root),
        *compare_facets({n: old[n] for n in shared}, {n: new[n] for n in shared}),
    ]


def _comparable(facets: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Take what matters for a result of the facets that any process of the project shares."""
    kept = {name: dict(facets[name]) for name in _COMPARED if name in facets}
    if python := facets.get("python"):
        kept["python"] = {name: python[name] for name in _PYTHON if name in python}
    return kept


def _compare_code(
    settings: Settings, store: Store, snapshot: Mapping[str, Any], files: Iterable[FileUse]
) -> list[str]:
    """Compare by a snapshot of this moment, which the next trial need not take again.

    When nothing changed it is the one that is there. Else its contents go into the snapshots, from
    which they are pruned like those of any state that no trial ran on.
    """
    if "commit" not in snapshot:
        return []
    folder = store.folder / "git"
    data = frozenset(use.path for use in files)
    limits = {"limit_bytes": settings.snapshot_limit, "limit_files": settings.snapshot_files}
    try:
        now = take(settings.root, folder, **limits)
        if now.tree == snapshot["tree"]:
            return []
        return describe_changes(folder, snapshot["commit"], now.commit, ignore=data)
    except AnewError as error:
        return [f"cannot be compared: {error.what}"]


def _compare_data(files: Iterable[FileUse], root: Path) -> list[Change]:
    """Look at the inputs again, but for folders and what came from elsewhere."""
    from anew.digests import digest_file

    changes = []
    left = left_by(files)
    for use in files:
        path = root / use.path
        if use.role != "input" or "://" in use.path or path.is_dir() or not use.digest:
            continue
        if not path.is_file():
            changes.append(Change(use.path, "is gone"))
            continue
        try:
            now = digest_file(path)
        except OSError as error:
            changes.append(Change(use.path, f"cannot be read: {error.strerror}"))
            continue
        if now.digest not in {use.digest, left.get(use.path)}:
            changes.append(Change(use.path, describe_file(use, now)))
    return changes
