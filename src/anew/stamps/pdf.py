"""PDF: Info and XMP, in an update behind the file as it was.

References
----------
ISO 32000-2:2020, 7.5.6 (incremental updates), 14.3 (metadata).
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

from anew.stamps import xmp
from anew.stamps.content import Found, Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_MARK: Final = re.compile(rb"%anew-stamp (\d{1,18})\n(?=startxref\s+\d+\s+%%EOF\s*\Z)")
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
    if not 0 < content.size - size <= _MOST_ADDED or not size:
        return None
    said = xmp.without(content.read(size, content.size - size))
    return Found(said[0], [range(size)]) if said else None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    try:
        import pypdf
    except ImportError as error:
        why = "pypdf is not installed"
        raise Unsuitable(why) from error
    if content.size > _MOST_BYTES or b"%%EOF" not in content.tail(_TAIL_BYTES):
        why = "it is cut short, or too large"
        raise Unsuitable(why)
    data = content.all()
    try:
        new = _update(pypdf, data, stamp, text)
    except Unsuitable:
        raise
    except Exception as error:
        why = f"pypdf cannot update it: {error}"
        raise Unsuitable(why) from error
    added = new.removeprefix(data)
    at = added.rfind(b"startxref")
    if len(added) == len(new) or at < 0:
        why = "an update would change what is there"
        raise Unsuitable(why)
    mark = f"%anew-stamp {content.size}\n".encode()
    return [range(content.size), added[:at] + mark + added[at:]]


def _update(pypdf: Any, data: bytes, stamp: Provenance, text: str) -> bytes:
    """Have the library write the update."""
    import logging

    from pypdf.generic import NameObject, StreamObject

    logging.getLogger("pypdf").addFilter(lambda _: False)
    writer = pypdf.PdfWriter(io.BytesIO(data), incremental=True)
    if pypdf.PdfReader(io.BytesIO(data)).is_encrypted:
        why = "it is encrypted"
        raise Unsuitable(why)
    catalog = writer.root_object
    stream = StreamObject()
    stream[NameObject("/Type")] = NameObject("/Metadata")
    stream[NameObject("/Subtype")] = NameObject("/XML")
    stream.set_data(_packet(catalog, stamp, text))
    catalog[NameObject("/Metadata")] = writer._add_object(stream)  # noqa: SLF001 - the way that its manual gives
    writer.add_metadata({"/AnewTrial": stamp.trial, "/AnewNumber": str(stamp.number)})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _packet(catalog: Any, stamp: Provenance, text: str) -> bytes:
    """Write the packet, with what another one says."""
    other = catalog.get("/Metadata")
    if other is None:
        return xmp.packet(stamp, text)
    merged = xmp.merge(bytes(other.get_object().get_data()), stamp, text)
    if merged is None:
        why = "it holds XMP of another kind"
        raise Unsuitable(why)
    return merged
