"""Comparing PDF files object by object (ISO 32000), apart from dates and ids."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from anew.compare.files.compressed import LIMIT_BYTES
from anew.compare.files.texts import compare_decoded, decode_text
from anew.compare.finding import DIFFERENT, Finding, join

if TYPE_CHECKING:
    from anew.compare.files.way import Way

__all__ = ["compare_pdf"]

_OBJECT: Final = re.compile(
    rb"(?<![\d\w])(\d+) (\d+) obj\b(.*?)(?:\bstream\r?\n(.*?)\r?\n?endstream\b\s*)?endobj\b",
    re.DOTALL,
)
_TRAILER: Final = re.compile(rb"\btrailer\b(.*?)\bstartxref\b", re.DOTALL)
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


def _read(data: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Give dictionary and unpacked stream of each object."""
    trailer = b"".join(_TRAILER.findall(data))
    if b"/Encrypt" in trailer or re.search(rb"/Type\s*/XRef[^>]*/Encrypt|/Encrypt \d+ \d+ R", data):
        message = "encrypted"
        raise ValueError(message)
    found = {"trailer": (_mask(trailer), b"")}
    size = 0
    for number, generation, head, stream in _OBJECT.findall(data):
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
