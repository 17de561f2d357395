"""What differs now from the last trial, and what would keep the next one from being made anew."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownNameError, UnknownTrialError
from anew.guards.differences import find_differences
from anew.guards.environment import find_unused
from anew.guards.present import find_last, look_around
from anew.guards.strict import find_concerns
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anew.guards.concern import Concern
    from anew.model import Change, Trial
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["Status", "find_status"]


@dataclass(frozen=True)
class Status:
    """How a project stands.

    Parameters
    ----------
    trial
        Number of the last trial; None before the first.
    experiment
        That of the trial.
    changes
        What differs from it now.
    concerns
        What would not be reproducible of the next trial, the gravest first.
    """

    trial: int | None
    experiment: str | None
    changes: list[Change]
    concerns: list[Concern]

    @property
    def is_clear(self) -> bool:
        """Whether nothing differs, and nothing is warned of."""
        return not self.changes and all(each.severity == "tells" for each in self.concerns)


def find_status(
    settings: Settings,
    store: Store,
    *,
    experiment: str | None = None,
    facets: Mapping[str, Mapping[str, Any]] | None = None,
) -> Status:
    """Say how a project stands, which is only read.

    Parameters
    ----------
    settings
        Those of the project.
    store
        Its store, which need not be there yet.
    experiment
        Whose last trial is meant; by default the last of all.
    facets
        What the interpreter that is to run tells of itself; by default this one is meant.

    Returns
    -------
    Status
        What differs from the last trial, and what stands in the way of the next.

    Raises
    ------
    UnknownNameError
        When the store has trials, and none of that experiment.
    """
    last = _find_last(store, experiment)
    recorded = last.facets if last else {}
    script = _find_script(settings.root, recorded)
    is_seeded = bool(last and last.steps)
    present = look_around(settings, script=script, facets=facets, is_seeded=is_seeded)
    concerns = [
        *find_concerns(present, store=store, before=last),
        *find_unused(present),
    ]
    return Status(
        trial=last.number if last else None,
        experiment=last.experiment if last else experiment,
        changes=find_differences(present, store, last) if last else [],
        concerns=sorted(concerns, key=lambda each: each.severity, reverse=True),
    )


def _find_last(store: Store, experiment: str | None) -> Trial | None:
    """Find the last trial; most of the time it is the last of all, which is quicker to ask for."""
    if experiment is None:
        with suppress(UnknownTrialError):
            return find_last([store.trial("last")]) or find_last(store.trials())
        return None
    trials = store.trials(experiment)
    if not trials and (known := {trial.experiment for trial in store.trials()}):
        kind = "experiment"
        raise UnknownNameError(kind, experiment, known=known, where=f"store {store.url}")
    return find_last(trials)


def _find_script(root: Path, facets: Mapping[str, Mapping[str, Any]]) -> Path | None:
    """Find the file of the project that the last trial ran."""
    command, program = facets.get("command", {}), facets.get("program", {})
    words = [*(program.get("argv") or ()), command.get("main"), *(command.get("argv") or ())]
    named = [str(word) for word in words if str(word).endswith((".py", ".ipynb"))]
    folders = dict.fromkeys((root, root / (command.get("cwd") or "")))
    places = (folder / word for word in named for folder in folders)
    return next((p for p in places if p.is_file() and p.is_relative_to(root)), None)
