"""Records as plain data, for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anew.query.rows import read_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Trial
    from anew.query.report import Report

__all__ = ["to_plain", "to_record", "to_rows"]


def to_rows(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """Give trials as plain data, for JSON.

    Parameters
    ----------
    trials
        The trials.

    Returns
    -------
    list of dict
        With `FACTS` and the tables ``parameters`` and ``metrics``. ``started`` is ISO 8601 in UTC,
        ``seconds`` and ``result`` are None when there is none yet, ``reproduces`` is a UUID.
    """
    return [
        to_plain(
            {
                "number": trial.number,
                "uuid": trial.uuid,
                "experiment": trial.experiment,
                "status": trial.status,
                "started": trial.started,
                "seconds": trial.seconds,
                "seed": trial.seed,
                "parameters": trial.parameters,
                "metrics": trial.metrics,
                "result": read_result(trial),
                "reproduces": trial.reproduces,
                "parent": trial.parent,
                "tags": trial.tags,
                "notes": trial.notes,
                "error": None if trial.error is None else vars(trial.error),
            }
        )
        for trial in trials
    ]


def to_record(report: Report) -> dict[str, Any]:
    """Give a report as plain data, for JSON.

    Parameters
    ----------
    report
        The report.

    Returns
    -------
    dict
        What `to_rows` gives, with ``steps``, ``artifacts``, ``files``, ``facets``, ``events``,
        ``reproduced_by`` and ``remade``.
    """
    (row,) = to_rows([report.trial])
    events = [{"kind": kind, "text": text} for kind, text in report.events]
    parts = ("steps", "artifacts", "files", "facets", "reproduced_by", "remade")
    return row | {name: to_plain(getattr(report, name)) for name in parts} | {"events": events}


def to_plain(value: Any) -> Any:
    """Reduce a value to what strict JSON can say.

    Parameters
    ----------
    value
        Records, containers and plain values, nested.

    Returns
    -------
    object
        Records as dicts, times as ISO 8601, and the numbers that JSON lacks as the texts ``NaN``,
        ``Infinity`` and ``-Infinity``, which is how Protocol Buffers write them.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, str | int | float):
        return value
    if hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
