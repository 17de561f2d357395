"""Comparing PDF files object by object (ISO 32000), apart from dates and ids."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from anew.compare.files.compressed import LIMIT_BYTES
from anew.compare.files.texts import compare_decoded, decode_text
from anew.compare.finding import DIFFERENT, Finding, join
from anew.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_pdf", "read_drawn"]

_BEGIN: Final = re.compile(rb"(?<!\w)(\d+) (\d+) obj\b")
_END: Final = re.compile(rb"\bendobj\b|\bstream\r?\n")
_ENCRYPTED: Final = re.compile(rb"/Type\s*/XRef[^>]{0,999}/Encrypt|/Encrypt \d+ \d+ R")
_LITERAL: Final = rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)"
_STAMPS: Final = re.compile(
    rb"/(?:CreationDate|ModDate|LastModified|ID|Length|DL|Prev|PTEX\.Fullbanner)\s*"
    rb"(?:"
    + _LITERAL
    + rb"|<[0-9A-Fa-f\s]*>|\[\s*(?:(?:<[0-9A-Fa-f\s]*>|"
    + _LITERAL
    + rb")\s*)*\]"
    rb"|\d+ \d+ R|\d+)",
    re.DOTALL,
)
_XMP: Final = re.compile(
    rb"(<(?:xmp|xap|xmpMM|xapMM|pdf|stEvt):(?:CreateDate|ModifyDate|MetadataDate|DocumentID|"
    rb"InstanceID|when)>)[^<]*|((?:xmp|xmpMM|stEvt):(?:CreateDate|ModifyDate|MetadataDate|"
    rb"DocumentID|InstanceID|when)=)\"[^\"]*\"|(rdf:about=)\"[^\"]*\""
)
_BESIDE: Final = re.compile(rb"/Type\s*/(?:Metadata|ObjStm)\b|/S\s+\d")
_LOOKS: Final = re.compile(
    rb"/(MediaBox|CropBox|CA|ca|BM|LW|Matrix|BBox)\s*(\[[^\[\]]*\]|/\w+|[-+.\d]+)(?!\s+\d+\s+R)"
)
_SUBSET: Final = re.compile(rb"/[A-Z]{6}\+")


def compare_pdf(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the objects, their streams unpacked; dates, ids and offsets are not looked at.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare texts in them.

    Raises
    ------
    ValueError
        When one of them is encrypted: what can be seen of it says nothing.
    """
    old, new = _read(a), _read(b)
    if not old or not new:
        message = "no objects in it"
        raise ValueError(message)
    if old.keys() != new.keys():
        return Finding(DIFFERENT, f"{len(old)} objects → {len(new)} objects")
    return join(((name, _compare(old[name], new[name], way)) for name in old), "objects")


def read_drawn(data: bytes) -> list[str]:
    """Read what a document shows, whatever describes it and in which order its objects are.

    Parameters
    ----------
    data
        The bytes of a PDF file.

    Returns
    -------
    list of str
        Digests of pages, fonts and pictures, unpacked, and the numbers that say how they are
        shown: sizes of pages, opacities, widths of lines.

    Raises
    ------
    ValueError
        When it is encrypted, or has no pages.
    """
    drawn, looks = set(), set()
    for head, stream in _read(data).values():
        if stream and not _BESIDE.search(head):
            drawn.add(digest_bytes(stream.strip()))
        for name, value in _LOOKS.findall(head + (stream if b"/ObjStm" in head else b"")):
            words = value.strip(b"[] ").split()
            looks.add(" ".join([name.decode(), *map(_number, words)]))
    if not drawn:
        message = "no pages in it"
        raise ValueError(message)
    return [*sorted(looks), *sorted(drawn)]


def _number(word: bytes) -> str:
    try:
        return f"{float(word):.6g}"
    except ValueError:
        return word.decode("latin-1")


def _read(data: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Give dictionary and unpacked stream of each object."""
    parts = (part.partition(b"startxref") for part in data.split(b"trailer")[1:])
    trailer = b"".join(part for part, is_whole, _ in parts if is_whole)
    if b"/Encrypt" in trailer or _ENCRYPTED.search(data):
        message = "encrypted"
        raise ValueError(message)
    found = {"trailer": (_mask(trailer), b"")}
    size = 0
    for number, generation, head, stream in _find_objects(data):
        if b"/XRef" in head:
            found["trailer"] = (_mask(re.sub(rb"/(?:Index|W)\s*\[[^\]]*\]", b"", head)), b"")
            continue
        unpacked = _unpack(head, stream)
        size += len(unpacked)
        if size > LIMIT_BYTES:
            message = "too large"
            raise ValueError(message)
        found[f"object {int(number)}.{int(generation)}"] = _mask(head), unpacked
    return found


def _find_objects(data: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Give number, generation, dictionary and stream of each object; each byte is seen once."""
    at = 0
    while (begin := _BEGIN.search(data, at)) and (end := _END.search(data, begin.end())):
        at, stream = end.end(), b""
        if end[0] != b"endobj":
            close = data.find(b"endstream", at)
            if close < 0:
                return
            stream = data[at:close].removesuffix(b"\n").removesuffix(b"\r")
            at = close + len(b"endstream")
        yield begin[1], begin[2], data[begin.end() : end.start()], stream


def _unpack(head: bytes, stream: bytes) -> bytes:
    """Unpack a stream that is deflated, and hide the stamps in it."""
    if b"/FlateDecode" in head:
        try:
            stream = zlib.decompressobj().decompress(stream, LIMIT_BYTES)
        except zlib.error:
            return stream
    if b"/ObjStm" in head:  # objects themselves, at places that depend on the length of dates
        first = re.search(rb"/First (\d+)", head)
        return _mask(stream[int(first[1]) :]) if first else stream
    return _mask(stream) if b"/Metadata" in head else stream


def _mask(part: bytes) -> bytes:
    """Hide dates, ids, offsets and the random names of parts of fonts."""
    part = _XMP.sub(lambda found: next(x for x in found.groups() if x), _STAMPS.sub(b"", part))
    return b" ".join(_SUBSET.sub(b"/", part).split())


def _compare(old: tuple[bytes, bytes], new: tuple[bytes, bytes], way: Way) -> Finding:
    """Compare two objects: what they say of themselves, and their streams."""
    pairs = [(x, y) for x, y in zip(old, new, strict=True) if x != y]
    return join((("", _compare_parts(x, y, way)) for x, y in pairs), "parts")


def _compare_parts(old: bytes, new: bytes, way: Way) -> Finding:
    texts = decode_text(old), decode_text(new)
    if texts[0] is None or texts[1] is None:
        return Finding(DIFFERENT, "another stream")
    return compare_decoded(texts[0], texts[1], way)
