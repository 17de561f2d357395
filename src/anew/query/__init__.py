"""Trials as rows: flat ones to filter and sort, plain data for JSON, a data frame."""

from __future__ import annotations

from anew.query.frame import to_frame, to_long_frame
from anew.query.plain import to_plain, to_record, to_rows
from anew.query.report import Report, describe
from anew.query.rows import (
    FACTS,
    Row,
    default_columns,
    known_names,
    read_result,
    to_values,
)
from anew.query.selection import Selection, list_trials, open_to_read, select

__all__ = [
    "FACTS",
    "Report",
    "Row",
    "Selection",
    "default_columns",
    "describe",
    "known_names",
    "list_trials",
    "open_to_read",
    "read_result",
    "select",
    "to_frame",
    "to_long_frame",
    "to_plain",
    "to_record",
    "to_rows",
    "to_values",
]
