"""What keeping and loading values of calls takes: ``python benchmarks/memos.py``.

Medians over many rounds, next to joblib and diskcache in the same run: machines differ and are
noisy, ratios less so. The array has 125 MB, the frame 50 MB, both of floats. joblib maps arrays
into memory, too; a call of it also digests one small argument. Loading is measured in CPU time,
storing by the clock.

The second table is of whole hits, in CPU time: a decorated function is called again, so its code
and its arguments are digested, the call is looked up and its value is loaded. For the array and
the frame these are arguments as well, of which the value is one number.

The third is of the first call of a new process, again a hit, by the CPU time of the call alone: the
function reaches 100 others in ten modules. anew finds out whether each of them is what it was; the
peers look at the function itself (joblib) or at no code at all (diskcache).
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import diskcache
import joblib
import numpy as np
import pandas as pd

import anew
from anew.memos import Memo, Memos

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Pair = tuple[Callable[[int, Any], object], Callable[[int], object]]

# Each made from a number, so that no two are equal: equal ones would be stored once.
VALUES: Final[dict[str, Callable[[int], Any]]] = {
    "a small value": lambda n: {"rmse": n / 7, "names": ["a", "b"]},
    "a frame of 50 MB": lambda n: pd.DataFrame(np.random.default_rng(n).random((625_000, 10))),
    "an array of 125 MB": lambda n: np.random.default_rng(n).random(15_625_000),
}
LOADS: Final = (2000, 30, 30)
STORES: Final = (300, 4, 4)


def use_anew(folder: Path) -> Pair:
    """Store and load as memos, without the digests of code and arguments."""
    memos = Memos(folder)

    def put(number: int, value: Any) -> None:
        key = f"xxh3-1:{number:032x}"
        memo = Memo(key, "pkg.f", None, 1.0, 1.0, None, (), "", key, "", None, time.time())
        memos.put(memo, value)

    return put, lambda number: memos.load(memos.find(f"xxh3-1:{number:032x}")[0])


def use_joblib(folder: Path) -> Pair:
    """Store by a first call, load by a second."""
    values: dict[int, Any] = {}

    def give(number: int) -> Any:
        return values[number]

    cached = joblib.Memory(folder, mmap_mode="c", verbose=0).cache(give)

    def put(number: int, value: Any) -> None:
        values[number] = value
        cached(number)

    return put, cached


def use_diskcache(folder: Path) -> Pair:
    """Store and load under a key."""
    cache = diskcache.Cache(folder, size_limit=10**11)
    return cache.set, cache.get


FIRST_CALLS: Final = 15
PARTS: Final = 10
MODULE: Final = """{import}
LIMIT = {number}

{functions}
"""
FUNCTION: Final = """
def f{number}(x):
    y = {next}
    if y > LIMIT:
        y = y * 2
    return y + {number}
"""
DECORATORS: Final = {
    "anew": "import anew; decorate = anew.cache",
    "joblib": "import joblib; decorate = joblib.Memory('joblib', verbose=0).cache",
    "diskcache": "import diskcache; decorate = diskcache.Cache('diskcache').memoize()",
}
STUDY: Final = """
import time
import part0
{decorator}

@decorate
def step(x):
    return part0.f0(x)

start = time.process_time()
step(3)
print(time.process_time() - start)
"""

PEERS: Final = {"anew": use_anew, "joblib": use_joblib, "diskcache": use_diskcache}


def median_ms(
    work: Callable[[Any], object], arguments: Iterable[Any], clock: Callable[[], float]
) -> float:
    """Give the median time of a call, in milliseconds, after one that does not count."""
    times = []
    for argument in arguments:
        start = clock()
        work(argument)
        times.append(clock() - start)
    return statistics.median(times[1:]) * 1e3


def give_table(number: int, name: str = "mean", *, scale: float = 1.0) -> dict[str, Any]:
    """Stand for a call with small arguments."""
    return {name: number * scale, "names": ["a", "b"]}


def give_array(number: int) -> Any:
    """Give an array of 125 MB."""
    return VALUES["an array of 125 MB"](number)


def give_frame(number: int) -> Any:
    """Give a frame of 50 MB."""
    return VALUES["a frame of 50 MB"](number)


def take(values: Any) -> float:
    """Take an array or a frame."""
    return float(np.asarray(values)[-1].sum())


def measure_hits(folder: Path) -> Iterator[tuple[str, list[float]]]:
    """Give the rows of the table of whole hits."""
    decorators = {
        "anew": anew.Cache(folder / "anew hits"),
        "joblib": joblib.Memory(folder / "joblib hits", mmap_mode="c", verbose=0).cache,
        "diskcache": diskcache.Cache(folder / "diskcache hits", size_limit=10**11).memoize(),
    }
    calls = [
        ("small arguments", give_table, (3,), 2000),
        ("an array of 125 MB given", give_array, (0,), 30),
        ("a frame of 50 MB given", give_frame, (0,), 30),
        ("an array of 125 MB taken", take, (give_array(1),), 5),
        ("a frame of 50 MB taken", take, (give_frame(1),), 5),
    ]
    for name, function, arguments, rounds in calls:
        times = []
        for decorate in decorators.values():
            call = decorate(function)
            call(*arguments)  # computes and stores
            again = itertools.repeat(arguments, rounds)
            times.append(median_ms(lambda given, call=call: call(*given), again, time.process_time))
        yield name, times


def measure_all(folder: Path) -> Iterator[tuple[str, list[float]]]:
    """Give the rows of the table: for each value, storing and loading by each peer."""
    pairs = {name: use(folder / name) for name, use in PEERS.items()}
    numbers = itertools.count()
    for (name, make), loads, stores in zip(VALUES.items(), LOADS, STORES, strict=True):
        stored, loaded = [], []
        for put, get in pairs.values():
            used = [next(numbers) for _ in range(stores)]
            # One value at a time is there: the others would crowd the cache of the disk.
            calls = ((number, make(number)) for number in used)
            stored.append(median_ms(lambda call, put=put: put(*call), calls, time.perf_counter))
            loaded.append(median_ms(get, [used[-1]] * loads, time.process_time))
        yield f"store {name}", stored
        yield f"load {name}", loaded


def write_study(folder: Path) -> None:
    """Write a function that reaches 100 others, ten in each of ten modules, for each peer."""
    (folder / "anew.toml").touch()
    for part in range(PARTS):
        is_last = part == PARTS - 1
        below = f"part{part + 1}"
        calls = [f"f{number + 1}(x)" for number in range(part * 10, part * 10 + 9)]
        calls.append("x" if is_last else f"{below}.f{part * 10 + 10}(x)")
        functions = [
            FUNCTION.format(number=part * 10 + number, next=call)
            for number, call in enumerate(calls)
        ]
        words = {"import": "" if is_last else f"import {below}", "number": part}
        text = MODULE.format(functions="\n".join(functions), **words)
        (folder / f"part{part}.py").write_text(text)
    for name, decorator in DECORATORS.items():
        (folder / f"{name}_study.py").write_text(STUDY.format(decorator=decorator))


def measure_first_calls(folder: Path) -> Iterator[tuple[str, list[float]]]:
    """Give the row of the table of first calls."""
    folder.mkdir()
    write_study(folder)
    paths = [str(Path(anew.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    times: dict[str, list[float]] = {name: [] for name in DECORATORS}
    for _, name in itertools.product(range(FIRST_CALLS + 2), DECORATORS):
        words = [sys.executable, f"{name}_study.py"]
        ended = subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=True)
        times[name].append(float(ended.stdout) * 1e3)
    yield "100 functions reached", [statistics.median(each[2:]) for each in times.values()]


def print_table(title: str, rows: Iterable[tuple[str, list[float]]]) -> None:
    """Print a table as its rows come."""
    heads = [*(f"{name} ms" for name in PEERS), "joblib / anew", "diskcache / anew"]
    print(f"\n| {title} | {' | '.join(heads)} |")
    print("| --- " * 6 + "|")
    for label, (own, *others) in rows:
        times = " | ".join(f"{time:.3f}" for time in (own, *others))
        ratios = " | ".join(f"{other / own:.1f}" for other in others)
        print(f"| {label} | {times} | {ratios} |", flush=True)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        print_table("store and load, medians", measure_all(Path(name)))
        print_table("hits, medians", measure_hits(Path(name)))
        print_table("first hit of a process, medians", measure_first_calls(Path(name) / "first"))


if __name__ == "__main__":
    main()
