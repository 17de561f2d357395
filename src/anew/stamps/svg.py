"""SVG: a `metadata` element with RDF, the last of the picture.

References
----------
W3C SVG 2 (2018), 5.7, the metadata element.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.stamps import xmp
from anew.stamps.content import Found, Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_MOST_BYTES: Final = 64 << 20
_ROOT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*+"
    rb"<(?:([\w.-]+):)?svg[\s>]",
    re.DOTALL,
)
_HEAD_BYTES: Final = 65_536
_OURS: Final = b'metadata id="anew-provenance">'
_END: Final = re.compile(rb"</(?:[\w.-]+:)?metadata>\n")
_CLOSE: Final = re.compile(rb"</(?:[\w.-]+:)?svg\s*>\s*(?:<!--(?:(?!-->).)*-->\s*)*", re.DOTALL)
_RDF: Final = b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n"


def is_mine(content: Content) -> bool:
    """Tell whether it is an SVG, neither packed nor in an encoding other than ASCII's heirs."""
    return content.size <= _MOST_BYTES and _ROOT.match(content.head(_HEAD_BYTES)) is not None


def find(content: Content) -> Found | None:
    """Find the stamp."""
    data = content.all()
    at = data.rfind(_OURS)  # what is before it may be one that somebody has damaged
    start = data.rfind(b"<", 0, max(at, 0))
    end = _END.search(data, at) if start >= 0 else None
    said = xmp.without(data[start : end.end()]) if end else None
    if end is None or said is None:
        return None
    return Found(said[0], [range(start), range(end.end(), content.size)])


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    data = content.all()
    root = _ROOT.match(data[:_HEAD_BYTES])
    at = max(data.rfind(b"</svg"), data.rfind(b":svg"))
    at = data.rfind(b"<", 0, at + 1)
    if root is None or at < 0 or not _CLOSE.fullmatch(data, at):
        why = "its end is not that of a picture"
        raise Unsuitable(why)
    name = root[1] + b":metadata" if root[1] else b"metadata"
    said = b"<" + name + b' id="anew-provenance">' + _RDF + xmp.description(stamp, text)
    return [range(at), said + b"</rdf:RDF></" + name + b">\n", range(at, content.size)]
