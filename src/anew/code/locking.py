"""One at a time in the private repository."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from anew.errors import AnewError, SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["only_one"]

_TIMEOUT_S: Final = 600.0


@contextmanager
def only_one(git_dir: Path) -> Iterator[None]:
    """Keep every other process out of the repository.

    Parameters
    ----------
    git_dir
        Anew's repository; made when it is missing.

    Raises
    ------
    SnapshotError
        When it cannot be written, also later in the block, or when the others take too long.
    """
    try:
        git_dir.mkdir(parents=True, exist_ok=True)
        with _locked(git_dir / "snapshot.lock"):
            yield
    except OSError as error:  # a lock that is not given in time is one, too
        if isinstance(error, AnewError):
            raise  # it tells by itself what is wrong
        message = f"the snapshots cannot be written: {error}"
        hint = "make the folder writable, make room on the disk, or set another store"
        raise SnapshotError(message, where=str(git_dir), hint=hint) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock; `filelock`, slow to load, is asked when it is not to be had at once."""
    file = _take_free(path)
    if file is None:
        import filelock

        with filelock.FileLock(path, timeout=_TIMEOUT_S).acquire(poll_interval=0.005):
            yield
        return
    import fcntl

    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)  # at once, also where a fork has the file, too
        os.close(file)


def _take_free(path: Path) -> int | None:
    """Take a lock as `filelock` does, if it is free; None where it is not, or cannot be told."""
    try:
        import fcntl

        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file), path.lstat()):  # and not of a file that was removed
            return file
    except OSError:
        pass
    os.close(file)
    return None
