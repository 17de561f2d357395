"""What it takes to begin, beside its peers in the same run: ``python benchmarks/start.py``.

To import the library, to record a first trial in an empty folder, and to record one more, CPU and
wall time in milliseconds: medians of several rounds, each in a process of its own, in turns with
the others. Python itself is what an import is measured against. Peers that are not installed are
left out: daskperiment, MLflow with SQLite, Sacred with files, Trackio.
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
MORE = 20

def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)

def measure(load, run):
    times = [(cpu(), time.perf_counter())]
    for step in (load, run, lambda: [run() for _ in range(MORE)]):
        step()
        times.append((cpu(), time.perf_counter()))
    (a, b, c, d) = times
    told = {"import": (a, b, 1), "first trial": (b, c, 1), "one more": (c, d, MORE)}
    print(json.dumps({name: [(end - start) / count * 1e3 for start, end in zip(x, y)]
                      for name, (x, y, count) in told.items()}))
"""

WORKS = {
    "python": "measure(lambda: None, lambda: None)",
    "anew": """
def load():
    global anew
    import anew
def run():
    with anew.trial("start", alpha=0.1) as trial:
        trial.log(loss=0.5)
measure(load, run)
""",
    "daskperiment": """
def load():
    global daskperiment
    import daskperiment
def run():
    global ex, result
    if "ex" not in globals():
        ex = daskperiment.Experiment("start")
        alpha = ex.parameter("alpha")
        @ex.result
        def result(alpha):
            ex.save_metric("loss", epoch=0, value=0.5)
            return alpha
        result = result(alpha)
        ex.set_parameters(alpha=0.1)
    result.compute()
measure(load, run)
""",
    "mlflow": """
def load():
    global mlflow
    import mlflow
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
def run():
    with mlflow.start_run():
        mlflow.log_param("alpha", 0.1)
        mlflow.log_metric("loss", 0.5)
measure(load, run)
""",
    "sacred": """
def load():
    global Experiment, FileStorageObserver
    from sacred import Experiment
    from sacred.observers import FileStorageObserver
def run():
    ex = Experiment("start", save_git_info=False, interactive=True)
    ex.observers.append(FileStorageObserver("runs"))
    ex.add_config(alpha=0.1)
    @ex.main
    def main(_run, alpha):
        _run.log_scalar("loss", 0.5)
    ex.run(options={"--loglevel": "ERROR"})
measure(load, run)
""",
    "trackio": """
def load():
    global trackio
    os.environ["TRACKIO_DIR"] = os.getcwd()
    import trackio
def run():
    trackio.init(project="start", config={"alpha": 0.1})
    trackio.log({"loss": 0.5})
    trackio.finish()
measure(load, run)
""",
}


def measure(work: str) -> dict[str, list[float]]:
    """Run a work in a process of its own."""
    with tempfile.TemporaryDirectory() as project:
        Path(project, "anew.toml").touch()
        command = [sys.executable, "-c", PREPARE + WORKS[work]]
        done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    told: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    works = [work for work in WORKS if work == "python" or find_spec(work)]
    rounds = [{work: measure(work) for work in works} for _ in range(given.rounds)]
    names = list(rounds[0]["python"])
    print("| CPU / wall ms | " + " | ".join(names) + " |")
    print("| --- " * (len(names) + 1) + "|")
    for work in works[1:]:
        medians = [
            [statistics.median(each[work][name][kind] for each in rounds) for kind in (0, 1)]
            for name in names
        ]
        cells = (f"{cpu:,.1f} / {wall:,.1f}" for cpu, wall in medians)
        print(f"| {work} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
