"""Records as rows of their tables: one place that knows both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anew.model import is_sampled
from anew.stores.encoding import pack_parts, to_text
from anew.stores.points import add_points
from anew.stores.printed import add_printed

if TYPE_CHECKING:
    import sqlite3

    from anew.journal import Said
    from anew.model import FileUse

__all__ = ["insert_pieces", "insert_said"]


def insert_said(
    sql: sqlite3.Connection, uuid: str, said: Said, limit: int | None
) -> dict[str, float]:
    """Write all that journals say into the tables.

    Parameters
    ----------
    sql
        A connection inside a transaction.
    uuid
        The trial's UUID.
    said
        What they say.
    limit
        How many characters are kept of what was printed.

    Returns
    -------
    dict
        The last value of each metric that is not one of the machine.
    """
    _insert_steps(sql, uuid, said)
    _insert_codes(sql, said)
    _insert_artifacts(sql, uuid, said)
    sql.executemany(
        "INSERT OR REPLACE INTO files (trial, role, path, digest, size_bytes, rows, kept, count,"
        " origin, first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (uuid, f.role, to_text(f.path), f.digest, f.size_bytes, f.rows, f.kept, *_more(f))
            for f in said.files.values()
        ],
    )
    sql.executemany(
        "INSERT INTO events (trial, time, kind, text) VALUES (?, ?, ?, ?)",
        [(uuid, event.time, event.kind, to_text(event.text)) for event in said.events],
    )
    return insert_pieces(sql, uuid, said, limit)


def insert_pieces(
    sql: sqlite3.Connection, uuid: str, said: Said, limit: int | None
) -> dict[str, float]:
    """Write points and printed text into the tables, after those that they have.

    Returns
    -------
    dict
        The last value of each metric that is not one of the machine.
    """
    if said.printed:
        add_printed(sql, uuid, said.printed, limit)
    last = {metric: add_points(sql, uuid, metric, points) for metric, points in said.series.items()}
    return {metric: value for metric, value in last.items() if not is_sampled(metric)}


def _more(use: FileUse) -> tuple[Any, ...]:
    return use.count, to_text(use.origin), use.first, use.last


def _insert_steps(sql: sqlite3.Connection, uuid: str, said: Said) -> None:
    rows: list[tuple[Any, ...]] = [
        (
            uuid,
            step.label,
            step.function,
            step.started,
            step.seconds,
            step.worker,
            step.status,
            str(step.seed),
            step.digest,
            json.dumps(step.inputs),
            step.drew,
            step.key,
            step.code,
            pack_parts(step.parts),
            step.reused,
            to_text(step.reason),
        )
        for step in said.steps
    ]
    sql.executemany(
        "INSERT INTO steps (trial, label, function, started, seconds, worker, status, seed,"
        " digest, inputs, drew, key, code, parts, reused, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _insert_codes(sql: sqlite3.Connection, said: Said) -> None:
    """Keep each distinct code once, under the names that it has now."""
    sql.executemany(
        "INSERT INTO codes (digest, parts) VALUES (?, ?) ON CONFLICT (digest)"
        " DO UPDATE SET parts = excluded.parts WHERE parts != excluded.parts",
        [(digest, pack_parts(parts)) for digest, parts in said.codes.items()],
    )


def _insert_artifacts(sql: sqlite3.Connection, uuid: str, said: Said) -> None:
    rows: list[tuple[Any, ...]] = [
        (uuid, a.role, a.name, a.format, a.digest, a.content, a.size_bytes, to_text(a.summary))
        for a in said.artifacts.values()
    ]
    sql.executemany(
        "INSERT OR REPLACE INTO artifacts (trial, role, name, format, digest, content,"
        " size_bytes, summary) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
