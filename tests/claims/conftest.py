"""A store with two trials, and texts about them."""

from __future__ import annotations

import pytest

import anew
from anew.claims import check_claims


@pytest.fixture
def trials(project):
    """Two trials: the first with rmse 35.678, the second with 107.034."""
    for alpha in (0.1, 0.3):
        with anew.trial("bikes", alpha=alpha, model="ridge_x") as trial:
            trial.log({"rmse": 356.78 * alpha, "n": 1234567, "tiny": -1.5e-5, "val loss": 0.25})
    return project


@pytest.fixture
def check(trials, write):
    """Write a text and check it; gives what was found."""

    def check_text(text, name="paper.md", **wishes):
        path = write(name, text)
        return check_claims([path], **wishes)

    return check_text
