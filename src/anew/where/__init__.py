"""Filters and orders for trials in Python's own syntax, read but never run as Python.

A filter is three-valued, as in SQL: a comparison with a name that a trial lacks is neither true nor
false, and a trial matches when the whole is true.
"""

from __future__ import annotations

from anew.where.reading import Filter, Order, compile_sort, compile_where
from anew.where.sieve import Column, Sieve, sift
from anew.where.values import Commits, Version, is_missing

__all__ = [
    "Column",
    "Commits",
    "Filter",
    "Order",
    "Sieve",
    "Version",
    "compile_sort",
    "compile_where",
    "is_missing",
    "sift",
]
