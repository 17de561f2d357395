"""What it costs to spare steps, and to run them: graphs of 1,000 steps, next to bare Dask.

Run with ``python benchmarks/steps.py``. Ratios are of the same run; the machine may be busy, which
tells less on the seconds of its processors than on those that pass.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import tempfile
import time
from typing import TYPE_CHECKING

import anew

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 1_000
ROUNDS = 5


def add(x: float, i: int) -> float:
    """Do next to nothing, as the step of both graphs."""
    return x + i


def build_anew() -> tuple[anew.Experiment, anew.Experiment]:
    """Build a chain and a fan of steps."""
    chain, fan = anew.Experiment("chain"), anew.Experiment("fan")
    start = chain.parameter("start", default=0.0)
    link = chain.step(add)
    node = link(start, 0)
    for i in range(1, STEPS - 1):
        node = link(node, i)
    chain.result(add)(node, STEPS)

    start = fan.parameter("start", default=0.0)
    leaf = fan.step(add)

    @fan.result
    def total(parts: list[float]) -> float:
        return sum(parts)

    total([leaf(start, i) for i in range(STEPS - 1)])
    return chain, fan


def run_dask(shape: str) -> float:
    """Run the same graph on bare `dask.delayed`, with its own tokens."""
    from dask import delayed

    step = delayed(add, pure=True)
    if shape == "chain":
        node = step(0.0, 0)
        for i in range(1, STEPS):
            node = step(node, i)
    else:
        node = delayed(sum, pure=True)([step(0.5, i) for i in range(STEPS - 1)])
    return float(node.compute(scheduler="threads"))


def clock(work: Callable[[], object]) -> tuple[float, float]:
    """Time one call: the seconds that pass, and those of processors."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


def measure(experiment: anew.Experiment) -> dict[str, list[tuple[float, float]]]:
    """Time the graph of an experiment on bare Dask, computed, and spared."""
    times: dict[str, list[tuple[float, float]]] = {"bare dask": [], "computed": [], "spared": []}
    run_dask("chain")
    experiment.run()
    for i in range(1, ROUNDS + 1):
        start = float(i)
        times["bare dask"].append(clock(lambda: run_dask(experiment.name)))
        times["computed"].append(clock(lambda start=start: experiment.run(start=start)))
        times["spared"].append(clock(experiment.run))
    return times


def main() -> None:
    """Print medians and ratios."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        open("anew.toml", "w").close()  # noqa: PTH123 - marks the folder as a project
        os.environ["ANEW_STORE"] = f"{folder}/store"
        for experiment in build_anew():
            with contextlib.redirect_stderr(io.StringIO()):
                measured = measure(experiment)
            medians = {
                name: [*map(statistics.median, zip(*times, strict=True))]
                for name, times in measured.items()
            }
            print(f"{experiment.name} of {STEPS} steps: seconds, of processors, and of bare dask")
            for name, found in medians.items():
                ratios = [own / bare for own, bare in zip(found, medians["bare dask"], strict=True)]
                shown = [*(f"{each:8.3f}" for each in found), *(f"{each:8.2f}" for each in ratios)]
                print(f"  {name:10} {' '.join(shown)}")


if __name__ == "__main__":
    main()
