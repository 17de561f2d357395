"""What a store answers: rows of its database as records."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from anew.connections import transaction
from anew.errors import (
    UnknownNameError,
    UnknownTrialError,
    ValueNotStoredError,
)
from anew.journal import Columns, Said
from anew.model import (
    Artifact,
    Facet,
    Failure,
    FileUse,
    Part,
    Point,
    Result,
    Series,
    StepRecord,
    Trial,
    is_sampled,
)
from anew.provenance.process import is_alive
from anew.records import replace
from anew.stores.encoding import read_json, to_text, unpack_parts
from anew.stores.outline import check_most, draw_outline, to_series
from anew.stores.points import list_metrics, read_points, unpack_points
from anew.stores.printed import read_printed, unpack_printed
from anew.stores.trust import is_distrusted
from anew.stores.unkept import find_unkept

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from anew.journal import Printed
    from anew.stores.connection import Connection
    from anew.stores.unkept import Listener, Unkept
    from anew.types import ObjectStore

__all__ = ["COLUMNS", "Reading"]

T = TypeVar("T")

COLUMNS = (
    "number, uuid, experiment, status, started, seconds, seed, parameters, metrics, reproduces,"
    " error, process, parent, tags, notes"
)

_STEP = (
    "steps.label, function, steps.started, steps.seconds, worker, steps.status, steps.seed, digest,"
    " inputs, drew, key, code, parts, reused, reason"
)

_PREFIX_DIGITS = 4
"""That many decimal digits may be the beginning of a UUID; fewer are the number of a trial."""

_AFTER = chr(0x10FFFF)
"""Comes after all that a UUID may go on with."""

_NUMBER_DIGITS = 19
"""A number of fewer digits fits the 64 bits of SQLite's integers."""


class Reading:
    """The half of a store that answers questions."""

    folder: Path
    url: str
    objects: ObjectStore
    connection: Connection
    _listener: Listener

    def trial(self, reference: int | str) -> Trial:
        """Find a trial by number, ``last``, ``first`` or UUID prefix.

        Raises
        ------
        UnknownTrialError
            When there is none, or when a prefix fits several.
        """
        text = str(reference).strip()
        if text in {"first", "last"}:
            direction = "ASC" if text == "first" else "DESC"
            found = self._trials(f"ORDER BY number {direction} LIMIT 1")
        elif text.isdecimal() and len(text) < _NUMBER_DIGITS:
            found = self._trials("WHERE number = ?", int(text))
        else:
            found = []
        is_number = text.isdecimal() and len(text) < _PREFIX_DIGITS
        if not found and isinstance(reference, str) and not is_number:
            found = self._by_prefix(text)
        if len(found) != 1:
            why = "several trials begin with" if found else "no such trial"
            raise UnknownTrialError(reference, store=self.url, why=why)
        return found[0]

    def trials(self, experiment: str | None = None) -> list[Trial]:
        """List trials in the order of their numbers."""
        if experiment is None:
            return self._trials("ORDER BY number")
        return self._trials("WHERE experiment = ? ORDER BY number", experiment)

    def latest(self, experiment: str, count: int) -> list[Trial]:
        """List the last trials of an experiment that have ended, the newest first."""
        where = "WHERE experiment = ? AND status != 'running' ORDER BY number DESC LIMIT ?"
        return self._trials(where, experiment, count)

    def before(self, experiment: str) -> Trial | None:
        """Give the last ended trial of an experiment that is not a reproduction."""
        found = self._trials(
            "WHERE experiment = ? AND status != 'running' AND reproduces IS NULL"
            " ORDER BY number DESC LIMIT 1",
            experiment,
        )
        return found[0] if found else None

    def process(self, uuid: str) -> dict[str, Any]:
        """Give who ran a trial: identity of the process, its trial's ordinal, the project."""
        found = self._rows(read_json, "SELECT process FROM trials WHERE uuid = ?", uuid)
        return dict(found[0]) if found else {}

    def facets(self, uuid: str) -> dict[str, Facet]:
        """Give the facets of a trial by name."""
        found = self._rows(
            lambda name, digest, content: Facet(name, digest, _read_facet(content)),
            "SELECT name, digest, content FROM trial_facets JOIN facets USING (digest)"
            " WHERE trial = ? ORDER BY name",
            uuid,
        )
        return {facet.name: facet for facet in found}

    def facet_digests(self, uuid: str) -> dict[str, str]:
        """Give the digests of a trial's facets by name, which tell whether any differs."""
        query = "SELECT name, digest FROM trial_facets WHERE trial = ?"
        return dict(self._rows(lambda *row: row, query, uuid))

    def code(self, uuid: str) -> Mapping[str, str]:
        """Give the text of the snapshot's files by path; empty when no snapshot was taken."""
        from anew.code.snapshot import SourceTree

        snapshot = self.facets(uuid).get("snapshot")
        return SourceTree(self.folder / "git", snapshot.content["commit"]) if snapshot else {}

    def steps(self, uuid: str) -> list[StepRecord]:
        """List the executed steps in the order in which they began."""
        said = self._said(uuid)
        query = f"SELECT {_STEP} FROM steps WHERE trial = ?"  # noqa: S608 - our own constants
        steps = said.steps if said else self._rows(_to_step, query, uuid)
        return _in_order(steps)

    def steps_like(
        self, experiment: str, step: StepRecord, *, before: int, limit: int
    ) -> list[tuple[int, str, StepRecord]]:
        """List earlier executions of a step that gave a value, the newest and likest first.

        Parameters
        ----------
        experiment
            The experiment whose trials are looked at; those that are not closed are left out.
        step
            Its label, its function or its code must be the same.
        before
            The number that the trials are below.
        limit
            How many at most.

        Returns
        -------
        list of (int, str, StepRecord)
            Number and UUID of the trial, and the record.
        """
        # From the newest trial down, so that the limit ends the search.
        query = f"SELECT number, uuid, {_STEP} FROM trials CROSS JOIN steps ON trial = uuid"  # noqa: S608 - ours
        where = (
            " WHERE experiment = ? AND number < ? AND trials.status != 'running'"
            " AND (label = ? OR function = ? OR code = ?)"
            " AND steps.status IN ('finished', 'reused')"
            " ORDER BY number DESC, label = ? DESC LIMIT ?"
        )
        names = step.label, step.function, step.code, step.label
        arguments = experiment, before, *names, limit
        return self._rows(
            lambda number, uuid, *row: (number, uuid, _to_step(*row)), query + where, *arguments
        )

    def code_parts(self, digest: str) -> tuple[Part, ...]:
        """Tell what a code fingerprint is made of; nothing when its digest is not known."""
        query = "SELECT parts FROM codes WHERE digest = ?"
        if found := self._rows(unpack_parts, query, digest):
            return found[0]
        query = "SELECT uuid FROM trials WHERE status = 'running'"
        heard = (self._said(uuid) for uuid in self._rows(str, query))
        return next((said.codes[digest] for said in heard if said and digest in said.codes), ())

    def has_drawn(self, function: str) -> bool:
        """Tell whether a function, by its dotted name, was ever seen to draw as a step."""
        query = "SELECT 1 FROM steps WHERE function = ? AND drew LIMIT 1"
        return bool(self._rows(lambda *row: row, query, function))

    def files(self, uuid: str) -> list[FileUse]:
        """List the files that were read and written."""
        if said := self._said(uuid):
            return list(said.files.values())
        return self._rows(
            lambda *row: replace(FileUse(*row), kept=bool(row[5])),
            "SELECT path, role, digest, size_bytes, rows, kept, count, origin, first, last"
            " FROM files WHERE trial = ? ORDER BY id",
            uuid,
        )

    def events(self, uuid: str) -> list[tuple[str, str]]:
        """List remarks about the recording as (kind, text)."""
        if said := self._said(uuid):
            return [(event.kind, event.text) for event in said.events]
        query = "SELECT kind, text FROM events WHERE trial = ? ORDER BY id"
        return self._rows(lambda *told: told, query, uuid)

    def artifacts(self, uuid: str) -> list[Artifact]:
        """List all that was kept by name, values and the result included."""
        if said := self._said(uuid):
            return list(said.artifacts.values())
        return self._rows(
            Artifact,
            "SELECT name, role, format, digest, content, size_bytes, summary FROM artifacts"
            " WHERE trial = ? ORDER BY id",
            uuid,
        )

    def artifact(self, uuid: str, name: str, *, role: str) -> Artifact:
        """Find one artifact."""
        known = {a.name: a for a in self.artifacts(uuid) if a.role == role}
        if name not in known:
            raise UnknownNameError(
                "kept value" if role == "value" else role, name, known=known, where=f"trial {uuid}"
            )
        return known[name]

    def artifact_mapping(self, uuid: str) -> Mapping[str, Any]:
        """Give the saved artifacts by name, each loaded when it is taken out."""
        saved = {a.name: a for a in self.artifacts(uuid) if a.role == "artifact"}
        return _Artifacts(self, saved)

    def load(self, artifact: Artifact | Result) -> Any:
        """Turn a kept artifact into a value again."""
        from anew.formats import decode

        if artifact.digest is None or artifact.format is None:
            what = f"{artifact.role} {artifact.name!r} was not stored: {artifact.summary}"
            hint = "return or save a value that can be written down"
            raise ValueNotStoredError(what, hint=hint)
        if artifact.format == "pickle" and is_distrusted(self.folder, artifact.digest):
            what = f"{artifact.role} {artifact.name!r} is a pickle of a bundle that is not trusted"
            hint = "it may run any code: anew unbundle --trust FILE.zip if you know who made it"
            raise ValueNotStoredError(what, hint=hint)
        return decode(artifact.format, self.objects.get(artifact.digest))

    def points(self, uuid: str, metric: str) -> list[Point]:
        """Give the series of a metric, that of a running trial included."""
        points = self._columns(uuid, metric)
        rows = zip(points.steps, points.values, points.times, strict=True)
        return [Point(metric, *row) for row in rows]

    def series(self, uuid: str, metric: str, points: int | None = None) -> Series:
        """Give the series of a metric as arrays, whole or its outline of so many points."""
        if points is None:
            return to_series(self._columns(uuid, metric))
        most = check_most(points)
        with self._at_once(uuid) as (sql, unkept), self._decoding():
            live = unkept.said.series.get(metric) if unkept else None
            found = draw_outline(sql, uuid, to_text(metric), live, most)
        if found is None:
            raise self._unknown(uuid, metric)
        return found

    def _columns(self, uuid: str, metric: str) -> Columns:
        """Give all points of a metric, those that only a journal has included."""
        with self._at_once(uuid) as (sql, unkept), self._decoding():
            points, last = Columns(), None
            for count, last, block in read_points(sql, uuid, to_text(metric)):  # noqa: B007 - of the last one
                points.extend(unpack_points(count, block))
            if unkept and metric in unkept.said.series:
                points.extend(unkept.said.series[metric].settle(last))
        if not points:
            raise self._unknown(uuid, metric)
        return points

    def _unknown(self, uuid: str, metric: str) -> UnknownNameError:
        with self._at_once(uuid) as (sql, unkept):
            known = dict.fromkeys(list_metrics(sql, uuid)) | (unkept.said.series if unkept else {})
        kind = "metric"
        return UnknownNameError(kind, metric, known=known, where=f"trial {uuid}")

    def console(self, uuid: str) -> list[tuple[str, str]]:
        """Give what was printed as (stream, text), that of a running trial included."""
        joined: list[tuple[str, list[str]]] = []
        for stream, text, _ in self.printed(uuid):
            if not joined or joined[-1][0] != stream:
                joined.append((stream, []))
            joined[-1][1].append(text)
        return [(stream, "".join(texts)) for stream, texts in joined]

    def printed(self, uuid: str) -> list[Printed]:
        """Give what was printed, piece by piece with the times."""
        with self._at_once(uuid) as (sql, unkept), self._decoding():
            kept = [p for part in read_printed(sql, uuid) for p in unpack_printed(*part)]
        return kept + (unkept.said.printed if unkept else [])

    def journal_path(self, uuid: str) -> Path:
        """Give the file in which a running trial writes points and console."""
        return self.folder / "journal" / uuid

    def _by_prefix(self, text: str) -> list[Trial]:
        prefix = text.lower()
        where = "WHERE uuid >= ? AND uuid < ? LIMIT 2"  # by the index: of many trials none is read
        return self._trials(where, prefix, f"{prefix}{_AFTER}") if prefix else []

    def _trials(self, rest: str, *arguments: object) -> list[Trial]:
        query = f"SELECT {COLUMNS} FROM trials {rest}"  # noqa: S608 - our own constants
        return self._rows(self._to_trial, query, *arguments)

    def _rows(self, make: Callable[..., T], query: str, *arguments: object) -> list[T]:
        """Make something of each row."""
        with self.connection.reading() as sql:
            plain = [to_text(a) if isinstance(a, str) else a for a in arguments]
            rows = sql.execute(query, plain).fetchall()
        with self._decoding():
            return [make(*row) for row in rows]

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Tell content that nobody can have written from other errors."""
        try:
            yield
        except (AttributeError, TypeError, ValueError, OverflowError, zlib.error) as error:
            raise self.connection.damage(error) from error

    def _said(self, uuid: str) -> Said | None:
        """Give what is said of a trial that is not closed; None when the tables have it all."""
        if not self._rows(bool, "SELECT 1 FROM trials WHERE uuid = ? AND status = 'running'", uuid):
            return None  # whatever lies in journals
        with self._at_once(uuid) as (_, unkept):
            return unkept.said if unkept else None

    @contextmanager
    def _at_once(self, uuid: str) -> Iterator[tuple[sqlite3.Connection, Unkept | None]]:
        """Give the tables as they are at one moment, and what they do not have of a trial then.

        Journals are read first: they are removed once the tables have what they say.
        """
        heard = self._listener.listen(uuid)
        with self.connection.reading() as sql, _one_moment(sql):
            yield sql, find_unkept(sql, uuid, heard)

    def _to_trial(self, *row: Any) -> Trial:
        number, uuid, experiment, status, started, seconds, seed, parameters = row[:8]
        metrics, reproduces, error, process, parent, tags, notes = row[8:]
        last, values, live = read_json(metrics), read_json(parameters), {}
        words, remembered = (read_json(each) if each != "[]" else () for each in (tags, notes))
        failure = Failure(**read_json(error)) if error else None
        if status == "running":
            # Asked in this order: one that ended well a moment ago was not killed.
            is_killed = is_alive(read_json(process)) is False
            with self._at_once(uuid) as (_, unkept):
                pass
            if unkept is None and (found := self._trials("WHERE uuid = ?", uuid)):
                return found[0]
            said, last, latest = unkept or (Said(), last, None)  # it was removed meanwhile
            latest_of = {name: points.values[-1] for name, points in said.series.items()}
            last |= {name: value for name, value in latest_of.items() if not is_sampled(name)}
            live = {"files": [*said.files.values()], "steps": _in_order(said.steps)}
            values |= said.parameters
            words = dict.fromkeys([*said.marked("tag"), *words])
            remembered = dict.fromkeys([*said.marked("note"), *remembered])
            if said.ended:
                status, seconds, failure = said.ended.status, said.ended.seconds, said.ended.error
            elif is_killed:
                status = "killed"
                latest = max(said.last_time or started, latest or started)
                seconds = max(latest - started, 0.0)
        # By place, not by name: that takes half the time, which a hundred thousand trials feel.
        began = datetime.fromtimestamp(started, UTC)
        facts = (number, uuid, experiment, status, began, seconds, int(seed), values, last)
        more = (reproduces, failure, parent, tuple(words), tuple(remembered))
        return Trial(*facts, *more, source=self, _live=live)  # type: ignore[arg-type]  # of any length


@contextmanager
def _one_moment(sql: sqlite3.Connection) -> Iterator[None]:
    """See nothing of what others write meanwhile, unless a transaction sees to that already."""
    with nullcontext() if sql.in_transaction else transaction(sql, "BEGIN"):
        yield


def _in_order(steps: list[StepRecord]) -> list[StepRecord]:
    return sorted(steps, key=lambda step: step.started)


def _to_step(*row: Any) -> StepRecord:
    label, function, started, seconds, worker, status, seed, digest, inputs, drew = row[:10]
    key, code, parts, reused, reason = row[10:]
    return StepRecord(
        label=label,
        function=function,
        started=started,
        seconds=seconds,
        worker=worker,
        status=status,
        seed=int(seed),
        digest=digest,
        inputs=tuple(read_json(inputs)),
        drew=bool(drew),
        key=key,
        code=code,
        parts=unpack_parts(parts),
        reused=reused,
        reason=reason,
    )


@lru_cache(maxsize=64)
def _read_facet(content: str) -> dict[str, Any]:
    """Read the content of a facet once: most trials of a loop have the same ones."""
    found: dict[str, Any] = read_json(content)
    return found


class _Artifacts(Mapping[str, Any]):
    """Saved artifacts by name; one is read when it is taken out."""

    def __init__(self, source: Reading, saved: dict[str, Artifact]) -> None:
        self._source = source
        self._saved = saved

    def __getitem__(self, name: str) -> Any:
        if name not in self._saved:
            kind = "artifact"
            raise UnknownNameError(kind, name, known=self._saved, where="this trial")
        return self._source.load(self._saved[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._saved)

    def __len__(self) -> int:
        return len(self._saved)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name!r}: {a.summary}" for name, a in self._saved.items())
        return f"{{{shown}}}"
