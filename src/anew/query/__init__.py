"""Trials as rows: flat ones to filter and sort, plain data for JSON, a data frame."""

from __future__ import annotations

from anew.query.frame import frame_of_store, to_frame
from anew.query.plain import to_plain, to_record, to_rows
from anew.query.report import Report, describe
from anew.query.rows import (
    FACTS,
    Row,
    default_columns,
    read_result,
    to_values,
)
from anew.query.selection import Selection, check_experiment, open_to_read, search, select

__all__ = [
    "FACTS",
    "Report",
    "Row",
    "Selection",
    "check_experiment",
    "default_columns",
    "describe",
    "frame_of_store",
    "open_to_read",
    "read_result",
    "search",
    "select",
    "to_frame",
    "to_plain",
    "to_record",
    "to_rows",
    "to_values",
]
