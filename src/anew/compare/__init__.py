"""What is the same and what is not, of two values, of two files and of two trials."""

from __future__ import annotations

from anew.compare.differences import Difference, compare_surroundings, diff
from anew.compare.first import first_difference
from anew.compare.terms import Terms
from anew.compare.trials import compare_trials
from anew.compare.values import compare_values

__all__ = [
    "Difference",
    "Terms",
    "compare_surroundings",
    "compare_trials",
    "compare_values",
    "diff",
    "first_difference",
]
