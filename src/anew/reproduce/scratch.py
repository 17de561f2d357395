"""The scratch folder in which a trial is made anew, gone when it is done."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.tracker import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Scratch", "open_scratch"]

_PREFIX: Final = "anew-reproduce-"
_LOCK: Final = "owner.lock"


@dataclass(frozen=True)
class Scratch:
    """A folder of one's own.

    Parameters
    ----------
    folder
        The folder, without links in its path.
    lock
        A file descriptor; the folder is in use as long as a process has it open.
    """

    folder: Path
    lock: int

    @property
    def plan(self) -> Path:
        """The file of the plan."""
        return self.folder / "plan.json"

    @property
    def output(self) -> Path:
        """The file of what the command prints."""
        return self.folder / "output.txt"

    @property
    def errors(self) -> Path:
        """The file of what it prints to standard error, where that is another place."""
        return self.folder / "errors.txt"

    @property
    def world(self) -> Path:
        """An empty folder, for what the program is to see elsewhere than we do."""
        folder = self.folder / "world"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def made(self) -> str | None:
        """The UUID of the trial that was made; None while there is none."""
        with silent(), suppress(FileNotFoundError):  # no input of a trial that asked for this
            return (self.folder / "made").read_text(encoding="utf-8")
        return None


@contextmanager
def open_scratch(*, keep: bool) -> Iterator[Scratch]:
    """Make a scratch folder for the time of a block.

    Parameters
    ----------
    keep
        Whether it stays.

    Notes
    -----
    The folder is locked by this process and by those to which it gives the lock. One that a killed
    process left behind is removed by the next that makes one.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    scratch = _make()
    try:
        yield scratch
    finally:
        if keep:
            (scratch.folder / _LOCK).unlink()  # without it, nobody takes the folder for abandoned
        else:
            _remove(scratch.folder)
        os.close(scratch.lock)


def _make() -> Scratch:
    """Make a folder and lock it; another one when somebody took it for abandoned meanwhile."""
    while True:
        folder = Path(os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)))
        with suppress(FileNotFoundError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / _LOCK).exists():
                return Scratch(folder, lock)
            os.close(lock)


def _remove_abandoned(place: Path) -> None:
    """Remove the folders whose lock nobody holds, and those that never got one."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            folder.rmdir()  # only when it is empty
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
            finally:
                os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder with all that is in it, whatever rights the work gave to it."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, _, _ in os.walk(folder):
            with suppress(OSError):
                Path(path).chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
