"""Why one trial differs from another: mixtures of both are run until few changes explain it."""

from __future__ import annotations

from anew.bisect.bisection import Bisection, Cause
from anew.bisect.search import bisect

__all__ = ["Bisection", "Cause", "bisect"]
