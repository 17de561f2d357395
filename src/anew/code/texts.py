"""What a text of code is: bytes with holes, and what the holes refer to."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["Reference", "Text", "is_file_name", "mangle"]

_FILE_NAME: Final = re.compile(r"[^\n\0]*(?:/[^\n\0]*|[^\s.][^\n\0]*\.[A-Za-z0-9_]{1,12})")
_FILE_NAME_CHARACTERS: Final = 300


class Reference(NamedTuple):
    """Something from outside that a text refers to.

    ``root`` is a name, empty for an import; ``path`` are the attributes below it; ``module`` is
    what is imported, None for a name. ``key`` is the text, or the name of the text, that it is
    asked for, as in ``environ["HOME"]``. ``how`` is ``"read"``, ``"target"`` of an assignment to an
    attribute, or ``"whole"`` for all globals of the module.
    """

    root: str
    path: tuple[str, ...] = ()
    module: str | None = None
    key: str | tuple[str, tuple[str, ...]] | None = None
    how: str = "read"

    @property
    def name(self) -> str:
        """The reference as one would write it."""
        return ".".join([self.root or self.module or "", *self.path])


class Text(NamedTuple):
    """What a function or class says.

    ``text`` has a hole for each of the ``references``. ``strings`` are texts in it that look like
    names of files. ``flags`` say what it reads that does not count otherwise: ``"doc"``,
    ``"name"``, ``"annotations"``, ``"source"``.
    """

    text: bytes
    references: tuple[Reference, ...] = ()
    strings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def mangle(name: str, class_name: str | None) -> str:
    """Give a private name as Python keeps it.

    Parameters
    ----------
    name
        A name or attribute.
    class_name
        The class in whose body it is written.

    Returns
    -------
    str
        ``_Class__name`` for ``__name``, any other name as it is.
    """
    if class_name is None or not name.startswith("__") or name.endswith("__"):
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def is_file_name(text: str) -> bool:
    """Tell whether a text looks like the name of a file.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    bool
        Whether it is short, on one line, and has a slash or a suffix.
    """
    return len(text) <= _FILE_NAME_CHARACTERS and _FILE_NAME.fullmatch(text) is not None
