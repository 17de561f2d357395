"""Metrics in files of the program's own, and in what it prints."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.data.metrics import find_metrics, is_metrics_file, read_metrics

NAMES = {
    "metrics.json": True,
    "out/metrics.json": True,
    "test_metrics_2.json": True,
    "all_results.json": True,
    "scores.json": True,
    "dvclive/run.json": True,
    "run.json": False,
    "metrics.csv": False,
    "metrics/a.json": False,
}


@pytest.mark.parametrize(("name", "is_one"), NAMES.items(), ids=NAMES)
def test_a_file_of_metrics_is_known_by_its_name(name: str, *, is_one: bool) -> None:
    assert is_metrics_file(Path(name)) is is_one


def test_numbers_are_metrics_and_nothing_else_is() -> None:
    data = b'{"a": {"b": 1, "c": [1, 2]}, "d": "3", "e": true, "f": null, "g": -Infinity}'
    assert read_metrics(Path("metrics.json"), data) == {"a.b": 1.0, "g": -math.inf}


BROKEN = [b"", b"[1]", b"{", b"\xff", b"3", b'{"a":' * 10_000, b'{"a": 1' + b"0" * 5000 + b"}"]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_gives_none(data: bytes) -> None:
    assert read_metrics(Path("metrics.json"), data) == {}


def test_the_setting_says_which_files() -> None:
    assert read_metrics(Path("a/b.json"), b'{"x": 1}', ["a/*.json"]) == {"x": 1.0}
    assert read_metrics(Path("metrics.json"), b'{"x": 1}', []) == {}


LINES = {
    "rmse: 0.5": [("rmse", 0.5)],
    "acc = 93.5%": [("acc", 93.5)],
    "loss=0.1, val_loss=1e-3": [("loss", 0.1), ("val_loss", 0.001)],
    "Epoch 1/10 - loss: 0.3 - acc: .9": [("loss", 0.3), ("acc", 0.9)],
    "epoch: 3 | loss: 0.2": [("epoch", 3.0), ("loss", 0.2)],
    "R2 score = -inf": [("R2 score", -math.inf)],
    "R^2: 0.9.": [("R^2", 0.9)],
    "train/loss: +1.5E3": [("train/loss", 1500.0)],
    "MSE (test): 0.2": [("MSE (test)", 0.2)],
    "2026-01-01 10:00:00,123 [INFO] rmse=3": [("rmse", 3.0)],
    "\x1b[32mloss: 0.5\x1b[0m": [("loss", 0.5)],
    "loss: 3\rloss: 4": [("loss", 4.0)],
}


@pytest.mark.parametrize(("line", "metrics"), LINES.items(), ids=LINES)
def test_a_printed_metric_is_found(line: str, metrics: list[tuple[str, float]]) -> None:
    assert find_metrics(line) == metrics


def test_what_is_no_number_is_one() -> None:
    ((name, value),) = find_metrics("loss: nan")
    assert name == "loss"
    assert math.isnan(value)


NONE = [
    *("12:30:45 started", "time: 12:30:45", "date: 2026-01-01", "at 2026-01-01T10:00:00Z"),
    *("http://host:80/a", "see https://h/a?b=3", "localhost:8080", "version: 1.2.3"),
    *("100%|████| 10/10 [00:01<00:00, 9.2it/s, loss=0.1]", "shape: (3, 4)", "loss: 0.3s"),
    *("rows: 1,000", "key: 0x1f", "a: b", "", "= 3", 'File "x.py", line 3'),
]


@pytest.mark.parametrize("line", NONE)
def test_what_is_no_metric_is_passed_over(line: str) -> None:
    assert find_metrics(line) == []


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    assert all(isinstance(value, float) for _, value in find_metrics(text))
