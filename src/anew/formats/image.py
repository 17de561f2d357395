"""Images of Pillow as PNG, where that is asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_instance

if TYPE_CHECKING:
    from PIL.Image import Image

    from anew.types import Format

__all__ = ["IMAGE"]

_WHOLE: Final = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})
"""Kinds of pixels that PNG keeps as they are."""


class _Image:
    """Pixels, palette and transparency; not the file that they were read from."""

    name = "image"
    suffix = ".png"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is an image of pixels that PNG has."""
        return is_instance(value, "PIL.Image.Image") and getattr(value, "mode", "") in _WHOLE

    def encode(self, value: Image) -> bytes:
        """Write the image."""
        file = io.BytesIO()
        value.save(file, format="PNG")
        return file.getvalue()

    def decode(self, data: bytes) -> Any:
        """Read the image."""
        from PIL import Image

        image = Image.open(io.BytesIO(data))
        image.load()  # now: the error of a damaged one is to come from here
        return image


IMAGE: Final[Format] = _Image()
