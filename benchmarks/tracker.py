"""What it costs a program to be followed by the tracker, next to the bare program in the same run.

``python benchmarks/tracker.py [--opens 100000] [--images 10000] [--fit]``
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from anew import tracker
from anew.tracker.reading import read_traces

OPENS = """
for _ in range({opens}):
    open("0.bin", "rb").close()
"""
READ = """
import pandas
for _ in range(5):
    pandas.read_csv("table.csv")
"""
IMAGES = """
import os
total = 0
for name in os.listdir("images"):
    with open("images/" + name, "rb") as file:
        total += sum(file.read()[::64])
"""
FIT = """
import numpy, sklearn.ensemble, time
rng = numpy.random.default_rng(1)
x = rng.normal(size=(4000, 40))
sklearn.ensemble.RandomForestClassifier({trees}, random_state=1).fit(x, x[:, 0] > 0)
"""


def spent_cpu(program: str, folder: Path, environ: dict[str, str]) -> float:
    """Run a program; give the processor time that it took, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=environ, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(program: str, folder: Path, times: int) -> tuple[float, float]:
    """Run a program bare and followed, in turns; give the median of each, in seconds."""
    bare = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    bare.pop("PYTHONPATH", None)
    pairs = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as traces:
            followed = bare | tracker.variables(traces, bare)
            pairs.append((spent_cpu(program, folder, bare), spent_cpu(program, folder, followed)))
            if read_traces(Path(traces))[0].end != "exit":
                raise RuntimeError(program)
    return median(b for b, _ in pairs), median(f for _, f in pairs)


def prepare(folder: Path, images: int) -> None:
    """Make the files that are read."""
    (folder / "images").mkdir()
    for i in range(images):
        (folder / "images" / f"{i}.bin").write_bytes(bytes(range(256)) * 64)
    (folder / "0.bin").write_bytes(b"0")
    rows = (f"{i},{i * 7 % 11},{i / 3}\n" for i in range(300_000))
    (folder / "table.csv").write_text("a,b,c\n" + "".join(rows))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--opens", type=int, default=100_000)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--fit", type=int, default=0, help="trees of a forest, 0 for none")
    given = parser.parse_args()
    programs = {
        "start": ("pass", 1),
        f"{given.opens} opens of one file": (OPENS.format(opens=given.opens), given.opens),
        f"{given.images} images": (IMAGES, given.images),
        "pandas read": (READ, 1),
    }
    if given.fit:
        programs["fit"] = (FIT.format(trees=given.fit), 1)
    print(f"{'program':28}{'bare ms':>10}{'followed':>10}{'ratio':>8}{'each µs':>10}")
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), given.images)
        for title, (program, uses) in programs.items():
            bare, followed = compare(program, Path(name), given.times)
            each = (followed - bare) / uses * 1e6
            ratio = followed / bare
            print(f"{title:28}{bare * 1e3:10.1f}{followed * 1e3:10.1f}{ratio:8.3f}{each:10.1f}")


if __name__ == "__main__":
    main()
