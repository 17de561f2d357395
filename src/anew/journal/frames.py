"""The bytes of a journal: frames of kind, length, checksum and payload, and finding them again."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from array import array
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, get_args

from anew.journal.items import Ended, LoggedMany, LoggedPoint, Printed, Record
from anew.model import Failure, Part, StepRecord
from anew.records import field_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anew.journal.columns import Columns
    from anew.journal.items import Item

__all__ = [
    "HEAD_SIZE",
    "Frame",
    "decode",
    "encode",
    "find_frames",
    "gather_payloads",
    "gather_points",
    "is_point",
    "make_framer",
    "name_point",
    "to_little",
]

_HEAD: Final = struct.Struct("<cII")
_COVERED: Final = struct.Struct("<cI")
_CRC: Final = struct.Struct("<I")
_POINT: Final = struct.Struct("<?qdd")
_PRINTED: Final = struct.Struct("<?d")
_MANY: Final = struct.Struct("<BHIqqd")
_KIND: Final = re.compile(rb"[ptrm]")

_AUTOMATIC, _LISTED, _TIMED = 1, 2, 4

HEAD_SIZE: Final = _HEAD.size
_WORTH_GATHERING: Final = 16
POINT_SIZE: Final = HEAD_SIZE + _POINT.size
"""Of the frame of a point, but for the name of its metric."""

T = TypeVar("T")
_REMEMBERED: Final = 2_000
_written: Final[dict[bytes, StepRecord]] = {}
"""What this process wrote of steps and has not read: a graph of thousands is read back at once."""
_RECORDS: Final[dict[str, type[Any]]] = {kind.__name__: kind for kind in get_args(Record)}
_to_json: Final = json.JSONEncoder(default=vars, check_circular=False).encode


class Frame(NamedTuple):
    """A whole frame, and the place in the journal's bytes at which it ends."""

    kind: bytes
    payload: bytes
    end: int


def make_framer(metric: str) -> Callable[[int | None, float, float], bytes]:
    """Make what turns step, value and time of a metric into a frame: the work of every call."""
    name = metric.encode()
    size = _POINT.size + len(name)
    covered = _COVERED.pack(b"p", size)
    # Each call of a function takes as long as much of what it does: two, and no joining of bytes.
    pack_payload = struct.Struct(f"{_POINT.format}{len(name)}s").pack
    pack_frame = struct.Struct(f"<{_COVERED.size}sI{size}s").pack
    checksum, seed = zlib.crc32, zlib.crc32(covered)

    def make(step: int | None, value: float, time: float) -> bytes:
        payload = pack_payload(step is None, step or 0, value, time, name)
        return pack_frame(covered, checksum(payload, seed), payload)

    return make


def gather_points(said: list[bytes], columns_of: Callable[[str], Columns]) -> None:
    """Sort in points of calls that followed each other.

    Parameters
    ----------
    said
        The frames of each call, all of points. As a rule the calls name the same metrics: then
        each byte of all their numbers is taken at once.
    columns_of
        Gives the columns of a metric.
    """
    is_alike = len(set(map(len, said))) <= 1  # as a rule, and quicker found than runs
    for run in [said] if is_alike else [list(calls) for _, calls in groupby(said, len)]:
        if len(run) < _WORTH_GATHERING or not _gather_alike(run, columns_of):
            for frame in (each for call in run for each in find_frames(call)):
                automatic, step, value, time = _POINT.unpack_from(frame.payload)
                columns = columns_of(frame.payload[_POINT.size :].decode())
                columns.add(None if automatic else step, value, time)


def _gather_alike(run: list[bytes], columns_of: Callable[[str], Columns]) -> bool:
    """Sort in points of calls that name the same metrics; do nothing when they do not."""
    data, size, count = b"".join(run), len(run[0]), len(run)
    frames = [(frame.end - HEAD_SIZE - len(frame.payload), frame) for frame in find_frames(run[0])]
    for start, frame in frames:
        covered = (*range(start, start + _COVERED.size), *range(start + POINT_SIZE, frame.end))
        if any(data[at::size] != data[at : at + 1] * count for at in covered):
            return False
    for start, frame in frames:
        columns = columns_of(frame.payload[_POINT.size :].decode())
        _take_points(data, size, start + HEAD_SIZE, columns)
    return True


def gather_payloads(payloads: list[bytes], columns: Columns) -> float:
    """Sort in points of one metric from the payloads of their frames.

    Parameters
    ----------
    payloads
        As frames have them that `is_point` is true for, with one name.
    columns
        Of the metric.

    Returns
    -------
    float
        The greatest time of them.
    """
    before = len(columns)
    _take_points(b"".join(payloads), len(payloads[0]), 0, columns)
    return max(columns.times[before:])


def is_point(frame: Frame) -> bool:
    """Tell whether a frame is of a point, its payload beginning with its numbers.

    Parameters
    ----------
    frame
        A whole one.
    """
    return frame.kind == b"p" and len(frame.payload) >= _POINT.size


def name_point(payload: bytes) -> bytes:
    """Give the name of a point's metric, in UTF-8.

    Parameters
    ----------
    payload
        Of its frame.
    """
    return payload[_POINT.size :]


def _take_points(data: bytes, size: int, at: int, columns: Columns) -> None:
    """Take the numbers of points that recur in so many bytes, all of one place at once."""
    count = len(data) // size
    parts = []
    for first in range(at + 1, at + _POINT.size, 8):
        numbers = bytearray(8 * count)
        for byte in range(8):
            numbers[byte::8] = data[first + byte :: size]
        parts.append(numbers)
    steps, values, times = (array(c, bytes(p)) for c, p in zip("qdd", parts, strict=True))
    columns.automatic += data[at::size]
    columns.steps += to_little(steps)
    columns.values += to_little(values)
    columns.times += to_little(times)


def find_frames(data: bytes) -> Iterator[Frame]:
    """Give each whole frame, stepping over torn ones.

    Parameters
    ----------
    data
        Of a journal.
    """
    at, size = 0, len(data)
    view = memoryview(data)
    while (start := at + HEAD_SIZE) <= size:
        kind, length, crc = _HEAD.unpack_from(data, at)
        end = start + length
        if end <= size and _checksum(view[at : at + _COVERED.size], view[start:end]) == crc:
            yield Frame(kind, data[start:end], end)
            at = end
        else:
            following = _KIND.search(data, at + 1)
            at = following.start() if following else size


def _checksum(head: bytes | memoryview, payload: bytes | memoryview) -> int:
    """Sum up the head, too: zeros, as a crash of the machine leaves them, are no empty frame."""
    return zlib.crc32(payload, zlib.crc32(head))


def encode(item: Item) -> bytes:
    """Turn an item into a frame.

    Parameters
    ----------
    item
        What is said.
    """
    match item:
        case LoggedPoint(metric, step, value, time):
            return make_framer(metric)(step, value, time)
        case LoggedMany():
            kind, payload = b"m", _encode_many(item)
        case Printed(stream, text, time):
            body = text.encode("utf-8", "surrogatepass")
            kind, payload = b"t", _PRINTED.pack(stream == "stderr", time) + body
        case _:
            kind, payload = b"r", _to_json([type(item).__name__, item]).encode()
            if type(item) is StepRecord:
                if len(_written) >= _REMEMBERED:
                    _written.clear()
                _written[payload] = item
    head = _COVERED.pack(kind, len(payload))
    return head + _CRC.pack(_checksum(head, payload)) + payload


def _encode_many(item: LoggedMany) -> bytes:
    """Say steps that are a range by its begin and stride, and one time for all as one number."""
    metric, steps, values, times = item
    is_range, is_timed = isinstance(steps, range), isinstance(times, array)
    form = (_AUTOMATIC if steps is None else 0 if is_range else _LISTED) | _TIMED * is_timed
    start, stride = (steps.start, steps.step) if isinstance(steps, range) else (0, 0)
    name = metric.encode()
    time = 0.0 if isinstance(times, array) else times
    parts: list[Any] = [_MANY.pack(form, len(name), len(values), start, stride, time), name]
    parts += [to_little(each) for each in (steps, values, times) if isinstance(each, array)]
    return b"".join(parts)


def _decode_many(payload: bytes) -> LoggedMany:
    form, length, count, start, stride, time = _MANY.unpack_from(payload)
    at = _MANY.size + length
    metric = payload[_MANY.size : at].decode()

    def take(code: str) -> array[Any]:
        nonlocal at
        column = array(code, payload[at : at + 8 * count])
        at += 8 * count
        return to_little(column)

    steps: array[int] | range | None = None
    if form & _LISTED:
        steps = take("q")
    elif not form & _AUTOMATIC:
        steps = range(start, start + stride * count, stride)
    values = take("d")
    return LoggedMany(metric, steps, values, take("d") if form & _TIMED else time)


def to_little(column: array[Any]) -> array[Any]:
    """Swap the bytes on the rare machine that is not little-endian, or back.

    Parameters
    ----------
    column
        Left as it is.
    """
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column


def decode(kind: bytes, payload: bytes) -> Item:
    """Turn kind and payload of a frame into an item.

    Parameters
    ----------
    kind, payload
        Of the frame.

    Raises
    ------
    KeyError, TypeError, ValueError
        When a later anew says what is not known here.
    """
    if kind == b"p":
        automatic, step, value, time = _POINT.unpack_from(payload)
        metric = payload[_POINT.size :].decode()
        return LoggedPoint(metric, None if automatic else step, value, time)
    if kind == b"m":
        return _decode_many(payload)
    if kind == b"t":
        is_error, time = _PRINTED.unpack_from(payload)
        text = payload[_PRINTED.size :].decode("utf-8", "surrogatepass")
        return Printed("stderr" if is_error else "stdout", text, time)
    if (step := _written.pop(payload, None)) is not None:
        return step
    return _decode_record(payload)


def _decode_record(payload: bytes) -> Item:
    name, told = json.loads(payload)
    if "inputs" in told:
        told["inputs"] = tuple(told["inputs"])
    if "parts" in told:  # an earlier anew did not say them
        told["parts"] = tuple([_make(Part, part) for part in told["parts"]])
    if name == Ended.__name__ and told["error"] is not None:
        told["error"] = Failure(**told["error"])
    made: Item = _make(_RECORDS[name], told)
    return made


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
