"""Comparing pickles, also those of joblib, by the values in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anew.compare.files.safe import read_pickle
from anew.compare.finding import NOT_COMPARED, Finding

if TYPE_CHECKING:
    from anew.compare.files.way import Way

__all__ = ["compare_pickles"]


def compare_pickles(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two pickles without running any code of theirs.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.

    Returns
    -------
    Finding
        Models of scikit-learn and the like by their parameters and fitted arrays.
    """
    old, new = read_pickle(a), read_pickle(b)
    found = way.compare_tree(old, new)
    if found.verdict == NOT_COMPARED:
        return replace(found, detail=f"a pickle {found.detail}")
    return found
