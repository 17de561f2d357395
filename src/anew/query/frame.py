"""Trials as a data frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from anew.errors import UnknownNameError
from anew.query.rows import column_names, read_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from anew.model import Trial

__all__ = ["to_frame", "to_long_frame"]


def to_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """Put trials into a data frame.

    Parameters
    ----------
    trials
        The trials.

    Returns
    -------
    pandas.DataFrame, shape (n_trials, n_columns)
        Indexed by ``number``: a column for each parameter, the last value of each metric, then
        ``result``, ``status``, ``started`` (UTC, to the second) and ``seconds``. A name that is
        both a parameter and a metric, or one of these words, becomes ``param.name`` and
        ``metric.name``.
    """
    import pandas as pd

    listed = list(trials)
    parameters, metrics = column_names(listed)
    columns: dict[str, Any] = {
        column: [trial.parameters.get(name) for trial in listed]
        for name, column in parameters.items()
    }
    for name, column in metrics.items():
        last = [trial.metrics.get(name, math.nan) for trial in listed]
        columns[column] = pd.array(last, dtype="float64")
    started = pd.to_datetime([trial.started for trial in listed], utc=True)
    columns |= {
        "result": [read_result(trial) for trial in listed],
        "status": [trial.status for trial in listed],
        "started": started.floor("s").as_unit("s"),
        "seconds": pd.array([_seconds(trial) for trial in listed], dtype="float64"),
    }
    index = pd.Index([trial.number for trial in listed], name="number", dtype="int64")
    return pd.DataFrame(columns, index=index)


def _seconds(trial: Trial) -> float:
    return math.nan if trial.seconds is None else trial.seconds


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

    known = dict.fromkeys(name for trial in trials for name in trial.metrics)
    for name in names:
        if trials and name not in known:
            kind = "metric"
            raise UnknownNameError(kind, name, known=known, where="these trials")
    chosen = dict.fromkeys(names or known)
    found = [
        (trial.number, name, trial.series(name, points))
        for trial in trials
        for name in chosen
        if name in trial.metrics
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
