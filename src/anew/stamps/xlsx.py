"""XLSX: a property of the document that is no standard one, as Office shows them.

References
----------
ECMA-376 (2016), part 1, 22.3, custom properties; part 2, packages.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from anew.stamps import archive
from anew.stamps.content import MAX_BYTES, Found, Unsuitable

if TYPE_CHECKING:
    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = ["find", "is_mine", "put"]

_CUSTOM: Final = "docProps/custom.xml"
_TYPES: Final = "[Content_Types].xml"
_RELATIONS: Final = "_rels/.rels"
_WORKBOOK: Final = "xl/workbook.xml"
_OPEN_XML: Final = "http://schemas.openxmlformats.org/"
_KIND: Final = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_EMPTY: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<Properties xmlns="{_OPEN_XML}officeDocument/2006/custom-properties"'
    f' xmlns:vt="{_OPEN_XML}officeDocument/2006/docPropsVTypes"></Properties>'
)
_TYPE: Final = f'<Override PartName="/{_CUSTOM}" ContentType="{_KIND}"/>'
_RELATION: Final = (
    f'<Relationship Id="rIdAnew" Target="{_CUSTOM}"'
    f' Type="{_OPEN_XML}officeDocument/2006/relationships/custom-properties"/>'
)
_TEXT: Final = re.compile(
    r'name="anew provenance"><vt:lpwstr xmlns:vt="[^"]*">(.*?)</vt:lpwstr>', re.DOTALL
)
_NUMBERS: Final = re.compile(r'\bpid="(\d{1,9})"')


def is_mine(content: Content) -> bool:
    """Tell whether it is a workbook."""
    try:
        return content.head(2) == b"PK" and _WORKBOOK in archive.members(content)
    except Unsuitable:
        return False


def find(content: Content) -> Found | None:
    """Find the stamp."""
    try:
        there = archive.members(content)
        size = archive.size_before(there, _CUSTOM)
        if size is None:
            return None
        said = archive.read(content, there[_CUSTOM], 16 * MAX_BYTES).decode("utf-8", "replace")
    except Unsuitable:
        return None
    text = _TEXT.search(said)
    return Found(unescape(text[1]).encode(), [range(size)]) if text else None


def put(content: Content, stamp: Provenance, text: str) -> Pieces:
    """Give the file with a stamp."""
    there = archive.members(content)
    custom = _read(content, _CUSTOM) if _CUSTOM in there else _EMPTY
    number = max([1, *map(int, _NUMBERS.findall(custom))]) + 1
    said = {"anew trial": f"{stamp.number} ({stamp.trial})", "anew provenance": text}
    properties = "".join(
        _property(number + i, name, value) for i, (name, value) in enumerate(said.items())
    )
    new = {_CUSTOM: _insert(custom, properties, "</Properties>")}
    if _CUSTOM not in there:
        new |= {
            _TYPES: _insert(_read(content, _TYPES), _TYPE, "</Types>"),
            _RELATIONS: _insert(_read(content, _RELATIONS), _RELATION, "</Relationships>"),
        }
    return archive.add(content, {name: value.encode() for name, value in new.items()})


def _property(number: int, name: str, value: str) -> str:
    """Write one property; it names its own type, whatever the document calls that."""
    return (
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
        f'<vt:lpwstr xmlns:vt="{_OPEN_XML}officeDocument/2006/docPropsVTypes">{escape(value)}'
        "</vt:lpwstr></property>"
    )


def _read(content: Content, name: str) -> str:
    member = archive.members(content).get(name)
    if member is None:
        why = f"it has no {name}"
        raise Unsuitable(why)
    return archive.read(content, member).decode("utf-8")


def _insert(text: str, said: str, before: str) -> str:
    at = text.rfind(before)
    if at < 0:
        why = f"it has no {before} where one is expected"
        raise Unsuitable(why)
    return text[:at] + said + text[at:]
