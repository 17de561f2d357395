"""The texts that are checked: found, read, and taken apart in their own language."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.claims import latex, markdown
from anew.claims.texts import read_text
from anew.errors import UsageError
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.claims.marks import Mark

__all__ = ["Place", "Source", "is_text", "list_texts", "read_source"]

_LATEX: Final = frozenset({".tex", ".ltx", ".latex", ".sty", ".cls"})
_MARKDOWN: Final = frozenset(
    {".md", ".markdown", ".qmd", ".rmd", ".myst", ".rst", ".txt", ".html", ".htm"}
)
_LISTED: Final = (_LATEX | _MARKDOWN) - {".sty", ".cls", ".txt"}
_LARGEST_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Place:
    """A text to be read, and the folders in which its paths begin."""

    path: Path
    folders: tuple[Path, ...]


class Source:
    """A text that was read.

    Parameters
    ----------
    place
        Where it is.
    data
        Its bytes.
    """

    def __init__(self, place: Place, data: bytes) -> None:
        self.path = place.path
        self.name = os.fspath(place.path)
        self.data = data
        self.text = read_text(data)[1]
        self._folders = place.folders

    @property
    def is_latex(self) -> bool:
        """Whether it is LaTeX, by its name, or where that is unknown by what it says."""
        suffix = self.path.suffix.lower()
        return suffix in _LATEX or (suffix not in _MARKDOWN and "\\anew" in self.text)

    @cached_property
    def marks(self) -> list[Mark]:
        """What is bound in it, and the files that it shows or puts in."""
        return list((latex if self.is_latex else markdown).find_marks(self.text))

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """Where its paths begin: its own folder, that of the whole text, those of pictures."""
        own = dict.fromkeys((*self._folders, self.path.parent))
        named = [*self._find_folders(own)] if self.is_latex else ()
        return tuple(dict.fromkeys([*own, *(base / each for base in own for each in named)]))

    def _find_folders(self, own: Iterable[Path]) -> Iterator[str]:
        """Find the folders of pictures: a preamble that is put in may say them."""
        yield from latex.find_folders(self.text)
        for mark in self.marks:
            named = self.path_of(self.text[slice(*mark.span)]) if mark.kind == "text" else None
            names = (named, f"{named}.tex") if named else ()
            for path in (base / each for base in own for each in names):
                with suppress(OSError, ValueError):
                    if path.stat().st_size <= _LARGEST_BYTES:
                        yield from latex.find_folders(read_text(path.read_bytes())[1])

    def path_of(self, text: str) -> str | None:
        """Give the path that is meant; None for what is on another machine."""
        if self.is_latex:
            path = text.strip().strip('"')
            return None if "\\" in path or "#" in path or "://" in path else path or None
        return markdown.path_of(text)

    def read(self, text: str) -> str:
        """Read a number as it stands in the text."""
        return latex.from_latex(text) if self.is_latex else text

    def write(self, text: str) -> str:
        """Write a number as it may stand in the text."""
        return latex.to_latex(text) if self.is_latex else text


def read_source(place: Place) -> Source:
    """Read a text.

    Raises
    ------
    UsageError
        When it cannot be read, or is too large for a text.
    """
    try:
        if place.path.stat().st_size > _LARGEST_BYTES:
            message = f"{os.fspath(place.path)!r} is too large for a text"
            raise UsageError(message, hint="give LaTeX or Markdown")
        return Source(place, place.path.read_bytes())
    except OSError as error:
        message = f"cannot read {os.fspath(place.path)!r}: {error.strerror}"
        raise UsageError(message, hint="give the path of a text in LaTeX or Markdown") from error


def list_texts(paths: Iterable[str | os.PathLike[str]]) -> list[Place]:
    """List texts, those in folders too, hidden ones left out.

    Parameters
    ----------
    paths
        Files and folders.
    """
    found = []
    for each in map(Path, paths):
        listed = sorted(_walk(each)) if each.is_dir() else [each]
        found += [Place(path, (path.parent,)) for path in listed]
    return found


def is_text(path: Path) -> bool:
    """Tell whether a file that a text puts in may bind something itself."""
    return path.suffix.lower() in _LATEX | _MARKDOWN


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if path.suffix.lower() in _LISTED and not name.startswith("."):
                yield path
