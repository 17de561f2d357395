"""What many processes cost that log to one store at once: ``python benchmarks/writers.py``.

Eight trials at a time in processes of their own, 10,000 points each, beside the same points of one
process: points a second of wall time, and whether each point is there afterwards.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path

import anew

WORK = """
import sys, time, anew
with anew.trial("writers") as trial:
    trial.log(loss=-1.0)
    print(flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[1])):
        trial.log(loss=number / 7)
    print(time.time())
"""


def measure(processes: int, points: int) -> tuple[float, float]:
    """Give how many points a second all log together: to the last point, and to the last end."""
    with tempfile.TemporaryDirectory() as project, chdir(project):
        Path("anew.toml").touch()
        command = [sys.executable, "-c", WORK, str(points)]
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for each in started:
            assert each.stdout  # noqa: S101 - it is a pipe
            each.stdout.readline()
        begin = time.time()
        for each in started:
            assert each.stdin  # noqa: S101 - as above
            each.stdin.write("\n")
            each.stdin.flush()
        logged = max(float(each.communicate()[0]) for each in started) - begin
        ended = time.time() - begin
        if any(each.returncode for each in started):
            sys.exit("a process failed")
        sys.argv[0] = ""  # the project is that of the folder, not that of this script
        kept = [len(trial.points("loss")) for trial in anew.Experiment("writers").store.trials()]
    if kept != [points + 1] * processes:
        sys.exit(f"points are lost: {kept}")
    return processes * points / logged, processes * points / ended


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--points", type=int, default=10_000)
    given = parser.parse_args()
    alone = measure(1, given.points * given.processes)
    together = measure(given.processes, given.points)
    print(f"points a second, {os.cpu_count()} cores | 1 process | {given.processes} | ratio")
    for place, label in enumerate(("to the last point", "to the end of the trials")):
        one, all_of_them = alone[place], together[place]
        print(f"{label} | {one:,.0f} | {all_of_them:,.0f} | {all_of_them / one:.2f}")


if __name__ == "__main__":
    main()
