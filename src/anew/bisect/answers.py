"""What is known of a search: each answer on a line of a file, safe against being killed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from anew.errors import EnvironmentProblemError, StoreNotWritableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Answer", "Answers", "open_answers", "prune_searches"]

_FORMAT: Final = "1"
_FOLDER: Final = "searches"
_LOCK: Final = "search.lock"
_KEPT_S: Final = 7 * 86_400.0
"""A search that nobody went on with for a week is not gone on with."""


@dataclass(frozen=True)
class Answer:
    """What came of one mixture.

    Parameters
    ----------
    key
        Which mixture.
    place
        The folder of the store that has its trial, below that of the search; empty when there is
        no trial.
    uuid
        The trial; empty when the command came to no trial.
    status
        The exit status of ``--test``; None without a test.
    why
        Why there is no answer; empty when there is one.
    seconds
        How long it took.
    """

    key: str
    place: str = ""
    uuid: str = ""
    status: int | None = None
    why: str = ""
    seconds: float = 0.0


class Answers:
    """The answers of one search.

    Parameters
    ----------
    folder
        The folder of the search.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "answers.jsonl"
        self._known = {answer.key: answer for answer in _read(self._path)}

    def get(self, key: str) -> Answer | None:
        """Give what is known of a mixture; None when nothing is."""
        return self._known.get(key)

    def add(self, answer: Answer) -> None:
        """Keep an answer: it is on the disk when this returns."""
        line = json.dumps(asdict(answer)).encode() + b"\n"
        with self._path.open("ab+") as file:
            if file.tell() and not _ends_well(file.fileno()):
                line = b"\n" + line  # a killed search left half of a line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.remember(answer)

    def remember(self, answer: Answer) -> Answer:
        """Know an answer as long as this search lasts: another time, it may be another one."""
        self._known[answer.key] = answer
        return answer

    @property
    def seconds(self) -> list[float]:
        """How long mixtures took, once there are both that of A and that of B."""
        found = [each.seconds for each in self._known.values() if each.seconds]
        return found if len(found) > 1 else []

    def __len__(self) -> int:
        return len(self._known)


def _ends_well(file: int) -> bool:
    return os.pread(file, 1, os.fstat(file).st_size - 1) == b"\n"


def _read(path: Path) -> Iterator[Answer]:
    """Read the answers; a line that was not written to its end is left out."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield Answer(**json.loads(line))
        except (ValueError, TypeError):
            continue


@contextmanager
def open_answers(store: Path, told: Iterable[object]) -> Iterator[Answers]:
    """Open the folder of a search, for this process alone.

    Parameters
    ----------
    store
        The folder of the store.
    told
        What is searched for; a search for the same goes on where it was left.

    Raises
    ------
    EnvironmentProblemError
        When another process does the same search now.
    StoreNotWritableError
        When the folder cannot be made.
    """
    words = "\0".join(map(str, (_FORMAT, *told)))
    folder = store / _FOLDER / hashlib.blake2b(words.encode(), digest_size=10).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        message = f"the folder of the search cannot be made: {error.strerror}"
        hint = "make the store writable"
        raise StoreNotWritableError(message, where=str(folder), hint=hint) from error
    try:
        _take(lock, folder)
        yield Answers(folder)
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    """Take the lock, which the system gives back when this process ends, however it does."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = "the same search is being done by another process"
        hint = "wait for its end: this one will know its answers"
        raise EnvironmentProblemError(message, where=str(folder), hint=hint) from error


def prune_searches(store: Path, *, dry_run: bool = False) -> list[int]:
    """Remove the searches that nobody went on with for a week, with the trials of their mixtures.

    Parameters
    ----------
    store
        The folder of the store.
    dry_run
        Whether it is only said what would be removed.

    Returns
    -------
    list of int
        The sizes of the files, in bytes.
    """
    sizes: list[int] = []
    for lock in (store / _FOLDER).glob(f"*/{_LOCK}"):
        with suppress(OSError):
            if time.time() - _last_use(lock.parent) > _KEPT_S:
                sizes += _remove_search(lock, dry_run=dry_run)
    return sizes


def _last_use(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def _remove_search(lock: Path, *, dry_run: bool) -> list[int]:
    """Remove one search, unless a process does it now."""
    held = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        files = [path for path in lock.parent.rglob("*") if path.is_file()]
        sizes = [path.stat().st_size for path in files]
        if not dry_run:
            shutil.rmtree(lock.parent)
        return sizes
    finally:
        os.close(held)
