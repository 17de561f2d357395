"""The facets of a trial: those of the collectors, and those that depend on the trial itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from anew.code.snapshot import take
from anew.notices import warn_once
from anew.plan import current_plan
from anew.provenance import Captured, capture, make_facet

if TYPE_CHECKING:
    from pathlib import Path

    from anew.settings import Settings

__all__ = ["begin_facets", "end_facets"]


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
    captured = capture(settings.root)
    failures = list(captured.failures)
    facets = [*captured.facets, make_facet("seeds", {"root": seed[0], "origin": seed[1]})]
    try:
        facets.append(make_facet("snapshot", _snapshot(settings, folder)))
    except Exception as error:  # noqa: BLE001 - a trial without a snapshot is still a trial
        failures.append(("snapshot", str(error)))
    return Captured(facets, failures)


def _snapshot(settings: Settings, folder: Path) -> dict[str, Any]:
    """Keep the source tree; a reproduction runs on the one that was checked out for it."""
    plan = current_plan()
    if plan:
        return plan.snapshot
    taken = take(
        settings.root,
        folder / "git",
        limit_bytes=settings.snapshot_limit,
        limit_files=settings.snapshot_files,
    )
    nested = [path for path in taken.skipped if (settings.root / path / ".git").exists()]
    if nested:
        warn_once(
            f"not in the snapshot of the code, for they are repositories of their own: "
            f"{', '.join(nested)}; a trial that imports them needs them to be made anew"
        )
    return asdict(taken)


def end_facets(root: Path) -> Captured:
    """Gather what shows only after the work, as the threads of libraries imported meanwhile."""
    return capture(root, at_end=True)
