"""HTML: JSON-LD in a script that nothing runs, at the end of the page.

References
----------
W3C JSON-LD 1.1 (2020), 7, embedding JSON-LD in HTML; PROV-O (2013); DCMI Metadata Terms (2020).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from anew.stamps.content import Found, Unsuitable
from anew.stamps.xmp import NAMESPACE

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "linked", "put"]

_MOST_BYTES: Final = 256 << 20
_TAIL_BYTES: Final = 128 << 10
_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s|<!--.*?-->|<\?.*?\?>)*<[!a-zA-Z]", re.DOTALL)
_CLOSE: Final = re.compile(rb"(?:</body\s*>\s*)?(?:</html\s*>\s*)?\Z", re.IGNORECASE)
_TEXTS: Final = (
    (b"<", b">"),
    (b"<!--", b"-->"),
    *((f"<{name}".encode(), f"</{name}".encode()) for name in ("script", "style", "textarea")),
)
"""Begin and end of what is no markup: an element in it would be none."""
_OPEN: Final = b'<script type="application/ld+json" id="anew-provenance">'
_SAID: Final = b',"anew:provenance":'
_END: Final = b"}</script>\n"


def is_mine(content: Content) -> bool:
    """Tell whether it is HTML, in an encoding that ASCII is a part of."""
    head = content.head(4096)
    return content.size <= _MOST_BYTES and b"\0" not in head and _START.match(head) is not None


def find(content: Content) -> Found | None:
    """Find the stamp, which is near the end."""
    tail = content.tail(_TAIL_BYTES)
    start = tail.rfind(_OPEN)
    text = tail.find(_SAID + b'{"stamp":', start)
    end = tail.find(_END, text)
    if min(start, text, end) < 0:
        return None
    before = content.size - len(tail)
    bare: Pieces = [range(before + start), range(before + end + len(_END), content.size)]
    return Found(tail[text + len(_SAID) : end], bare)


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    data = content.all()
    last = max(data.rfind(b"</script"), data.rfind(b"</SCRIPT"))
    rest = data[last + 1 :].lower()  # what is before may be a script that speaks of all of this
    if any(rest.rfind(begin) > rest.rfind(end) for begin, end in _TEXTS):
        why = "it is cut short"
        raise Unsuitable(why)
    tail = content.tail(4096)
    closed = _CLOSE.search(tail)
    at = content.size - len(tail) + (closed.start() if closed else len(tail))
    said = _OPEN + linked(stamp, text).encode().removesuffix(b"}") + _END
    return [range(at), said, range(at, content.size)]


def linked(stamp: Provenance, text: str) -> str:
    """Write a stamp as JSON-LD, the document itself as its last member."""
    said = {
        "@context": {
            "anew": NAMESPACE,
            "anew:provenance": {"@type": "@json"},
            "dcterms": "http://purl.org/dc/terms/",
            "prov": "http://www.w3.org/ns/prov#",
        },
        "@type": "prov:Entity",
        "dcterms:created": stamp.date,
        "dcterms:identifier": stamp.content,
        "prov:wasGeneratedBy": {"@id": f"urn:uuid:{stamp.trial}", "@type": "prov:Activity"},
    }
    return f'{json.dumps(said, separators=(",", ":"))[:-1]},"anew:provenance":{text}}}'
