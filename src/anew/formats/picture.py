"""What a figure is when it was kept: a picture, no longer its parts."""

from __future__ import annotations

from dataclasses import dataclass

from anew.formats.size import write_size

__all__ = ["Picture"]


@dataclass(frozen=True, repr=False)
class Picture:
    """An image, which a notebook shows.

    Parameters
    ----------
    data
        The bytes of a PNG, SVG or PDF file.
    """

    data: bytes

    @property
    def suffix(self) -> str:
        """Tell what kind of file the bytes are, by how they begin."""
        if self.data.startswith(b"\x89PNG\r\n\x1a\n"):
            return ".png"
        return ".pdf" if self.data.startswith(b"%PDF-") else ".svg"

    def __repr__(self) -> str:
        return f"Picture {write_size(len(self.data))}"

    def _repr_png_(self) -> bytes | None:
        return self.data if self.suffix == ".png" else None

    def _repr_svg_(self) -> str | None:
        return self.data.decode() if self.suffix == ".svg" else None
