"""The study that the demo is about."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from types import ModuleType

STUDY = Path(str(files("anew.demo"))) / "study"


@pytest.fixture(scope="module")
def penguins() -> ModuleType:
    """Import the script."""
    spec = importlib.util.spec_from_file_location("penguins", STUDY / "penguins.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Read the data."""
    return pd.read_csv(STUDY / "penguins.csv")


def test_the_data_are_complete(table: pd.DataFrame):
    assert len(table) == 344
    assert " ".join(table.columns) == (
        "species island bill_length_mm bill_depth_mm flipper_length_mm body_mass_g sex year"
    )
    assert table["species"].value_counts().to_dict() == {
        "Adelie": 152,
        "Gentoo": 124,
        "Chinstrap": 68,
    }


def test_the_sources_and_the_licence_of_the_data_are_named():
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "10.1371/journal.pone.0090081" in text
    assert "CC0 1.0 Universal" in (STUDY.parent / "LICENSE-penguins.txt").read_text()


def test_the_script_is_short_and_needs_only_what_anew_needs():
    text = (STUDY / "penguins.py").read_text(encoding="utf-8")
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.Import)]
    code = [line for line in text.splitlines() if line.strip()]
    assert {alias.name for each in imports for alias in each.names} == {"numpy", "pandas", "anew"}
    assert len(code) <= 45


def test_importing_the_script_runs_nothing(penguins: ModuleType):
    assert not (STUDY / ".anew").exists()
    assert str(penguins.score.visualize()).splitlines()[0] == "rmse"


def test_the_steps_are_plain_functions(penguins: ModuleType):
    table = penguins.load(STUDY / "penguins.csv")
    parts = penguins.split(table, 0.25, np.random.default_rng(1))
    weights = penguins.fit(parts, 1.0)
    assert len(table) == 333
    assert parts["is_test"].mean() == pytest.approx(0.25, abs=0.05)
    assert weights.shape == (4,)
    assert 350 < penguins.rmse(parts, weights) < 450


def test_without_penalty_it_is_least_squares(penguins: ModuleType):
    parts = penguins.load(STUDY / "penguins.csv").assign(is_test=False)
    expected, *_ = np.linalg.lstsq(penguins.measures(parts), parts["body_mass_g"], rcond=None)
    assert penguins.fit(parts, 0.0) == pytest.approx(expected)


def test_the_script_is_a_command():
    command = [sys.executable, "penguins.py", "--help"]
    done = subprocess.run(command, cwd=STUDY, capture_output=True, text=True, check=True)
    assert "ridge=1.0" in done.stdout
    assert "penalty on large weights" in done.stdout
