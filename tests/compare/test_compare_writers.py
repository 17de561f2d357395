"""Files that common writers wrote twice: they are the same content, and one number is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anew.compare.files import Way, compare_paths
from anew.compare.finding import Tolerance

SCRIPT = Path(__file__).with_name("writers.py")
TABLE = SCRIPT.read_text(encoding="utf-8").partition("WRITERS = {")[2].partition("\n}\n")[0]
NAMES = [line.split('"')[1] for line in TABLE.splitlines() if line.startswith('    "')]

# What is as it was, byte for byte, and must not be called anything less.
STABLE = {"table.csv", "table.json", "table.csv.bz2", "array.npy", "figure.png", "figure.jpg"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three folders: two written of the same numbers, one of which one is another."""
    folders = {}
    for seed, (name, number) in enumerate({"a": "0.25", "b": "0.25", "other": "0.26"}.items()):
        folders[name] = tmp_path_factory.mktemp(name)
        environment = os.environ | {"PYTHONHASHSEED": str(seed + 1)}
        command = [sys.executable, str(SCRIPT), str(folders[name]), number]
        subprocess.run(command, check=True, env=environment, stderr=subprocess.PIPE)
    return folders


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_twice_is_the_same_content(written: dict[str, Path], name: str):
    found = compare_paths(written["a"] / name, written["b"] / name)
    assert found.verdict in {"identical", "same content"}, found
    assert name not in STABLE or found.verdict == "identical"


@pytest.mark.parametrize("name", NAMES)
def test_one_number_that_is_another_is_different(written: dict[str, Path], name: str):
    found = compare_paths(written["a"] / name, written["other"] / name)
    assert found.verdict == "different", found
    assert found.detail


NUMERIC = [
    name
    for name in NAMES
    if name.partition(".")[0] in {"table", "rows", "array", "old", "new", "set", "own", "values"}
    and not name.startswith("table.html")
]


@pytest.mark.parametrize("name", NUMERIC)
def test_the_number_is_close_within_a_tolerance(written: dict[str, Path], name: str):
    way = Way(Tolerance(rtol=0.1))
    found = compare_paths(written["a"] / name, written["other"] / name, way)
    assert found.verdict == "close", found
    assert found.absolute == pytest.approx(0.01)
    assert found.relative == pytest.approx(0.04)


PICTURES = ["figure.png", "figure.jpg", "figure.tiff", "figure.bmp", "figure.gif"]


@pytest.mark.parametrize("name", PICTURES)
def test_what_two_pictures_differ_in_is_drawn(written: dict[str, Path], name: str):
    found = compare_paths(written["a"] / name, written["other"] / name)
    assert found.picture is not None
    assert found.picture.startswith(b"\x89PNG")
    assert "RMS" in found.detail
