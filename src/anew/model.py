"""The records: what anew knows of a trial, as plain frozen data.

Field names are the words of the glossary, the same here, in SQL, in JSON and on the command line.
"""

from __future__ import annotations

import math
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.errors import InvalidNameError, UsageError
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import numpy as np

    from anew.types import TrialSource

__all__ = [
    "SYSTEM",
    "UNSET",
    "WITHHELD",
    "Artifact",
    "Change",
    "Facet",
    "Failure",
    "FileUse",
    "Parameter",
    "Part",
    "Point",
    "Result",
    "Search",
    "Series",
    "StepRecord",
    "Summary",
    "Table",
    "Trial",
    "Use",
    "Verdict",
    "check_name",
    "is_sampled",
    "to_number",
    "to_step",
]


def check_name(kind: str, name: object) -> str:
    """Give back a name that is safe to write down and to make a file of.

    Parameters
    ----------
    kind
        What is named, for the error: experiment, artifact, metric …
    name
        The name: relative, of visible characters, 200 at most.

    Raises
    ------
    InvalidNameError
        When it is not a text, is empty or too long, or could leave its folder.
    """
    if not isinstance(name, str):
        raise InvalidNameError(kind, name, why=f"is {type(name).__name__}, expected str")
    if not name or name != name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise InvalidNameError(kind, name, why="is empty, too long or holds invisible characters")
    parts = name.replace("\\", "/").split("/")
    if any(part in {"", ".", ".."} for part in parts) or ":" in parts[0]:
        raise InvalidNameError(kind, name, why="would leave its folder")
    return name


SYSTEM: Final = "system/"
"""What the names of the series begin with that tell what a trial takes of its machine."""

_SAMPLED: Final = re.compile(
    f"{SYSTEM}(?:cpu|memory|disk_(?:read|write)|net_(?:received|sent)|gpu[0-9]+(?:_memory)?)"
)


def is_sampled(metric: str) -> bool:
    """Tell whether a metric is one of the machine, which no comparison or table is about.

    Parameters
    ----------
    metric
        The metric's name.
    """
    return _SAMPLED.fullmatch(metric) is not None


def to_number(metric: str, value: Any) -> float:
    """Turn the value of a metric into a number.

    Parameters
    ----------
    metric
        The metric's name, for the error.
    value
        Anything that `float` takes.

    Raises
    ------
    UsageError
        When it is no number.
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"metric {metric!r} is {value!r}, expected a number"
        raise UsageError(message, hint="save other values: ex.save(name, value)") from error


def to_step(step: Any) -> int | None:
    """Check the step number of a point.

    Parameters
    ----------
    step
        A whole number of 64 bits, or None for the next one.

    Raises
    ------
    UsageError
        When it is another thing.
    """
    if step is None:
        return None
    if not hasattr(step, "__index__") or not -(2**63) <= step.__index__() < 2**63:
        message = f"step number is {step!r}, expected a whole number of 64 bits"
        raise UsageError(message, hint="ex.log(loss=..., step=1)")
    return int(step.__index__())


class _Unset:
    """The absence of a default, which None is not."""

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"


_NAME_LENGTH: Final = 200

UNSET: Final = _Unset()


@dataclass(frozen=True)
class Parameter:
    """A named input value that trials vary."""

    name: str
    default: Any = UNSET
    help: str = ""


@dataclass(frozen=True)
class Point:
    """One value of a metric: at a step number, at a time in UTC seconds."""

    metric: str
    step: int
    value: float
    time: float


class Series(NamedTuple):
    """The points of a metric as arrays of one length, in the order of logging.

    ``steps`` are int64, ``values`` and ``times`` float64; times are UTC seconds.
    """

    steps: np.ndarray[tuple[int], np.dtype[np.int64]]
    values: np.ndarray[tuple[int], np.dtype[np.float64]]
    times: np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Summary:
    """The series of a metric in short; NaN is neither its minimum nor its maximum."""

    count: int
    first: float
    last: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Summary:
        """Give a series of at least one value in short."""
        numbers = [value for value in values if not math.isnan(value)] or [math.nan]
        return cls(len(values), values[0], values[-1], min(numbers), max(numbers))

    @classmethod
    def join(cls, parts: Sequence[Summary]) -> Summary:
        """Give a series in short of which consecutive parts are known, at least one."""
        known = [part for part in parts if not math.isnan(part.min)] or parts
        least, most = min(part.min for part in known), max(part.max for part in known)
        count = sum(part.count for part in parts)
        return cls(count, parts[0].first, parts[-1].last, least, most)


@dataclass(frozen=True)
class Artifact:
    """A named value kept with a trial, addressed by its content.

    ``role`` is ``"artifact"`` for what was saved by name, ``"value"`` for a persisted step,
    ``"result"`` for the result, ``"plot"`` for the data behind a figure. ``content`` is the digest
    of the value itself, whatever the file around it; None when values of its type cannot be
    digested. ``digest`` is None when the value could not be stored; then ``summary`` says why.
    """

    name: str
    role: str
    format: str | None
    digest: str | None
    content: str | None
    size_bytes: int
    summary: str


class Result(NamedTuple):
    """What a table of many trials needs of the result of one: as in its `Artifact`."""

    format: str | None
    digest: str | None
    size_bytes: int
    summary: str
    role: str = "result"
    name: str = "result"


WITHHELD: Final = "holds credentials"
"""The origin of a file whose content is never kept."""


@dataclass(frozen=True)
class FileUse:
    """A file that a trial read or wrote.

    ``path`` is relative to the project when inside it, a URL for what was fetched. ``role`` is
    ``"input"``, ``"output"``, or ``"later"`` for what an input that changed while the trial ran
    held in the end. ``digest`` is empty when nobody read the content before it changed. ``rows``
    counts the records of a text table without its header, None for other files. ``kept`` tells
    whether the object store has it. ``count`` is the number of files when it is a folder.
    ``origin`` tells how the content came from its URL, why it is never kept, or how its use is
    known where it was not seen. ``first`` and ``last`` are the times of its uses in UTC seconds,
    None when they are not known.
    """

    path: str
    role: str
    digest: str
    size_bytes: int
    rows: int | None
    kept: bool
    count: int | None = None
    origin: str = ""
    first: float | None = None
    last: float | None = None


class Use(NamedTuple):
    """Content that a trial kept by name, wrote or read, and as what.

    ``role`` is that of an artifact or of a file; ``format`` is None for a file.
    """

    number: int
    uuid: str
    role: str
    name: str
    digest: str
    size_bytes: int
    format: str | None


@dataclass(frozen=True)
class Part:
    """One of the things that a step's outcome depends on.

    ``kind`` is what it is: function, helper, class, global, closure, default, library, variable
    (of the environment), extension, argument, file or seed. ``digest`` is its identity, None for a
    file that was missing or a value that has none; ``text`` shows it on one line.
    """

    kind: str
    name: str
    digest: str | None
    text: str = ""


@dataclass(frozen=True)
class StepRecord:
    """One execution of one step, or one that was spared.

    ``label`` tells apart several uses of one function in a graph; ``inputs`` are the labels of the
    steps whose values it took. ``drew`` tells whether it was seen to draw from a random generator
    that all code of a process shares.

    ``key`` is the digest of its code and arguments, ``code`` that of its code alone, ``parts`` are
    the arguments, files and seed that it depended on. ``reused`` is the UUID of the trial whose
    outcome was taken over, None when it was computed; ``reason`` says why it was, where the parts
    cannot tell.
    """

    label: str
    function: str
    started: float
    seconds: float
    worker: str
    status: str
    seed: int
    digest: str | None
    inputs: tuple[str, ...] = ()
    drew: bool = False
    key: str | None = None
    code: str | None = None
    parts: tuple[Part, ...] = ()
    reused: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Facet:
    """One kind of fact a trial ran on, with the digest of its content."""

    name: str
    digest: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A difference between two trials in a facet, in code or in data.

    ``kind`` is the facet's name, ``code``, or the path of a data file; ``text`` says what changed
    on one line.
    """

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class Verdict:
    """How one output of a trial compares with the same output of another.

    ``verdict`` is one of ``identical``, ``same content``, ``close``, ``different``, ``missing``,
    ``extra`` and ``not compared``; ``kind`` is result, metric, series, artifact, output, value,
    step, console or status. ``place`` is where the difference is, ``absolute`` and ``relative``
    are the largest ones of numbers, None where there is none; ``picture`` is what two pictures
    differ in, as PNG, ``excerpt`` the head of a unified diff of two texts. ``decides`` is False for
    what is shown and may differ, as warnings on standard error do.
    """

    kind: str
    name: str
    verdict: str
    detail: str = ""
    place: str = ""
    absolute: float | None = None
    relative: float | None = None
    picture: bytes | None = field(default=None, repr=False)
    excerpt: str = field(default="", repr=False)
    decides: bool = field(default=True, repr=False)

    @property
    def is_good(self) -> bool:
        """Whether this output was made anew, or need not be; what was not compared was not."""
        return self.verdict in {"identical", "same content", "close"} or not self.decides


@dataclass(frozen=True)
class Failure:
    """The exception that ended a trial."""

    type: str
    message: str
    traceback: str

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


class Search(NamedTuple):
    """What is asked of the database.

    Parameters
    ----------
    experiment
        The name of the experiment; None for all.
    condition
        In SQL.
    arguments
        What is bound in it.
    columns
        The expressions in it.
    lead
        The expression that an index is to begin with, by which it is gone through.
    direction
        ``ASC`` or ``DESC``, for that index.
    is_ordered
        Whether that is the order, for what is no NULL; by number otherwise.
    is_reversed
        Whether the numbers count from the highest to the lowest.
    """

    experiment: str | None = None
    condition: str = "1"
    arguments: tuple[Any, ...] = ()
    columns: tuple[str, ...] = ()
    lead: str = ""
    direction: str = "ASC"
    is_ordered: bool = False
    is_reversed: bool = False


class Table(NamedTuple):
    """Trials as columns, in one order; ``started`` in UTC seconds.

    Each parameter and each metric has a column; what a trial lacks is None there, or NaN.
    """

    numbers: list[int]
    uuids: list[str]
    statuses: list[str]
    started: list[float]
    seconds: list[float | None]
    parameters: dict[str, list[Any]]
    metrics: dict[str, list[float]]


@dataclass(frozen=True)
class Trial:
    """One execution, with everything that it ran on and made.

    What is small is a field. What may be large is read from the store when it is asked for.
    ``reproduces`` and ``parent`` are UUIDs: of the trial that this one made anew, and of the one
    within which it ran.

    Notes
    -----
    A trial is a record: it does not change while it is looked at. Ask the experiment or the store
    again to see how a running one goes on.
    """

    number: int
    uuid: str
    experiment: str
    status: str
    started: datetime
    seconds: float | None
    seed: int
    parameters: dict[str, Any]
    metrics: dict[str, float]
    reproduces: str | None = None
    error: Failure | None = None
    parent: str | None = None
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: TrialSource = field(kw_only=True, repr=False, compare=False)
    _live: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def result(self) -> Any:
        """The value that the trial was for; None while there is none."""
        if "result" not in self._live:
            found = [a for a in self.source.artifacts(self.uuid) if a.role == "result"]
            self._live["result"] = self.source.load(found[0]) if found else None
        return self._live["result"]

    def value(self, step: str) -> Any:
        """Load the kept value of a step.

        Parameters
        ----------
        step
            The step's label: its function's name, with a number when the graph uses it twice.

        Returns
        -------
        object
            The value, as it was when the step returned it.

        Raises
        ------
        UnknownNameError
            When no value of that step was kept.
        """
        return self.source.load(self.source.artifact(self.uuid, step, role="value"))

    @property
    def artifacts(self) -> Mapping[str, Any]:
        """What was saved by name; an artifact is loaded when it is taken out."""
        return self.source.artifact_mapping(self.uuid)

    @property
    def facets(self) -> dict[str, dict[str, Any]]:
        """The facts that the trial ran on, by facet."""
        found = self.source.facets(self.uuid)
        return {name: deepcopy(facet.content) for name, facet in found.items()}

    @property
    def code(self) -> Mapping[str, str]:
        """The source files of the snapshot, as text by path, read when taken out."""
        return self.source.code(self.uuid)

    @property
    def console(self) -> str:
        """What the trial printed, both streams in the order of printing."""
        return "".join(text for _, text in self.source.console(self.uuid))

    @property
    def steps(self) -> list[StepRecord]:
        """The steps that were executed, in the order in which they began."""
        if "steps" not in self._live:
            self._live["steps"] = self.source.steps(self.uuid)
        return list(self._live["steps"])

    @property
    def files(self) -> list[FileUse]:
        """The files that the trial is known to have read or written."""
        if "files" not in self._live:
            self._live["files"] = self.source.files(self.uuid)
        return list(self._live["files"])

    def points(self, metric: str) -> list[Point]:
        """Give the whole series of a metric.

        Parameters
        ----------
        metric
            The metric's name.

        Returns
        -------
        list of Point
            In the order of logging.

        Raises
        ------
        UnknownNameError
            When no such metric was logged.
        """
        return self.source.points(self.uuid, metric)

    def series(self, metric: str, points: int | None = None) -> Series:
        """Give the series of a metric as arrays.

        Parameters
        ----------
        metric
            The metric's name.
        points
            How many points at most, from 4: then the first and the last, and of as many stretches
            as there is room for the least and the greatest, so that no spike is lost. All of them
            by default.

        Returns
        -------
        Series
            ``steps``, ``values`` and ``times``, each of shape (n_points,).

        Raises
        ------
        UnknownNameError
            When no such metric was logged.
        UsageError
            When ``points`` is less than 4.
        """
        return self.source.series(self.uuid, metric, points)

    def _repr_html_(self) -> str:
        """Show the trial as a table in a notebook."""
        from html import escape

        rows = {
            "status": self.status,
            "started": f"{self.started:%Y-%m-%d %H:%M:%S} UTC",
            "seconds": "" if self.seconds is None else f"{self.seconds:.3g}",
            "seed": self.seed,
            **self.parameters,
            **self.metrics,
        }
        cells = "".join(
            f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
            for name, value in rows.items()
        )
        title = escape(f"{self.experiment}: trial {self.number}")
        return f"<table><caption>{title}</caption>{cells}</table>"
