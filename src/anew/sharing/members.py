"""A zip file from anybody, read so that nothing in it can do harm.

Nothing is ever written under a name that the file gives: a member is known by the form of its name,
and what it holds is put where its digest says.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from anew.errors import BundleError
from anew.sharing.names import README, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DENSEST", "SLACK", "Members"]

DENSEST: Final = 100
"""So many bytes at most may come out of each byte of the file."""

SLACK: Final = 64 << 20
"""So many bytes may come out of any file."""

_ENCRYPTED: Final = 0x1
_KINDS: Final = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFDIR: "folder",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
_PIECE: Final = 1 << 20
_HINT: Final = "have it made or copied again; do not open what you cannot trust in other ways"


class Members:
    """The members of a bundle, used in a ``with`` block.

    Parameters
    ----------
    path
        The zip file.

    Raises
    ------
    BundleError
        When it is no zip file, or a member is none that anew would put into one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = SLACK

    def __enter__(self) -> Self:
        try:
            self.size_bytes = self.path.stat().st_size
            self._left += DENSEST * self.size_bytes
            self._zip = zipfile.ZipFile(self.path)
        except OSError as error:
            message = f"the bundle cannot be read: {error.strerror or error}"
            raise BundleError(message, where=str(self.path)) from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            message = f"this is not a bundle: {error}"
            hint = f"a bundle is a zip file with a {README}, as anew bundle makes it"
            raise BundleError(message, where=str(self.path), hint=hint) from error
        try:
            self._infos: dict[str, zipfile.ZipInfo] = {}
            for info in self._zip.infolist():
                self._admit(info)
        except BaseException:
            self._zip.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """What is in it, sorted."""
        return sorted(self._infos)

    def size(self, name: str) -> int | None:
        """Give the size of a member in bytes, as it is told; None when there is none."""
        info = self._infos.get(name)
        return info.file_size if info else None

    def read(self, name: str) -> bytes:
        """Read a member whole.

        Parameters
        ----------
        name
            Its name.

        Raises
        ------
        BundleError
            When it is missing, damaged, or larger than it may be.
        """
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """Read a member piece by piece.

        Parameters
        ----------
        name
            Its name.

        Yields
        ------
        bytes

        Raises
        ------
        BundleError
            When it is missing, damaged, or larger than it may be.
        """
        info = self._infos.get(name)
        if info is None:
            message = f"the bundle has no member {name!r}"
            raise BundleError(message, where=str(self.path), hint=_HINT)
        read, limit = 0, SLACK + DENSEST * info.compress_size
        with self._explaining(name), self._zip.open(info) as file:
            while piece := file.read(_PIECE):
                read += len(piece)
                self._left -= len(piece)
                if read > limit or self._left < 0:
                    raise self.refuse(name, "grows beyond all measure when it is unpacked")
                yield piece
        if read != info.file_size:
            raise self.refuse(name, f"has {read} bytes, and says {info.file_size}")

    def refuse(self, name: str, why: str) -> BundleError:
        """Make the error that names a member and what is wrong with it.

        Parameters
        ----------
        name
            The member.
        why
            A sentence's rest.
        """
        return BundleError(f"member {name!r} of the bundle {why}", where=str(self.path), hint=_HINT)

    def _admit(self, info: zipfile.ZipInfo) -> None:
        """Take note of a member, unless it is none of ours."""
        name, mode = info.orig_filename, info.external_attr >> 16
        kind = _KINDS.get(stat.S_IFMT(mode))
        if kind or info.is_dir():
            raise self.refuse(name, f"is a {kind or 'folder'}, expected a file")
        if kind_of(name) is None:
            raise self.refuse(name, "has a name that anew never gives")
        if name in self._infos:
            raise self.refuse(name, "is there twice")
        if info.flag_bits & _ENCRYPTED:
            raise self.refuse(name, "is encrypted")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self.refuse(name, "is compressed in a way that anew does not use")
        if info.file_size > SLACK + DENSEST * info.compress_size:
            raise self.refuse(name, "would grow beyond all measure when it is unpacked")
        self._infos[name] = info

    @contextmanager
    def _explaining(self, name: str) -> Iterator[None]:
        """Say which member cannot be read."""
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise self.refuse(name, f"cannot be read: {error}") from error
        except OSError as error:
            if isinstance(error, BundleError):
                raise
            raise self.refuse(name, f"cannot be read: {error.strerror or error}") from error
