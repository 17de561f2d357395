"""What journals say of a trial that its tables do not have yet."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.errors import StoreError
from anew.journal import Event, Said, join_said, read_journal
from anew.stores.encoding import read_json

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Listener", "Unkept", "find_unkept", "list_journals", "read_rest", "says_end"]

_ENDED: Final = b'["Ended", '

Heard = dict[str, tuple[Path, Said]]
"""By the name of a journal the file and what it says."""


class Unkept(NamedTuple):
    """What is known of a running trial: said, and of what the tables have already the summary."""

    said: Said
    metrics: dict[str, float]
    time: float | None


def list_journals(folder: Path, uuid: str) -> list[Path]:
    """List the journals of a trial: that of all its processes first, then those of each.

    Parameters
    ----------
    folder
        Where journals are.
    uuid
        The trial's UUID.
    """
    return [folder / name for name in _list_names(str(folder), uuid)]


def _list_names(folder: str, uuid: str) -> list[str]:
    try:
        names = [n for n in os.listdir(folder) if n.startswith(f"{uuid}.")]  # noqa: PTH208 - asked often
    except OSError:  # nobody has said anything, or it is not to be looked at
        names = []
    return sorted({uuid, *names})


def says_end(path: Path) -> bool:
    """Tell whether a trial may have said that it has ended.

    Parameters
    ----------
    path
        Its journal.
    """
    try:
        return _ENDED in path.read_bytes()
    except OSError:
        return False


class Listener:
    """Reads the journals of trials, and what has not grown only once.

    Parameters
    ----------
    folder
        Where journals are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._last: tuple[str, dict[str, int], Heard] = ("", {}, {})

    def listen(self, uuid: str) -> Heard:
        """Give what each journal of a trial says; to be asked before the tables are.

        A file is removed only when the tables have it.

        Parameters
        ----------
        uuid
            The trial's UUID.
        """
        before, sizes, heard = self._last
        names = _list_names(self._folder, uuid)
        now = {name: _size(f"{self._folder}/{name}") for name in names}
        if before != uuid or sizes != now:
            paths = {name: Path(self._folder, name) for name in names}
            heard = {name: (path, _read(path)) for name, path in paths.items()}
            self._last = uuid, now, heard
        return heard


def _size(path: str | Path) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - asked often
    except OSError:
        return -1


def _read(path: Path) -> Said:
    try:
        return read_journal(path)
    except StoreError as error:  # no reason not to tell the rest
        return Said(events=[Event("journal", error.message, 0.0)])


def find_unkept(sql: sqlite3.Connection, uuid: str, heard: Heard) -> Unkept | None:
    """Find what the tables do not have; None when they have all of the trial.

    Parameters
    ----------
    sql
        A connection.
    uuid
        The trial's UUID.
    heard
        What its journals say, read before.
    """
    query = (
        "SELECT metrics, (SELECT json_group_object(file, size) FROM folded WHERE trial = ?1),"
        " (SELECT max(time) FROM folded WHERE trial = ?1)"
        " FROM trials WHERE uuid = ?1 AND status = 'running'"
    )
    row = sql.execute(query, (uuid,)).fetchone()
    if row is None:
        return None
    metrics, folded, time = row
    return Unkept(read_rest(heard, json.loads(folded)), read_json(metrics) or {}, time)


def read_rest(heard: Heard, folded: dict[str, Any]) -> Said:
    """Put together what journals say, but for what the tables have.

    Parameters
    ----------
    heard
        What each says.
    folded
        By the name of a journal, up to which byte the tables have it.
    """
    told = []
    for name, (path, said) in heard.items():
        kept = folded.get(name, 0)
        if not kept:
            told.append(said)
        elif kept < _size(path):
            told.append(read_journal(path, kept))
    return join_said(told)
