"""What is in kept objects, and what they look like: found out once, for an object never changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.origins.contents import digest_decoded, is_picture
from anew.origins.likeness import look

if TYPE_CHECKING:
    from pathlib import Path

    from anew.model import Use
    from anew.types import Store

__all__ = ["Remembered", "describe"]

_FORM: Final = 2
"""Of the digests that are remembered; those of another one are of no use."""

_LARGEST_BYTES: Final = 256 << 20
_AT_ONCE: Final = 200
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS contents (digest TEXT PRIMARY KEY, decoded TEXT, looks TEXT)"
    " STRICT, WITHOUT ROWID"
)


class Remembered:
    """What is in the objects of a store.

    Parameters
    ----------
    store
        The store; in its folder a small database keeps what was found out. It may go at any time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path = store.folder / "known" / f"contents-{_FORM}.db"
        self._new: list[tuple[str, str | None, str | None]] = []
        self._known = _read(self._path)

    def find(self, use: Use, name: str) -> tuple[str | None, str | None]:
        """Tell what is in an object, and what it looks like.

        Parameters
        ----------
        use
            The object.
        name
            What a file of it would be called.

        Raises
        ------
        ImportError
            When the library that reads such files is not installed; nothing is remembered then.
        """
        if use.digest not in self._known:
            decoded = looks = None
            if use.size_bytes <= _LARGEST_BYTES and self._store.objects.has(use.digest):
                with suppress(AnewError):  # it is damaged: nothing to be found by
                    data = self._store.objects.get(use.digest)
                    decoded, looks = describe(data, name)
                    self._new.append((use.digest, decoded, looks))
            self._known[use.digest] = decoded, looks
        if len(self._new) >= _AT_ONCE:
            self.keep()
        known: tuple[str | None, str | None] = self._known[use.digest]
        return known

    def keep(self) -> None:
        """Keep what was found out, where that can be written."""
        if self._new:
            with suppress(OSError, sqlite3.Error):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with closing(sqlite3.connect(self._path, timeout=5)) as sql, sql:
                    sql.execute(_TABLE)
                    sql.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", self._new)
            self._new.clear()


def describe(data: bytes, name: str) -> tuple[str | None, str | None]:
    """Tell what is in a file, and what it looks like when it is a picture.

    Parameters
    ----------
    data
        Its bytes.
    name
        What it is called.

    Raises
    ------
    ImportError
        When the library that reads such files is not installed.
    """
    return digest_decoded(data, name), look(data) if is_picture(data, name) else None


def _read(path: Path) -> dict[str, Any]:
    with suppress(OSError, sqlite3.Error, ValueError):
        if path.is_file():
            with closing(sqlite3.connect(path, timeout=5)) as sql:
                rows = sql.execute("SELECT digest, decoded, looks FROM contents")
                return {digest: (decoded, looks) for digest, decoded, looks in rows}
    return {}
