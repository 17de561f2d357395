"""What keeps a function from giving the same for the same, and where two values first differ."""

from __future__ import annotations

from anew.purity.difference import first_difference
from anew.purity.saying import say_impurities
from anew.purity.search import Impurity, find_impure

__all__ = ["Impurity", "find_impure", "first_difference", "say_impurities"]
