"""Stores of other trackers: filled as the one of anew is, and asked the same.

MLflow with SQLite and Trackio are those of the peers that can be asked at all: Sacred's files and
tensorboardX's are for eyes. They are filled by SQL, as recording ten thousand trials with them
takes an hour; what they are asked, they are asked by their own functions.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Asked = tuple[Callable[[], object], Callable[[], object]]
    Values = Iterable[tuple[str, float, str, str]]

__all__ = ["fill_peer", "list_peers"]

_FILTER: Final = "metrics.rmse < 45 and params.model = 'ridge'"
_BEST: Final = (
    "SELECT run_id, config ->> 'model' AS model, metrics ->> 'rmse' AS rmse FROM (SELECT m.run_id,"
    " CAST(config AS TEXT) AS config, CAST(metrics AS TEXT) AS metrics FROM metrics m"
    " JOIN configs c ON c.run_id = m.run_id) WHERE rmse < 45 AND model = 'ridge'"
    " ORDER BY rmse LIMIT 20"
)
_ALL: Final = (
    "SELECT m.run_id AS run, config, metrics, timestamp FROM metrics m"
    " JOIN configs c ON c.run_id = m.run_id"
)


def list_peers() -> list[str]:
    """Name those that are installed."""
    return [name for name in ("mlflow", "trackio") if find_spec(name)]


def fill_peer(name: str, values: Values) -> Asked:
    """Make the store of a peer in the current folder.

    Parameters
    ----------
    name
        One of `list_peers`.
    values
        Of each trial UUID, time of its begin, parameters and metrics as JSON.

    Returns
    -------
    pair of callables
        The best trials under a filter, and all trials as a data frame.
    """
    fill = {"mlflow": _fill_mlflow, "trackio": _fill_trackio}[name]
    return fill(list(values))


def _fill_mlflow(rows: list[tuple[str, float, str, str]]) -> Asked:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    mlflow: Any = import_module("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{Path('mlflow.db').absolute()}")
    experiment = mlflow.create_experiment("queries")
    with closing(sqlite3.connect("mlflow.db")) as sql, sql:
        for uuid, started, parameters, metrics in rows:
            run, time = uuid.replace("-", ""), int(started * 1000)
            sql.execute(
                "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time,"
                " end_time, lifecycle_stage, artifact_uri, experiment_id)"
                " VALUES (?, ?, 'LOCAL', 'me', 'FINISHED', ?, ?, 'active', ?, ?)",
                (run, run, time, time + 1500, f"mlruns/{run}", experiment),
            )
            found = ((key, str(value), run) for key, value in json.loads(parameters).items())
            sql.executemany("INSERT INTO params VALUES (?, ?, ?)", found)
            logged = [(key, value, time, run) for key, value in json.loads(metrics).items()]
            for table in ("metrics", "latest_metrics"):
                sql.executemany(
                    f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan)"  # noqa: S608
                    " VALUES (?, ?, ?, ?, 0, 0)",
                    logged,
                )
            tags = {"mlflow.user": "me", "mlflow.source.type": "LOCAL", "mlflow.runName": run}
            sql.executemany(
                "INSERT INTO tags VALUES (?, ?, ?)", [(*tag, run) for tag in tags.items()]
            )

    def search(**wishes: Any) -> object:
        return mlflow.search_runs([experiment], **wishes)

    best = {"filter_string": _FILTER, "order_by": ["metrics.rmse ASC"], "max_results": 20}
    return lambda: search(**best), lambda: search(max_results=len(rows))


def _fill_trackio(rows: list[tuple[str, float, str, str]]) -> Asked:
    os.environ["TRACKIO_DIR"] = str(Path("trackio").absolute())
    storage = import_module("trackio.sqlite_storage").SQLiteStorage
    storage.bulk_log("queries", "first", [{}], config={})
    with closing(sqlite3.connect(storage.get_project_db_path("queries"))) as sql, sql:
        time = "2026-11-22T09:00:00+00:00"
        sql.executemany(
            "INSERT INTO metrics (run_id, run_name, step, timestamp, metrics)"
            " VALUES (?, ?, 0, ?, ?)",
            [(uuid, uuid, time, metrics.encode()) for uuid, _, _, metrics in rows],
        )
        sql.executemany(
            "INSERT INTO configs (run_id, run_name, created_at, config) VALUES (?, ?, ?, ?)",
            [(uuid, uuid, time, parameters.encode()) for uuid, _, parameters, _ in rows],
        )

    def read_all() -> pd.DataFrame:
        found = storage.query_project("queries", _ALL, max_rows=len(rows) + 1)["rows"]
        values = [json.loads(row["config"]) | json.loads(row["metrics"]) for row in found]
        return pd.DataFrame(values, index=[row["run"] for row in found])

    return lambda: storage.query_project("queries", _BEST), read_all
