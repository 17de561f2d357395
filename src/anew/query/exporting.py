"""Trials as a file for other programs: CSV, JSON, Parquet."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import UsageError
from anew.query.plain import to_plain
from anew.query.rows import FACTS, column_names

if TYPE_CHECKING:
    import pandas as pd

    from anew.query.selection import Selection

__all__ = ["export", "write_trials"]

_FIRST: Final = ("number", "uuid", "experiment")
_PLAIN: Final = (str, int, float)


def export(found: Selection, form: str) -> bytes:
    """Write trials as the content of a file.

    Parameters
    ----------
    found
        The trials. Without chosen columns, all of their parameters, metrics and facts are.
    form
        ``"csv"``, ``"json"`` or ``"parquet"``.

    Returns
    -------
    bytes
        UTF-8 text, or Parquet. CSV and Parquet have a column for each name; in it, what is no
        number, text or time is JSON. JSON is that of ``anew ls --json``.
    """
    if form == "json":
        text = json.dumps(found.to_plain(), indent=2, ensure_ascii=False, allow_nan=False)
        return f"{text}\n".encode("utf-8", "backslashreplace")
    frame = _make_frame(found)
    if form == "csv":
        return frame.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%fZ").encode("utf-8", "backslashreplace")
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def write_trials(path: str, content: bytes) -> None:
    """Write a file at once: a reader finds the old content or the new one.

    Parameters
    ----------
    path
        The file.
    content
        What `export` gave.

    Raises
    ------
    UsageError
        When it cannot be written.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            draft.write_bytes(content)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write {path!r}: {error.strerror}"
        raise UsageError(message, hint="give a file in a folder that you may write to") from error


def _make_frame(found: Selection) -> pd.DataFrame:
    from anew.query.frame import frame_of_rows

    columns = found.columns if found.is_chosen else _all_columns(found)
    frame = frame_of_rows(found.rows, columns, is_exact=True)
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = _to_plain_column(frame[name].tolist())
    return frame


def _all_columns(found: Selection) -> list[str]:
    parameters, metrics = column_names(row.trial for row in found.rows)
    facts = [name for name in FACTS if name not in _FIRST]
    return [*_FIRST, *parameters.values(), *metrics.values(), *facts]


def _to_plain_column(values: list[Any]) -> list[Any]:
    """Make values of one kind of those of several: a column of a file has one."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 and kinds <= {*_PLAIN, bool}:
        return values
    return [value if value is None or isinstance(value, str) else _write(value) for value in values]


def _write(value: Any) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False)
