"""Trials as flat rows, to be filtered, sorted and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anew.model import Artifact, Trial

__all__ = [
    "FACTS",
    "Row",
    "column_names",
    "default_columns",
    "known_names",
    "read_result",
    "to_values",
]

FACTS: Final = (
    "number",
    "uuid",
    "experiment",
    "status",
    "started",
    "seconds",
    "seed",
    "result",
    "reproduces",
    "strict",
    "error",
)
"""The names that every trial has, beside its parameters and metrics."""

_SMALL_BYTES: Final = 256
_READ_BACK: Final = frozenset({"json", "npy-scalar"})


class Row(Mapping[str, Any]):
    """One trial as a flat mapping: facts, parameters and metrics by name.

    ``param.x`` and ``metric.x`` are always there, the bare name where it can mean one thing only.
    A fact that the trial lacks, as the error of a finished one, is not in the row.

    Parameters
    ----------
    trial
        The record.
    values
        All but the result, which is read when it is asked for.
    """

    def __init__(self, trial: Trial, values: dict[str, Any]) -> None:
        self.trial = trial
        self._values = values

    def __getitem__(self, name: str) -> Any:
        if name == "result" and name not in self._values:
            self._values[name] = read_result(self.trial)
        value = self._values[name]
        if value is None and name in FACTS:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in (*FACTS, *(self._values.keys() - set(FACTS))) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def to_values(trials: Iterable[Trial]) -> list[Row]:
    """Give each trial as a flat row.

    Parameters
    ----------
    trials
        The trials. Whether a name is that of a parameter or of a metric is judged over all of them.

    Returns
    -------
    list of Row
        In the order of the trials.
    """
    listed = list(trials)
    numbers = {trial.uuid: trial.number for trial in listed}
    parameters, metrics = column_names(listed)
    modes = _find_strict(listed)
    rows = []
    for trial in listed:
        values: dict[str, Any] = {
            "number": trial.number,
            "uuid": trial.uuid,
            "experiment": trial.experiment,
            "status": trial.status,
            "started": trial.started,
            "seconds": trial.seconds,
            "seed": trial.seed,
            "reproduces": numbers.get(trial.reproduces or "", trial.reproduces),
            "strict": modes.get(trial.uuid),
            "error": None if trial.error is None else str(trial.error),
        }
        for name, value in trial.parameters.items():
            values[f"param.{name}"] = values[parameters[name]] = value
        for name, value in trial.metrics.items():
            values[f"metric.{name}"] = values[metrics[name]] = value
        rows.append(Row(trial, values))
    return rows


def _find_strict(trials: Iterable[Trial]) -> dict[str, str]:
    """Tell how strict each of those trials was begun that strict mode let pass."""
    sources = {id(trial.source): trial.source for trial in trials}.values()
    found = (marked for source in sources for marked in source.facet_of_all("strict").items())
    return {uuid: str(facet.content.get("mode")) for uuid, facet in found}


def known_names(rows: Iterable[Row]) -> set[str]:
    """Give every name that means something in at least one of some rows.

    Parameters
    ----------
    rows
        The rows.
    """
    return set(FACTS).union(*(row._values for row in rows))  # noqa: SLF001 - reads no result


def column_names(trials: Sequence[Trial]) -> tuple[dict[str, str], dict[str, str]]:
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
    parameters = dict.fromkeys(name for trial in trials for name in trial.parameters)
    metrics = dict.fromkeys(name for trial in trials for name in trial.metrics)
    taken = (parameters.keys() & metrics.keys()) | set(FACTS)

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
    return [
        "number",
        *(["experiment"] if several else []),
        *different,
        *metrics.values(),
        "result",
        "status",
        *(["strict"] if not _find_strict(listed).keys().isdisjoint(t.uuid for t in listed) else []),
        *(["reproduces"] if any(trial.reproduces for trial in listed) else []),
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
    return _read_small(trial, found[0]) if found else None


def _read_small(trial: Trial, artifact: Artifact) -> Any:
    """Read a small plain value; one line about any other."""
    if artifact.format not in _READ_BACK or artifact.size_bytes > _SMALL_BYTES:
        return artifact.summary
    try:
        value = trial.source.load(artifact)
    except AnewError:  # the object is gone: what is known of it is still worth a line
        return artifact.summary
    if not hasattr(value, "dtype"):
        return value
    return value.item() if value.dtype.kind in "biuf" else artifact.summary  # not dates as numbers
