"""PDF: Info and XMP, in an update behind the file as it was.

No library is asked: those that write PDF read all of it first, which takes a hundred times as long
as the few objects of an update do.

References
----------
ISO 32000-2:2020, 7.5.6 (incremental updates), 14.3 (metadata).
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from anew.stamps import xmp
from anew.stamps.content import Found, Unsuitable
from anew.stamps.pdf_objects import Document, dictionary, number_of, reference_to

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_MARK: Final = re.compile(rb"%anew-stamp (\d{1,18})\n(?=startxref\s+\d+\s+%%EOF\s*\Z)")
_OLD_INFO: Final = re.compile(rb"/Anew(?:Trial|Number) \([\w-]*\)")
_ID: Final = re.compile(rb"/ID\s*\[\s*<[0-9A-Fa-f\s]*>\s*<[0-9A-Fa-f\s]*>\s*\]")
_TAIL_BYTES: Final = 1024
_MOST_ADDED: Final = 4 << 20
_MOST_BYTES: Final = 256 << 20


def is_mine(content: Content) -> bool:
    """Tell whether it is a PDF."""
    return content.head(5) == b"%PDF-"


def find(content: Content) -> Found | None:
    """Find the stamp."""
    mark = _MARK.search(content.tail(_TAIL_BYTES))
    size = int(mark[1]) if mark else 0
    if not size or not 0 < content.size - size <= _MOST_ADDED:
        return None
    said = xmp.without(content.read(size, content.size - size))
    return Found(said[0], [range(size)]) if said else None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    if content.size > _MOST_BYTES:
        why = "it is too large"
        raise Unsuitable(why)
    data = content.all()
    document = Document(data)
    for sign, why in ((b"/Encrypt", "it is encrypted"), (b"/ByteRange", "it is signed")):
        if sign in (document.trailer if sign == b"/Encrypt" else data):
            raise Unsuitable(why)
    objects = _objects(document, stamp, text)
    gap = b"" if data.endswith(b"\n") else b"\n"
    return [range(content.size), gap + _update(document, objects, content.size + len(gap))]


def _objects(document: Document, stamp: Provenance, text: str) -> dict[int, bytes]:
    """Give the objects that are new or others now, by number."""
    size, root = number_of(document.trailer, b"Size"), reference_to(document.trailer, b"Root")
    if size is None or root is None:
        why = "it has no catalog"
        raise Unsuitable(why)
    catalog = dictionary(document.find(root), 0)[0]
    metadata = reference_to(catalog, b"Metadata")
    objects: dict[int, bytes] = {}
    if metadata is None:
        packet, metadata = xmp.packet(stamp, text), size
        objects[root] = catalog[:-2] + f" /Metadata {metadata} 0 R >>".encode()
    else:
        merged = xmp.merge(document.stream(document.find(metadata)), stamp, text)
        if merged is None:
            why = "it holds XMP of another kind"
            raise Unsuitable(why)
        packet = merged
    head = f"<< /Type /Metadata /Subtype /XML /Length {len(packet)} >>\nstream\n"
    objects[metadata] = head.encode() + packet + b"\nendstream"
    info = reference_to(document.trailer, b"Info")
    known = dictionary(document.find(info), 0)[0] if info is not None else b"<< >>"
    said = f"/AnewTrial ({stamp.trial}) /AnewNumber ({stamp.number}) >>".encode()
    number = max([size, *objects]) + 1 if info is None else info
    objects[number] = _OLD_INFO.sub(b"", known)[:-2] + said
    return objects


def _update(document: Document, objects: dict[int, bytes], at: int) -> bytes:
    """Write objects, and the table that tells where they are."""
    body, places = b"", {}
    for number, said in sorted(objects.items()):
        generation = document.generation(number)
        places[number] = at + len(body), generation
        body += f"{number} {generation} obj\n".encode() + said + b"\nendobj\n"
    here = at + len(body)
    size = max([(number_of(document.trailer, b"Size") or 1) - 1, *objects]) + 1
    if document.is_table:
        body += _rows(places) + b"trailer\n<< " + _trailer(document, objects, size) + b" >>\n"
    else:
        places[size] = here, 0
        rows = b"".join(struct.pack(">BQH", 1, *place) for _, place in sorted(places.items()))
        index = " ".join(f"{number} 1" for number in sorted(places))
        head = f"{size} 0 obj\n<< /Type /XRef /W [1 8 2] /Index [{index}] /Length {len(rows)} "
        body += head.encode() + _trailer(document, objects, size + 1)
        body += b" >>\nstream\n" + rows + b"\nendstream\nendobj\n"
    mark = f"%anew-stamp {len(document.data)}\n"
    return body + f"{mark}startxref\n{here}\n%%EOF\n".encode()


def _rows(places: dict[int, tuple[int, int]]) -> bytes:
    said = b"xref\n"
    for number, (place, generation) in sorted(places.items()):
        said += f"{number} 1\n{place:010d} {generation:05d} n \n".encode()
    return said


def _trailer(document: Document, objects: dict[int, bytes], size: int) -> bytes:
    """Write what the last table says of the whole, for the next one."""
    old = document.trailer
    root, info = reference_to(old, b"Root"), reference_to(old, b"Info")
    info = max(objects) if info is None else info
    said = f"/Size {size} /Prev {document.start}"
    for name, number in (("Root", root), ("Info", info)):
        said += f" /{name} {number} {document.generation(number or 0)} R"
    identity = _ID.search(old)
    return said.encode() + (b" " + identity[0] if identity else b"")
