"""Notebooks, and objects of JSON where that is asked for: one more member.

References
----------
RFC 8259, JSON (2017); nbformat 4, notebook metadata.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from anew.stamps.content import MAX_BYTES, Found, Unsuitable

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.stamps.content import Content, Pieces
    from anew.stamps.document import Provenance

__all__ = [
    "find",
    "find_key",
    "in_whole",
    "is_notebook",
    "is_object",
    "put",
    "put_at",
    "put_key",
    "within",
]

_KEY: Final = "$provenance"
_NOTEBOOK_KEY: Final = "anew_provenance"
_MOST_BYTES: Final = 64 << 20
_OBJECT: Final = re.compile(rb"\s*\{")
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_METADATA: Final = re.compile(rb'"metadata"\s*:\s*\{')


def is_object(content: Content) -> bool:
    """Tell whether it may be an object of JSON."""
    return content.size <= _MOST_BYTES and _OBJECT.match(content.head(4096)) is not None


def is_notebook(content: Content) -> bool:
    """Tell whether it may be a notebook."""
    return is_object(content) and b'"nbformat"' in content.all()


def _find(key: str, content: Content) -> Found | None:
    """Find the stamp: an unescaped quote before its name cannot be in a text."""
    data = content.all()
    mark = f'"{key}":{{"stamp":'.encode()
    start = data.find(mark)
    if start < 0:
        return None
    begin = start + len(key) + 3
    try:
        said = data[begin : begin + MAX_BYTES + 1].decode("ascii", "replace")
        end = begin + json.JSONDecoder().raw_decode(said)[1]
    except (ValueError, RecursionError):
        return None
    after = end + (data[end : end + 1] == b",")
    return Found(data[begin:end], [range(start), range(after, content.size)])


def _put(
    key: str,
    place: Callable[[bytes], int],
    content: Content,
    _: Provenance,
    text: str,
) -> Pieces:
    """Give the file with a stamp, the first member of an object."""
    data = content.all()
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        why = "it is no JSON"
        raise Unsuitable(why) from error
    at = place(data)
    comma = "" if data[at:].lstrip()[:1] == b"}" else ","
    return [range(at), f'"{key}":{text}{comma}'.encode(), range(at, content.size)]


def in_whole(data: bytes) -> int:
    """Give where the members of the whole begin."""
    found = _OBJECT.match(data)
    return found.end() if found else 0


def within(name: re.Pattern[bytes], data: bytes) -> int:
    """Give where the members of an outermost object begin, by a pattern of its begin."""
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = token[0]
        found = name.match(data, token.start()) if depth == 1 else None
        if found:
            return found.end()
        depth += (sign in {b"{", b"["}) - (sign in {b"}", b"]"})
    why = "it has no place for attributes"
    raise Unsuitable(why)


find: Final = partial(_find, _NOTEBOOK_KEY)
find_key: Final = partial(_find, _KEY)
put_at: Final = partial(_put, _NOTEBOOK_KEY)
put: Final = partial(put_at, partial(within, _METADATA))
put_key: Final = partial(_put, _KEY, in_whole)
