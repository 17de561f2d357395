"""What a trial may say, one thing at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from anew.model import Artifact, Failure, FileUse, Part, StepRecord
from anew.records import dataclass

if TYPE_CHECKING:
    from array import array

__all__ = [
    "CodeParts",
    "Ended",
    "Event",
    "Item",
    "LoggedMany",
    "LoggedPoint",
    "Marked",
    "Parsed",
    "Printed",
    "Record",
]


class LoggedPoint(NamedTuple):
    """A value of a metric; ``step`` None stands for "the next one of its series"."""

    metric: str
    step: int | None
    value: float
    time: float


class LoggedMany(NamedTuple):
    """Values of a metric; ``steps`` None stands for the next ones, one time is that of all."""

    metric: str
    steps: array[int] | range | None
    values: array[float]
    times: array[float] | float


class Printed(NamedTuple):
    """A piece of text that was printed to ``stdout`` or ``stderr``."""

    stream: str
    text: str
    time: float


@dataclass(frozen=True)
class Event:
    """A remark about the recording itself."""

    kind: str
    text: str
    time: float


@dataclass(frozen=True)
class CodeParts:
    """What a code fingerprint is made of; said once for each distinct digest."""

    digest: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Parsed:
    """Parameters that showed only while the trial ran: the parsed arguments of a program."""

    parameters: dict[str, Any]


@dataclass(frozen=True)
class Marked:
    """A ``tag`` by which the trial is to be found, or a ``note`` of what is to be remembered."""

    kind: str
    text: str


@dataclass(frozen=True)
class Ended:
    """How the trial ended, said before it is closed: so it is known when it cannot be closed."""

    status: str
    seconds: float | None
    error: Failure | None
    time: float


Record = StepRecord | CodeParts | Artifact | FileUse | Event | Parsed | Marked | Ended
Item = LoggedPoint | LoggedMany | Printed | Record
