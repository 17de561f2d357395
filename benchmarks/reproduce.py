"""What ``anew reproduce`` costs over the bare rerun: ``python benchmarks/reproduce.py``.

The environment is warm: it was rebuilt before anything is measured. The bare rerun is ``python
train.py`` in the tree that the trial ran in. Both take turns; the medians are compared, and the
median of the differences within the turns is the overhead. Beside it stands the processor time of
a reproduction and all that it starts, which a busy machine changes less. Once the environment of
the trial still stands, once a package was changed in it, so that a rebuilt one is taken.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 9
BAR_S = 1.5
SCRIPT = """\
import csv
import json

with open("data.csv") as file:
    values = [float(row["value"]) for row in csv.DictReader(file)]
with open("out.json", "w") as file:
    json.dump({"total": sum(values)}, file)
"""


def run(program: Sequence[str], folder: Path) -> float:
    """Give the time of one command, which must do its work, in seconds."""
    start = time.perf_counter()
    done = subprocess.run(
        program, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        message = f"{' '.join(program)}\n{done.stdout}{done.stderr}"
        raise SystemExit(message)
    return time.perf_counter() - start


def make_study(folder: Path) -> None:
    """Write a script and its data into a git repository."""
    (folder / "train.py").write_text(SCRIPT)
    lines = "".join(f"{number / 7}\n" for number in range(10_000))
    (folder / "data.csv").write_text(f"value\n{lines}")
    run(["git", "init", "--quiet"], folder)
    run(["git", "add", "--all"], folder)


def make_environment(folder: Path) -> Path:
    """Make an environment with anew as installed here and one package, and give its Python."""
    place = folder / "environment"
    python = place / "bin" / "python"
    run(["uv", "venv", "--quiet", "--python", sys.executable, str(place)], folder)
    checkout = str(Path(__file__).resolve().parents[1])
    words = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    run([*words, "--editable", checkout, "humanize==4.15.0"], folder)
    return python


def read_clock() -> float:
    """Give the processor time of all programs that have ended, in seconds."""
    used = os.times()
    return used.children_user + used.children_system


def take_turns(python: str, folder: Path) -> list[tuple[float, float, float]]:
    """Measure the bare rerun and the reproduction, one after the other, and its processor time."""
    anew = [python, "-m", "anew", "reproduce", "1"]
    run(anew, folder)
    turns = []
    for _ in range(ROUNDS):
        bare = run([python, "train.py"], folder)
        before = read_clock()
        turns.append((bare, run(anew, folder), read_clock() - before))
    return turns


def report(label: str, turns: list[tuple[float, float, float]]) -> None:
    """Print a row of the table."""
    bare, anew, processor = (statistics.median(times) for times in zip(*turns, strict=True))
    over = [second - first for first, second, _ in turns]
    print(
        f"| {label} | {bare:.2f} | {anew:.2f} | {statistics.median(over):.2f} "
        f"| {min(over):.2f} to {max(over):.2f} | {processor:.2f} |"
    )


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        study = root / "study"
        study.mkdir()
        make_study(study)
        os.environ["ANEW_ENVIRONMENTS"] = str(root / "environments")
        python = str(make_environment(root))
        run([python, "-m", "anew", "run", "train.py"], study)
        bar = f"overhead, s (bar {BAR_S})"
        print(f"| environment | bare, s | anew, s | {bar} | from, to | processor, s |")
        print("| --- | --- | --- | --- | --- | --- |")
        report("of the trial", take_turns(python, study))
        run(["uv", "pip", "install", "--quiet", "--python", python, "humanize==4.17.0"], root)
        report("rebuilt, kept", take_turns(python, study))


if __name__ == "__main__":
    main()
