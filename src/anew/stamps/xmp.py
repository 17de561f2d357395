"""The stamp as XMP: RDF in the words of Dublin Core, W3C PROV and anew, for whoever reads metadata.

References
----------
ISO 16684-1:2019, Extensible metadata platform (XMP); W3C PROV-O (2013); DCMI Metadata Terms (2020).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from anew.stamps.document import Provenance

__all__ = ["NAMESPACE", "description", "merge", "packet", "without"]

NAMESPACE: Final = "https://anew.readthedocs.io/ns/stamp/1#"

_BEGIN: Final = b"<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
_OPEN: Final = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n"
)
_CLOSE: Final = b"</rdf:RDF></x:xmpmeta>\n<?xpacket end='w'?>"
_OURS: Final = f"<rdf:Description rdf:about='' xmlns:anew='{NAMESPACE}'".encode()
_END: Final = b"</rdf:Description>\n"
_SPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
}
_FEW: Final = 8
"""So many names of one namespace are looked at."""
_TEXT: Final = re.compile(rb"<anew:provenance>(.*?)</anew:provenance>", re.DOTALL)


def description(stamp: Provenance, text: str, other: bytes = b"") -> bytes:
    """Write a stamp as one description of RDF.

    Parameters
    ----------
    stamp
        The stamp.
    text
        The same as JSON.
    other
        The packet that it is for: what that says already may not be said twice (ISO 16684-1, 6.3).
    """
    said = {
        "dc:date": f"<rdf:Seq><rdf:li>{stamp.date}</rdf:li></rdf:Seq>",
        "dc:source": f"urn:uuid:{stamp.trial}",
        "dcterms:identifier": _clean(stamp.content),
        "anew:trial": stamp.trial,
        "anew:number": str(stamp.number),
        "anew:experiment": _clean(stamp.experiment),
        "anew:provenance": text,
    }
    members = "".join(
        f"<{name}>{value}</{name}>" for name, value in said.items() if not _says(other, name)
    )
    made = f"<prov:wasGeneratedBy rdf:resource={quoteattr('urn:uuid:' + stamp.trial)}/>"
    spaces = "".join(f" xmlns:{name}='{space}'" for name, space in _SPACES.items())
    return _OURS + f"{spaces}>{members}{made}".encode("ascii", "xmlcharrefreplace") + _END


def packet(stamp: Provenance, text: str) -> bytes:
    """Write a stamp as a packet of XMP."""
    return _BEGIN + _OPEN + description(stamp, text) + _CLOSE


def merge(other: bytes, stamp: Provenance, text: str) -> bytes | None:
    """Put a stamp into a packet of somebody else; None when it has no place for it."""
    stale = without(other)
    if stale is not None:  # that of a file of which others have made this one
        other = other[: stale[2]] + other[stale[3] :]
    at = other.rfind(b"</rdf:RDF>")
    if at < 0 or b"xmlns:rdf=" not in other or _OURS in other:
        return None
    return other[:at] + description(stamp, text, other) + other[at:]


def without(data: bytes) -> tuple[bytes, bytes, int, int] | None:
    """Find the stamp in bytes that hold a packet.

    Returns
    -------
    tuple or None
        Its text, the packet without it (empty when it was the whole), and where its description
        begins and ends.
    """
    start = data.find(_OURS)
    end = data.find(_END, start) + len(_END) if start >= 0 else 0
    text = _TEXT.search(data, start, end) if end > start else None
    if text is None:
        return None
    rest = data[:start] + data[end:]
    return text[1], b"" if rest == _BEGIN + _OPEN + _CLOSE else rest, start, end


def _says(packet: bytes, name: str) -> bool:
    """Tell whether a packet has a property, whatever it calls its namespace."""
    space, _, local = name.partition(":")
    uri = re.escape(_SPACES.get(space, NAMESPACE).encode())
    return any(
        re.search(rb"\b%s:%s[\s=>/]" % (re.escape(prefix), local.encode()), packet)
        for prefix in re.findall(rb"xmlns:([\w.-]+)\s*=\s*['\"]%s['\"]" % uri, packet)[:_FEW]
    )


def _clean(text: str) -> str:
    """Write a text for XML, which has no place at all for some characters."""
    return escape("".join(c if c.isprintable() else "?" for c in text))
