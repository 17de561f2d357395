"""All that there is to tell of one trial."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownTrialError
from anew.query.rows import read_result

if TYPE_CHECKING:
    from datetime import datetime

    from anew.model import Artifact, FileUse, StepRecord, Trial
    from anew.types import Store

__all__ = ["Remade", "Report", "describe"]


@dataclass(frozen=True)
class Remade:
    """The last time that a trial was made anew.

    Parameters
    ----------
    started
        When, in UTC.
    verdict
        That on the whole; None when the comparison did not come to its end.
    host
        The name of the machine; None when it is the one that the trial ran on.
    """

    started: datetime
    verdict: str | None
    host: str | None


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
    remade
        The last of those.
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
    remade: Remade | None = None


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
    steps, made = trial.steps, [each for each in others if each.reproduces == trial.uuid]
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
        reproduced_by=[each.number for each in made],
        remade=_describe_remade(trial, made[-1]) if made else None,
        origins=_find_origins(store, steps),
    )


def _describe_remade(trial: Trial, made: Trial) -> Remade:
    """Say when and where a trial was made anew, and what came of it."""
    hosts = [each.facets.get("platform", {}).get("hostname") for each in (trial, made)]
    verdict = made.facets.get("reproduction", {}).get("verdict")
    return Remade(made.started, verdict, hosts[1] if hosts[0] != hosts[1] else None)


def _find_origins(store: Store, steps: list[StepRecord]) -> dict[str, int]:
    """Find the trials whose outcomes were reused; they may be of another experiment."""
    found = {}
    for uuid in dict.fromkeys(step.reused for step in steps if step.reused):
        with suppress(UnknownTrialError):
            found[uuid] = store.trial(uuid).number
    return found
