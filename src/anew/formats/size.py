"""Sizes for people."""

from __future__ import annotations

__all__ = ["write_size"]


def write_size(size_bytes: int) -> str:
    """Write a size with at most three digits.

    Parameters
    ----------
    size_bytes
        A number of bytes.

    Returns
    -------
    str
        The number in decimal units.

    Examples
    --------
    >>> write_size(12_345)
    '12 kB'
    """
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # noqa: PLR2004 - what would be rounded to 1000
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.0f} TB"
