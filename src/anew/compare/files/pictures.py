"""Comparing pictures by their pixels."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from anew.changes import grouped
from anew.compare.finding import CLOSE, DIFFERENT, SAME_CONTENT, Finding, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_pictures"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
# What changes how the pixels look (PNG specification, third edition, 11.3.2).
_COLOUR: Final = frozenset({b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"})
_SEEN: Final = _COLOUR | {b"IHDR", b"PLTE", b"tRNS"}
# Tags of TIFF 6.0 that say who wrote it, when, and how it is packed.
_OF_THE_WRITER: Final = {259, 273, 278, 279, 305, 306, 315, 316, 317, 322, 323, 324, 325, 34665}
_SIMPLE: Final = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}
_FULL: Final = 255.0
_SIDE: Final = 1600
_PIXELS: Final = 1 << 28


@dataclass(frozen=True)
class _Shown:
    """What is seen of a picture: its frames as arrays of numbers, and what is said of them."""

    frames: list[Any]
    beside: dict[str, Any]


def compare_pictures(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare what is seen of two pictures, whatever is written into them beside it.

    Parameters
    ----------
    a, b
        Bytes of PNG, JPEG, TIFF, GIF, BMP or WebP.
    way
        How to compare. A relative tolerance is a share of the range of a colour, that no pixel
        exceeds; an absolute one is of numbers, and does not count here.

    Returns
    -------
    Finding
        The share of the pixels that differ, the root mean square of the difference, from 0 to 255,
        and a picture of it.

    Raises
    ------
    ImportError
        When the picture is no PNG, or differs, and Pillow is not installed.
    """
    if a.startswith(_PNG) and b.startswith(_PNG):
        parts = [_read_png(each) for each in (a, b)]
        if parts[0] == parts[1]:
            return Finding(SAME_CONTENT, "the same pixels")
    old, new = _decode(a), _decode(b)
    if len(old.frames) != len(new.frames):
        return Finding(DIFFERENT, f"{len(old.frames)} frames → {len(new.frames)} frames")
    for what, said in old.beside.items():
        if said != new.beside[what]:
            return Finding(DIFFERENT, f"other {what}")
    pairs = enumerate(zip(old.frames, new.frames, strict=True), start=1)
    named = ((f"frame {i}" * (len(old.frames) > 1), pair) for i, pair in pairs)
    found = join(((name, _compare_frames(*pair, way)) for name, pair in named), "frames")
    return found if found.detail else Finding(SAME_CONTENT, "the same pixels")


def _decode(data: bytes) -> _Shown:
    import numpy as np
    from PIL import Image, ImageSequence

    with Image.open(io.BytesIO(data)) as picture:
        if picture.width * picture.height * getattr(picture, "n_frames", 1) > _PIXELS:
            message = "it has too many pixels"
            raise ValueError(message)
        chunks = _read_png(data) if data.startswith(_PNG) else {}
        beside = {
            "colours": {kind: chunks[kind] for kind in chunks if kind in _COLOUR},
            "profile": None if chunks else picture.info.get("icc_profile"),
            "orientation": picture.getexif().get(0x0112),
            "tags": _read_tags(picture),
        }
        frames, times = [], []
        for frame in ImageSequence.Iterator(picture):
            times.append(frame.info.get("duration"))
            frames.append(np.asarray(_unify(frame)))
    return _Shown(frames, beside | {"times of frames": times})


def _read_tags(picture: Any) -> dict[int, str]:
    """Read what a TIFF says beside its pixels, as where on earth they are."""
    tags = dict(getattr(picture, "tag_v2", {}))
    return {tag: repr(value) for tag, value in tags.items() if tag not in _OF_THE_WRITER}


def _unify(frame: Any) -> Any:
    """Give a frame with four colours of eight bits, or as it is."""
    return frame.convert("RGBA") if frame.mode in _SIMPLE else frame.copy()


def _compare_frames(a: Any, b: Any, way: Way) -> Finding:
    import numpy as np

    if a.shape[:2] != b.shape[:2]:
        sizes = (f"{each.shape[1]} x {each.shape[0]} pixels" for each in (a, b))
        return Finding(DIFFERENT, " → ".join(sizes))
    if a.ndim != b.ndim or a.dtype != b.dtype:
        return Finding(DIFFERENT, f"{a.dtype} → {b.dtype}")
    if a.dtype != np.uint8:
        return way.compare_values(a, b)
    change = np.abs(a.astype("i2") - b.astype("i2"))
    changed = change.any(axis=2)
    count = int(changed.sum())
    if not count:
        return Finding()
    rms = float(np.sqrt(np.mean(change.astype("f8") ** 2)))
    most = int(change.max())
    at = np.unravel_index(int(change.max(axis=2).argmax()), changed.shape)
    share = 100 * count / changed.size
    detail = (
        f"{grouped(count)} of {grouped(changed.size)} pixels differ ({share:.2g} %), "
        f"RMS {rms:.2g} of 255, most by {most}"
    )
    is_close = most <= way.tolerance.rtol * _FULL
    found = Finding(CLOSE if is_close else DIFFERENT, detail, f"pixel ({at[1]}, {at[0]})")
    picture = _show_change(a, changed)
    return replace(found, absolute=float(most), relative=most / _FULL, picture=picture)


def _show_change(a: Any, changed: Any) -> bytes:
    """Draw the first picture pale, and what changed in red; of a large one a smaller copy."""
    import numpy as np
    from PIL import Image

    step = max(1, -(-max(changed.shape) // _SIDE))
    height, width = (-(-side // step) for side in changed.shape)
    padded = np.zeros((height * step, width * step), dtype=bool)
    padded[: changed.shape[0], : changed.shape[1]] = changed
    spots = padded.reshape(height, step, width, step).any(axis=(1, 3))
    grey = a[::step, ::step, :3].mean(axis=2)
    drawn = np.repeat((191 + grey / 4)[:, :, None], 3, axis=2).astype("u1")
    drawn[spots] = (214, 0, 36)
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _read_png(data: bytes) -> dict[bytes, bytes]:
    """Give the parts of a picture that are seen, its pixels not compressed."""
    parts: dict[bytes, bytes] = {b"IHDR": b""}
    pixels = []
    for kind, content in _chunks(data):
        if kind in {b"IDAT", b"fdAT"}:
            pixels.append(content if kind == b"IDAT" else content[4:])
        elif kind in _SEEN or kind in {b"acTL", b"fcTL"}:
            parts[kind] = parts.get(kind, b"") + content
    unpacker = zlib.decompressobj()
    parts[b"IDAT"] = unpacker.decompress(b"".join(pixels), _PIXELS) + unpacker.unused_data
    return parts


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give type and content of each chunk: length, type, content, checksum."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12
