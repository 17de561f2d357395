"""What asking a store costs, and what it has to do with its size: ``python benchmarks/queries.py``.

The best 20 trials under a filter, and all trials as a data frame, of stores with 100 to 100,000
trials of 15 values each, beside the same with `sqlite3` alone: a table with a column of JSON, read
with SQL for the first, and with `json` and pandas for the second; and up to 10,000 trials beside
the peers that are installed. The frame is made again of a store whose trials have results, each a
file of its own, which a process reads once. And a trial, begun and ended with full provenance while
nothing changed, and a point, beside all those. Medians of wall and CPU time in milliseconds, in a
process for each library, after a call that does not count: it makes what is made once, as an index.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir, closing, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from peers import fill_peer, list_peers

import anew
from anew.query import frame_of_store
from anew.stores.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST, MOST = 3, 50
PATIENCE_S: Final = 2.0
POINTS: Final = 1_000
MOST_FILES: Final = 10_000
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


def fill_results(ex: anew.Experiment) -> None:
    """Enter a result for each trial: another number each, and so a file."""
    draw = random.Random(2)  # noqa: S311 - values, not secrets
    rows = []
    with closing(sqlite3.connect(ex.store.folder / "trials.db")) as sql, sql:
        for (uuid,) in sql.execute("SELECT uuid FROM trials").fetchall():
            value = draw.random()
            data = f"{value!r}\n".encode()
            rows.append((uuid, ex.store.objects.put(data), len(data), f"{value:.6g}"))
        sql.executemany(
            "INSERT INTO artifacts (trial, role, name, format, digest, size_bytes, summary)"
            " VALUES (?, 'result', 'score', 'json', ?, ?, ?)",
            rows,
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


def measure(works: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Give the median wall and CPU time of each of some calls, in milliseconds."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for work in works.values():
        work()
    for count in range(MOST):
        for name, work in works.items():
            if count >= LEAST and sum(wall for wall, _ in times[name]) > PATIENCE_S:
                continue
            before = time.perf_counter(), time.process_time()
            work()
            after = time.perf_counter(), time.process_time()
            times[name].append((after[0] - before[0], after[1] - before[1]))
    return {
        name: (statistics.median(wall) * 1e3, statistics.median(cpu) * 1e3)
        for name, (wall, cpu) in ((name, zip(*each, strict=True)) for name, each in times.items())
    }


@contextmanager
def fill_folder(count: int) -> Iterator[anew.Experiment]:
    """Work in a folder with a store of so many trials."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        Path("anew.toml").touch()
        ex = anew.Experiment("queries")
        fill_store(ex, count)
        yield ex


def measure_queries(count: int) -> dict[str, tuple[float, float]]:
    """Measure what is asked of a store of one size."""
    with fill_folder(count) as ex, closing(fill_plain(Path("plain.db"), count)) as plain:
        wishes = {"where": WHERE, "sort": "rmse", "limit": 20, "columns": "rmse,model"}
        best: dict[str, Callable[[], object]] = {
            "best 20, anew": lambda: ex.trials(**wishes),
            "best 20, sqlite3": lambda: plain.execute(BEST).fetchall(),
        }
        frames: dict[str, Callable[[], object]] = {
            "frame, anew": ex.trials,
            "frame, sqlite3": lambda: read_frame(plain),
        }
        found = measure(best) | measure(frames)
        if count <= MOST_FILES:
            fill_results(ex)
            folder = ex.store.folder
            results: dict[str, Callable[[], object]] = {
                "frame with results, anew": lambda: frame_of_store(SQLiteStore(folder)),
                "the same once more": ex.trials,
            }
            found |= measure(results)
        return found


def measure_peer(name: str, count: int) -> dict[str, tuple[float, float]]:
    """Measure what is asked of the store of a peer."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        best, frame = fill_peer(name, make_values(count))
        return measure({f"best 20, {name}": best, f"frame, {name}": frame})


def measure_recording(count: int) -> dict[str, tuple[float, float]]:
    """Measure a trial and a point beside a store of one size."""
    with fill_folder(count):
        found = measure({"trial": run_trial})
        with anew.trial("queries") as trial:

            def log_points() -> None:
                for number in range(POINTS):
                    trial.log(loss=number / 3)

            wall, cpu = measure({"": log_points})[""]
        return found | {"point": (wall / POINTS, cpu / POINTS)}


def measure_size(count: int) -> dict[str, tuple[float, float]]:
    """Measure each in a process of its own: what others have loaded makes it slower."""
    works = [partial(measure_queries, count)]
    if count <= MOST_FILES:
        works += [partial(measure_peer, name, count) for name in list_peers()]
    works += [partial(measure_recording, count)]
    found: dict[str, tuple[float, float]] = {}
    for work in works:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found |= pool.submit(work).result()
    return found


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    sys.argv[0] = ""  # the project is that of the folder, not that of this script
    found = {count: measure_size(count) for count in sizes}
    print("| wall / CPU ms |", " | ".join(f"{count:,} trials" for count in sizes), "|")
    print("| --- |", "---: |" * len(sizes))
    for label in sorted({label for each in found.values() for label in each}):
        times = (found[n].get(label) for n in sizes)
        cells = (f"{each[0]:.3g} / {each[1]:.3g}" if each else "" for each in times)
        print(f"| {label} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
