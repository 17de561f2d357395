"""Protocols: what a back end, a format or a collector must offer, and nothing about how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from pathlib import Path

    from anew.journal import Said
    from anew.model import (
        Artifact,
        Facet,
        Failure,
        FileUse,
        Part,
        Point,
        Result,
        Search,
        Series,
        StepRecord,
        Summary,
        Table,
        Trial,
        Use,
    )
    from anew.stamps.content import Content, Found, Pieces
    from anew.stamps.document import Provenance

__all__ = ["Collector", "Format", "ObjectStore", "Stamp", "Store", "TrialSource"]


class TrialSource(Protocol):
    """Where the large parts of a trial are read from."""

    def artifacts(self, uuid: str) -> list[Artifact]:
        """List all that was kept by name, values and the result included."""

    def artifact(self, uuid: str, name: str, *, role: str) -> Artifact:
        """Find one artifact, or raise `UnknownNameError`."""

    def artifact_mapping(self, uuid: str) -> Mapping[str, Any]:
        """Give the saved artifacts by name, each loaded when it is taken out."""

    def facets(self, uuid: str) -> dict[str, Facet]:
        """Give the facets of a trial by name."""

    def facet_of(self, name: str, uuids: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """Give the content of one facet by UUID, of some trials or of all that have it."""

    def results(self, uuids: Sequence[str] | None = None) -> dict[str, Result]:
        """Give the results of trials by UUID; of all that have ended when None."""

    def summaries(self, metric: str, uuids: Sequence[str]) -> dict[str, Summary]:
        """Give the series of one metric in short, by the UUIDs of trials that have ended."""

    def overview(self, uuid: str) -> dict[str, Summary]:
        """Give all series of a trial in short."""

    def numbers(self, uuids: Sequence[str]) -> dict[str, int]:
        """Give the numbers of trials by UUID, of those that are here."""

    def code(self, uuid: str) -> Mapping[str, str]:
        """Give the text of the snapshot's files by path."""

    def console(self, uuid: str) -> list[tuple[str, str]]:
        """Give what was printed as (stream, text), in the order of printing."""

    def steps(self, uuid: str) -> list[StepRecord]:
        """List the executed steps in the order in which they began."""

    def code_parts(self, digest: str) -> tuple[Part, ...]:
        """Tell what a code fingerprint is made of; nothing when its digest is not known."""

    def files(self, uuid: str) -> list[FileUse]:
        """List the files that were read and written."""

    def points(self, uuid: str, metric: str) -> list[Point]:
        """Give the series of a metric, or raise `UnknownNameError`."""

    def series(self, uuid: str, metric: str, points: int | None = None) -> Series:
        """Give the series of a metric as arrays, whole or its outline of so many points."""

    def load(self, artifact: Artifact | Result) -> Any:
        """Turn a kept artifact into a value again."""


class Store(TrialSource, Protocol):
    """Where trials are kept. The recorder alone calls what writes."""

    url: str
    folder: Path
    objects: ObjectStore

    def experiment_seed(self, experiment: str, draw: Callable[[], int]) -> int:
        """Give the root seed of an experiment, drawn when it has none yet."""

    def begin(
        self, uuid: str, experiment: str, record: Mapping[str, Any], facets: Iterable[Facet] = ()
    ) -> int:
        """Enter a running trial with its facets and give its number."""

    def add_facets(self, uuid: str, facets: Iterable[Facet]) -> None:
        """Keep facets, each distinct content once."""

    def journal_path(self, uuid: str) -> Path:
        """Give the file in which a running trial writes points and console."""

    def fold(self, uuid: str, file: str, start: int, size: int, said: Said) -> int:
        """Take in what a journal of a running trial says; tell up to which byte it is kept."""

    def finish(
        self,
        uuid: str,
        *,
        status: str,
        seconds: float | None,
        error: Failure | None,
        facets: Iterable[Facet] = (),
    ) -> None:
        """Fold the journal into the store, add facets, and close the trial."""

    def add_late(self, uuid: str) -> None:
        """Fold in what was said of a trial after it had been closed."""

    def mark(self, uuid: str, kind: str, add: Sequence[str], remove: Collection[str] = ()) -> None:
        """Add ``tags`` or ``notes`` to a trial, or take some away."""

    def references(self, uuid: str) -> list[tuple[str, int, str, int]]:
        """List what refers to a trial: kind, number and UUID of the other trial, how often."""

    def remove(self, uuids: Iterable[str]) -> None:
        """Remove trials with all that only they have."""

    def close_ended(self) -> None:
        """Close the trials that could not close themselves."""

    def export(self, uuid: str) -> dict[str, Any]:
        """Give all that is recorded of a trial that has ended, as plain data."""

    def adopt(self, record: Mapping[str, Any]) -> int:
        """Take in what `export` gave in another store, and give its number here."""

    def trial(self, reference: int | str) -> Trial:
        """Find a trial by number, ``last``, ``first`` or UUID prefix."""

    def trials(self, experiment: str | None = None) -> list[Trial]:
        """List trials in the order of their numbers."""

    def experiments(self) -> list[str]:
        """List the names of the experiments that have trials."""

    def has_trials(self, experiment: str | None = None) -> bool:
        """Tell whether there is any trial."""

    def count_trials(self, experiment: str | None = None) -> int:
        """Count the trials."""

    def table(self, experiment: str | None = None) -> Table:
        """Give all trials as columns."""

    def running(self, experiment: str | None = None) -> list[Trial]:
        """List the trials that are not closed."""

    def ended(self, search: Search) -> Iterator[list[tuple[Any, Trial]]]:
        """Give the trials that have ended and meet a condition, some at a time."""

    def has_name(self, table: str, name: str, experiment: str | None = None) -> bool:
        """Tell whether a trial that has ended has a parameter, a metric or a tag of a name."""

    def names_in(self, table: str, experiment: str | None = None) -> set[str]:
        """List the parameters, metrics or tags of the trials that have ended."""

    def digests(self) -> list[str]:
        """List texts with the digests of all content that trials refer to, but for folders'."""

    def listings(self) -> list[str]:
        """List the digests of the listings of folders that trials refer to."""

    def packages(self) -> set[str]:
        """List the packages that any trial had."""

    def latest(self, experiment: str, count: int) -> list[Trial]:
        """List the last trials of an experiment that have ended, the newest first."""

    def before(self, experiment: str) -> Trial | None:
        """Give the last ended trial of an experiment that is not a reproduction."""

    def has_drawn(self, function: str) -> bool:
        """Tell whether a function, by its dotted name, was ever seen to draw as a step."""

    def steps_like(
        self, experiment: str, step: StepRecord, *, before: int, limit: int
    ) -> list[tuple[int, str, StepRecord]]:
        """List earlier executions as (trial number, UUID, record), the newest first."""

    def uses(self, digests: Collection[str]) -> list[Use]:
        """List what trials kept, wrote or read with one of some digests, by their numbers."""

    def kept_folders(self) -> Iterator[Use]:
        """Give each folder that is one set of data, whose listing is kept, the newest first."""

    def kept_contents(self) -> Iterator[Use]:
        """Give each content that trials kept, wrote or read, once, the newest first."""

    def facet_digests(self, uuid: str) -> dict[str, str]:
        """Give the digests of a trial's facets by name."""

    def process(self, uuid: str) -> dict[str, Any]:
        """Give who ran a trial: its process, which of its trials it was, the project's root."""

    def events(self, uuid: str) -> list[tuple[str, str]]:
        """List remarks about the recording as (kind, text)."""


class ObjectStore(Protocol):
    """Where content is kept by digest."""

    def put(self, data: bytes | memoryview) -> str:
        """Keep bytes and give their digest."""

    def put_file(self, path: Path, digest: str, content: bytes | None = None) -> None:
        """Keep a copy of a file whose digest is known, and whose content may be at hand."""

    def put_stream(self, pieces: Iterable[bytes], digest: str) -> None:
        """Keep content that comes in pieces, checked against its digest."""

    def get(self, digest: str) -> bytes:
        """Give content, checked against its digest."""

    def hold(self, digest: str, size_bytes: int | None = None) -> bool:
        """Tell whether content is there, and stays for who is about to refer to it."""

    def has(self, digest: str, size_bytes: int | None = None) -> bool:
        """Tell whether content is there, whole when its size is told."""

    def copy_to(self, digest: str, path: Path) -> None:
        """Write content to a file, checked against its digest."""


class Format(Protocol):
    """A standard file format in which values of some types are kept."""

    name: str
    suffix: str

    def accepts(self, value: object) -> bool:
        """Tell whether the value comes back equal from this format."""

    def encode(self, value: Any) -> bytes:
        """Write the value as the bytes of a file."""

    def decode(self, data: bytes) -> Any:
        """Read the value again."""


class Collector(Protocol):
    """What makes one facet.

    ``freshness`` is cheap and changes whenever ``collect`` would answer differently, so that an
    unchanged facet is not collected again; None says "never twice the same".
    """

    name: str
    at_end: bool

    def freshness(self, root: Path) -> Hashable:
        """Give a mark that stays equal while the facet is unchanged."""

    def collect(self, root: Path) -> dict[str, Any]:
        """Read the facts, as JSON."""


class Stamp(Protocol):
    """What puts a stamp into the files of one format, and finds it again.

    Plugins bring one by the group of entry points ``anew.stamps``. Bytes come and go in pieces of
    the file, so that nobody has to read all of a large one. The rest of the file is to stay as it
    is, byte by byte: `find` gives it again.
    """

    @property
    def name(self) -> str:
        """What the format is called."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of its files end, in small letters."""

    def is_mine(self, content: Content) -> bool:
        """Tell whether content is of this format."""

    def find(self, content: Content) -> Found | None:
        """Find the stamp, and the content without it."""

    def put(self, content: Content, stamp: Provenance, text: str) -> Pieces:
        """Give content that has no stamp with one; raise `Unsuitable` where that cannot be."""
