"""What type checkers must see of the public face: checked by mypy, never run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import anew
from anew.model import StepRecord

if TYPE_CHECKING:
    import pandas as pd

ex = anew.Experiment("typed")
alpha = ex.parameter("alpha", default=0.1, help="the penalty")


@ex.step
def load(path: str) -> list[float]:
    """Read numbers."""
    return [float(line) for line in anew.input(path).read_text().splitlines()]


@ex.step(persist=True)
def fit(numbers: list[float], alpha: float, seed: int = 0) -> float:
    """Fit a mean."""
    ex.log(loss=alpha, epoch=seed)
    return sum(numbers) * alpha


@ex.result
def score(factor: float) -> float:
    """Give the result."""
    return factor


# A step has the types of its function; a node stands for the value that it will have.
assert_type(load("x"), list[float])
assert_type(fit(load("x"), alpha), float)
assert_type(fit.function([1.0], 0.5), float)
assert_type(score.node(1.0).compute(seed=1), Any)

assert_type(ex.run(seed="new", alpha=1.0), anew.Trial)
assert_type(ex.parameters, dict[str, Any])
assert_type(anew.input("x"), Path)


def read(trial: anew.Trial) -> pd.DataFrame:
    """Take a trial apart."""
    assert_type(trial.number, int)
    assert_type(trial.metrics, dict[str, float])
    assert_type(trial.steps, list[StepRecord])
    assert_type(trial.console, str)
    return ex.trials()
