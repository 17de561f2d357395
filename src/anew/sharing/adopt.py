"""Taking trials in from elsewhere: first what they refer to, then their records."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from anew.code.locking import only_one
from anew.code.snapshot import prepare, write_ref
from anew.errors import BundleError, ObjectCorruptError, SnapshotError
from anew.sharing.contents import expand, list_commits, list_needed
from anew.sharing.names import name_object, name_pack
from anew.sharing.packs import find_missing, read_pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from anew.sharing.contents import Content
    from anew.types import ObjectStore, Store

__all__ = ["Source", "adopt_code", "adopt_objects", "list_pickles"]

_PICKLES: Final = frozenset({"pickle"})


class Source(Protocol):
    """Where trials come from: a bundle or a remote."""

    def stream(self, name: str) -> Iterator[bytes]:
        """Read what is under a name, piece by piece."""

    def size(self, name: str) -> int | None:
        """Give its size in bytes; None when there is none."""

    def find_packs(self, names: set[str]) -> list[str]:
        """Give the identities of packs that have some contents, or may have them."""


def adopt_code(store: Store, records: Iterable[dict[str, Any]], source: Source) -> set[str]:
    """Take in the snapshots that trials refer to.

    Parameters
    ----------
    store
        The store.
    records
        Records of trials.
    source
        Where they come from.

    Returns
    -------
    set of str
        The snapshots that are not whole, for the source does not have them either.

    Raises
    ------
    BundleError
        When a pack is damaged.
    SnapshotError
        When they cannot be written.
    """
    git_dir = store.folder / "git"
    commits = {commit for record in records for commit in list_commits(record)}
    if not commits:
        return set()
    packs: dict[str, IO[bytes]] = {}
    with ExitStack() as stack:
        while True:
            missing = _unpack(git_dir, commits, packs)
            lacking = [each for each in source.find_packs(missing) if each not in packs]
            if not missing or not lacking:
                break
            for identity in lacking:  # others may take snapshots meanwhile
                packs[identity] = stack.enter_context(tempfile.TemporaryFile(dir=git_dir))
                copy_to(source.stream(name_pack(identity)), packs[identity])
    return {each for each in commits if missing and find_missing(git_dir, [each])}


def _unpack(git_dir: Path, commits: set[str], packs: dict[str, IO[bytes]]) -> set[str]:
    """Take in what packs hold, and say what is still missing; whole snapshots get their refs."""
    with only_one(git_dir):  # nothing is pruned before it has its ref
        prepare(git_dir)
        for identity, file in packs.items():
            file.seek(0)
            read_pack(file, git_dir, where=name_pack(identity))
        missing = find_missing(git_dir, commits)
        for commit in commits:
            if not missing or not find_missing(git_dir, [commit]):
                write_ref(git_dir, commit)
    return missing


def copy_to(pieces: Iterable[bytes], file: IO[bytes]) -> None:
    """Write pieces to a file, and wind it back.

    Parameters
    ----------
    pieces
        What is written.
    file
        The file.

    Raises
    ------
    SnapshotError
        When it cannot be written.
    """
    for piece in pieces:
        try:
            file.write(piece)
        except OSError as error:
            message = f"code cannot be written: {error.strerror}"
            raise SnapshotError(message, hint="make room on the disk") from error
    file.seek(0, os.SEEK_SET)


def adopt_objects(store: Store, record: dict[str, Any], source: Source) -> list[Content]:
    """Take in the contents that a trial refers to.

    Parameters
    ----------
    store
        The store.
    record
        The record of the trial.
    source
        Where they come from.

    Returns
    -------
    list of Content
        Those that are missing there, too, though the record says that they are kept.

    Raises
    ------
    BundleError
        When one is damaged.
    StoreError
        When one cannot be read or written.
    """
    missing = []
    for content in list_needed(record):
        is_here = _adopt_object(store.objects, content, source)
        inside = []
        if is_here and content.is_listing:
            inside = list(expand(content, store.objects.get(content.digest)))
        lacking = [each for each in inside if not _adopt_object(store.objects, each, source)]
        missing += lacking if is_here else [content]
    return [content for content in missing if content.is_kept]


def _adopt_object(objects: ObjectStore, content: Content, source: Source) -> bool:
    """Take in a content, unless it is here; tell whether it is then."""
    if objects.hold(content.digest):
        return True
    name = name_object(content.digest)
    if source.size(name) is None:
        return False
    try:
        objects.put_stream(source.stream(name), content.digest)
    except ObjectCorruptError as error:
        message = f"{name!r} is damaged: {error.what}"
        hint = "have it bundled again; from a remote, remove it there and push it again"
        raise BundleError(message, where=content.what, hint=hint) from error
    return True


def list_pickles(record: dict[str, Any]) -> list[str]:
    """List the values of a trial that execute what is in them when they are read.

    Parameters
    ----------
    record
        The record of the trial.

    Returns
    -------
    list of str
        Digests.
    """
    rows = record["artifacts"]
    return [row["digest"] for row in rows if row["format"] in _PICKLES and row["digest"]]
