"""The series of one trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anew.model import Summary
from anew.query.plain import to_plain

if TYPE_CHECKING:
    from anew.model import Point, Trial
    from anew.types import Store

__all__ = ["TrialSeries", "read_series"]


@dataclass(frozen=True)
class TrialSeries:
    """Some series of a trial.

    Parameters
    ----------
    trial
        The trial.
    name
        The metric that was asked for; None for all.
    points
        The points by metric.
    """

    trial: Trial
    name: str | None
    points: dict[str, list[Point]]

    def summaries(self) -> dict[str, Summary]:
        """Give each series in short."""
        return {
            metric: Summary.of([point.value for point in points])
            for metric, points in self.points.items()
        }

    def to_plain(self) -> Any:
        """Give the points of the metric that was asked for, else the summaries by metric."""
        if self.name is None:
            return to_plain(self.summaries())
        points = self.points[self.name]
        return to_plain([{"step": p.step, "value": p.value, "time": p.time} for p in points])


def read_series(store: Store, reference: int | str, name: str | None = None) -> TrialSeries:
    """Read the series of a trial, which may still be running.

    Parameters
    ----------
    store
        The store.
    reference
        A number, ``first``, ``last`` or a UUID prefix.
    name
        Only this metric.

    Raises
    ------
    UnknownTrialError
        When there is no such trial.
    UnknownNameError
        When no such metric was logged.
    """
    trial = store.trial(reference)
    wanted = list(trial.metrics) if name is None else [name]
    return TrialSeries(trial, name, {metric: trial.points(metric) for metric in wanted})
