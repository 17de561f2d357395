"""What logging costs, beside its peers in the same run: ``python benchmarks/points.py``.

CPU seconds of user and system, medians of several rounds, and ratios to anew: machines differ and
are noisy, ratios less so. Each work runs in a process of its own, in turns with the others. Peers
that are not installed are left out: tensorboardX (event files), Sacred (its list in memory, which
it writes later), sqlite3 of the standard library, committing every 1,000 rows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

PREPARE = """
import json, os, resource, sys, time
folder, count = sys.argv[1], int(sys.argv[2])

def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

def measure(log, end=lambda: None):
    log(-1)
    times, before, start = [], memory(), time.process_time()
    clock = time.perf_counter_ns
    for number in range(count):
        begin = clock()
        log(number)
        times.append(clock() - begin)
    grown = memory() - before - 40 * count
    end()
    cpu = time.process_time() - start
    size = sum(os.path.getsize(os.path.join(p, f)) for p, _, fs in os.walk(folder) for f in fs)
    times.sort()
    p50, p99 = times[count // 2] / 1e3, times[count * 99 // 100] / 1e3
    told = {"points/s": count / cpu, "p50 us": p50, "p99 us": p99,
            "grown MB": grown / 1e6, "B/point": size / count}
    print(json.dumps(told))
"""

WORKS = {
    "anew": """
import anew
with anew.trial("points", store=folder) as trial:
    measure(lambda n: trial.log(loss=n / 7), lambda: trial._recorder._voice.close())
""",
    "anew, log_many": """
import anew, numpy
with anew.trial("points", store=folder) as trial:
    count *= 10
    steps, values = range(count), numpy.random.default_rng(1).random(count)
    trial.log_many("warm", steps[:10], values[:10])
    before, start = memory(), time.process_time()
    trial.log_many("loss", steps, values)
    grown = memory() - before
    trial._recorder._voice.close()
    cpu = time.process_time() - start
    size = sum(os.path.getsize(os.path.join(p, f)) for p, _, fs in os.walk(folder) for f in fs)
    print(json.dumps({"points/s": count / cpu, "grown MB": grown / 1e6, "B/point": size / count}))
""",
    "sqlite3, rows": """
import sqlite3
sql = sqlite3.connect(os.path.join(folder, "a.db"))
sql.execute("PRAGMA journal_mode = WAL")
sql.execute("PRAGMA synchronous = NORMAL")
sql.execute("CREATE TABLE points (run, metric, step, value, time)")
def log(n):
    row = ("a", "loss", n, n / 7, time.time())
    sql.execute("INSERT INTO points VALUES (?, ?, ?, ?, ?)", row)
    if n % 1000 == 999:
        sql.commit()
measure(log, sql.commit)
""",
    "tensorboardX": """
from tensorboardX import SummaryWriter
writer = SummaryWriter(folder)
measure(lambda n: writer.add_scalar("loss", n / 7, n), writer.close)
""",
    "sacred": """
from sacred.metrics_logger import MetricsLogger
logger = MetricsLogger()
measure(lambda n: logger.log_scalar_metric("loss", n / 7, n))
""",
}
MODULES = {"tensorboardX": "tensorboardX", "sacred": "sacred"}


def measure(work: str, count: int) -> dict[str, float]:
    """Run a work in a process of its own."""
    with tempfile.TemporaryDirectory() as project:
        Path(project, "anew.toml").touch()
        folder = Path(project, "kept")
        folder.mkdir()
        command = [sys.executable, "-c", PREPARE + WORKS[work], str(folder), str(count)]
        done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    works = [work for work in WORKS if work not in MODULES or find_spec(MODULES[work])]
    rounds = [{work: measure(work, given.points) for work in works} for _ in range(given.rounds)]
    names = ["points/s", "p50 us", "p99 us", "grown MB", "B/point"]
    print(f"| {given.points} points | " + " | ".join(names) + " | CPU to anew |")
    print("| --- " * (len(names) + 2) + "|")
    for work in works:
        told = {
            name: statistics.median(each[work][name] for each in rounds) for name in rounds[0][work]
        }
        ratio = statistics.median(
            each["anew"]["points/s"] / each[work]["points/s"] for each in rounds
        )
        cells = [f"{told[name]:,.1f}" if name in told else "" for name in names]
        print(f"| {work} | " + " | ".join(cells) + f" | {ratio:.2f} |")


if __name__ == "__main__":
    main()
