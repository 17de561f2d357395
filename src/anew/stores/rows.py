"""Records as rows of their tables: one place that knows both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anew.stores.encoding import pack_console, pack_parts, pack_series, to_text

if TYPE_CHECKING:
    import sqlite3

    from anew.journal import Printed, Said
    from anew.model import FileUse

__all__ = ["insert_said", "join_printed"]


def insert_said(sql: sqlite3.Connection, uuid: str, said: Said) -> dict[str, float]:
    """Write what a journal says into the tables.

    Returns
    -------
    dict
        The last value of each metric.
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
    if said.printed:
        packed = pack_console(join_printed(said.printed))
        sql.execute("INSERT OR REPLACE INTO console VALUES (?, ?)", (uuid, packed))
    metrics = {}
    for metric, points in said.series.items():
        count, block, metrics[metric] = pack_series(points)
        row = (uuid, metric, count, block)
        sql.execute("INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?)", row)
    return metrics


def _more(use: FileUse) -> tuple[Any, ...]:
    return use.count, to_text(use.origin), use.first, use.last


def join_printed(printed: list[Printed]) -> list[tuple[str, str]]:
    """Join neighbouring pieces of one stream, as (stream, text)."""
    joined: list[tuple[str, list[str]]] = []
    for item in printed:
        if not joined or joined[-1][0] != item.stream:
            joined.append((item.stream, []))
        joined[-1][1].append(item.text)
    return [(stream, "".join(texts)) for stream, texts in joined]


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
