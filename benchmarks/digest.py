"""What the digest of a value costs: ``python benchmarks/digest.py``.

Each row is next to ``joblib.hash`` of the same value and, for content that lies in memory in one
piece, next to bare xxh3_128 of its bytes by one thread, in turns in the same run: machines differ
and are noisy, ratios less so. They are those of the fastest rounds.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import xxhash

from anew.digests import digest

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
ROUNDS_OF_JOBLIB = 3
MILLION = 1_000_000


@dataclass
class Record:
    """A small object."""

    name: str
    numbers: list[int]
    more: dict[str, float]


def measure(rounds: int, *works: Callable[[], object]) -> list[list[float]]:
    """Give the times of calls that take turns, in milliseconds, in ascending order."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, each in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            each.append((time.perf_counter() - start) * 1e3)
    return [sorted(each) for each in times]


def make_values() -> dict[str, tuple[Any, memoryview | None]]:
    """Make the values, each with its bytes where those lie in one piece."""
    rng = np.random.default_rng(0)
    floats = rng.random(10 * MILLION)
    square = floats.reshape(2_500, 4_000)
    whole = pd.DataFrame(floats.reshape(100, -1).T)
    texts = [f"name {i}" for i in range(MILLION)]
    nested = [Record(str(i), [i, i + 1], {"x": i / 2, "y": 1.0}) for i in range(MILLION // 10)]
    plain = [{"name": str(i), "at": [i, (i, 1.0)]} for i in range(MILLION // 10)]
    return {
        "array, 80 MB": (floats, floats.data),
        "array of integers, 80 MB": (floats.view("i8"), floats.data),
        "array of two dimensions, 80 MB": (square, floats.data),
        "frame, 100 columns of one block": (whole, whole.to_numpy().T.data),
        "frame, 10 columns, a block each": (
            pd.DataFrame({str(i): floats[i * MILLION : (i + 1) * MILLION] for i in range(10)}),
            floats.data,
        ),
        "array, transposed": (square.T, None),
        "array, every second column": (square[:, ::2], None),
        "array, reversed": (floats[::-1], None),
        "array, masked": (np.ma.array(square, mask=square > square.mean()), None),
        "1e6 strings, Arrow": (pd.Series(texts, dtype="string[pyarrow]"), None),
        "1e6 strings, polars": (pl.Series(texts), None),
        "1e6 strings, objects": (np.array(texts, object), None),
        "1e6 strings, pandas objects": (pd.Series(texts, dtype=object), None),
        "1e6 strings, a list": (texts, None),
        "1e5 small objects": (nested, None),
        "1e5 small dictionaries": (plain, None),
        "an int": (5, None),
    }


def main() -> None:
    """Measure and print."""
    print("| ms | median | least | of bare xxh3_128 | times as fast as joblib |")
    print("| --- | --- | --- | --- | --- |")
    for name, (value, content) in make_values().items():
        rounds = ROUNDS if name != "an int" else 1_000
        bare = b"" if content is None else content
        own, raw = measure(
            rounds,
            lambda value=value: digest(value),
            lambda bare=bare: xxhash.xxh3_128_digest(bare),
        )
        share = "" if content is None else f"{raw[0] / own[0]:.2f}"
        times = ""
        if not isinstance(value, np.ma.MaskedArray):  # which joblib cannot do
            (other,) = measure(ROUNDS_OF_JOBLIB, lambda value=value: joblib.hash(value))
            times = f"{other[0] / own[0]:.1f}"
        print(f"| {name} | {statistics.median(own):.4g} | {own[0]:.4g} | {share} | {times} |")


if __name__ == "__main__":
    main()
