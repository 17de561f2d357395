"""A folder at any URL, in which nothing is ever half written."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from anew.errors import AnewError, BundleError, EnvironmentProblemError, StoreError
from anew.sharing.names import PACKS, kind_of, name_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Place"]

T = TypeVar("T")
R = TypeVar("R")

_WHOLE_AT_ONCE: Final = frozenset(
    {"abfs", "abfss", "adl", "az", "gcs", "gs", "hf", "memory", "oci", "oss", "r2", "s3", "s3a"}
)
"""Protocols in which a file shows when all of it is there, and in which renaming is copying."""

_INCOMING: Final = "incoming"
_DAY_S: Final = 86_400.0
_PIECE: Final = 1 << 20
_AT_ONCE: Final = 16


class Place:
    """What is at a URL.

    Parameters
    ----------
    name
        What it is called.
    url
        The URL.

    Raises
    ------
    EnvironmentProblemError
        When a package is missing that knows of such URLs.
    StoreError
        When the place cannot be reached.

    Notes
    -----
    Several processes and hosts may write at once: each writes to a name of its own, and renames.
    """

    def __init__(self, name: str, url: str) -> None:
        import fsspec

        self.name = name
        with self._explaining("reached"):
            self._fs, self._root = fsspec.core.url_to_fs(url)
        protocols = self._fs.protocol
        names = {protocols} if isinstance(protocols, str) else set(protocols)
        self._is_whole_at_once = bool(names & _WHOLE_AT_ONCE)
        self._is_parallel = bool(self._fs.async_impl)
        self._lists: dict[str, set[str]] | None = None

    def sizes(self, folder: str) -> dict[str, int | None]:
        """Give the sizes of all that is below a folder, in bytes, by name.

        Parameters
        ----------
        folder
            Its name.
        """
        with self._explaining("read"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(self._path(folder), detail=True)
            except FileNotFoundError:
                return {}
        start = f"{self._root.rstrip('/')}/"
        sizes = {path.removeprefix(start): info.get("size") for path, info in found.items()}
        return {name: size for name, size in sizes.items() if kind_of(name)}

    def size(self, name: str) -> int | None:
        """Give the size of one file in bytes; None when there is none."""
        with self._explaining("read"):
            self._fs.invalidate_cache()
            try:
                return int(self._fs.info(self._path(name))["size"] or 0)
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes:
        """Read a file whole.

        Parameters
        ----------
        name
            Its name.

        Raises
        ------
        BundleError
            When it is missing.
        StoreError
            When it cannot be read.
        """
        return b"".join(self.stream(name))

    def read_all(self, names: list[str], *, is_lenient: bool = False) -> dict[str, bytes]:
        """Read many small files, at once where the protocol can.

        Parameters
        ----------
        names
            Their names.
        is_lenient
            Whether those that cannot be read are left out.
        """
        with self._explaining("read"):
            read = self.map(lambda name: self._read_one(name, is_lenient), names)
        found = dict(zip(names, read, strict=True))
        return {name: data for name, data in found.items() if data is not None}

    def map(self, do: Callable[[T], R], what: list[T]) -> list[R]:
        """Do the same with each, with several at once where the protocol can.

        Parameters
        ----------
        do
            What is done.
        what
            With what.
        """
        if not self._is_parallel or not what[1:]:
            return [do(each) for each in what]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(do, what))

    def _read_one(self, name: str, is_lenient: bool) -> bytes | None:  # noqa: FBT001 - for `map`
        try:
            data: bytes = self._fs.cat_file(self._path(name))
        except Exception:
            if is_lenient:
                return None
            raise
        return data

    def stream(self, name: str) -> Iterator[bytes]:
        """Read a file piece by piece.

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
            When it is missing.
        StoreError
            When it cannot be read.
        """
        with self._explaining("read"):
            try:
                file = self._fs.open(self._path(name), "rb")
            except FileNotFoundError as error:
                message = f"{name!r} is not in remote {self.name!r}"
                raise BundleError(message, hint="have it pushed again") from error
            with file:
                while piece := file.read(_PIECE):
                    yield piece

    def put(self, name: str, content: bytes | Path) -> None:
        """Write a file, whole or not at all.

        Parameters
        ----------
        name
            Its name.
        content
            What is written, or a file that holds it.

        Raises
        ------
        StoreError
            When it cannot be written.
        """
        path = self._path(name)
        with self._explaining("written"):
            if self._is_whole_at_once:
                self._send(path, content)
                return
            passing = self._path(f"{_INCOMING}/{os.urandom(12).hex()}")
            for each in (passing, path):
                self._fs.makedirs(each.rpartition("/")[0], exist_ok=True)
            try:
                self._send(passing, content)
                self._rename(passing, path)
            except BaseException:
                with suppress(Exception):
                    self._fs.rm_file(passing)
                raise

    def clean(self) -> None:
        """Remove what pushers left that were killed more than a day ago."""
        if self._is_whole_at_once:
            return
        with suppress(Exception):  # somebody else's, or of a protocol that tells no times
            for path in self._fs.find(self._path(_INCOMING)):
                if time.time() - self._fs.modified(path).timestamp() > _DAY_S:
                    self._fs.rm_file(path)

    def find_packs(self, names: set[str]) -> list[str]:
        """Give the packs of code that hold some contents.

        Parameters
        ----------
        names
            Of the contents.

        Returns
        -------
        list of str
            The identities of the packs.
        """
        lists = self.lists()
        found = []
        for identity, inside in sorted(lists.items()):
            if not names.isdisjoint(inside):
                found.append(identity)
                names = names - inside
        return found

    def lists(self) -> dict[str, set[str]]:
        """Give the names of what is in each pack of code, by its identity."""
        if self._lists is None:
            names = [name for name in self.sizes(PACKS) if kind_of(name) == "listing"]
            found = self.read_all(sorted(names))
            self._lists = {
                name.removeprefix(f"{PACKS}/").removesuffix(".txt"): {
                    each.decode("ascii", "replace") for each in data.split()
                }
                for name, data in found.items()
            }
        return self._lists

    def put_pack(self, identity: str, pack: Path, names: list[str]) -> None:
        """Write a pack of code, then the list of what is in it, by which it is found.

        Parameters
        ----------
        identity
            The identity of the pack.
        pack
            The file.
        names
            What is in it, sorted.
        """
        self.put(name_pack(identity), pack)
        self.put(name_pack(identity, "txt"), "".join(f"{name}\n" for name in names).encode())
        self._lists = None

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _send(self, path: str, content: bytes | Path) -> None:
        if isinstance(content, bytes):
            self._fs.pipe_file(path, content)
        else:
            self._fs.put_file(str(content), path)

    def _rename(self, passing: str, path: str) -> None:
        """Rename a file; where that cannot replace, another pusher may have been first."""
        try:
            self._fs.mv(passing, path)
        except Exception:
            size = self._fs.info(passing)["size"]
            if not self._fs.exists(path) or self._fs.info(path)["size"] != size:
                raise
            self._fs.rm_file(passing)

    @contextmanager
    def _explaining(self, verb: str) -> Iterator[None]:
        """Say which remote does not answer; each protocol has errors of its own."""
        try:
            yield
        except (AnewError, GeneratorExit):
            raise
        except ImportError as error:
            message = f"a package is missing for remote {self.name!r}: {error}"
            raise EnvironmentProblemError(message, hint=str(error)) from error
        except Exception as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = f"remote {self.name!r} cannot be {verb}: {why}"
            hint = "is it there, are you allowed to, and is the network up? Then do the same again"
            raise StoreError(message, hint=hint) from error
