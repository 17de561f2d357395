"""Figures of matplotlib as pictures, the same bytes from run to run."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_instance
from anew.formats.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from anew.types import Format

__all__ = ["PDF", "PNG", "SVG"]

# Settings of matplotlib are the whole process's; steps may draw in several threads.
_settings_lock = threading.Lock()


class _Drawn:
    """A figure in one format, without the date and the program's version in it.

    Parameters
    ----------
    name
        Name of the format, in matplotlib too.
    left_out
        The entries of the file's metadata that differ from run to run, or from one release of
        matplotlib to the next.
    """

    def __init__(self, name: str, left_out: tuple[str, ...]) -> None:
        self.name = name
        self.suffix = f".{name}"
        self._left_out = left_out

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a figure, or was one."""
        if isinstance(value, Picture):
            return value.suffix == self.suffix
        return is_instance(value, "matplotlib.figure.Figure")

    def encode(self, value: Figure | Picture) -> bytes:
        """Draw the figure."""
        if isinstance(value, Picture):
            return value.data
        file = io.BytesIO()
        metadata: Any = dict.fromkeys(self._left_out)
        with _fixed_ids() if self.name == "svg" else nullcontext():
            value.savefig(file, format=self.name, metadata=metadata)
        return file.getvalue()

    def decode(self, data: bytes) -> Picture:
        """Give the picture."""
        return Picture(data)


@contextmanager
def _fixed_ids() -> Iterator[None]:
    """Make the ids in an SVG, random otherwise, depend on what is drawn alone."""
    import matplotlib as mpl

    with _settings_lock, mpl.rc_context({"svg.hashsalt": "anew"}):
        yield


PNG: Final[Format] = _Drawn("png", ("Software",))
SVG: Final[Format] = _Drawn("svg", ("Date", "Creator"))
PDF: Final[Format] = _Drawn("pdf", ("CreationDate", "Creator", "Producer"))
