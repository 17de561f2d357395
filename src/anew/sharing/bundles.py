"""Trials as one file: the same trials give the same bytes."""

from __future__ import annotations

import os
import shlex
import tempfile
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from anew.errors import (
    ObjectCorruptError,
    StoreError,
    UnknownTrialError,
    UsageError,
)
from anew.sharing.contents import Gathered, find_file, gather, list_commits, open_content
from anew.sharing.members import DENSEST, SLACK
from anew.sharing.names import ABOUT, README, name_object, name_pack, name_packages, name_record
from anew.sharing.packs import list_contents, name_of, write_pack
from anew.sharing.readme import write_about, write_packages, write_readme
from anew.sharing.records import write_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from anew.model import Trial
    from anew.types import ObjectStore, Store

__all__ = ["Bundled", "bundle", "export_with_origins"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_RIGHTS: Final = 0o100644 << 16
_SMALL: Final = 16 << 10
_SAMPLE: Final = 64 << 10
_SAMPLES: Final = 16
_POOR: Final = 0.95
"""What is left of a sample that is not worth compressing."""

_PIECE: Final = 1 << 20


@dataclass(frozen=True)
class Bundled:
    """A bundle that was made.

    Parameters
    ----------
    path
        The file.
    trials
        The UUIDs of all trials in it, those that others refer to included.
    objects
        How many contents are in it.
    size_bytes
        Its size.
    missing
        What could not be put in, for people.
    """

    path: Path
    trials: tuple[str, ...]
    objects: int
    size_bytes: int
    missing: tuple[str, ...]


def bundle(trials: Sequence[Trial], path: str | os.PathLike[str]) -> Bundled:
    """Put trials, and all that is needed to make them anew, into one file.

    Parameters
    ----------
    trials
        Trials of one store, or of several.
    path
        The zip file, which takes the place of one that is there.

    Returns
    -------
    Bundled
        What is in it, and what is not.

    Raises
    ------
    UsageError
        When a trial is still running.
    StoreError
        When something cannot be read, or the file cannot be written; then there is none.

    Notes
    -----
    In it are the records, the code, what the trials read and gave. A file that was too large to
    be kept is put in when it is still in its place with the same content. What holds credentials
    never is. A trial that made another anew, or ran within it, brings that one with it.
    """
    target = Path(path)
    sources: dict[str, tuple[Store, dict[str, Any]]] = {}
    for trial in trials:
        store = cast("Store", trial.source)
        for record in export_with_origins(store, trial.uuid):
            sources.setdefault(record["trial"]["uuid"], (store, record))
    sources = dict(sorted(sources.items(), key=lambda each: _order(each[1][1])))
    asked = [uuid for uuid in sources if uuid in {trial.uuid for trial in trials}]
    with _replacing(target) as temporary:
        parts = _Parts(sources, temporary.parent)
        with parts:
            parts.write(temporary, asked)
            if _is_too_dense(temporary):
                parts.write(temporary, asked, is_plain=True)
        size = temporary.stat().st_size
    gathered = parts.gathered
    return Bundled(target, tuple(sources), len(gathered.found), size, tuple(gathered.missing))


def _order(record: dict[str, Any]) -> tuple[int, str]:
    return record["trial"]["number"], record["trial"]["uuid"]


def export_with_origins(store: Store, uuid: str) -> Iterator[dict[str, Any]]:
    """Give the record of a trial, and those of the trials without which it says too little.

    Parameters
    ----------
    store
        The store.
    uuid
        The trial.

    Yields
    ------
    dict
        First that of the trial, then that of the one that it made anew or ran within, and so on.
    """
    waiting, seen = [uuid], set()
    while waiting:
        each = waiting.pop()
        seen.add(each)
        try:
            record = store.export(each)
        except (UnknownTrialError, UsageError):
            if each == uuid:
                raise
            continue  # removed, or a parent that still runs: the trial itself is whole
        yield record
        others = (record["trial"]["reproduces"], record["trial"]["parent"])
        waiting += [other for other in others if other and other not in seen]


class _Parts:
    """All that goes into a bundle, used in a ``with`` block: packs are temporary files.

    Parameters
    ----------
    sources
        Store and record by UUID.
    folder
        Where there is room for temporary files.
    """

    def __init__(self, sources: dict[str, tuple[Store, dict[str, Any]]], folder: Path) -> None:
        from anew.sharing.transfer import fetch_object

        self.records = [record for _, record in sources.values()]
        self.gathered = Gathered()
        self.packs: dict[str, Path] = {}
        self._objects: dict[str, ObjectStore] = {}
        self._commits: dict[Path, set[str]] = {}
        for store, record in sources.values():
            found = gather(record, store.objects, partial(fetch_object, store))
            self.gathered.add(found)
            self._objects |= dict.fromkeys(found.found, store.objects)
            commits = self._commits.setdefault(store.folder / "git", set())
            commits.update(list_commits(record))
        self._folder = folder

    def __enter__(self) -> None:
        for git_dir, commits in self._commits.items():
            contents = list_contents(git_dir, sorted(commits))
            if contents:
                handle, name = tempfile.mkstemp(dir=self._folder, prefix=".pack-")
                self.packs[name_of(contents)] = Path(name)
                with os.fdopen(handle, "wb") as file:
                    write_pack(git_dir, contents, file)

    def __exit__(self, *_: object) -> None:
        for path in self.packs.values():
            path.unlink(missing_ok=True)

    def write(self, path: Path, asked: Sequence[str], *, is_plain: bool = False) -> None:
        """Write the zip file."""
        missing = self.gathered.missing
        texts = {
            README: write_readme(self.records, missing),
            ABOUT: write_about(self.records, asked, missing),
        }
        for record in self.records:
            uuid = record["trial"]["uuid"]
            texts[name_record(uuid)] = write_record(record)
            texts[name_packages(uuid)] = write_packages(record)
        with zipfile.ZipFile(path, "w") as file:
            for name, data in sorted(texts.items()):
                _add(file, name, [data], len(data), is_plain or not _is_worth(_sample_bytes(data)))
            for identity, pack in sorted(self.packs.items()):  # compressed already
                _add(file, name_pack(identity), _pieces(pack), pack.stat().st_size, is_plain=True)
            for digest in sorted(self.gathered.found):
                self._add_object(file, digest, is_plain=is_plain)

    def _add_object(self, file: zipfile.ZipFile, digest: str, *, is_plain: bool) -> None:
        """Add a content; one that is not what its digest says ends it all."""
        from blake3 import blake3

        content, objects = self.gathered.found[digest], self._objects[digest]
        place = find_file(content, objects)
        size = place.stat().st_size if place else content.size_bytes or 0
        sample = _sample_file(place, size) if place else _sample_bytes(objects.get(digest))
        seen = blake3()

        def pieces() -> Iterator[bytes]:
            for piece in open_content(content, objects):
                seen.update(piece)
                yield piece

        _add(file, name_object(digest), pieces(), size, is_plain or not _is_worth(sample))
        if f"blake3:{seen.hexdigest()}" != digest:
            message = f"{content.what} is damaged: its bytes have another digest"
            raise ObjectCorruptError(message, where=str(place or digest))


def _add(
    file: zipfile.ZipFile,
    name: str,
    pieces: Iterable[bytes],
    size: int,
    is_plain: bool,  # noqa: FBT001
) -> None:
    """Add a member without anything of the moment in it."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr, info.file_size = _RIGHTS, size
    info.compress_type = zipfile.ZIP_STORED if is_plain else zipfile.ZIP_DEFLATED
    with file.open(info, "w") as member:
        for piece in pieces:
            member.write(piece)


def _is_worth(sample: list[bytes]) -> bool:
    """Tell whether to compress: not what is dense, nor what would look like a bomb."""
    before = sum(map(len, sample))
    shares = [len(zlib.compress(each, 1)) / max(len(each), 1) for each in sample]
    after = sum(share * len(each) for share, each in zip(shares, sample, strict=True))
    is_bomb = before > _SMALL and min(shares, default=1) < 2 / DENSEST
    return after < _POOR * before and not is_bomb


def _sample_bytes(data: bytes) -> list[bytes]:
    step = max(len(data) // _SAMPLES, _SAMPLE)
    return [data[start : start + _SAMPLE] for start in range(0, len(data), step)]


def _sample_file(path: Path, size: int) -> list[bytes]:
    step = max(size // _SAMPLES, _SAMPLE)
    with path.open("rb") as file:
        return [_read_at(file, start) for start in range(0, size, step)]


def _read_at(file: Any, start: int) -> bytes:
    file.seek(start)
    data: bytes = file.read(_SAMPLE)
    return data


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _is_too_dense(path: Path) -> bool:
    """Tell whether a reader would take the file for a bomb."""
    with zipfile.ZipFile(path) as file:
        infos = file.infolist()
    total = sum(info.file_size for info in infos)
    one = any(info.file_size > SLACK + DENSEST * info.compress_size for info in infos)
    return one or total > SLACK + DENSEST * path.stat().st_size


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a temporary file that takes the place of the target when the block ends well."""
    if target.is_dir():
        message = f"{str(target)!r} is a folder, expected a file"
        raise UsageError(message, hint="name the zip file")
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".bundle-{os.urandom(8).hex()}")
        yield temporary
        temporary.replace(target)
    except BaseException as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        if not isinstance(error, OSError) or isinstance(error, StoreError):
            raise
        message = f"the bundle cannot be written: {error.strerror or error}"
        hint = f"free some space in {shlex.quote(str(target.parent))}, or name another file"
        raise StoreError(message, where=str(target), hint=hint) from error
