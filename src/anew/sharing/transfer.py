"""Trials pushed to a remote and pulled from it: only what is missing goes over the line."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from anew.digests import digest_bytes, digest_file
from anew.errors import (
    AnewError,
    BundleError,
    ObjectCorruptError,
    ObjectMissingError,
    UnknownTrialError,
)
from anew.notices import warn_once
from anew.sharing.adopt import adopt_code, adopt_objects
from anew.sharing.bundles import export_with_origins
from anew.sharing.contents import find_file, gather, list_commits
from anew.sharing.names import OBJECTS, RECORDS, name_object, name_record, uuid_of
from anew.sharing.packs import list_contents, name_of, write_pack
from anew.sharing.place import Place
from anew.sharing.records import read_record, write_record
from anew.sharing.remotes import choose_remote, list_remotes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from anew.model import Trial
    from anew.sharing.contents import Content
    from anew.types import ObjectStore, Store

__all__ = ["Transfer", "fetch_object", "pull", "push"]

_BATCH: Final = 200
_SMALL_BYTES: Final = 1 << 16
_PREFIX_DIGITS: Final = 4
"""That many decimal digits may be the beginning of a UUID; fewer are a number."""


@dataclass(frozen=True)
class Transfer:
    """What went over the line.

    Parameters
    ----------
    remote
        The name of the remote.
    trials
        The UUIDs of the trials that were meant.
    sent
        Of those, and of the ones that they refer to, those whose records went over.
    objects
        How many contents went over.
    size_bytes
        How large these were.
    missing
        What is on neither side, for people.
    """

    remote: str
    trials: tuple[str, ...]
    sent: tuple[str, ...]
    objects: int
    size_bytes: int
    missing: tuple[str, ...]


def push(
    trials: Sequence[Trial] | None = None,
    remote: str | None = None,
    *,
    store: Store,
    tell: Callable[[str], None] | None = None,
) -> Transfer:
    """Send trials, with all that is needed to make them anew, to a remote.

    Parameters
    ----------
    trials
        The trials; by default all that have ended and are not there.
    remote
        Its name, or a URL; None for the only one.
    store
        The store of the trials.
    tell
        Told what is being sent.

    Returns
    -------
    Transfer
        What was sent.

    Raises
    ------
    UsageError
        When a trial is still running, or it is not clear which remote is meant.
    StoreError
        When something cannot be read or written. What was sent by then stays, and is not sent
        again.

    Notes
    -----
    The record of a trial goes last: one that is there is whole. Several may push at once.
    """
    place = Place(*choose_remote(store, remote))
    place.clean()
    known = {uuid_of(name) for name in place.sizes(RECORDS)}
    if trials is None:
        ended = [trial for trial in store.trials() if trial.status != "running"]
        chosen = [trial.uuid for trial in ended if trial.uuid not in known]
    else:
        chosen = [trial.uuid for trial in trials]
    records = {
        record["trial"]["uuid"]: record
        for uuid in chosen
        for record in export_with_origins(store, uuid)
    }
    _push_code(store, records.values(), place)
    sending = _Sending(place, store.objects, place.sizes(OBJECTS))
    for uuid, record in records.items():
        if tell:
            tell(f"trial {record['trial']['number']}")
        sending.send(record)
        if uuid not in known or (trials is not None and not _is_sound(place, uuid)):
            place.put(name_record(uuid), write_record(record))
    sent = tuple(uuid for uuid in records if uuid not in known)
    missing = tuple(sending.missing)
    size = sending.size_bytes
    return Transfer(place.name, tuple(chosen), sent, sending.objects, size, missing)


def _is_sound(place: Place, uuid: str) -> bool:
    """Tell whether the remote's record of a trial can be read."""
    name = name_record(uuid)
    try:
        read_record(place.read(name), uuid, where=name)
    except BundleError:
        return False
    return True


def _push_code(store: Store, records: Iterable[dict[str, Any]], place: Place) -> None:
    """Send what the remote lacks of some snapshots, as one pack."""
    git_dir = store.folder / "git"
    commits = {commit for record in records for commit in list_commits(record)}
    known = set().union(*place.lists().values()) if commits else set()
    if not commits - known:
        return
    with tempfile.NamedTemporaryFile(dir=git_dir, prefix="pack-") as file:
        contents = list_contents(git_dir, sorted(commits - known))
        lacking = {name: kind for name, kind in contents.items() if name not in known}
        write_pack(git_dir, lacking, cast("Any", file))
        file.flush()
        place.put_pack(name_of(lacking), Path(file.name), sorted(lacking))


class _Sending:
    """Contents on their way to a remote.

    Parameters
    ----------
    place
        The remote.
    objects
        Where contents are kept.
    there
        Sizes of what the remote has, by name.
    """

    def __init__(self, place: Place, objects: ObjectStore, there: dict[str, int | None]) -> None:
        self.place, self.there = place, there
        self.objects = self.size_bytes = 0
        self.missing: dict[str, None] = {}
        self._objects = objects

    def send(self, record: dict[str, Any]) -> None:
        """Send what a trial refers to and the remote lacks."""
        found = gather(record, self._objects, lambda digest: name_object(digest) in self.there)
        self.missing |= found.missing
        lacking = [content for content in found.found.values() if not self._is_there(content)]
        for content, size in zip(lacking, self.place.map(self._send_one, lacking), strict=True):
            self.there[name_object(content.digest)] = size
            self.objects += 1
            self.size_bytes += size

    def _is_there(self, content: Content) -> bool:
        """Tell whether the remote has a content; a crash may have left a shorter one."""
        name = name_object(content.digest)
        return name in self.there and content.size_bytes in {None, self.there[name]}

    def _send_one(self, content: Content) -> int:
        """Send a content that is still what its digest says."""
        file = find_file(content, self._objects)
        try:
            data = file or self._objects.get(content.digest)
            digest = content.digest if file is None else digest_file(file).digest
            size = len(data) if isinstance(data, bytes) else data.stat().st_size
        except OSError as error:
            if isinstance(error, AnewError):
                raise
            message = f"{content.what} cannot be read: {error.strerror}"
            raise ObjectMissingError(message, where=str(file)) from error
        if digest != content.digest:
            message = f"{content.what} is damaged: its bytes have another digest"
            raise ObjectCorruptError(message, where=str(file))
        self.place.put(name_object(content.digest), data)
        return size


def pull(
    references: Sequence[str] | None = None,
    remote: str | None = None,
    *,
    store: Store,
    tell: Callable[[str], None] | None = None,
) -> Transfer:
    """Bring trials from a remote.

    Parameters
    ----------
    references
        Numbers or beginnings of UUIDs of trials that are brought with all that they need; by
        default the records, small results and the code of all trials; the rest when it is needed.
    remote
        Its name, or a URL; None for the only one.
    store
        The store that they are brought to.
    tell
        Told what is being brought.

    Returns
    -------
    Transfer
        What was brought.

    Raises
    ------
    UnknownTrialError
        When a trial is not there, or several are meant.
    BundleError
        When something is damaged.
    StoreError
        When something cannot be read or written. What was brought by then stays.
    """
    place = Place(*choose_remote(store, remote))
    there = sorted(uuid for uuid in map(uuid_of, place.sizes(RECORDS)) if uuid)
    pulling = _Pulling(place, store, set(there))
    if references is None:
        chosen = there
        lacking = [uuid for uuid in there if uuid not in pulling.here]
        for start in range(0, len(lacking), _BATCH):
            pulling.bring(lacking[start : start + _BATCH], is_whole=False)
            if tell:
                tell(f"{min(start + _BATCH, len(lacking))} of {len(lacking)} trials")
    else:
        chosen = [pulling.find(each) for each in references]
        for uuid in chosen:
            if tell:
                tell(f"trial {uuid}")
            pulling.bring([uuid], is_whole=True)
    brought, missing = tuple(pulling.brought), tuple(dict.fromkeys(pulling.missing))
    size = pulling.size_bytes
    return Transfer(place.name, tuple(chosen), brought, pulling.objects, size, missing)


class _Pulling:
    """Trials on their way from a remote.

    Parameters
    ----------
    place
        The remote.
    store
        The store that they are brought to.
    there
        The UUIDs of those that the remote has.
    """

    def __init__(self, place: Place, store: Store, there: set[str]) -> None:
        self.here = {trial.uuid: trial.number for trial in store.trials()}
        self.brought: list[str] = []
        self.missing: list[str] = []
        self.objects = self.size_bytes = 0
        self._place, self._store, self._there = place, store, there

    def find(self, reference: str) -> str:
        """Find the trial that is meant: by its number here, its UUID, or its number there."""
        text = str(reference).strip().lower()
        is_number = text.isdecimal() and len(text) < _PREFIX_DIGITS
        found = [uuid for uuid in self._there if uuid.startswith(text) and text and not is_number]
        if text.isdecimal():
            numbered = [uuid for uuid, number in self.here.items() if number == int(text)]
            found = [uuid for uuid in numbered if uuid in self._there] or found
        if text.isdecimal() and not found:
            records = self._read(sorted(self._there - self.here.keys()))
            found = [u for u, each in records.items() if each["trial"]["number"] == int(text)]
        if len(found) != 1:
            why = "several trials are meant by" if found else "no such trial"
            raise UnknownTrialError(reference, store=f"remote {self._place.name}", why=why)
        return found[0]

    def bring(self, uuids: list[str], *, is_whole: bool) -> None:
        """Bring trials and those that they refer to; contents when the whole is wanted."""
        new = self._read([uuid for uuid in uuids if uuid not in self.here])
        old = {u: self._store.export(u) for u in uuids if u in self.here} if is_whole else {}
        waiting = [*new.values(), *old.values()]
        while others := self._find_origins(waiting, new.keys() | old.keys()):
            read = self._read(others)
            waiting = list(read.values())
            new |= read
        records = sorted({**new, **old}.values(), key=_order)
        broken = adopt_code(self._store, records, self._place)
        self.missing += [f"snapshot {commit}" for commit in sorted(broken)]
        if is_whole:
            source = _Counted(self._place)
            for record in records:
                lacking = adopt_objects(self._store, record, source)
                self.missing += [content.what for content in lacking]
            self.objects += source.objects
            self.size_bytes += source.size_bytes
        else:
            self._bring_results(records)
        for record in records:
            uuid = record["trial"]["uuid"]
            if uuid not in self.here:
                self.here[uuid] = self._store.adopt(record)
                self.brought.append(uuid)

    def _bring_results(self, records: Iterable[dict[str, Any]]) -> None:
        """Bring results that are shown in lists; one that is missing is told by its summary."""
        rows = [row for record in records for row in record["artifacts"] if row["digest"]]
        wanted = {
            name_object(row["digest"]): row["digest"]
            for row in rows
            if row["role"] == "result"
            and row["size_bytes"] <= _SMALL_BYTES
            and not self._store.objects.hold(row["digest"])
        }
        for name, data in self._place.read_all(sorted(wanted), is_lenient=True).items():
            if digest_bytes(data) == wanted[name]:
                self._store.objects.put(data)
                self.objects += 1
                self.size_bytes += len(data)

    def _find_origins(self, records: Iterable[dict[str, Any]], known: Collection[str]) -> list[str]:
        """Find the trials that some refer to, that are there and not here."""
        trials = [record["trial"] for record in records]
        named = {trial[name] for trial in trials for name in ("reproduces", "parent")}
        return sorted((named & self._there) - self.here.keys() - set(known))

    def _read(self, uuids: list[str]) -> dict[str, dict[str, Any]]:
        """Read records of the remote."""
        names = {name_record(uuid): uuid for uuid in uuids}
        found = self._place.read_all(list(names))
        where = f"remote {self._place.name!r}"
        return {
            names[name]: read_record(data, names[name], where=f"{name} of {where}")
            for name, data in found.items()
        }


class _Counted:
    """A remote that counts what is taken from it.

    Parameters
    ----------
    place
        The remote.
    """

    def __init__(self, place: Place) -> None:
        self.objects = self.size_bytes = 0
        self._place = place
        self.size = place.size
        self.find_packs = place.find_packs

    def stream(self, name: str) -> Iterator[bytes]:
        """Read what is under a name, piece by piece."""
        self.objects += 1
        for piece in self._place.stream(name):
            self.size_bytes += len(piece)
            yield piece


def _order(record: dict[str, Any]) -> tuple[int, str]:
    return record["trial"]["number"], record["trial"]["uuid"]


def fetch_object(store: Store, digest: str) -> bool:
    """Bring one content that is missing from the first remote that has it.

    Parameters
    ----------
    store
        The store.
    digest
        Its digest.

    Returns
    -------
    bool
        Whether the store has it now. A remote that does not answer is warned of, and passed over.
    """
    if store.objects.has(digest):
        return True
    name = name_object(digest)
    for remote, url in list_remotes(store).items():
        try:
            place = Place(remote, url)
            if place.size(name) is not None:
                store.objects.put_stream(place.stream(name), digest)
                return True
        except AnewError as error:
            warn_once(f"{digest} could not be had from remote {remote!r}: {error.message}")
    return False
