"""One at a time in the private repository."""

from __future__ import annotations

from contextlib import contextmanager
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
    import filelock

    try:
        git_dir.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(git_dir / "snapshot.lock", timeout=_TIMEOUT_S)
        with lock.acquire(poll_interval=0.005):
            yield
    except OSError as error:  # a lock that is not given in time is one, too
        if isinstance(error, AnewError):
            raise  # it tells by itself what is wrong
        message = f"the snapshots cannot be written: {error}"
        hint = "make the folder writable, make room on the disk, or set another store"
        raise SnapshotError(message, where=str(git_dir), hint=hint) from error
