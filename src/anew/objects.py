"""Content kept by digest in a folder: written whole or not at all, checked when read."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.digests import digest_bytes, digest_file
from anew.errors import ObjectCorruptError, ObjectMissingError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FolderObjects"]

_CLONE: Final = 0x40049409
"""``FICLONE`` of Linux, see ioctl_ficlone(2)."""

_DIGEST: Final = re.compile(r"blake3:([0-9a-f]{2})([0-9a-f]{62})")


class FolderObjects:
    """An object store in a folder: ``objects/ab/cdef…``, one read-only file per content.

    Parameters
    ----------
    folder
        The folder; made when the first object is put.

    Notes
    -----
    Several processes may put the same content at once: each writes a temporary file beside the
    place and renames it, so a reader never sees half an object and a killed writer leaves only a
    temporary file behind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Give the file of a digest, whether it is there or not.

        Raises
        ------
        ObjectMissingError
            When it is not the digest of a kept object: that could lead anywhere.
        """
        found = _DIGEST.fullmatch(digest)
        if found is None:
            message = f"not the digest of a kept object: {digest!r}"
            hint = "give 'blake3:' and 64 hexadecimal digits"
            raise ObjectMissingError(message, where=str(self.folder), hint=hint)
        return self.folder / found[1] / found[2]

    def has(self, digest: str) -> bool:
        """Tell whether content is there."""
        return self.path(digest).is_file()

    def put(self, data: bytes | memoryview) -> str:
        """Keep bytes and give their digest.

        Raises
        ------
        StoreError
            When they cannot be written.
        """
        content = memoryview(data).cast("B")
        digest = digest_bytes(content)
        place = self.path(digest)
        if not _is_whole(place, len(content)):
            with _replacing(place) as temporary:
                temporary.write_bytes(content)
        return digest

    def put_file(self, path: Path, digest: str) -> None:
        """Keep a copy of a file whose digest is known.

        Raises
        ------
        ObjectCorruptError
            When the file no longer has that digest: it was changed while it was being kept.
        StoreError
            When it cannot be read or written.
        """
        place = self.path(digest)
        if _is_whole(place, path.stat().st_size):
            return
        with _replacing(place) as temporary:
            _clone(path, temporary)
            if digest_file(path).digest != digest:  # asked after: a file at rest is not read again
                message = f"{path} changed while it was being kept"
                raise ObjectCorruptError(message, hint="run the trial again when it is complete")

    def get(self, digest: str) -> bytes:
        """Give content, checked against its digest.

        Raises
        ------
        ObjectMissingError
            When there is no such content.
        ObjectCorruptError
            When the file is not what it is filed under.
        StoreError
            When it cannot be read.
        """
        with self._reading(digest) as place:
            data = place.read_bytes()
        if digest_bytes(data) != digest:
            raise self._corrupt(digest)
        return data

    def copy_to(self, digest: str, path: Path) -> None:
        """Write content to a file, which is left alone when the content is missing or damaged.

        Raises
        ------
        ObjectMissingError, ObjectCorruptError, StoreError
            As `get` does.
        """
        with self._reading(digest) as place:
            is_sound = digest_file(place).digest == digest
        if not is_sound:
            raise self._corrupt(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, path)

    @contextmanager
    def _reading(self, digest: str) -> Iterator[Path]:
        place = self.path(digest)
        try:
            yield place
        except FileNotFoundError as error:
            message = f"object {digest} is not in the store"
            hint = "copy that file from another copy of the store, or run the trial again"
            raise ObjectMissingError(message, where=str(place), hint=hint) from error
        except OSError as error:
            message = f"object {digest} cannot be read: {error.strerror}"
            hint = f"chmod a+r {shlex.quote(str(place))}"
            raise StoreError(message, where=str(place), hint=hint) from error

    def _corrupt(self, digest: str) -> ObjectCorruptError:
        place = self.path(digest)
        return ObjectCorruptError(
            f"object {digest} is damaged: its bytes have another digest",
            where=str(place),
            hint=f"rm -f {shlex.quote(str(place))}, then run the trial again or copy that file "
            "from another copy of the store",
        )


def _clone(path: Path, copy: Path) -> None:
    """Copy a file; where the file system can, without a second copy of its blocks."""
    with path.open("rb") as old, copy.open("wb") as new:
        try:
            import fcntl

            fcntl.ioctl(new.fileno(), _CLONE, old.fileno())
        except (ImportError, OSError):
            shutil.copyfile(path, copy)


def _is_whole(place: Path, size_bytes: int) -> bool:
    """Tell whether content is there; a crash of the machine may have left a shorter file."""
    try:
        return place.stat().st_size == size_bytes
    except OSError:
        return False


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """Give a temporary file that takes its place by renaming when the block ends well."""
    import tempfile

    temporary = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".put-")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o444)
        temporary.replace(place)
    except BaseException as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        if not isinstance(error, OSError) or isinstance(error, StoreError):
            raise
        message = f"an object cannot be kept: {error.strerror or error}"
        hint = "free some space there, or set ANEW_STORE to a folder that you may write to"
        raise StoreError(message, where=str(place), hint=hint) from error
