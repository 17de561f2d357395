"""Content kept by digest in a folder: written whole or not at all, checked when read."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shlex
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.digests import digest_bytes, digest_file
from anew.errors import ObjectCorruptError, ObjectMissingError, StoreError
from anew.stamps.families import is_known

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

__all__ = ["FolderObjects", "clone_file"]

_CLONE: Final = 0x40049409
"""``FICLONE`` of Linux, see ioctl_ficlone(2)."""

_DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")


_OURS: Final = os.urandom(6).hex()
"""Tells the temporary files of this process from those of another host that shares the store."""

_GONE: Final = ".gone-"
"""Before the name of content that is about to be removed."""

_FRESH_S: Final = 600.0
"""What came so lately needs no holding."""

_FEW_BYTES: Final = 4096
"""Fewer are read in one call."""

_numbers: Final = itertools.count()


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
        self._start = f"{folder}/"
        self._never_cloned: set[int] = set()

    def path(self, digest: str) -> Path:
        """Give the file of a digest, whether it is there or not.

        Raises
        ------
        ObjectMissingError
            When it is not the digest of a kept object: that could lead anywhere.
        """
        return Path(self._place(digest))

    def _place(self, digest: str) -> str:
        if _DIGEST.fullmatch(digest) is None:
            message = f"not the digest of a kept object: {digest!r}"
            hint = "give 'blake3:' and 64 hexadecimal digits"
            raise ObjectMissingError(message, where=str(self.folder), hint=hint)
        at = len("blake3:") + 2
        return f"{self._start}{digest[at - 2 : at]}/{digest[at:]}"

    def has(self, digest: str, size_bytes: int | None = None) -> bool:
        """Tell whether content is there, whole when its size is told."""
        return _is_whole(self._place(digest), size_bytes)

    def hold(self, digest: str, size_bytes: int | None = None) -> bool:
        """Tell whether content is there, and have it stay for a while, as if it had just come.

        For who is about to refer to it. False for that of another user, which cannot be held: to be
        put again then.
        """
        place = self._place(digest)
        try:
            if os.stat(place).st_mtime < time.time() - _FRESH_S:  # noqa: PTH116 - for many files
                os.utime(place)
        except OSError as error:
            if error.errno != errno.EROFS:  # where nothing can be freed, either
                return False
        return _is_whole(place, size_bytes)

    def free(self, needed: Container[str], before: float, *, dry_run: bool = False) -> list[int]:
        """Remove content that is not needed, and that came before a moment.

        Parameters
        ----------
        needed
            The digests of what is.
        before
            The moment, in UTC seconds.
        dry_run
            Only say what would be freed.

        Returns
        -------
        list of int
            The sizes of what is freed, in bytes.
        """
        sizes = []
        for path in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            digest = f"blake3:{path.parent.name}{path.name.removeprefix(_GONE)}"
            if _DIGEST.fullmatch(digest) is None:
                continue
            if path.name.startswith(_GONE):  # of one that was killed before it had asked again
                path = _give_back(path) if not dry_run else path  # noqa: PLW2901
            with suppress(OSError):
                found = path.stat()
                is_free = digest not in needed and found.st_mtime < before
                if is_free and (dry_run or _remove_old(path, before)):
                    sizes.append(found.st_size)
        return sizes

    def put(self, data: bytes | memoryview) -> str:
        """Keep bytes and give their digest.

        Raises
        ------
        StoreError
            When they cannot be written.
        """
        content = memoryview(data).cast("B")
        digest = digest_bytes(content)
        if not self.hold(digest, len(content)):
            with _replacing(self._place(digest)) as temporary:
                Path(temporary).write_bytes(content)
        return digest

    def put_file(self, path: Path, digest: str, content: bytes | None = None) -> None:
        """Keep a copy of a file whose digest is known, without its stamp.

        Parameters
        ----------
        path
            The file.
        digest
            Its digest.
        content
            What has that digest, where it was just read, so that it need not be read again.

        Raises
        ------
        ObjectCorruptError
            When the file no longer has that digest: it was changed while it was being kept.
        StoreError
            When it cannot be read or written.
        """
        found = path.stat()
        if self.hold(digest, found.st_size):
            return
        if is_known(str(path)) and self.hold(digest, _bare_size(path)):
            return
        if content is None or found.st_dev not in self._never_cloned:
            content = b""
        with _replacing(self._place(digest), content) as passing:
            if content:
                return
            temporary = Path(passing)
            if _copy_bare(path, temporary):
                pass
            elif not _clone(path, temporary):
                self._never_cloned.add(found.st_dev)
                _copy(path, temporary)
            if digest_file(path).digest != digest:  # asked after: a file at rest is not read again
                message = f"{path} changed while it was being kept"
                raise ObjectCorruptError(message, hint="run the trial again when it is complete")

    def put_stream(self, pieces: Iterable[bytes], digest: str) -> None:
        """Keep content that comes in pieces from elsewhere.

        Raises
        ------
        ObjectCorruptError
            When it has another digest; nothing is kept then.
        StoreError
            When it cannot be written.
        """
        with _replacing(self._place(digest)) as temporary:
            found = _write_digested(pieces, Path(temporary))
            if found != digest:
                message = f"content with digest {found} came in the place of {digest}"
                raise ObjectCorruptError(message, hint="have it copied from its source again")

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
        place = self._place(digest)
        try:
            data = _read(place)
        except OSError as error:
            raise _explain(error, digest, place) from error
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
        place = self._place(digest)
        try:
            is_sound = digest_file(Path(place)).digest == digest
        except OSError as error:
            raise _explain(error, digest, place) from error
        if not is_sound:
            raise self._corrupt(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        clone_file(Path(place), path)

    def _corrupt(self, digest: str) -> ObjectCorruptError:
        place = self.path(digest)
        return ObjectCorruptError(
            f"object {digest} is damaged: its bytes have another digest",
            where=str(place),
            hint=f"rm -f {shlex.quote(str(place))}, then run the trial again or copy that file "
            "from another copy of the store",
        )


def _read(place: str) -> bytes:
    """Read a file; a small one in a third of the time: ten thousand results are read at once."""
    file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(file, _FEW_BYTES)
        if len(data) == _FEW_BYTES:
            with open(file, "rb", buffering=0, closefd=False) as whole:
                whole.seek(0)
                data = whole.read()
    finally:
        os.close(file)
    return data


def _explain(error: OSError, digest: str, place: str) -> StoreError:
    """Say why content cannot be read."""
    if isinstance(error, FileNotFoundError):
        message = f"object {digest} is not in the store"
        hint = "copy that file from another copy of the store, or run the trial again"
        return ObjectMissingError(message, where=place, hint=hint)
    message = f"object {digest} cannot be read: {error.strerror}"
    return StoreError(message, where=place, hint=f"chmod a+r {shlex.quote(place)}")


def _remove_old(path: Path, before: float) -> bool:
    """Remove a file, unless somebody has held it meanwhile; tell whether it is gone."""
    aside = path.with_name(f"{_GONE}{path.name}")
    path.rename(aside)
    if aside.stat().st_mtime < before:  # who comes now does not find it, and puts it anew
        aside.unlink()
        return True
    _give_back(aside)
    return False


def _give_back(aside: Path) -> Path:
    """Put a file back in its place."""
    place = aside.with_name(aside.name.removeprefix(_GONE))
    aside.replace(place)
    return place


def clone_file(path: Path, copy: Path) -> None:
    """Copy a file; where the file system can, without a second copy of its blocks.

    Parameters
    ----------
    path
        The file.
    copy
        The new one.
    """
    if not _clone(path, copy):
        _copy(path, copy)


def _copy(path: Path, copy: Path) -> None:
    from shutil import copyfile

    copyfile(path, copy)


def _bare_size(path: Path) -> int:
    """Give the size of a file without its stamp, without reading all of it."""
    from anew.stamps import bare_pieces

    with path.open("rb") as file:
        stamped = bare_pieces(str(path), file.fileno())
        return sum(map(len, stamped[1])) if stamped else path.stat().st_size


def _copy_bare(path: Path, copy: Path) -> bool:
    """Copy a file that has a stamp, without that; tell whether it has one."""
    from anew.stamps import bare_pieces, blocks

    with path.open("rb") as old:
        stamped = bare_pieces(str(path), old.fileno())
        if stamped is None:
            return False
        with copy.open("wb") as new:
            new.writelines(blocks(*stamped))
    return True


def _clone(path: Path, copy: Path) -> bool:
    with path.open("rb") as old, copy.open("wb") as new:
        try:
            import fcntl

            fcntl.ioctl(new.fileno(), _CLONE, old.fileno())
        except (ImportError, OSError):
            return False
    return True


def _is_whole(place: str, size_bytes: int | None) -> bool:
    """Tell whether content is there; a crash of the machine may have left a shorter file."""
    try:
        found = os.stat(place)  # noqa: PTH116 - for each of many files
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and (size_bytes is None or size_bytes == found.st_size)


def _write_digested(pieces: Iterable[bytes], copy: Path) -> str:
    """Write pieces to a file, and give the digest of the whole."""
    from blake3 import blake3

    digest = blake3()
    with copy.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    return f"blake3:{digest.hexdigest()}"


@contextmanager
def _replacing(place: str, content: bytes = b"") -> Iterator[str]:
    """Give a temporary file that takes its place by renaming when the block ends well."""
    temporary = None
    try:
        temporary, file = _make_temporary(os.path.dirname(place))  # noqa: PTH120 - for each object
        with open(file, "wb", buffering=0) as stream:  # noqa: PTH123 - it is open
            while content:
                content = content[stream.write(content) :]
        yield temporary
        os.chmod(temporary, 0o444)  # noqa: PTH101 - as above
        Path(temporary).replace(place)
    except BaseException as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 - as above
        if not isinstance(error, OSError) or isinstance(error, StoreError):
            raise
        message = f"an object cannot be kept: {error.strerror or error}"
        hint = "free some space there, or set ANEW_STORE to a folder that you may write to"
        raise StoreError(message, where=place, hint=hint) from error


def _make_temporary(folder: str) -> tuple[str, int]:
    """Open a new file that only we may write to; make the folder when it is missing."""
    path = f"{folder}/.put-{_OURS}-{os.getpid()}-{next(_numbers)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return path, os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as above
        return path, os.open(path, flags, 0o600)
