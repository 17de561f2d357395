"""What keeps a function from giving the same for the same, and where two values first differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.purity.difference import first_difference
    from anew.purity.saying import say_impurities
    from anew.purity.search import Impurity, find_impure

__all__ = ["Impurity", "find_impure", "first_difference", "say_impurities"]

__getattr__ = names_of(
    __name__,
    {
        "Impurity": "search",
        "find_impure": "search",
        "first_difference": "difference",  # it compares values, which is seldom asked for
        "say_impurities": "saying",
    },
)
