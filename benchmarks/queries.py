"""What asking a store costs, and what it has to do with its size: ``python benchmarks/queries.py``.

The best 20 trials under a filter, and all trials as a data frame, of stores with 100 to 100,000
trials of 15 values each, beside the same with `sqlite3` alone: a table with a column of JSON, read
with SQL for the first, and with `json` and pandas for the second. And a trial, begun and ended with
full provenance while nothing changed, beside all those. Medians of wall and CPU time in
milliseconds, after one call that does not count: it makes what is made once, as an index.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import chdir, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

import anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST, MOST = 3, 50
SIZES: Final = (100, 1_000, 10_000, 100_000)
WHERE: Final = 'rmse < 45 and model == "ridge"'
INSERT: Final = (
    "INSERT INTO trials (uuid, experiment, status, started, seconds, seed, parameters, metrics,"
    " process) VALUES (?, 'queries', 'finished', ?, 1.5, '7', ?, ?, '{}')"
)
BEST: Final = (
    "SELECT number, parameters, metrics FROM trials WHERE metrics ->> 'rmse' < 45"
    " AND parameters ->> 'model' = 'ridge' ORDER BY metrics ->> 'rmse' LIMIT 20"
)


def make_values(count: int) -> Iterator[tuple[str, float, str, str]]:
    """Give what is kept of each trial: 8 parameters and 7 metrics."""
    draw = random.Random(1)  # noqa: S311 - values, not secrets
    for number in range(count):
        parameters: dict[str, Any] = {f"p{place}": draw.random() for place in range(6)}
        parameters |= {"model": draw.choice(["ridge", "lasso", "tree"]), "depth": number % 20}
        metrics = {f"m{place}": draw.random() for place in range(6)} | {"rmse": draw.gauss(40, 8)}
        uuid = f"{number:08x}-0000-7000-8000-000000000000"
        yield uuid, 1.7e9 + number, json.dumps(parameters), json.dumps(metrics)


def fill_store(ex: anew.Experiment, count: int) -> None:
    """Enter trials with the facets of the first one, which is recorded as ever."""
    with anew.trial(ex.name):
        pass
    with closing(sqlite3.connect(ex.store.folder / "trials.db")) as sql, sql:
        sql.executemany(INSERT, make_values(count - 1))
        sql.execute(
            "INSERT INTO trial_facets SELECT uuid, name, digest FROM trials, trial_facets"
            " WHERE uuid LIKE '%-0000-7000-8000-000000000000'"
        )


def fill_plain(path: Path, count: int) -> sqlite3.Connection:
    """Enter the same into a table without anew."""
    sql = sqlite3.connect(path)
    sql.execute(
        "CREATE TABLE trials (number INTEGER PRIMARY KEY, uuid TEXT, started REAL,"
        " parameters TEXT, metrics TEXT)"
    )
    sql.executemany("INSERT INTO trials VALUES (NULL, ?, ?, ?, ?)", make_values(count - 1))
    sql.commit()
    return sql


def read_frame(sql: sqlite3.Connection) -> pd.DataFrame:
    """Give all trials of a plain table as a data frame."""
    rows = sql.execute("SELECT number, started, parameters, metrics FROM trials").fetchall()
    values = [json.loads(row[2]) | json.loads(row[3]) for row in rows]
    return pd.DataFrame(values, index=[row[0] for row in rows])


def run_trial() -> None:
    """Record a trial in which nothing happens."""
    with anew.trial("queries"):
        pass


def measure(work: Callable[[], object], seconds: float = 2.0) -> tuple[float, float]:
    """Give the median wall and CPU time of a call, in milliseconds."""
    work()
    wall, cpu = [], []
    until = time.perf_counter() + seconds
    while len(wall) < LEAST or (time.perf_counter() < until and len(wall) < MOST):
        before = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - before[0])
        cpu.append(time.process_time() - before[1])
    return statistics.median(wall) * 1e3, statistics.median(cpu) * 1e3


def measure_size(count: int) -> dict[str, tuple[float, float]]:
    """Measure with a store of one size."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        Path("anew.toml").touch()
        ex = anew.Experiment("queries")
        fill_store(ex, count)
        with closing(fill_plain(Path("plain.db"), count)) as plain:
            return {
                "best 20, anew": measure(
                    lambda: ex.trials(where=WHERE, sort="rmse", limit=20, columns="rmse,model")
                ),
                "best 20, sqlite3": measure(lambda: plain.execute(BEST).fetchall()),
                "frame, anew": measure(ex.trials),
                "frame, sqlite3": measure(lambda: read_frame(plain)),
                "trial": measure(run_trial),
            }


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    sys.argv[0] = ""  # the project is that of the folder, not that of this script
    found = {count: measure_size(count) for count in sizes}
    print("| wall / CPU ms |", " | ".join(f"{count:,} trials" for count in sizes), "|")
    print("| --- |", "---: |" * len(sizes))
    for label in found[sizes[0]]:
        cells = (f"{wall:.2f} / {cpu:.2f}" for wall, cpu in (found[n][label] for n in sizes))
        print(f"| {label} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
