"""Comparing files of Stata, whose header holds the time at which they were written."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anew.compare.files.way import Way
    from anew.compare.finding import Finding

__all__ = ["compare_stata"]


def compare_stata(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the variables and their labels.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return way.compare_values(_read(a), _read(b))


def _read(data: bytes) -> dict[str, Any]:
    from pandas.io.stata import StataReader

    source: Any = StataReader(io.BytesIO(data), convert_categoricals=False)
    with source as reader:
        table = reader.read()
        return {
            "table": table,
            "data label": reader.data_label,
            "variable labels": reader.variable_labels(),
            "value labels": reader.value_labels(),
        }
