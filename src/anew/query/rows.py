"""Trials as flat rows, to be filtered, sorted and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from anew.query.beside import Beside, read_artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from anew.model import Trial

__all__ = [
    "FACTS",
    "Row",
    "column_names",
    "default_columns",
    "make_rows",
    "name_columns",
    "read_result",
    "to_values",
]

_READ: Final[dict[str, Callable[[Trial], Any]]] = {
    "number": lambda trial: trial.number,
    "uuid": lambda trial: trial.uuid,
    "experiment": lambda trial: trial.experiment,
    "status": lambda trial: trial.status,
    "started": lambda trial: trial.started,
    "seconds": lambda trial: trial.seconds,
    "seed": lambda trial: trial.seed,
    "tags": lambda trial: list(trial.tags),
    "notes": lambda trial: list(trial.notes),
    "parent": lambda trial: trial.parent,
    "error": lambda trial: None if trial.error is None else str(trial.error),
}

_READ_BESIDE: Final[dict[str, Callable[[Beside, Trial], Any]]] = {
    "result": Beside.result,
    "reproduces": Beside.reproduces,
    "strict": Beside.strict,
}

FACTS: Final = (
    *("number", "uuid", "experiment", "status", "started", "seconds", "seed", "result"),
    *("reproduces", "strict", "parent", "tags", "notes", "error"),
)
"""The names that every trial has, beside its parameters and metrics."""


class Row(Mapping[str, Any]):
    """One trial as a flat mapping: facts, parameters and metrics by name.

    ``param.x`` and ``metric.x`` are always there, the bare name where it can mean one thing only.
    A fact that the trial lacks, as the error of a finished one, is not in the row. Not listed, but
    found, are ``min.x`` and the like of a series, ``tag.x``, ``package.x`` and ``code.commit``.

    Parameters
    ----------
    trial
        The record.
    ambiguous
        Names that are those of parameters and of metrics.
    beside
        What is read when it is asked for.
    """

    def __init__(self, trial: Trial, ambiguous: Collection[str], beside: Beside) -> None:
        self.trial = trial
        self._ambiguous = ambiguous
        self._beside = beside

    def __getitem__(self, name: str) -> Any:
        trial = self.trial
        if name in _READ:
            return _there(name, _READ[name](trial))
        if name in _READ_BESIDE:
            return _there(name, _READ_BESIDE[name](self._beside, trial))
        if name not in self._ambiguous:
            for values in (trial.parameters, trial.metrics):
                if name in values:
                    return values[name]
        prefix, _, rest = name.partition(".")
        if prefix == "param":
            return trial.parameters[rest]
        if prefix == "metric":
            return trial.metrics[rest]
        return _there(name, self._beside.find(prefix, rest, trial))

    def get(self, name: str, default: Any = None) -> Any:
        """Give what a name means; the default when the trial lacks it."""
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in FACTS if name in self)
        parts = {"param": self.trial.parameters, "metric": self.trial.metrics}
        for prefix, values in parts.items():
            for name in values:
                yield f"{prefix}.{name}"
                if name not in self._ambiguous and name not in FACTS:
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _there(name: str, value: Any) -> Any:
    if value is None:
        raise KeyError(name)
    return value


def to_values(trials: Iterable[Trial]) -> list[Row]:
    """Give each trial as a flat row.

    Parameters
    ----------
    trials
        The trials, of one store. Whether a name is that of a parameter or of a metric is judged
        over all of them.

    Returns
    -------
    list of Row
        In the order of the trials.
    """
    listed = list(trials)
    parameters, metrics = column_names(listed)
    return make_rows(listed, parameters.keys() & metrics.keys())


def make_rows(trials: Sequence[Trial], ambiguous: Collection[str]) -> list[Row]:
    """Give each trial as a flat row, when it is known which names are ambiguous.

    Parameters
    ----------
    trials
        The trials, of one store.
    ambiguous
        Names that are those of parameters and of metrics.
    """
    beside = Beside(trials)
    return [Row(trial, ambiguous, beside) for trial in trials]


def column_names(trials: Iterable[Trial]) -> tuple[dict[str, str], dict[str, str]]:
    """Name the column of each parameter and of each metric, with a prefix where it is ambiguous.

    Parameters
    ----------
    trials
        The trials over which that is judged.

    Returns
    -------
    parameters : dict
    metrics : dict
        Columns by name, in the order in which the names are first met.
    """
    listed = list(trials)
    return name_columns(
        dict.fromkeys(name for trial in listed for name in trial.parameters),
        dict.fromkeys(name for trial in listed for name in trial.metrics),
    )


def name_columns(
    parameters: Iterable[str], metrics: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Name the columns of parameters and of metrics, as `column_names` does.

    Parameters
    ----------
    parameters, metrics
        Their names.
    """
    taken = set(parameters).intersection(metrics) | set(FACTS)

    def choose(names: Iterable[str], prefix: str) -> dict[str, str]:
        return {name: f"{prefix}.{name}" if name in taken else name for name in names}

    return choose(parameters, "param"), choose(metrics, "metric")


def default_columns(trials: Iterable[Trial]) -> list[str]:
    """Choose what a table of trials shows: the parameters that differ, and the last metrics.

    Parameters
    ----------
    trials
        The trials that are shown.

    Returns
    -------
    list of str
        Names of columns, ``number`` first.
    """
    listed = list(trials)
    parameters, metrics = column_names(listed)
    different = [
        column
        for name, column in parameters.items()
        if len(listed) == 1 or len({_mark(trial.parameters, name) for trial in listed}) > 1
    ]
    several = len({trial.experiment for trial in listed}) > 1
    beside = Beside(listed)
    return [
        "number",
        *(["experiment"] if several else []),
        *different,
        *metrics.values(),
        "result",
        "status",
        *(["strict"] if any(beside.strict(trial) for trial in listed) else []),
        *(["reproduces"] if any(trial.reproduces for trial in listed) else []),
        *(["tags"] if any(trial.tags for trial in listed) else []),
        "started",
        "seconds",
    ]


def _mark(values: Mapping[str, Any], name: str) -> str:
    """Tell values apart, also those that cannot be hashed; an absent one is none of them."""
    return repr(values[name]) if name in values else ""


def read_result(trial: Trial) -> Any:
    """Give the result of a trial in short.

    Parameters
    ----------
    trial
        The record.

    Returns
    -------
    object
        A number, or another small plain value, as it is; for all else one line about it. None
        when there is no result.
    """
    found = [a for a in trial.source.artifacts(trial.uuid) if a.role == "result"]
    return read_artifact(trial.source, found[0], {}) if found else None
