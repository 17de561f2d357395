"""Bundles looked into and taken in: no code of theirs is run, and no pickle is read."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from anew.settings import STORE_FOLDER
from anew.sharing.adopt import adopt_code, adopt_objects, copy_to, list_pickles
from anew.sharing.members import Members
from anew.sharing.names import ABOUT, PACKS, kind_of, name_record, uuid_of
from anew.sharing.packs import scan_pack
from anew.sharing.readme import show_command
from anew.sharing.records import read_record
from anew.stores import open_store
from anew.stores.trust import distrust, trust

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from anew.model import Trial
    from anew.types import Store

__all__ = ["Bundle", "BundledTrial", "Opened", "inspect", "open_bundle", "trust_values", "unbundle"]

_VERSION: Final = 1


@dataclass(frozen=True)
class BundledTrial:
    """A trial in a bundle, by what making it anew would do.

    Parameters
    ----------
    uuid, number, experiment, status
        As in its record; the number is that of the store that it is from.
    command
        What is run, as one would type it; empty when no command was recorded.
    python
        The version of the interpreter.
    packages
        Versions by name.
    origins
        Where packages are from that are not from an index.
    """

    uuid: str
    number: int
    experiment: str
    status: str
    command: str
    python: str
    packages: dict[str, str]
    origins: dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """What is in a bundle, told without running or unpacking anything of it.

    Parameters
    ----------
    path
        The file.
    trials
        The trials that were asked for when it was made.
    others
        Those that came with them.
    size_bytes
        The size of the file.
    code_files, code_bytes
        Number and size of the files of code.
    objects
        The number of contents.
    pickles
        How many values would execute what is in them when they are read.
    missing
        What could not be put in when it was made, for people.
    """

    path: Path
    trials: tuple[BundledTrial, ...]
    others: tuple[BundledTrial, ...]
    size_bytes: int
    code_files: int
    code_bytes: int
    objects: int
    pickles: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """What became of a bundle.

    Parameters
    ----------
    trials
        The trials that were asked for when it was made, as they are now.
    added
        The UUIDs of those that were not here before.
    missing
        What they refer to, and is not here.
    """

    trials: tuple[Trial, ...]
    added: tuple[str, ...]
    missing: tuple[str, ...]


class _Pieces(Members):
    """A bundle as a source of trials."""

    def find_packs(self, names: set[str]) -> list[str]:  # noqa: ARG002 - there are few
        """Give all packs."""
        start, end = f"{PACKS}/", ".pack"
        return [
            name.removeprefix(start).removesuffix(end)
            for name in self.names
            if kind_of(name) == "pack"
        ]

    def read_records(self) -> dict[str, dict[str, Any]]:
        """Give the records by UUID, in the order of their numbers."""
        records = {}
        for name in self.names:
            uuid = uuid_of(name)
            if uuid is not None:
                where = f"member {name!r} of {self.path}"
                records[uuid] = read_record(self.read(name), uuid, where=where)
        for uuid in records:
            self._check_chain(uuid, records)
        return dict(sorted(records.items(), key=lambda each: (each[1]["trial"]["number"], each[0])))

    def _check_chain(self, uuid: str, records: dict[str, dict[str, Any]]) -> None:
        """Refuse trials that made one another anew: nobody would come to an end with them."""
        for name in ("reproduces", "parent"):
            seen, each = set(), uuid
            while each in records:
                if each in seen:
                    raise self.refuse(name_record(each), f"says {name} in a circle")
                seen.add(each)
                each = records[each]["trial"][name]

    def read_about(self, records: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Give the trials that were asked for, and what is missing."""
        try:
            about = json.loads(self.read(ABOUT))
            if about["version"] != _VERSION:
                why = f"has version {about['version']!r}, this anew knows {_VERSION}"
                raise self.refuse(ABOUT, why)
            asked, missing = about["asked"], [str(each) for each in about["missing"]]
            if not asked or not all(uuid in records for uuid in asked):
                raise self.refuse(ABOUT, "names trials that are not there")
        except (KeyError, RecursionError, TypeError, ValueError) as error:
            raise self.refuse(ABOUT, f"cannot be read: {error}") from error
        return list(dict.fromkeys(asked)), missing


def inspect(path: str | os.PathLike[str]) -> Bundle:
    """Tell what is in a bundle, and what would run.

    Parameters
    ----------
    path
        The zip file.

    Returns
    -------
    Bundle
        What it holds.

    Raises
    ------
    BundleError
        When it is damaged, or holds what no bundle may hold.
    """
    with _Pieces(Path(path)) as pieces:
        records = pieces.read_records()
        asked, missing = pieces.read_about(records)
        files = size = 0
        for name in pieces.names:
            if kind_of(name) == "pack":
                with tempfile.TemporaryFile() as file:
                    copy_to(pieces.stream(name), file)
                    for kind, content in scan_pack(file, where=f"member {name!r} of {path}"):
                        files += kind == "blob"
                        size += len(content) * (kind == "blob")
        told = {uuid: _tell(record) for uuid, record in records.items()}
        return Bundle(
            path=Path(path),
            trials=tuple(told[uuid] for uuid in asked),
            others=tuple(told[uuid] for uuid in told if uuid not in asked),
            size_bytes=pieces.size_bytes,
            code_files=files,
            code_bytes=size,
            objects=sum(kind_of(name) == "object" for name in pieces.names),
            pickles=sum(len(list_pickles(record)) for record in records.values()),
            missing=tuple(missing),
        )


def _tell(record: dict[str, Any]) -> BundledTrial:
    trial, facets = record["trial"], record["facets"]
    packages = facets.get("packages", {})
    return BundledTrial(
        uuid=trial["uuid"],
        number=trial["number"],
        experiment=trial["experiment"],
        status=trial["status"],
        command=show_command(record),
        python=str(facets.get("python", {}).get("version") or ""),
        packages=dict(packages.get("versions") or {}),
        origins=dict(packages.get("origins") or {}),
    )


def unbundle(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    store: Store | None = None,
    trusted: bool = False,
) -> Opened:
    """Take the trials of a bundle into a store; those that are there already stay as they are.

    Parameters
    ----------
    path
        The zip file.
    folder
        A folder, in which a store is made when there is none.
    store
        The store, when no folder is given; by default that of the current project.
    trusted
        Whether values may be read whose reading executes what is in them.

    Returns
    -------
    Opened
        The trials, and what is missing.

    Raises
    ------
    BundleError
        When it is damaged, or holds what no bundle may hold. Nothing is then left of a store that
        was made for it.
    StoreError
        When the store cannot be written.

    Notes
    -----
    Nothing of the bundle is run, and no pickle is read. UUIDs are kept, and numbers where they were
    never given. Called again after it was cut short, it goes on where it was.
    """
    with _Pieces(Path(path)) as pieces:
        records = pieces.read_records()
        asked, missing = pieces.read_about(records)
        with _made(folder):
            place = None if folder is None else Path(folder, STORE_FOLDER).absolute()
            target = store or open_store(place)
            known = {trial.uuid for trial in target.trials()}
            lacking = _adopt_all(target, records, pieces)
            _mark(target, records, known, is_trusted=trusted)
            for record in records.values():
                target.adopt(record)
    trials = tuple(target.trial(uuid) for uuid in asked)
    added = tuple(uuid for uuid in records if uuid not in known)
    return Opened(trials, added, tuple(dict.fromkeys([*missing, *lacking])))


def _adopt_all(store: Store, records: dict[str, dict[str, Any]], pieces: _Pieces) -> list[str]:
    """Take in what trials refer to, and say what is not there."""
    broken = adopt_code(store, records.values(), pieces)
    lacking = [f"snapshot {commit}" for commit in sorted(broken)]
    for record in records.values():
        lacking += [content.what for content in adopt_objects(store, record, pieces)]
    return lacking


def _mark(
    store: Store, records: dict[str, dict[str, Any]], known: set[str], *, is_trusted: bool
) -> None:
    """Mark pickles as not to be read, except those that trials of the store have already."""
    found = {digest for record in records.values() for digest in list_pickles(record)}
    if is_trusted:
        trust(store.folder, found)
        return
    for uuid in known if found else ():
        found -= {artifact.digest for artifact in store.artifacts(uuid)}
    distrust(store.folder, found)


@contextmanager
def _made(folder: str | os.PathLike[str] | None) -> Iterator[None]:
    """Remove what was made in the block when it ends badly."""
    place = Path(folder) if folder else None
    store = place and place / STORE_FOLDER
    was_there = (place and place.exists(), store and store.exists())
    try:
        yield
    except BaseException:
        if place and store and not was_there[1]:
            shutil.rmtree(store if was_there[0] else place, ignore_errors=True)
        raise


def trust_values(trial: Trial) -> None:
    """Allow the values of a trial to be read, also those whose reading may run any code.

    Parameters
    ----------
    trial
        A trial from a bundle, whose code the user has chosen to run.
    """
    store = cast("Store", trial.source)
    found = (a.digest for a in store.artifacts(trial.uuid) if a.format == "pickle" and a.digest)
    trust(store.folder, found)


def open_bundle(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> list[Trial]:
    """Take a bundle that is trusted into a folder, to make its trials anew.

    Parameters
    ----------
    path
        The zip file. Whoever calls this has agreed to run what `inspect` tells.
    folder
        The folder.

    Returns
    -------
    list of Trial
        The trials that were asked for when it was made.

    Raises
    ------
    BundleError
        As `unbundle` does.
    """
    return list(unbundle(path, folder, trusted=True).trials)
