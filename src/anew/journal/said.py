"""All that journals say, sorted by what it is."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from anew.journal.columns import Columns
from anew.journal.items import (
    CodeParts,
    Ended,
    Event,
    LoggedMany,
    LoggedPoint,
    Marked,
    Parsed,
    Printed,
)
from anew.model import Artifact, FileUse, StepRecord
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from anew.journal.items import Item
    from anew.model import Part

    T = TypeVar("T")

__all__ = ["Said", "join_said"]


@dataclass
class Said:
    """All that a journal says, sorted by what it is."""

    series: dict[str, Columns] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    codes: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    artifacts: dict[tuple[str, str], Artifact] = field(default_factory=dict)
    files: dict[tuple[str, str], FileUse] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    marks: dict[Marked, None] = field(default_factory=dict)
    ended: Ended | None = None
    last_time: float | None = None

    def copy(self) -> Said:
        """Give one to which more can be added."""
        parts: dict[str, Any] = {
            name: value.copy() if isinstance(value, dict | list) else value
            for name, value in vars(self).items()
        }
        parts["series"] = {metric: points.copy() for metric, points in self.series.items()}
        return Said(**parts)

    def marked(self, kind: str) -> list[str]:
        """List the tags or notes, each once, in the order of saying."""
        return [mark.text for mark in self.marks if mark.kind == kind]

    def columns(self, metric: str) -> Columns:
        """Give the points of a metric, to which more can be added."""
        found = self.series.get(metric)
        if found is None:
            found = self.series[metric] = Columns()
        return found

    def add(self, item: Item) -> None:
        """Sort one item in; a later artifact or file of the same role and name replaces it."""
        match item:
            case LoggedPoint(metric, step, value, time):
                self.columns(metric).add(step, value, time)
            case LoggedMany():
                self.columns(item.metric).add_many(*item[1:])
            case Printed():
                self.printed.append(item)
            case StepRecord():
                self.steps.append(item)
            case CodeParts():
                self.codes[item.digest] = item.parts
            case Artifact():
                self.artifacts[item.role, item.name] = item
            case FileUse():
                self.files[item.role, item.path] = item
            case Ended():
                self.ended = item
            case _:
                self._add_remark(item)
        self.see(_time_of(item))

    def see(self, time: float | None) -> None:
        """Note a sign of life."""
        if time is not None and (self.last_time is None or time > self.last_time):
            self.last_time = time

    def _add_remark(self, item: Event | Parsed | Marked) -> None:
        match item:
            case Parsed():
                self.parameters |= item.parameters
            case Marked():
                self.marks[item] = None
            case _:
                self.events.append(item)


def join_said(told: list[Said]) -> Said:
    """Put together what several journals of one trial say.

    Parameters
    ----------
    told
        Of each journal. Points of one metric, and what was printed, go by time where several have
        them; those of one journal stay in their order whatever the clock did.

    Returns
    -------
    Said
        Of all; that of the only one itself.
    """
    if len(told) == 1:
        return told[0]
    joined = Said()
    for said in told:
        for name, value in vars(said).items():
            mine = getattr(joined, name)
            if name in {"printed", "series"}:
                continue
            if isinstance(mine, list):
                mine.extend(value)
            elif isinstance(mine, dict):
                mine.update(value)
        joined.ended = said.ended or joined.ended
        joined.see(said.last_time)
    joined.printed = _by_time([said.printed for said in told], itemgetter(2))
    for metric in dict.fromkeys(name for said in told for name in said.series):
        having = [said.series[metric] for said in told if metric in said.series]
        if len(having) == 1:
            joined.series[metric] = having[0]
            continue
        columns = joined.columns(metric)
        for point in _by_time(having, itemgetter(2)):
            columns.add(*point)
    return joined


def _time_of(item: Item) -> float | None:
    """Give the time of which something tells, None when it tells of none."""
    if isinstance(item, StepRecord):
        return item.started + item.seconds
    if isinstance(item, LoggedMany):
        return item.times if isinstance(item.times, float) else max(item.times)
    time: float | None = getattr(item, "time", None)
    return time


def _by_time(several: Iterable[Iterable[T]], time_of: Callable[[T], float]) -> list[T]:
    """Merge what is in order of saying, by time."""
    import heapq

    def rising(each: Iterable[T]) -> Iterator[tuple[float, T]]:
        latest = float("-inf")
        for item in each:
            if (time := time_of(item)) > latest:
                latest = time
            yield latest, item

    return [item for _, item in heapq.merge(*map(rising, several), key=itemgetter(0))]
