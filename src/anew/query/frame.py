"""Trials as a data frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from anew.errors import UnknownNameError
from anew.model import Table, is_sampled
from anew.query.beside import Beside, read_artifact
from anew.query.rows import name_columns
from anew.stores.encoding import to_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from anew.model import Artifact, Result, Trial
    from anew.query.rows import Row
    from anew.types import Store

__all__ = ["frame_of_rows", "frame_of_store", "to_frame", "to_long_frame"]

_known: Final[WeakKeyDictionary[Store, dict[str | None, Any]]] = WeakKeyDictionary()
"""The small results that were read already, by digest: what has it never changes."""


def to_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """Put trials into a data frame.

    Parameters
    ----------
    trials
        The trials, of one store.

    Returns
    -------
    pandas.DataFrame, shape (n_trials, n_columns)
        Indexed by ``number``: a column for each parameter, the last value of each metric, then
        ``result``, ``status``, ``started`` (UTC, to the second) and ``seconds``. A name that is
        both a parameter and a metric, or one of these words, becomes ``param.name`` and
        ``metric.name``.
    """
    listed = list(trials)
    beside = Beside(listed)
    table = Table(
        [trial.number for trial in listed],
        [trial.uuid for trial in listed],
        [trial.status for trial in listed],
        [trial.started.timestamp() for trial in listed],
        [trial.seconds for trial in listed],
        to_columns([[trial.parameters for trial in listed]], None),
        to_columns([[trial.metrics for trial in listed]], math.nan),
    )
    return _make_frame(table, [beside.result(trial) for trial in listed])


def frame_of_store(store: Store, experiment: str | None = None) -> pd.DataFrame:
    """Put all trials of a store, or of one of its experiments, into a data frame.

    Parameters
    ----------
    store
        The store.
    experiment
        The name of the experiment.

    Returns
    -------
    pandas.DataFrame, shape (n_trials, n_columns)
        As `to_frame` gives it, without a record being made of each trial.
    """
    table = store.table(experiment)
    kept: dict[str, Artifact | Result] = dict(store.results())
    for uuid, status in zip(table.uuids, table.statuses, strict=True):
        if status == "running":
            kept.update((uuid, each) for each in store.artifacts(uuid) if each.role == "result")
    known = dict(_known.get(store, {}))  # other threads may be at it, too
    results = [
        read_artifact(store, kept[uuid], known) if uuid in kept else None for uuid in table.uuids
    ]
    # Whoever has the frame may change what can be changed.
    _known[store] = {at: value for at, value in known.items() if not isinstance(value, list | dict)}
    return _make_frame(table, results)


def frame_of_rows(
    rows: Sequence[Row], columns: Sequence[str], *, is_exact: bool = False
) -> pd.DataFrame:
    """Put chosen columns of trials into a data frame.

    Parameters
    ----------
    rows
        The trials.
    columns
        The names of the columns, of which ``number`` is the index.
    is_exact
        Whether times are given to the microsecond.

    Returns
    -------
    pandas.DataFrame, shape (n_trials, n_columns)
        What a trial lacks is missing.
    """
    import pandas as pd

    made: dict[str, Any] = {
        name: [row.get(name) for row in rows] for name in columns if name != "number"
    }
    if "started" in made:
        times = pd.DatetimeIndex(made["started"], tz="UTC")
        made["started"] = times.as_unit("us") if is_exact else times.floor("s").as_unit("s")
    index = pd.Index([row.trial.number for row in rows], name="number", dtype="int64")
    return pd.DataFrame(made, index=index)


def _make_frame(table: Table, results: list[Any]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    parameters, metrics = name_columns(table.parameters, table.metrics)
    columns: dict[str, Any] = {
        column: table.parameters[name] for name, column in parameters.items()
    }
    for name, column in metrics.items():
        columns[column] = np.array(table.metrics[name], dtype="float64")
    columns |= {
        "result": results,
        "status": table.statuses,
        "started": _to_times(table.started),
        "seconds": np.array([math.nan if s is None else s for s in table.seconds], dtype="float64"),
    }
    index = pd.Index(table.numbers, name="number", dtype="int64")
    return pd.DataFrame(columns, index=index)


def _to_times(seconds: Sequence[float]) -> pd.DatetimeIndex:
    """Give times in UTC, to the second."""
    import numpy as np
    import pandas as pd

    whole = np.floor(np.array(seconds, dtype="float64")).astype("int64")
    return pd.DatetimeIndex(whole.astype("datetime64[s]")).tz_localize("UTC")


def to_long_frame(
    trials: Sequence[Trial], names: Sequence[str], points: int | None = None
) -> pd.DataFrame:
    """Put series of trials into a data frame, one point a row.

    Parameters
    ----------
    trials
        The trials.
    names
        The metrics; all when there are none.
    points
        How many points of each series at most; all by default.

    Returns
    -------
    pandas.DataFrame, shape (n_points, 5)
        Columns ``trial``, ``metric``, ``step``, ``value`` and ``time`` (UTC).

    Raises
    ------
    UnknownNameError
        When none of the trials has such a metric.
    """
    import numpy as np
    import pandas as pd

    has = {trial.uuid: _list_series(trial, names) for trial in trials}
    known = dict.fromkeys(name for trial in trials for name in has[trial.uuid])
    for name in names:
        if trials and name not in known:
            kind = "metric"
            raise UnknownNameError(kind, name, known=known, where="these trials")
    chosen = dict.fromkeys(names or known)
    found = [
        (trial.number, name, trial.series(name, points))
        for trial in trials
        for name in chosen
        if name in has[trial.uuid]
    ]
    lengths = [len(series.steps) for _, _, series in found]
    whole = [np.concatenate(each) for each in zip(*(s for _, _, s in found), strict=True)] or [
        np.empty(0, dtype) for dtype in ("i8", "f8", "f8")
    ]
    return pd.DataFrame(
        {
            "trial": np.repeat(np.array([number for number, _, _ in found], "i8"), lengths),
            "metric": np.repeat(np.array([name for _, name, _ in found], object), lengths),
            "step": whole[0],
            "value": whole[1],
            "time": pd.to_datetime(whole[2], unit="s", utc=True, errors="coerce"),
        }
    )


def _list_series(trial: Trial, names: Sequence[str]) -> Iterable[str]:
    """List the metrics of a trial; those of its machine only when one of them is asked for."""
    if any(map(is_sampled, names)):
        return trial.source.overview(trial.uuid)
    return trial.metrics
