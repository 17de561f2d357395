"""What is the same and what is not, of two values and of two trials."""

from __future__ import annotations

from anew.compare.differences import Difference, diff
from anew.compare.trials import compare_trials, first_difference
from anew.compare.values import compare_values

__all__ = ["Difference", "compare_trials", "compare_values", "diff", "first_difference"]
