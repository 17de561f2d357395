"""What a running trial says, safe against ``kill -9``: one ``write`` per record.

A record is a frame: kind (1 byte), length (4), CRC-32 of all the rest (4), the payload. A page
that the operating system has taken survives the process, so every call that returned is there
after a kill. A write cut short by a full disk leaves a torn frame, which a reader steps over: it
goes on at the next place where kind, length and checksum agree. Several processes may append to one
journal, as the workers of a trial do.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, get_args
from weakref import ref

from anew.errors import StoreError
from anew.model import Artifact, Failure, FileUse, Part, StepRecord
from anew.records import dataclass, field, field_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = [
    "CodeParts",
    "Ended",
    "Event",
    "Journal",
    "LoggedPoint",
    "Marked",
    "Parsed",
    "Printed",
    "Said",
    "read_journal",
]

_HEAD: Final = struct.Struct("<cII")
_COVERED: Final = struct.Struct("<cI")
_CRC: Final = struct.Struct("<I")
_POINT: Final = struct.Struct("<?qdd")
_PRINTED: Final = struct.Struct("<?d")
_KIND: Final = re.compile(rb"[ptr]")


class LoggedPoint(NamedTuple):
    """A value of a metric; ``step`` None stands for "the next one of its series"."""

    metric: str
    step: int | None
    value: float
    time: float


class Printed(NamedTuple):
    """A piece of text that was printed to ``stdout`` or ``stderr``."""

    stream: str
    text: str
    time: float


@dataclass(frozen=True)
class Event:
    """A remark about the recording itself."""

    kind: str
    text: str
    time: float


@dataclass(frozen=True)
class CodeParts:
    """What a code fingerprint is made of; said once for each distinct digest."""

    digest: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Parsed:
    """Parameters that showed only while the trial ran: the parsed arguments of a program."""

    parameters: dict[str, Any]


@dataclass(frozen=True)
class Marked:
    """A ``tag`` by which the trial is to be found, or a ``note`` of what is to be remembered."""

    kind: str
    text: str


@dataclass(frozen=True)
class Ended:
    """How the trial ended, said before it is closed: so it is known when it cannot be closed."""

    status: str
    seconds: float | None
    error: Failure | None
    time: float


_Record = StepRecord | CodeParts | Artifact | FileUse | Event | Parsed | Marked | Ended
_CLOSED: Final = -1
_to_json: Final = json.JSONEncoder(default=vars, check_circular=False).encode
T = TypeVar("T")
_REMEMBERED: Final = 2_000
_written: Final[dict[bytes, StepRecord]] = {}
"""What this process wrote of steps and has not read: a graph of thousands is read back at once."""
_RECORDS: Final[dict[str, type[_Record]]] = {kind.__name__: kind for kind in get_args(_Record)}


class Journal:
    """The append-only file of a running trial.

    Parameters
    ----------
    path
        The file; made when it is not there. A frame is one write in append mode.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, item: LoggedPoint | Printed | _Record) -> None:
        """Append one item.

        Raises
        ------
        OSError
            When not all of it could be written, or the journal is closed.
        """
        kind, payload = _encode(item)
        head = _COVERED.pack(kind, len(payload))
        frame = head + _CRC.pack(_checksum(head, payload)) + payload
        written = os.write(self._file, frame)
        if written != len(frame):
            message = f"{self.path}: only {written} of {len(frame)} bytes written"
            raise OSError(errno.ENOSPC, message)

    def close(self) -> None:
        """Close the file; what was appended stays. A second time does nothing."""
        # The number of a closed file may soon be that of somebody else's file.
        file, self._file = self._file, _CLOSED
        if file != _CLOSED:
            os.close(file)


@dataclass
class Said:
    """All that a journal says, sorted by what it is."""

    series: dict[str, list[LoggedPoint]] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    codes: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    artifacts: dict[tuple[str, str], Artifact] = field(default_factory=dict)
    files: dict[tuple[str, str], FileUse] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    marks: dict[Marked, None] = field(default_factory=dict)
    ended: Ended | None = None
    last_time: float | None = None

    def copy(self) -> Said:
        """Give one to which more can be added."""
        parts: dict[str, Any] = {
            name: value.copy() if isinstance(value, dict | list) else value
            for name, value in vars(self).items()
        }
        parts["series"] = {metric: [*points] for metric, points in self.series.items()}
        return Said(**parts)

    def marked(self, kind: str) -> list[str]:
        """List the tags or notes, each once, in the order of saying."""
        return [mark.text for mark in self.marks if mark.kind == kind]

    def add(self, item: LoggedPoint | Printed | _Record) -> None:
        """Sort one item in; a later artifact or file of the same role and name replaces it."""
        match item:
            case LoggedPoint():
                self.series.setdefault(item.metric, []).append(item)
            case Printed():
                self.printed.append(item)
            case StepRecord():
                self.steps.append(item)
            case CodeParts():
                self.codes[item.digest] = item.parts
            case Artifact():
                self.artifacts[item.role, item.name] = item
            case FileUse():
                self.files[item.role, item.path] = item
            case Ended():
                self.ended = item
            case _:
                self._add_remark(item)
        time = getattr(item, "time", None)
        if isinstance(item, StepRecord):
            time = item.started + item.seconds
        if time is not None and (self.last_time is None or time > self.last_time):
            self.last_time = time

    def _add_remark(self, item: Event | Parsed | Marked) -> None:
        match item:
            case Parsed():
                self.parameters |= item.parameters
            case Marked():
                self.marks[item] = None
            case _:
                self.events.append(item)


def read_journal(path: Path) -> Said:
    """Read all whole frames of a journal.

    Parameters
    ----------
    path
        The file; an absent one is empty.

    Returns
    -------
    Said
        What was said, in the order of writing.

    Raises
    ------
    StoreError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            heard = _resume(file)
            data = file.read()
    except FileNotFoundError:
        return Said()
    except OSError as error:
        message = f"what a trial said cannot be read: {error.strerror}"
        hint = f"chmod a+r {shlex.quote(str(path))}"
        raise StoreError(message, where=str(path), hint=hint) from error
    return _go_on(heard, data)


class _Heard(NamedTuple):
    """How far a journal was read, to the end of its last whole frame, and what it says till there.

    ``last`` is the head of that frame.
    """

    file: tuple[str, int, int]
    end: int
    last: tuple[int, bytes]
    said: Callable[[], Said | None]


_heard = _Heard(("", 0, 0), 0, (0, b""), lambda: None)
"""Of the journal that was read last. Whoever reads one that grows reads it again and again."""


def _resume(file: BinaryIO) -> _Heard:
    """Find where to go on reading a journal: at its begin, unless it was read and only grew."""
    status = os.fstat(file.fileno())
    # By name, too: the number of a file that was removed is given to the next one.
    known, place = _heard, (file.name, status.st_dev, status.st_ino)
    if known.file == place and known.end <= status.st_size and known.said() is not None:
        at, head = known.last
        file.seek(at)
        if file.read(len(head)) == head:
            file.seek(known.end)
            return known
    file.seek(0)
    return _Heard(place, 0, (0, b""), lambda: None)


def _go_on(heard: _Heard, data: bytes) -> Said:
    """Add what a journal says from where it was read to."""
    global _heard  # noqa: PLW0603 - the one that was read last
    found, before = list(_frames(data)), heard.said()
    if before is not None and not found:
        return before
    said = before.copy() if before else Said()
    for kind, payload, _ in found:
        try:
            said.add(_decode(kind, payload))
        except (KeyError, TypeError, ValueError) as error:  # a later anew may say more than we know
            said.add(Event("journal", f"a record was not understood: {error!r}", 0.0))
    if found:
        _, payload, end = found[-1]
        start = end - len(payload) - _HEAD.size
        last = (heard.end + start, data[start : start + _HEAD.size])
        _heard = _Heard(heard.file, heard.end + end, last, ref(said))
    return said


def _frames(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Give kind, payload and end of each whole frame, stepping over torn ones."""
    at, size = 0, len(data)
    while (start := at + _HEAD.size) <= size:
        kind, length, crc = _HEAD.unpack_from(data, at)
        end = start + length
        payload = data[start:end] if end <= size else b""
        if end <= size and _checksum(data[at : at + _COVERED.size], payload) == crc:
            yield kind, payload, end
            at = end
        else:
            following = _KIND.search(data, at + 1)
            at = following.start() if following else size


def _checksum(head: bytes, payload: bytes) -> int:
    """Sum up the head, too: zeros, as a crash of the machine leaves them, are no empty frame."""
    return zlib.crc32(payload, zlib.crc32(head))


def _encode(item: LoggedPoint | Printed | _Record) -> tuple[bytes, bytes]:
    """Turn an item into the kind and payload of a frame."""
    match item:
        case LoggedPoint(metric, step, value, time):
            return b"p", _POINT.pack(step is None, step or 0, value, time) + metric.encode()
        case Printed(stream, text, time):
            body = text.encode("utf-8", "surrogatepass")
            return b"t", _PRINTED.pack(stream == "stderr", time) + body
        case _:
            payload = _to_json([type(item).__name__, item]).encode()
            if type(item) is StepRecord:
                if len(_written) >= _REMEMBERED:
                    _written.clear()
                _written[payload] = item
            return b"r", payload


def _decode(kind: bytes, payload: bytes) -> LoggedPoint | Printed | _Record:
    """Turn the kind and payload of a frame into an item."""
    if kind == b"p":
        automatic, step, value, time = _POINT.unpack_from(payload)
        metric = payload[_POINT.size :].decode()
        return LoggedPoint(metric, None if automatic else step, value, time)
    if kind == b"t":
        is_error, time = _PRINTED.unpack_from(payload)
        text = payload[_PRINTED.size :].decode("utf-8", "surrogatepass")
        return Printed("stderr" if is_error else "stdout", text, time)
    if (step := _written.pop(payload, None)) is not None:
        return step
    name, told = json.loads(payload)
    if "inputs" in told:
        told["inputs"] = tuple(told["inputs"])
    if "parts" in told:  # an earlier anew did not say them
        told["parts"] = tuple([_make(Part, part) for part in told["parts"]])
    if name == "Ended" and told["error"] is not None:
        told["error"] = Failure(**told["error"])
    return _make(_RECORDS[name], told)


def _make(kind: type[T], told: dict[str, Any]) -> T:
    """Make a record, past the initialiser of a frozen class: that takes as long as reading it."""
    names, defaults = _fields(kind)  # type: ignore[arg-type]  # classes can be hashed
    if told.keys() != names:
        told = defaults | told
        if told.keys() != names:
            return kind(**told)  # which says what is missing, or too many
    made = object.__new__(kind)
    vars(made).update(told)
    return made


@cache
def _fields(kind: Any) -> tuple[frozenset[str], dict[str, Any]]:
    """Name the fields of a record, and give the values of those that may be left out."""
    names = field_names(kind)
    return frozenset(names), {name: getattr(kind, name) for name in names if hasattr(kind, name)}
