"""Trials as a data frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from anew.query.rows import column_names, read_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from anew.model import Trial

__all__ = ["to_frame"]


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
