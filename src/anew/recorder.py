"""One trial from begin to end; the only writer.

Whatever happens here, the work goes on: once a trial has begun, what cannot be recorded is a
remark in its record and one warning, never an exception.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from anew import journal, tracker, watch
from anew.changes import find_changes
from anew.digests import digest_file
from anew.errors import AnewError
from anew.facts import begin_facets, choose_seed, end_facets
from anew.interrupts import undisturbed
from anew.journal import CodeParts, Ended, Event, LoggedPoint, Parsed, Printed, Voice
from anew.model import Artifact, Failure, FileUse, StepRecord, check_name, to_number, to_step
from anew.notices import say, warn_once
from anew.plan import absolute, current_plan, find_input
from anew.provenance.masking import mask_parameters
from anew.provenance.process import identify, make_uuid
from anew.records import asdict, dataclass, replace
from anew.sampling import Sampler
from anew.stores import open_set, open_store
from anew.tracker import silent
from anew.watch import Streams, current, unseen
from anew.watch.alive import ALIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from anew.model import Facet, Part, Trial
    from anew.provenance import Captured
    from anew.settings import Settings
    from anew.types import Store
    from anew.watch import Note

__all__ = [
    "Handle",
    "Recorder",
    "active_recorder",
    "attach",
    "begin",
    "close_trial",
    "recording",
]

PARENT: Final = "ANEW_PARENT"
"""The variable that tells a process in which trial it runs."""

P = ParamSpec("P")
T = TypeVar("T")

_active: ContextVar[Recorder | None] = ContextVar("anew_active", default=None)
_running: Final[dict[str, Recorder]] = {}
_ordinals: Final = itertools.count(1)


@dataclass(frozen=True)
class Handle:
    """What a worker needs to record for a trial that began elsewhere."""

    uuid: str
    number: int
    experiment: str
    seed: int
    store: str
    root: str
    keep_inputs: int
    memo_limit: int
    nested: bool
    reproduces: str | None
    pid: int
    metrics_files: tuple[str, ...]
    fsync: str = "never"
    stamp: bool | str = True


class Recorder:
    """What a running trial says of itself.

    Parameters
    ----------
    handle
        Of the trial.
    store
        The store that it is kept in.
    is_passing
        Whether it records for a short while, as that of a worker does for a step. Others have the
        store take points and printed text now and then.
    """

    def __init__(self, handle: Handle, store: Store, *, is_passing: bool = False) -> None:
        self.handle = handle
        self.store = store
        self.root = Path(handle.root)
        self.late_facets: list[Facet] = []  # that show only when the trial ends
        self.snapshot: Mapping[str, Any] | None = (
            None  # what is recorded of it, where that is known
        )
        self.computing: Sequence[str] | None = None  # libraries with threads, where they are known
        self._voice = Voice(
            store.journal_path(handle.uuid),
            handle.number,
            fsync=handle.fsync,
            keep=None if is_passing else partial(store.fold, handle.uuid),
            aside=_aside,
        )
        self._say = self._voice.say
        self.sampler = Sampler(0.0, self.sample)

    def log(self, metrics: Mapping[str, Any], *, step: int | None) -> None:
        """Append one value to each of some metrics, in one write."""
        self._voice.log(metrics, step if step is None else to_step(step))
        if ALIVE and (touch := current()):
            for name, value in metrics.items():
                touch.note(watch.Logged(name, step, to_number(name, value)))

    def log_many(self, name: str, steps: Any, values: Any, times: Any) -> None:
        """Append many values to a metric."""
        check_name("metric", name)
        for part in journal.to_points(name, steps, values, times):
            if touch := current():
                touch.note(watch.LoggedMany(name, *journal.to_note(part)))
            self._say(part)  # from here on its arrays are the journal's

    def sample(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Record what the trial takes of its machine, as one reading tells it."""
        with _aside():
            try:
                self._voice.log(read(), None)
            except Exception as error:
                self.warn(f"what it takes of the machine: {error}")
                raise

    def add_step(self, step: StepRecord) -> None:
        """Record an executed step."""
        self._say(step)

    def add_code(self, digest: str, parts: tuple[Part, ...]) -> None:
        """Record what the fingerprint of a step's code is made of."""
        self._say(CodeParts(digest, parts))

    def has(self, artifact: Artifact) -> bool:
        """Tell whether a value that another trial kept is there."""
        try:
            return artifact.digest is not None and self.store.objects.hold(artifact.digest)
        except AnewError:
            return False

    def adopt(self, artifact: Artifact, role: str, name: str) -> None:
        """Keep what another trial kept, as one's own."""
        self._say(replace(artifact, role=role, name=name))

    def repeat(self, notes: Iterable[Note]) -> None:
        """Record again what a spared step had logged, saved and declared as read."""
        for note in notes:
            match note:
                case watch.Logged(metric, step, value):
                    self._say(LoggedPoint(metric, step, value, time.time()))
                    _note(note)
                case watch.LoggedMany():
                    self._say(journal.from_note(note.metric, note.steps, note.values))
                    _note(note)
                case watch.Saved():
                    self._say(Artifact(**asdict(note)))
                    _note(note)
                case watch.Declared():
                    self._say(FileUse(**asdict(note)))
                    _note(note)
                case watch.Marked():
                    self.mark(note.kind, note.text)

    def add_output(self, path: str, digest: str) -> None:
        """Record a file that a step wrote, by its path in the project or its absolute one."""
        with self.never_breaking(f"output {path!r}"):
            size = digest_file(self.root / path).size_bytes
            self._say(FileUse(path, "output", digest, size, rows=None, kept=False))

    def add_reads(self, reads: Iterable[tuple[str, str | None]]) -> None:
        """Record the files that a spared step had read, and that are as they were."""
        for path, condition in reads:
            if condition is None or not condition.startswith("blake3:"):
                continue
            if path.endswith(".py") and not os.path.isabs(path):  # noqa: PTH117 - text
                continue  # a module that it loaded: the snapshot has it
            with self.never_breaking(f"input {path!r}"):
                found, kept = digest_file(self.root / path), self.store.objects.has(condition)
                self._say(
                    FileUse(path, "input", condition, found.size_bytes, found.rows, kept=kept)
                )

    def mark(self, kind: str, text: str) -> None:
        """Add a ``tag`` or a ``note`` to the trial."""
        self._say(journal.Marked(kind, check_name("tag", text) if kind == "tag" else text))
        _note(watch.Marked(kind, text))

    def add_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Record parameters that showed only while the trial ran."""
        self._say(Parsed(mask_parameters(parameters)))

    def add_file(self, use: FileUse) -> None:
        """Record a file that the trial was seen to read or write."""
        self._say(use)

    def add_event(self, kind: str, text: str) -> None:
        """Record a remark about the recording itself."""
        self._say(Event(kind, text, time.time()))

    def printed(self, stream: str, text: str) -> None:
        """Record printed text."""
        if text:
            self._say(Printed(stream, text, time.time()))

    def input(self, path: str | os.PathLike[str]) -> Path:
        """Record a file that is read, keep it, and give the path to read it from."""
        asked, given = Path(path), find_input(path)
        with self.never_breaking(f"input {os.fspath(path)!r}"):
            if touch := current():
                touch.input(given)
            self._record_input(asked, given)
        return given

    def output(self, path: str | os.PathLike[str]) -> Path:
        """Declare a file that is written where it cannot be seen, and give its path."""
        with self.never_breaking(f"output {os.fspath(path)!r}"):
            if touch := current():
                touch.output(path)
            tracker.current.saved(path)
        return Path(path)

    def tell_changes(self, before: Trial | None, facets: Iterable[Facet]) -> None:
        """Say what differs from the trial before."""
        with self.never_breaking("changes"):
            for change in find_changes(self.store, before, facets, self.root):
                say(str(change))

    def _record_input(self, asked: Path, given: Path) -> None:
        if given.is_dir():
            self.warn(f"input {os.fspath(asked)!r} is a folder: name the files that are read")
        if not given.is_file():
            return  # opening it will say so, in the words that the program expects
        found = digest_file(given)
        kept = found.size_bytes <= self.handle.keep_inputs and self._keep_file(given, found.digest)
        place = Path(absolute(asked))
        inside = place.is_relative_to(self.root)
        name = place.relative_to(self.root).as_posix() if inside else str(place)
        use = FileUse(name, "input", found.digest, found.size_bytes, found.rows, kept)
        self._say(use)
        _note(watch.Declared(**asdict(use)))

    def _keep_file(self, path: Path, digest: str) -> bool:
        try:
            self.store.objects.put_file(path, digest)
        except (AnewError, OSError) as error:
            self.warn(f"input {os.fspath(path)!r} was not kept: {error}")
            return False
        return True

    def keep(self, role: str, name: str, value: Any, *, content: str | None) -> Artifact:
        """Keep a value in a standard format; what cannot be kept is said, and the trial goes on.

        Parameters
        ----------
        role
            ``artifact`` for what is saved by name, ``value`` for a step's, ``result``.
        name
            The name, or the step's label.
        value
            The value.
        content
            The digest of the value; None for one that has none, and is compared by its bytes alone.

        Returns
        -------
        Artifact
            What is kept of it.
        """
        from anew.formats import encode, summarize

        summary, encoded, digest = "", None, None
        try:
            encoded = encode(value, name=name)
            digest = self.store.objects.put(encoded.data)
            summary = summarize(value)
        except Exception as error:  # noqa: BLE001 - any failure to keep a value is said, not raised
            summary = getattr(error, "message", str(error)) or type(error).__name__
            self.warn(f"{role} {name!r} was not stored: {summary}")
        if isinstance(value, Path):  # what is kept of a path is the content of its file
            content = None
            tracker.current.saved(value)
        artifact = Artifact(
            name=name,
            role=role,
            format=encoded.format if encoded and digest else None,
            digest=digest,
            content=content,
            size_bytes=len(encoded.data) if encoded else 0,
            summary=summary,
        )
        self._say(artifact)
        if role == "artifact":
            _note(watch.Saved(**asdict(artifact)))
        return artifact

    def warn(self, text: str) -> None:
        """Warn of what could not be recorded, and record that."""
        self.add_event("not recorded", text)
        warn_once(f"trial {self.handle.number}: {text}", about=f"{self.handle.uuid}{text}")

    @contextmanager
    def never_breaking(self, what: str) -> Iterator[None]:
        """Turn a failure to record into a remark and a warning."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a recorder never breaks the work it records
            self.warn(f"{what}: {error}")

    def close(self, ended: Ended | None = None) -> None:
        """Stop recording in this process, after saying how the trial ended when it did.

        That is known then even when the trial cannot be closed.
        """
        if lost := self._voice.close(ended):
            warn_once(
                f"{lost} records of trial {self.handle.number} are lost: "
                f"{self.store.journal_path(self.handle.uuid)} could not be written to the end",
                about=f"lost {self.handle.uuid}",
            )


@contextmanager
def _aside() -> Iterator[None]:
    """Keep what anew does from being taken for the doing of the trial."""
    with silent(), unseen():
        yield


def _silently(function: Callable[P, T]) -> Callable[P, T]:
    """Have nothing that a function does counted as the work of a trial around it."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with silent():
            return function(*args, **kwargs)

    return call


@_silently
def begin(
    experiment: str,
    parameters: Mapping[str, Any],
    *,
    settings: Settings,
    seed: Any = None,
    is_seeded: bool = False,
) -> Recorder:
    """Begin a trial: gather what it runs on, give it a number, say what changed.

    Parameters
    ----------
    experiment
        The experiment's name.
    parameters
        The value of each parameter.
    settings
        Those of the project.
    seed
        A root seed, ``"new"``, or None for the experiment's own.
    is_seeded
        Whether the generators that all code shares are seeded with it.

    Raises
    ------
    StrictError
        When the settings are strict, and others could not make the trial anew.
    StoreError
        When the trial cannot be recorded at all; nothing has run then.
    UsageError
        When the name or the seed cannot be used.
    """
    check_name("experiment", experiment)
    if touch := current():
        touch.obstacle = "it runs trials of its own"
    ordinal = next(_ordinals)
    plan = current_plan()
    turn = plan if plan and plan.claim(ordinal) else None
    place = plan.place(is_turn=turn is not None) if plan else None
    store = open_store(place, root=settings.root) if place else open_set(settings)
    before = store.before(experiment)
    marks = []
    if settings.strict and not plan:
        from anew.guards import be_strict

        marks.append(be_strict(settings, store, before, is_seeded=is_seeded))
    root_seed, origin = choose_seed(seed, store, experiment)
    gathered = begin_facets(settings, store.folder, seed=(root_seed, origin))
    gathered.facets.extend(marks)
    uuid, started = make_uuid(), time.time()
    reproduces = turn.uuid if turn else None
    record = {
        "started": started,
        "seed": root_seed,
        "parameters": mask_parameters(parameters),
        "process": identify()
        | {"ordinal": ordinal, "root": str(settings.root), "console_limit": settings.console_limit},
        "reproduces": reproduces,
        "parent": find_parent(),
    }
    number = store.begin(uuid, experiment, record, gathered.facets)
    if turn:
        turn.tell(uuid)
    handle = Handle(
        uuid=uuid,
        number=number,
        experiment=experiment,
        seed=root_seed,
        store=str(store.folder),
        root=str(settings.root),
        keep_inputs=settings.keep_inputs,
        memo_limit=settings.memo_limit,
        nested=_active.get() is not None,
        reproduces=reproduces,
        pid=os.getpid(),
        metrics_files=settings.metrics_files,
        fsync=settings.fsync,
        stamp=settings.stamp,
    )
    recorder = _start(handle, store, gathered)
    taken = (facet.content for facet in gathered.facets if facet.name == "snapshot")
    recorder.snapshot = next(taken, {})
    recorder.sampler = Sampler(settings.system_interval, recorder.sample)
    if not plan:
        recorder.tell_changes(before, gathered.facets)
        with recorder.never_breaking("what is to be said before it"):
            from anew.guards import tell_before

            tell_before(settings, gathered.facets)
    return recorder


def find_parent() -> str | None:
    """Give the UUID of the trial that this code runs in, also when another process began it."""
    recorder = _active.get()
    return recorder.handle.uuid if recorder else os.environ.get(PARENT)


def _start(handle: Handle, store: Store, gathered: Captured) -> Recorder:
    """Start to record a trial that has its number; close it when that cannot be."""
    try:
        recorder = Recorder(handle, store)
    except BaseException as error:
        with suppress(AnewError):
            store.finish(handle.uuid, status="failed", seconds=0.0, error=_describe(error))
        raise
    _running[handle.uuid] = recorder
    for name, text in gathered.failures:
        recorder.add_event("collector", f"{name}: {text}")
        warn_once(f"{name} is not recorded: {text}", about=f"collector {name}")
    return recorder


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Record what happens in the block, then close the trial.

    Exceptions are recorded and go on unchanged.
    """
    from anew.tracking import tracking

    token = _active.set(recorder)
    _streams.start()
    began = time.perf_counter()
    status, failure = "finished", None
    try:
        with tracking(recorder), recorder.sampler.sampling():
            yield recorder
    except BaseException as error:
        status = "failed" if isinstance(error, Exception) else "interrupted"
        failure = _describe(error)
        raise
    finally:
        seconds = time.perf_counter() - began
        _streams.stop()
        _active.reset(token)
        with undisturbed():
            _finish(recorder, status, seconds, failure)


def _finish(recorder: Recorder, status: str, seconds: float, failure: Failure | None) -> None:
    _running.pop(recorder.handle.uuid, None)
    with recorder.never_breaking("facets"):
        gathered = end_facets(recorder.root, computing=recorder.computing)
        for name, text in gathered.failures:
            recorder.add_event("collector", f"{name}: {text}")
        recorder.late_facets += gathered.facets
    close_trial(recorder, status, seconds, failure)


def close_trial(recorder: Recorder, status: str, seconds: float, failure: Failure | None) -> None:
    """Close a trial; the work is done, whatever becomes of its record.

    Parameters
    ----------
    recorder
        Of the trial.
    status
        How it ended.
    seconds
        How long it ran.
    failure
        What went wrong; None when nothing did.
    """
    handle, store = recorder.handle, recorder.store
    try:
        recorder.close(Ended(status, seconds, failure, time.time()))
        facets = recorder.late_facets
        store.finish(handle.uuid, status=status, seconds=seconds, error=failure, facets=facets)
    except Exception as error:  # noqa: BLE001 - whatever it is, the work is done and its value good
        warn_once(
            f"trial {handle.number} could not be closed: {error}; what it said is in "
            f"{store.journal_path(handle.uuid)} and is taken up when the store can be written",
            about=handle.uuid,
        )


def active_recorder() -> Recorder | None:
    """Give the recorder of the trial that this code runs in."""
    return _active.get()


def recorder_of_thread() -> Recorder | None:
    """Give the recorder of the only trial there is, to a thread that has none of its own.

    Threads do not take over the context in which they are started.
    """
    if threading.current_thread() is threading.main_thread() or len(_running) != 1:
        return None
    return next(iter(_running.values()), None)


@contextmanager
def attach(handle: Handle) -> Iterator[Recorder]:
    """Record for a trial from within a worker: a thread, or another process that sees the store."""
    recorder = _running.get(handle.uuid) if handle.pid == os.getpid() else None
    away = recorder is None
    if recorder is None:
        store = open_store(handle.store, root=Path(handle.root))
        recorder = Recorder(handle, store, is_passing=True)
        _streams.start()
    token = _active.set(recorder)
    try:
        yield recorder
    finally:
        _active.reset(token)
        if away:
            _streams.stop()
            recorder.close()


def _hear(stream: str, text: str) -> None:
    """Attribute printed text to the trial of this context, or to the only one that is running."""
    recorder = _active.get()
    if recorder is None and len(_running) == 1:
        recorder = next(iter(_running.values()), None)
    if recorder is not None:
        recorder.printed(stream, text)


_streams: Final = Streams(_hear)


def _describe(error: BaseException) -> Failure:
    """Put an exception into words."""
    import traceback

    text = "".join(traceback.format_exception(error))
    return Failure(type(error).__qualname__, str(error), text)


def _note(note: Note) -> None:
    """Tell the step that runs here, so that it can be told again when the step is spared."""
    if touch := current():
        touch.note(note)
