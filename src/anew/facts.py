"""The facets of a trial: those of the collectors, and those that depend on the trial itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.snapshot import entries_of, take
from anew.digests import digest_file, use_memory
from anew.errors import AnewError, UsageError
from anew.notices import say, warn_once
from anew.objects import FolderObjects
from anew.plan import current_plan
from anew.provenance import Captured, capture, make_facet
from anew.provenance.kept import recall
from anew.provenance.masking import show_path
from anew.provenance.numerics import ask_for_numerics
from anew.provenance.packages import find_editable, mark_packages
from anew.records import asdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anew.code.snapshot import Snapshot
    from anew.model import Facet
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["begin_facets", "choose_seed", "end_facets", "keep_large", "restore_large", "use_paths"]

_SHOWN: Final = 3

_remembering: Final[list[Path]] = []
"""The folder of the store in which digests of files are remembered, once there is one."""

_paths: Final[list[str]] = []
"""Where the interpreter of the program finds packages, where it is not the one that runs anew."""


def use_paths(paths: Iterable[str]) -> None:
    """Have editable projects looked for where another interpreter finds packages.

    Parameters
    ----------
    paths
        Its ``sys.path``.
    """
    _paths[:] = paths


def choose_seed(seed: Any, store: Store, experiment: str) -> tuple[int, str]:
    """Give the root seed of a trial, and where it is from.

    Parameters
    ----------
    seed
        A whole number from 0, ``"new"``, or None for the experiment's own.
    store
        The store.
    experiment
        The experiment's name.

    Raises
    ------
    UsageError
        When it is no seed.
    """
    plan = current_plan()
    if plan and seed in (None, "new"):
        return plan.seed, "reproduction"
    if seed is None:
        return store.experiment_seed(experiment, _draw_seed), "experiment"
    if seed == "new":
        return _draw_seed(), "new"
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or seed.__index__() < 0:
        message = f"seed is {seed!r}, expected a whole number from 0, or 'new'"
        raise UsageError(message, where=f"experiment {experiment!r}", hint="seed=1")
    return seed.__index__(), "given"


def _draw_seed() -> int:
    """Draw a root seed: 32 bits, short enough to be typed."""
    return int.from_bytes(os.urandom(4))


def begin_facets(settings: Settings, folder: Path, *, seed: tuple[int, str]) -> Captured:
    """Gather what is known before the work begins.

    Parameters
    ----------
    settings
        Those of the project.
    folder
        The store's folder, in which snapshots are kept.
    seed
        The root seed and where it is from.
    """
    _remember_files(folder)
    content, failures = {}, []
    try:
        content = _snapshot(settings, folder)
    except Exception as error:  # noqa: BLE001 - a trial without a snapshot is still a trial
        failures.append(("snapshot", str(error)))
    files = entries_of(content.get("commit", ""))
    captured = capture(settings.root, known=folder / "known", files=files)
    facets = [*captured.facets, make_facet("seeds", {"root": seed[0], "origin": seed[1]})]
    if content:
        try:
            editable, failed = _keep_editable(settings, folder, captured)
            content |= {"editable": editable} if editable else {}
            failures += failed
        except Exception as error:  # noqa: BLE001 - likewise
            failures.append(("snapshot", f"editable: {error}"))
        facets.append(make_facet("snapshot", content))
    facets += _cells()
    return Captured(facets, [*captured.failures, *failures])


def _remember_files(folder: Path) -> None:
    """Have files that are as they were when another process digested them not read again."""
    if not _remembering:
        from anew.memos import KnownFiles

        _remembering.append(folder)
        use_memory(KnownFiles(folder / "memo" / "known.db"))


def _cells() -> list[Facet]:
    """Give what a session of IPython executed as a facet; say which values are stale."""
    if "IPython" not in sys.modules:
        return []
    from anew.notebooks import current_cells, current_stale

    cells = current_cells()
    if not cells:
        return []
    for stale in current_stale():
        say(str(stale))
    return [make_facet("cells", {"sources": [cell.source for cell in cells]})]


def _snapshot(settings: Settings, folder: Path) -> dict[str, Any]:
    """Keep the source tree; a reproduction runs on the one that was checked out for it."""
    plan = current_plan()
    if plan:
        return plan.snapshot
    taken = _take(settings, settings.root, folder)
    _tell(taken, folder / "known")
    large = keep_large(settings.root, taken.large, folder, settings.keep_inputs)
    return {**asdict(taken), "large": large}


def _keep_editable(
    settings: Settings, folder: Path, captured: Captured
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Keep the code of projects that are installed as editable: no version tells what it is."""
    packages = next((facet for facet in captured.facets if facet.name == "packages"), None)
    origins = packages.content["origins"] if packages and not current_plan() else {}
    kept: dict[str, Any] = {}
    failures = []
    # Of anew itself the version is recorded: it records, and computes nothing.
    named = {name for name, text in origins.items() if text.startswith("editable ")} - {"anew"}
    if named:
        for name, place in _find_editable(settings.root, folder).items():
            if name != "anew" and not place.resolve().is_relative_to(settings.root):
                try:
                    taken = _take(settings, place, folder)
                    kept[name] = {"path": show_path(place, settings.root), "commit": taken.commit}
                except AnewError as error:
                    failures.append(("snapshot", f"editable {name}: {error.message}"))
    return kept, failures


def _find_editable(root: Path, folder: Path) -> dict[str, Path]:
    """Give the folders of editable projects, as they were found last if nothing was installed."""
    paths = _paths or sys.path
    found = recall(
        folder / "known",
        "editable-other" if _paths else "editable",
        mark_packages(paths, root),
        lambda: {name: str(place) for name, place in find_editable(paths).items()},
    )
    return {name: Path(place) for name, place in found.items()}


def _take(settings: Settings, root: Path, folder: Path) -> Snapshot:
    """Take a snapshot within the limits that are set."""
    limits = {"limit_bytes": settings.snapshot_limit, "limit_files": settings.snapshot_files}
    return take(root, folder / "git", **limits)


def _tell(taken: Snapshot, known: Path) -> None:
    """Say what was left out because it is secret, and what looks as if it should have been.

    In one store it is said once: until it is not the same any more.
    """
    secret = [path for path in taken.skipped if "credential" in taken.left_out[path]]
    if not secret and not taken.suspected:
        return

    def tell() -> dict[str, Any]:
        _tell_of_secrets(taken, secret)
        return {}

    recall(known, "told", (tuple(secret), tuple(sorted(taken.suspected.items()))), tell)


def _tell_of_secrets(taken: Snapshot, secret: list[str]) -> None:
    if secret:
        warn_once(
            f"not in the snapshot of the code, for they hold credentials: {_join_some(secret)}; "
            "keep those in environment variables, or leave the files out with a .gitignore file"
        )
    if taken.suspected:
        found = [f"{path} ({where})" for path, where in sorted(taken.suspected.items())]
        warn_once(
            f"source files with what looks like a credential: {_join_some(found)}; "
            "they are in the snapshot of the code: take it out of them and have it revoked"
        )


def _join_some(names: list[str]) -> str:
    """Name the first few of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def keep_large(
    root: Path, paths: list[str], folder: Path, limit_bytes: int
) -> list[dict[str, Any]]:
    """Keep the files that are too large for a snapshot in the object store.

    Parameters
    ----------
    root
        The project's folder.
    paths
        The files, relative to it.
    folder
        The store's folder.
    limit_bytes
        Largest file that is kept; above it the digest alone is.

    Returns
    -------
    list of dict
        Path, size, digest and whether it is kept. One that is gone or cannot be read has no digest.
    """
    objects = FolderObjects(folder / "objects")
    return [_keep_one(root / path, path, objects, limit_bytes) for path in paths]


def _keep_one(file: Path, path: str, objects: FolderObjects, limit_bytes: int) -> dict[str, Any]:
    import shutil

    fact: dict[str, Any] = {"path": path, "size_bytes": 0, "digest": None, "kept": False}
    try:
        fact["size_bytes"] = size = file.stat().st_size
        fact["digest"] = digest = digest_file(file).digest
        # A disk that is nearly full is for results.
        if size <= limit_bytes and size * 2 < shutil.disk_usage(objects.folder.parent).free:
            objects.put_file(file, digest)
            fact["kept"] = True
    except (OSError, AnewError) as error:
        fact["why"] = error.message if isinstance(error, AnewError) else str(error.strerror)
    return fact


def restore_large(facet: dict[str, Any], folder: Path, root: Path) -> list[str]:
    """Put the large files of a snapshot beside those that were checked out.

    Parameters
    ----------
    facet
        The facet ``snapshot`` of a trial.
    folder
        The store's folder.
    root
        Where the snapshot was checked out.

    Returns
    -------
    list of str
        The paths that could not be put back, for their content was not kept.
    """
    objects, missing = FolderObjects(folder / "objects"), []
    for fact in facet.get("large") or ():
        is_here = fact["digest"] and objects.has(fact["digest"])
        if is_here and _is_inside(root, fact["path"]):
            objects.copy_to(fact["digest"], root / fact["path"])
        else:
            missing.append(fact["path"])
    return missing


def _is_inside(root: Path, path: str) -> bool:
    """Tell whether a file would lie in a folder, also when links of the snapshot are followed."""
    place = root / path
    if {"..", ""} & set(path.split("/")) or place.is_symlink():
        return False
    return Path(os.path.realpath(place.parent)).is_relative_to(os.path.realpath(root))


def end_facets(root: Path, *, computing: Sequence[str] | None = None) -> Captured:
    """Gather what shows only after the work, as the threads of libraries imported meanwhile.

    Parameters
    ----------
    root
        The project's folder.
    computing
        The libraries with threads of their own that are loaded; looked for when None.
    """
    if computing is None:
        return capture(root, at_end=True)
    return Captured([make_facet("numerics", ask_for_numerics(computing))])
