"""What a picture looks like, in a few bits: those of two that look alike hardly differ.

References
----------
Krawetz: Kind of like that (2013), on hashes by the differences of neighbouring pixels. Here the
differences of both directions count, and only those that are larger than the noise of a JPEG.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

from anew.origins.contents import open_picture

__all__ = ["ALIKE", "distance", "look"]

_WHOLE: Final = (32, 6.0)
_TRIMMED: Final = (24, 5.0)
"""Pixels in a row of the small picture, and the noise. Trimmed ones are looked at less closely, for
where their margin ends moves by a pixel when they are compressed."""

_MARGIN: Final = 24.0
"""What differs less from the corner belongs to the margin."""

_ENOUGH: Final = 2000
"""Of more pixels in a row nothing more is seen."""

_LEAST: Final = 12
"""A picture with fewer edges than these looks like any empty one."""

ALIKE: Final = 0.2
"""Two pictures of which a larger share of the edges differs do not look alike: those that were made
smaller or compressed differ by 0.1, plots of other data in the same style by 0.28 and more."""


def look(data: bytes) -> str | None:
    """Give the edges of a picture that is made small, in hexadecimal digits.

    Parameters
    ----------
    data
        The bytes of a picture.

    Returns
    -------
    str or None
        Those of the picture, and those without its margin; None for what is no picture, or shows
        nothing.

    Raises
    ------
    ImportError
        When Pillow is not installed.
    """
    try:
        from PIL import Image

        with warnings.catch_warnings(), open_picture(data) as picture:
            warnings.simplefilter("ignore")
            shown = picture.convert("RGBA")
            shown.thumbnail((_ENOUGH, _ENOUGH))
            page = Image.new("RGBA", shown.size, "white")
            page.alpha_composite(shown)
            grey = page.convert("L")
    except ImportError:
        raise
    except Exception:  # noqa: BLE001 - whatever its reader dislikes: it looks like nothing then
        return None
    found = [_find_edges(grey, *_WHOLE), _find_edges(_trim(grey), *_TRIMMED)]
    return " ".join(found) if all(found) else None


def distance(a: str, b: str) -> float:
    """Give the share of the edges of two pictures that only one of them has, from 0 to 1.

    Parameters
    ----------
    a, b
        What `look` gave. They are compared with and without their margins, and the less counts.
    """
    return min(_differ(x, y) for x, y in zip(a.split(), b.split(), strict=True))


def _differ(a: str, b: str) -> float:
    one, other = int(a, 16), int(b, 16)
    return (one ^ other).bit_count() / max((one | other).bit_count(), 1)


def _trim(grey: Any) -> Any:
    """Leave out the margin of a picture, which is often cut off or added."""
    import numpy as np

    pixels = np.asarray(grey, dtype=np.float32)
    is_shown = np.abs(pixels - pixels[0, 0]) > _MARGIN
    rows, columns = (np.flatnonzero(is_shown.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return grey
    return grey.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))


def _find_edges(grey: Any, side: int, noise: float) -> str:
    """Give the edges of a picture in hexadecimal digits; none when they are too few."""
    import numpy as np
    from PIL import Image

    small = grey.resize((side + 1, side + 1), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, dtype=np.float64)
    steps = (np.diff(pixels, axis=1)[:-1], np.diff(pixels, axis=0)[:, :-1])
    edges = np.concatenate([sign * step > noise for step in steps for sign in (1, -1)])
    return np.packbits(edges).tobytes().hex() if edges.sum() >= _LEAST else ""
