"""What a picture looks like, in a few bits: those of two that look alike hardly differ.

References
----------
Krawetz: Kind of like that (2013), on hashes by the differences of neighbouring pixels. Here the
differences of both directions count, and only those that are larger than the noise of a JPEG.
"""

from __future__ import annotations

import warnings
from typing import Final

from anew.origins.contents import open_picture

__all__ = ["ALIKE", "distance", "look"]

_SIDE: Final = 24
_NOISE: Final = 3.0
_LEAST: Final = 12
"""A picture with fewer edges than these looks like any empty one."""

ALIKE: Final = 0.35
"""Two pictures of which a larger share of the edges differs do not look alike."""


def look(data: bytes) -> str | None:
    """Give the edges of a picture that is made small, in hexadecimal digits.

    Parameters
    ----------
    data
        The bytes of a picture.

    Returns
    -------
    str or None
        None for what is no picture, or shows nothing.

    Raises
    ------
    ImportError
        When Pillow is not installed.
    """
    try:
        import numpy as np
        from PIL import Image

        with warnings.catch_warnings(), open_picture(data) as picture:
            warnings.simplefilter("ignore")
            small = Image.new("RGBA", (_SIDE + 1, _SIDE + 1), "white")
            shown = picture.convert("RGBA").resize(small.size, Image.Resampling.BOX)
            small.alpha_composite(shown)
            grey = np.asarray(small.convert("L"), dtype=np.float64)
    except ImportError:
        raise
    except Exception:  # noqa: BLE001 - whatever its reader dislikes: it looks like nothing then
        return None
    steps = (np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1])
    edges = np.concatenate([sign * step > _NOISE for step in steps for sign in (1, -1)])
    return np.packbits(edges).tobytes().hex() if edges.sum() >= _LEAST else None


def distance(a: str, b: str) -> float:
    """Give the share of the edges of two pictures that only one of them has, from 0 to 1.

    Parameters
    ----------
    a, b
        What `look` gave.
    """
    one, other = int(a, 16), int(b, 16)
    return (one ^ other).bit_count() / max((one | other).bit_count(), 1)
