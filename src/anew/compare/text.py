"""Comparing texts by lines, and bytes by what they hold: pictures, archives, texts."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.compare.finding import DIFFERENT, SAME_CONTENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compare_bytes", "compare_texts", "shorten"]

_WIDTH: Final = 60
_BEFORE: Final = 20

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"

# The parts of a PNG that decide what is seen (PNG specification, third edition, 11.2 and 11.3).
_SEEN: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP"})


def shorten(text: str, at: int = 0) -> str:
    """Show the part of a text around a place, on one line, in quotes."""
    start = max(0, at - _BEFORE) if len(text) > _WIDTH else 0
    part = text[start : start + _WIDTH]
    before, after = "…" * (start > 0), "…" * (start + len(part) < len(text))
    return repr(f"{before}{part}{after}")


def compare_texts(a: str, b: str) -> Finding:
    """Compare two texts, and show the first line that differs.

    Parameters
    ----------
    a, b
        Texts.
    """
    if a == b:
        return Finding()
    old, new = a.splitlines(), b.splitlines()
    if old == new:
        return Finding(DIFFERENT, "the line ends differ")
    pairs = enumerate(zip_longest(old, new), start=1)
    number, (x, y) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    place = f"line {number}" if max(len(old), len(new)) > 1 else ""
    if x is None or y is None:
        return Finding(DIFFERENT, f"{grouped(len(old))} lines → {grouped(len(new))}", place)
    at = next(i for i, (p, q) in enumerate(zip_longest(x, y)) if p != q)
    return Finding(DIFFERENT, f"{shorten(x, at)} → {shorten(y, at)}", place)


def compare_bytes(a: bytes, b: bytes) -> Finding:
    """Compare the bytes of two files by what they hold.

    Parameters
    ----------
    a, b
        The bytes. Pictures (PNG) are the same content when their pixels are, archives (gzip, zip)
        when their members are; of texts the first differing line is shown.
    """
    if a == b:
        return Finding()
    for magic, compare in ((_PNG, _compare_png), (_GZIP, _compare_gzip), (_ZIP, _compare_zip)):
        if a.startswith(magic) and b.startswith(magic):
            try:
                return compare(a, b)
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError):
                break  # begins like one, and is none
    try:
        return compare_texts(a.decode(), b.decode())
    except UnicodeDecodeError:
        return _compare_raw(a, b)


def _compare_raw(a: bytes, b: bytes) -> Finding:
    if len(a) != len(b):
        return Finding(DIFFERENT, f"{grouped(len(a))} bytes → {grouped(len(b))} bytes")
    at = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    return Finding(DIFFERENT, f"the first differing byte is {grouped(at)} of {grouped(len(a))}")


def _compare_gzip(a: bytes, b: bytes) -> Finding:
    """Compare what is compressed; the time and the program's version stand beside it."""
    inner = compare_bytes(gzip.decompress(a), gzip.decompress(b))
    return inner if inner.detail else Finding(SAME_CONTENT, "compressed otherwise")


def _compare_zip(a: bytes, b: bytes) -> Finding:
    """Compare the members, whatever their times and their order."""
    with zipfile.ZipFile(io.BytesIO(a)) as old, zipfile.ZipFile(io.BytesIO(b)) as new:
        if set(old.namelist()) != set(new.namelist()):
            names = sorted(set(old.namelist()) ^ set(new.namelist()))
            return Finding(DIFFERENT, f"only one archive has {names[0]!r}")
        members = (
            (f"[{name!r}]", compare_bytes(old.read(name), new.read(name)))
            for name in old.namelist()
        )
        inner = join(members, "members")
    return inner if inner.detail else Finding(SAME_CONTENT, "archived otherwise")


def _compare_png(a: bytes, b: bytes) -> Finding:
    """Compare what is seen of two pictures, whatever is written into them beside it."""
    old, new = _read_png(a), _read_png(b)
    if old == new:
        return Finding(SAME_CONTENT, "the same pixels")
    sizes = [
        f"{int.from_bytes(head[:4])} x {int.from_bytes(head[4:8])} pixels"
        for head in (old[b"IHDR"], new[b"IHDR"])
    ]
    if sizes[0] != sizes[1]:
        return Finding(DIFFERENT, f"{sizes[0]} → {sizes[1]}")
    return Finding(DIFFERENT, f"pictures of {sizes[0]} that do not show the same")


def _read_png(data: bytes) -> dict[bytes, bytes]:
    """Give the parts of a picture that are seen, its pixels not compressed."""
    parts: dict[bytes, bytes] = {b"IHDR": b""}
    pixels = b""
    for kind, content in _chunks(data):
        if kind == b"IDAT":
            pixels += content
        elif kind in _SEEN:
            parts[kind] = content
    parts[b"IDAT"] = zlib.decompress(pixels)
    return parts


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give type and content of each chunk: length, type, content, checksum."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12
