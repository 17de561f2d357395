"""The series of one trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownNameError
from anew.query.plain import to_plain

if TYPE_CHECKING:
    from anew.model import Series, Summary, Trial
    from anew.types import Store

__all__ = ["TrialSeries", "read_series"]


@dataclass(frozen=True)
class TrialSeries:
    """Some series of a trial; of a long one no more is read than is asked for.

    Parameters
    ----------
    trial
        The trial.
    name
        The metric that was asked for; None for all.
    summaries
        Each series in short, by metric.
    """

    trial: Trial
    name: str | None
    summaries: dict[str, Summary]

    def read(self, points: int | None = None) -> dict[str, Series]:
        """Read the series, or the outlines of long ones.

        Parameters
        ----------
        points
            How many points of each at most; all by default.
        """
        return {metric: self.trial.series(metric, points) for metric in self.summaries}

    def to_plain(self) -> Any:
        """Give the points of the metric that was asked for, else the summaries by metric."""
        if self.name is None:
            return to_plain(self.summaries)
        columns = (column.tolist() for column in self.read()[self.name])
        rows = zip(*columns, strict=True)
        return to_plain([dict(zip(("step", "value", "time"), row, strict=True)) for row in rows])


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
    known = store.overview(trial.uuid)
    if name is not None and name not in known:
        kind = "metric"
        raise UnknownNameError(kind, name, known=known, where=f"trial {trial.number}")
    if name is not None:
        return TrialSeries(trial, name, {name: known[name]})
    wanted = dict.fromkeys((*trial.metrics, *known))  # as they were logged; the machine's at last
    return TrialSeries(trial, None, {each: known[each] for each in wanted if each in known})
