"""What recording a trial costs: ``python benchmarks/trial.py``.

Medians over many rounds, and their ratio to ``git status`` in the same project and the same run:
machines differ and are noisy, ratios less so.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import anew
from anew.facts import begin_facets, end_facets
from anew.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 300
ROUNDS = 30


def measure(work: Callable[[], object]) -> float:
    """Give the median time of one call, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def make_project(folder: Path) -> None:
    """Fill a folder with source files, in a git repository as users have it."""
    (folder / "anew.toml").touch()
    for number in range(FILES):
        path = folder / f"package{number % 10}" / f"module{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"def f{number}(x):\n    return x + {number}\n")
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "add", "--all"], check=True)


def main() -> None:
    """Measure and print."""
    sys.argv[0] = ""  # the project is that of the folder, not that of this script
    with tempfile.TemporaryDirectory() as name, chdir(name):
        make_project(Path(name))
        ex = anew.Experiment("benchmark")
        ex.result(lambda: 1)
        start = time.perf_counter()
        ex.run()
        first = (time.perf_counter() - start) * 1e3
        settings = load_settings()
        rows = {
            "git status": measure(
                lambda: subprocess.run(["git", "status"], stdout=subprocess.DEVNULL, check=True)
            ),
            "capture, nothing changed": measure(
                lambda: (
                    begin_facets(settings, settings.folder, seed=(1, "given")),
                    end_facets(settings.root),
                )
            ),
            "trial of one step, all told": measure(ex.run),
            "the same, run by Dask alone": measure(run_bare),
            "first trial of the project": first,
        }
    print(f"| {FILES} files, median of {ROUNDS} | ms | ratio to git status |\n| --- | --- | --- |")
    for label, milliseconds in rows.items():
        print(f"| {label} | {milliseconds:.2f} | {milliseconds / rows['git status']:.2f} |")


def run_bare() -> None:
    """Run one step without anew."""
    from dask import compute, delayed

    compute(delayed(lambda: 1)(), scheduler="threads")


if __name__ == "__main__":
    main()
