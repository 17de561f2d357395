"""Trials as rows: flat ones to filter and sort, plain data for JSON, a data frame."""

from __future__ import annotations

from anew.query.exporting import export, write_trials
from anew.query.frame import frame_of_store, to_frame, to_long_frame
from anew.query.plain import to_plain, to_record, to_rows
from anew.query.report import Report, describe
from anew.query.rows import (
    FACTS,
    Row,
    default_columns,
    read_result,
    to_values,
)
from anew.query.selection import Selection, choose_trials, open_to_read, search, select
from anew.query.series import TrialSeries, read_series

__all__ = [
    "FACTS",
    "Report",
    "Row",
    "Selection",
    "TrialSeries",
    "choose_trials",
    "default_columns",
    "describe",
    "export",
    "frame_of_store",
    "open_to_read",
    "read_result",
    "read_series",
    "search",
    "select",
    "to_frame",
    "to_long_frame",
    "to_plain",
    "to_record",
    "to_rows",
    "to_values",
    "write_trials",
]
