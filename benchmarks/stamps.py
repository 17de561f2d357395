"""What a stamp costs: ``python benchmarks/stamps.py``.

Each row is next to a plain rewriting of the same file (written beside, put on the disk, renamed),
in turns in the same run: machines differ and are noisy, ratios less so. The times are medians.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from anew.digests import digest_file
from anew.stamps import Provenance, bare_digest, read_stamp, write_stamp

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 21
STAMP = Provenance(
    trial="0190b2c4-0000-7000-8000-000000000001",
    number=12,
    experiment="bikes",
    date="2026-11-22T04:00:00Z",
    anew="0.1.0",
    command=("python", "fit.py", "--alpha", "0.3"),
    parameters={f"parameter_{i}": i / 7 for i in range(20)},
    inputs={f"data/{i}.csv": f"blake3:{i:064x}" for i in range(20)},
)


def rewrite(path: Path) -> None:
    """Write a file as it is, safely: what whoever changes it must do at least."""
    beside = path.with_name(".beside")
    with beside.open("wb") as file:
        file.write(path.read_bytes())
        os.fsync(file.fileno())
    beside.replace(path)


def median(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Give the median times of calls that take turns, in milliseconds."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, each in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            each.append((time.perf_counter() - start) * 1e3)
    return [statistics.median(each) for each in times]


def make_files(folder: Path) -> None:
    """Write figures of about 1 MB, and data."""
    noise = np.random.default_rng(0)
    figure = Figure()
    figure.add_subplot().imshow(noise.random((330, 400)), interpolation="nearest")
    figure.savefig(folder / "figure.png", dpi=350)
    figure.savefig(folder / "figure.jpg", dpi=400)
    figure.savefig(folder / "figure.webp", dpi=400, pil_kwargs={"lossless": True})
    figure.savefig(folder / "figure.tif", dpi=130)
    lines = Figure()
    lines.add_subplot().plot(noise.random(9_000).reshape(3, -1), alpha=0.5)
    lines.savefig(folder / "figure.svg")
    lines.savefig(folder / "figure.pdf")
    frame = pd.DataFrame({"a": noise.random(120_000)})
    frame.to_parquet(folder / "frame.parquet")
    frame.to_feather(folder / "frame.feather", compression="uncompressed")
    frame.iloc[:20_000].to_excel(folder / "frame.xlsx")
    np.savez(folder / "arrays.npz", x=noise.random(120_000))
    (folder / "table.csv").write_text("a,b\n" + "1.5,2.5\n" * 120_000)
    with h5py.File(folder / "arrays.h5", "w") as file:
        file["x"] = noise.random(120_000)


def make_large(folder: Path, size_mb: int) -> None:
    """Write large files."""
    rows = np.random.default_rng(0).random(size_mb << 17)
    with h5py.File(folder / "large.h5", "w") as file:
        file["x"] = rows
    pd.DataFrame({"a": rows}).to_parquet(folder / "large.parquet", compression=None)


def show(path: Path, rounds: int = ROUNDS) -> None:
    """Print the row of one file."""
    size = path.stat().st_size
    bare, rewritten, stamped, read, digested = median(
        lambda: digest_file(path).digest,
        lambda: rewrite(path),
        lambda: write_stamp(path, STAMP),
        lambda: read_stamp(path),
        lambda: bare_digest(path),
        rounds=rounds,
    )
    print(
        f"{path.name:16} {size / 1e6:8.2f} MB  stamp {stamped:8.2f} ms  rewriting "
        f"{rewritten:8.2f} ms  ratio {stamped / rewritten:5.2f}  read {read:6.2f} ms  "
        f"digest {digested:7.2f} ms, known {bare:6.3f} ms"
    )


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder)
        for path in sorted(folder.iterdir()):
            show(path)
        make_large(folder, 600)
        for path in sorted(folder.glob("large*")):
            show(path, rounds=3)


if __name__ == "__main__":
    main()
