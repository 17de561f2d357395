"""Objects of a PDF, as far as an update of its metadata needs them.

References
----------
ISO 32000-2:2020, 7.3 (objects), 7.5 (file structure).
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from anew.stamps.content import Unsuitable

__all__ = ["Document", "dictionary", "number_of", "reference_to", "top_level"]

_SIGN: Final = re.compile(rb"<<|>>|[(%<]")
_IN_TEXT: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_OBJECT: Final = re.compile(rb"\s*(\d+)\s+(\d+)\s+obj\b\s*")
_STREAM: Final = re.compile(rb"\s*stream\r?\n")
_SECTION: Final = re.compile(rb"\s*(\d+)\s+(\d+)[ \t]*\r?\n")
_ROW: Final = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r][\r\n]")
_ROW_BYTES: Final = 20
_START: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z")
_MOST_BYTES: Final = 64 << 20
_MOST_UPDATES: Final = 1000
_PLAIN, _PACKED = 1, 2
_PNG_UP: Final = 2


class Document:
    """A PDF that can be asked for its objects.

    Parameters
    ----------
    data
        The file.

    Attributes
    ----------
    start
        Where its last table of objects is.
    is_table
        Whether that is one of text, not a stream.
    trailer
        The dictionary that belongs to it.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        begin = _START.search(data[-2048:])
        if begin is None:
            raise _damaged()
        self.start = at = int(begin[1])
        self._places: dict[int, tuple[int, int, int]] = {}
        self.trailer, self.is_table = self._read_table(at)
        trailer = self.trailer
        for _ in range(_MOST_UPDATES):
            previous = number_of(trailer, b"Prev")
            if previous is None:
                break
            trailer, _ = self._read_table(previous)

    def find(self, number: int) -> bytes:
        """Give what an object is, from its begin."""
        kind, first, second = self._places.get(number, (0, 0, 0))
        if kind == _PLAIN:
            head = _OBJECT.match(self.data, first)
            if head and int(head[1]) == number:
                return self.data[head.end() : head.end() + _MOST_BYTES]
        elif kind == _PACKED:
            return self._unpack(first, second, number)
        raise _damaged()

    def generation(self, number: int) -> int:
        """Give the generation of an object."""
        kind, _, second = self._places.get(number, (0, 0, 0))
        return second if kind == _PLAIN else 0

    def stream(self, said: bytes) -> bytes:
        """Give the data of an object that is a stream."""
        head, end = dictionary(said, 0)
        begin = _STREAM.match(said, end)
        if begin is None:
            raise _damaged()
        if b"/Filter" not in head:
            return said[begin.end() : said.find(b"endstream", begin.end())]
        if not re.search(rb"/Filter\s*\[?\s*/FlateDecode\s*[\]/>]", head):
            why = "it is packed in an unusual way"
            raise Unsuitable(why)
        try:
            data = zlib.decompressobj().decompress(said[begin.end() :], _MOST_BYTES)
        except zlib.error as error:
            raise _damaged() from error
        return _unpredict(data, head)

    def _read_table(self, at: int) -> tuple[bytes, bool]:
        """Read one table of objects; those that are known already are of a later one."""
        if self.data[at : at + 4] == b"xref":
            return self._read_rows(at + 4), True
        return self._read_stream(at), False

    def _read_rows(self, at: int) -> bytes:
        while section := _SECTION.match(self.data, at):
            first, count, at = int(section[1]), int(section[2]), section.end()
            for number in range(first, first + count):
                row = _ROW.match(self.data, at)
                if row is None:
                    raise _damaged()
                kind = _PLAIN if row[3] == b"n" else 0
                self._places.setdefault(number, (kind, int(row[1]), int(row[2])))
                at += _ROW_BYTES
        begin = self.data.find(b"trailer", at, at + 64)
        if begin < 0:
            raise _damaged()
        return dictionary(self.data, begin + len(b"trailer"))[0]

    def _read_stream(self, at: int) -> bytes:
        head = _OBJECT.match(self.data, at)
        if head is None:
            raise _damaged()
        said = self.data[head.end() : head.end() + _MOST_BYTES]
        trailer = dictionary(said, 0)[0]
        widths, rows = _numbers(trailer, b"W"), self.stream(said)
        index = _numbers(trailer, b"Index") or [0, number_of(trailer, b"Size") or 0]
        if len(widths) != 3 or not 0 < max(widths) <= 8:  # noqa: PLR2004 - kind and two fields
            raise _damaged()
        place = 0
        for first, count in zip(index[::2], index[1::2], strict=False):
            for number in range(first, first + count):
                if place + sum(widths) > len(rows):
                    raise _damaged()
                fields = []
                for width in widths:
                    fields.append(int.from_bytes(rows[place : place + width]))
                    place += width
                kind = fields[0] if widths[0] else _PLAIN
                self._places.setdefault(number, (kind, fields[1], fields[2]))
        return trailer

    def _unpack(self, container: int, place: int, number: int) -> bytes:
        """Give an object that lies in a stream of objects."""
        if self._places.get(container, (0,))[0] != _PLAIN:
            raise _damaged()
        said = self.find(container)
        first = number_of(dictionary(said, 0)[0], b"First") or 0
        data = self.stream(said)
        pairs = [int(each) for each in data[:first].split()]
        if len(pairs) <= 2 * place + 1 or pairs[2 * place] != number:
            raise _damaged()
        return data[first + pairs[2 * place + 1] :]


def dictionary(data: bytes, at: int) -> tuple[bytes, int]:
    """Give the dictionary that begins at a place, and where it ends."""
    start = at
    while data[start : start + 1].isspace():
        start += 1
    if data[start : start + 2] != b"<<":
        raise _damaged()
    depth, at = 0, start
    while sign := _SIGN.search(data, at):
        at = sign.end()
        if sign[0] in {b"<<", b">>"}:
            depth += 1 if sign[0] == b"<<" else -1
            if depth == 0:
                return data[start:at], at
        else:
            at = _pass_over(data, sign[0], at)
    raise _damaged()


def top_level(said: bytes) -> bytes:
    """Leave out of a dictionary what is within texts and other dictionaries."""
    kept, depth, at = b"", 0, 0
    while sign := _SIGN.search(said, at):
        if depth == 1:
            kept += said[at : sign.start()]
        at = sign.end()
        if sign[0] in {b"<<", b">>"}:
            depth += 1 if sign[0] == b"<<" else -1
        else:
            at = _pass_over(said, sign[0], at)
        kept += b" "
    return kept


def number_of(said: bytes, key: bytes) -> int | None:
    """Give a number of a dictionary."""
    found = re.search(rb"/" + key + rb"\s+(\d{1,12})(?!\s+\d+\s+R)\b", top_level(said))
    return int(found[1]) if found else None


def reference_to(said: bytes, key: bytes) -> int | None:
    """Give the number of the object that a dictionary refers to."""
    found = re.search(rb"/" + key + rb"\s+(\d{1,9})\s+\d{1,5}\s+R\b", top_level(said))
    return int(found[1]) if found else None


def _numbers(said: bytes, key: bytes) -> list[int]:
    found = re.search(rb"/" + key + rb"\s*\[([\d\s]*)\]", top_level(said))
    return [int(each) for each in found[1].split()] if found else []


def _pass_over(data: bytes, sign: bytes, at: int) -> int:
    """Give where a text or a remark ends."""
    if sign == b"%":
        ends = [end for end in (data.find(b"\r", at), data.find(b"\n", at)) if end >= 0]
        return min(ends, default=len(data))
    if sign == b"<":
        return data.find(b">", at) + 1 or len(data)
    depth = 1
    while depth and (found := _IN_TEXT.search(data, at)):
        at = found.end()
        depth += (found[0] == b"(") - (found[0] == b")")
    return len(data) if depth else at


def _unpredict(data: bytes, head: bytes) -> bytes:
    """Undo that each row tells only how it differs from the one above."""
    predictor = re.search(rb"/Predictor\s+(\d+)", head)
    if predictor is None or int(predictor[1]) == 1:
        return data
    columns = re.search(rb"/Columns\s+(\d{1,5})", head)
    width = int(columns[1]) if columns else 1
    above, rows = bytes(width), []
    for at in range(0, len(data) - width, width + 1):
        row = data[at + 1 : at + 1 + width]
        if data[at] not in {0, _PNG_UP}:
            why = "its table of objects is packed in an unusual way"
            raise Unsuitable(why)
        if data[at] == _PNG_UP:
            row = bytes((a + b) & 255 for a, b in zip(row, above, strict=True))
        rows.append(row)
        above = row
    return b"".join(rows)


def _damaged() -> Unsuitable:
    return Unsuitable("it is damaged, or built in an unusual way")
