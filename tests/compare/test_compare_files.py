"""Two files, as bytes, and the verdict on them."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import pytest

from anew.compare import compare_values
from anew.formats import Picture


def make_png(pixels: bytes, *, note: bytes = b"", width: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"tEXt", note), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def make_zip(time: int = 1990, /, **members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (time, 1, 1, 0, 0, 0)), text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (
            make_png(b"\0ab", note=b"a\0one"),
            make_png(b"\0ab", note=b"a\0two"),
            ("same content", "the same pixels"),
        ),
        (
            make_png(b"\0ab"),
            make_png(b"\0xb"),
            (
                "different",
                "pixel (0, 0): 1 of 2 pixels differ (50 %), RMS 14 of 255, most by 23",
            ),
        ),
        (
            make_png(b"\0ab"),
            make_png(b"\0abc", width=3),
            ("different", "2 x 1 pixels → 3 x 1 pixels"),
        ),
        (
            gzip.compress(b"x", mtime=1),
            gzip.compress(b"x", mtime=2),
            ("same content", "compressed otherwise"),
        ),
        (gzip.compress(b"x", mtime=1), gzip.compress(b"y", mtime=1), ("different", "'x' → 'y'")),
        (make_zip(1990, a="1"), make_zip(1991, a="1"), ("same content", "archived otherwise")),
        (make_zip(a="1"), make_zip(a="2"), ("different", "['a']: 1 → 2, by 1 (relative 1)")),
        (
            make_zip(a="1"),
            make_zip(b="1"),
            (
                "different",
                "only the first archive has 'a', and 1 more such members",
            ),
        ),
        (
            b"PK\x03\x04 a",
            b"PK\x03\x04 b",
            (
                "different",
                "the first differing byte is 5 of 6; "  # noqa: ISC004 - one text
                "a ZIP archive that cannot be read: File is not a zip file",
            ),
        ),
    ],
)
def test_files_are_compared_by_what_they_hold(a: bytes, b: bytes, expected: tuple[str, str]):
    assert compare_values(a, b) == expected


def test_pictures_are_compared_by_their_pixels():
    a, b = Picture(make_png(b"\0ab", note=b"1")), Picture(make_png(b"\0ab", note=b"2"))
    assert compare_values(a, b) == ("same content", "the same pixels")
