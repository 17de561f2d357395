"""Randomness that can be made again: one root seed per trial, one stream per step.

A step's seed depends on the root seed and on the step alone, so that neither the order in which
steps run nor how many run at once matters. The generators that libraries share in a process are
seeded for each step too; a step that draws from one runs while no other does.
"""

from __future__ import annotations

from anew.seeds.generators import seed_globally
from anew.seeds.steps import Drawn, isolated, seed_for, seeded, with_seed_arguments

__all__ = [
    "Drawn",
    "isolated",
    "seed_for",
    "seed_globally",
    "seeded",
    "with_seed_arguments",
]
