"""Digests of large content, which is taken in leaves: however it lies, whoever takes them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from anew.digests import digest_value
from anew.digests.pieces import LARGE_BYTES, Leaves, digest_large

ROWS, COLUMNS = 1100, 2500  # of eight bytes: more than two leaves, and not a whole number of them
ARRAY = np.random.default_rng(0).random((ROWS, COLUMNS))

LAYOUTS = {
    "Fortran": np.asfortranarray(ARRAY),
    "reversed": np.ascontiguousarray(ARRAY[::-1])[::-1],
    "every second column": np.repeat(ARRAY, 2, axis=1)[:, ::2],
    "big-endian": ARRAY.astype(">f8"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_does_not_matter(layout: np.ndarray) -> None:
    assert ARRAY.nbytes > LARGE_BYTES
    assert digest_value(layout) == digest_value(ARRAY)


@pytest.mark.parametrize("place", [0, ROWS // 2, ROWS - 1], ids=["first", "middle", "last"])
def test_each_byte_counts(place: int) -> None:
    other = ARRAY.copy()
    other[place, -1] = -0.5
    assert digest_value(other) != digest_value(ARRAY)
    assert digest_value(np.asfortranarray(other)) != digest_value(ARRAY)


def test_leaves_have_an_order() -> None:
    flat = ARRAY.reshape(-1)
    assert digest_value(np.roll(flat, 1 << 19)) != digest_value(flat)


@pytest.mark.parametrize("size", [1, 1 << 20, (1 << 22) + 1, 1 << 24], ids=str)
def test_chunks_of_any_size_give_the_same(size: int) -> None:
    content = ARRAY.reshape(-1).view("u1").data
    content = content if size > 1 else content[: (1 << 22) + 5]
    leaves = Leaves()
    step = size if size > 1 else 4097
    for start in range(0, len(content), step):
        leaves.update(content[start : start + step])
    assert leaves.digest() == digest_large(content)


def test_columns_of_a_frame_are_the_same_whatever_their_blocks() -> None:
    frame = pd.DataFrame(ARRAY[:, :10].repeat(300, axis=0))
    apart = pd.DataFrame({name: frame[name].copy() for name in frame})
    mixed = apart.assign(text="x")
    assert digest_value(frame) == digest_value(apart)
    assert digest_value(mixed) == digest_value(frame.assign(text="x"))
    apart[9] = apart[9] + 1
    assert digest_value(frame) != digest_value(apart)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="Linux tells on which it may run")
def test_one_processor_finds_the_same() -> None:
    text = (
        "import os, numpy as np; from anew.digests import digest_value\n"
        "os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])\n"
        f"print(digest_value(np.random.default_rng(0).random(({ROWS}, {COLUMNS}))))"
    )
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == digest_value(ARRAY)
