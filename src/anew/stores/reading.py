"""What a store answers: rows of its database as records."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from anew.errors import (
    StoreError,
    UnknownNameError,
    UnknownTrialError,
    ValueNotStoredError,
)
from anew.journal import Event, Said, read_journal
from anew.model import Artifact, Facet, Failure, FileUse, Part, Point, StepRecord, Trial
from anew.provenance.process import is_alive
from anew.records import replace
from anew.stores.encoding import (
    pack_series,
    read_json,
    to_text,
    unpack_console,
    unpack_parts,
    unpack_series,
)
from anew.stores.rows import join_printed
from anew.stores.trust import is_distrusted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anew.stores.connection import Connection
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
    _heard: tuple[tuple[str, int], Said] | None = None

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
        """List the last trials of an experiment, the newest first."""
        return self._trials("WHERE experiment = ? ORDER BY number DESC LIMIT ?", experiment, count)

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
            lambda name, digest, content: Facet(name, digest, read_json(content)),
            "SELECT name, digest, content FROM trial_facets JOIN facets USING (digest)"
            " WHERE trial = ? ORDER BY name",
            uuid,
        )
        return {facet.name: facet for facet in found}

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
        return sorted(steps, key=lambda step: step.started)

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

    def load(self, artifact: Artifact) -> Any:
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
        if said := self._said(uuid):
            known = list(said.series)
            blocks = [pack_series(said.series[metric])[:2]] if metric in said.series else []
        else:
            query = "SELECT metric FROM series WHERE trial = ?"
            known = self._rows(str, query, uuid)
            query = "SELECT count, points FROM series WHERE trial = ? AND metric = ?"
            blocks = self._rows(lambda *block: block, query, uuid, metric)
        if not blocks:
            kind = "metric"
            raise UnknownNameError(kind, metric, known=known, where=f"trial {uuid}")
        with self._decoding():
            return [Point(metric, *each) for each in unpack_series(*blocks[0])]

    def console(self, uuid: str) -> list[tuple[str, str]]:
        """Give what was printed as (stream, text), that of a running trial included."""
        if said := self._said(uuid):
            return join_printed(said.printed)
        found = self._rows(unpack_console, "SELECT text FROM console WHERE trial = ?", uuid)
        return found[0] if found else []

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
        """Give the journal of a trial that is not closed; None when the tables have it all.

        The journal is read first: it is removed once the trial is closed.
        """
        try:
            said = self._read_journal(uuid)
        except StoreError as error:  # no reason not to tell the rest
            said = Said(events=[Event("journal", error.message, 0.0)])
        query = "SELECT 1 FROM trials WHERE uuid = ? AND status = 'running'"
        return said if self._rows(bool, query, uuid) else None

    def _read_journal(self, uuid: str) -> Said:
        """Read the journal of a trial, unless nothing was said since it was last read."""
        path = self.journal_path(uuid)
        try:
            heard, last = (uuid, path.stat().st_size), self._heard
        except OSError:  # closed meanwhile, or not to be looked at
            return read_journal(path)
        if last is None or last[0] != heard:
            last = self._heard = heard, read_journal(path)
        return last[1]

    def _to_trial(self, *row: Any) -> Trial:
        number, uuid, experiment, status, started, seconds, seed, parameters = row[:8]
        metrics, reproduces, error, process, parent, tags, notes = row[8:]
        last, values = read_json(metrics), read_json(parameters)
        words, remembered = (read_json(each) if each != "[]" else () for each in (tags, notes))
        failure = Failure(**read_json(error)) if error else None
        if status == "running":
            # Asked in this order: one that ended well a moment ago was not killed.
            is_killed = is_alive(read_json(process)) is False
            said = self._said(uuid)
            if said is None:
                return self._trials("WHERE uuid = ?", uuid)[0]
            last = {name: points[-1].value for name, points in said.series.items()}
            values |= said.parameters
            words = dict.fromkeys([*said.marked("tag"), *words])
            remembered = dict.fromkeys([*said.marked("note"), *remembered])
            if said.ended:
                status, seconds, failure = said.ended.status, said.ended.seconds, said.ended.error
            elif is_killed:
                status = "killed"
                seconds = 0.0 if said.last_time is None else max(said.last_time - started, 0.0)
        # By place, not by name: that takes half the time, which a hundred thousand trials feel.
        began = datetime.fromtimestamp(started, UTC)
        facts = (number, uuid, experiment, status, began, seconds, int(seed), values, last)
        more = (reproduces, failure, parent, tuple(words), tuple(remembered))
        return Trial(*facts, *more, source=self)  # type: ignore[arg-type]  # of any length


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
