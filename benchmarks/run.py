"""What `anew run` costs a program, next to the bare program in the same run.

``python benchmarks/run.py [--opens 100000] [--images 10000] [--fit 10] [--times 5]``

Times in milliseconds, medians of runs that take turns; processor time includes that of the program,
and what it is "beyond" is the start-up of the first row, as a part of the bare program's, and for
each use of a file. The machine may be busy: read the ratios. ``--fit`` is how many seconds a fit of
scikit-learn takes about, 0 for none; the issue asks for 60.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

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
import os, zlib
total = 0
for name in sorted(os.listdir("images")):
    with open("images/" + name, "rb") as file:
        total += sum(zlib.decompress(file.read()))
"""
FIT = """
import numpy
from sklearn.ensemble import RandomForestClassifier
rng = numpy.random.default_rng(1)
x = rng.normal(size=(4000, 40))
RandomForestClassifier({trees}, random_state=1).fit(x, x[:, 0] > 0)
"""
TRIED = 100


class Spent(NamedTuple):
    """What one run took, in seconds."""

    wall: float
    cpu: float


def run(words: list[str], folder: Path) -> Spent:
    """Run a command to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        words, cwd=folder, env=variables(), check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Spent(wall, user + system)


def variables() -> dict[str, str]:
    """Give the environment of a user who has this interpreter's environment active."""
    left_out = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "CONDA_PREFIX"}
    plain = {name: value for name, value in os.environ.items() if name not in left_out}
    return plain | {"VIRTUAL_ENV": sys.prefix}


def compare(script: str, folder: Path, times: int) -> tuple[Spent, Spent]:
    """Run a script bare and recorded, in turns; give the medians of each."""
    bare = [sys.executable, script]
    recorded = [sys.executable, "-m", "anew", "run", script]
    run(recorded, folder)  # the first trial of a project makes its store
    pairs = [(run(bare, folder), run(recorded, folder)) for _ in range(times)]
    return tuple(
        Spent(median(each[side].wall for each in pairs), median(each[side].cpu for each in pairs))
        for side in (0, 1)
    )


def prepare(folder: Path, images: int) -> None:
    """Make the files that are read."""
    (folder / "anew.toml").touch()
    (folder / "images").mkdir()
    for i in range(images):
        pixels = bytes(i * k % 251 for k in range(64)) * 192  # 64 times 64, in three colours
        (folder / "images" / f"{i}.bin").write_bytes(zlib.compress(pixels))
    (folder / "0.bin").write_bytes(b"0")
    rows = (f"{i},{i * 7 % 11},{i / 3}\n" for i in range(300_000))
    (folder / "table.csv").write_text("a,b,c\n" + "".join(rows))


def make_fit(seconds: int, folder: Path) -> str:
    """Write a fit that takes about so long: the number of trees is found by short ones."""
    command = [sys.executable, "-c"]
    _, few, many = (run([*command, FIT.format(trees=n)], folder).cpu for n in (1, 1, 1 + TRIED))
    return FIT.format(trees=max(1, round(seconds * TRIED / (many - few))))


def choose_programs(given: argparse.Namespace, folder: Path) -> dict[str, tuple[str, int]]:
    """Give each program's text, and by how many uses of a file what it costs is divided."""
    programs = {
        "start-up": ("", 1),
        f"{given.opens} opens": (OPENS.format(opens=given.opens), given.opens),
        f"{given.images} images": (IMAGES, given.images),
    }
    if find_spec("pandas"):
        programs["pandas read"] = (READ, 1)
    if given.fit and find_spec("sklearn"):
        programs[f"fit of {given.fit} s"] = (make_fit(given.fit, folder), 1)
    return programs


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--opens", type=int, default=100_000)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--fit", type=int, default=10, metavar="SECONDS")
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    head = ("program", "bare ms", "recorded", "ratio", "bare CPU", "CPU more", "beyond", "each µs")
    start = 0.0
    print(f"{head[0]:20}" + "".join(f"{title:>10}" for title in head[1:]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, given.images)
        for title, (program, uses) in choose_programs(given, folder).items():
            (folder / "program.py").write_text(program)
            bare, recorded = compare("program.py", folder, given.times)
            more = recorded.cpu - bare.cpu
            start = start or more
            beyond = more - start
            print(
                f"{title:20}{bare.wall * 1e3:10.0f}{recorded.wall * 1e3:10.0f}"
                f"{recorded.wall / bare.wall:10.3f}{bare.cpu * 1e3:10.0f}{more * 1e3:10.0f}"
                f"{beyond / bare.cpu:10.1%}{beyond / uses * 1e6:10.1f}"
            )


if __name__ == "__main__":
    main()
