"""All that there is to tell of one trial."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownTrialError
from anew.query.rows import read_result

if TYPE_CHECKING:
    from anew.model import Artifact, FileUse, StepRecord, Trial
    from anew.types import Store

__all__ = ["Report", "describe"]


@dataclass(frozen=True)
class Report:
    """All that there is to tell of a trial.

    Parameters
    ----------
    trial
        The record.
    result
        The result in short; see `read_result`.
    steps, artifacts, files
        What it did, kept and read.
    facets
        What it ran on.
    events
        Remarks about the recording, as (kind, text).
    lines
        How many lines it printed.
    before
        The number of the trial before it in its experiment that is no reproduction.
    reproduces
        The number of the trial that it made anew; its UUID when this store has no such trial.
    reproduced_by
        The numbers of the trials that made it anew.
    origins
        The numbers of the trials whose outcomes its steps took over, by UUID; one that this store
        has no more is left out.
    """

    trial: Trial
    result: Any
    steps: list[StepRecord]
    artifacts: list[Artifact]
    files: list[FileUse]
    facets: dict[str, dict[str, Any]]
    events: list[tuple[str, str]]
    lines: int
    before: int | None
    reproduces: int | str | None
    reproduced_by: list[int]
    origins: dict[str, int] = field(default_factory=dict)


def describe(store: Store, reference: int | str) -> Report:
    """Gather all that there is to tell of a trial.

    Parameters
    ----------
    store
        The store.
    reference
        A number, ``first``, ``last`` or a UUID prefix.

    Raises
    ------
    UnknownTrialError
        When there is no such trial.
    """
    trial = store.trial(reference)
    others = store.trials(trial.experiment)
    numbers = {each.uuid: each.number for each in others}
    earlier = [each.number for each in others if each.number < trial.number and not each.reproduces]
    reproduces = numbers.get(trial.reproduces or "", trial.reproduces)
    steps = trial.steps
    return Report(
        trial=trial,
        result=read_result(trial),
        steps=steps,
        artifacts=store.artifacts(trial.uuid),
        files=trial.files,
        facets=trial.facets,
        events=store.events(trial.uuid),
        lines=trial.console.count("\n"),
        before=earlier[-1] if earlier else None,
        reproduces=reproduces,
        reproduced_by=[each.number for each in others if each.reproduces == trial.uuid],
        origins=_find_origins(store, steps),
    )


def _find_origins(store: Store, steps: list[StepRecord]) -> dict[str, int]:
    """Find the trials whose outcomes were reused; they may be of another experiment."""
    found = {}
    for uuid in dict.fromkeys(step.reused for step in steps if step.reused):
        with suppress(UnknownTrialError):
            found[uuid] = store.trial(uuid).number
    return found
