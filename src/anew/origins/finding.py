"""Looking for where a file came from: first what is certain, last what is a guess."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.digests import digest_file
from anew.errors import StampError, UsageError
from anew.formats.choice import suffix_of
from anew.notices import warn_once
from anew.origins.contents import family_of
from anew.origins.folders import digest_listing, find_within
from anew.origins.likeness import ALIKE, distance
from anew.origins.origin import ALTERED, GUESSED, SAME, UNCHANGED, UNVERIFIED, Origin
from anew.origins.remembered import Remembered, describe
from anew.origins.telling import choose, doubt_stamp, tell_recorded, tell_stamp, tell_trial
from anew.query import open_to_read
from anew.settings import find_root
from anew.stamps import bare_bytes, bare_digest, escape, file_of, is_sidecar, read_stamp
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.model import Use
    from anew.stamps import Provenance
    from anew.types import Store

__all__ = ["find_origin", "list_files", "stores_near", "whence"]

_LARGEST_BYTES: Final = 256 << 20
_ORDER: Final = (UNCHANGED, SAME, ALTERED, UNVERIFIED, GUESSED)
_AS_IT_IS: Final = frozenset({None, "binary", "file", "text"})
"""The formats of content that somebody else has given its form, and the name its suffix."""


class _Seen(NamedTuple):
    """What a file says of itself."""

    path: Path
    stamp: Provenance | None
    fault: str
    digest: str
    bare: str
    size_bytes: int


def whence(path: str | os.PathLike[str], *, store: str | None = None) -> Origin | None:
    """Find out which trial a file came from.

    Parameters
    ----------
    path
        The file; its name is not trusted. For the stamp beside a file, that file is asked about.
    store
        The folder of a store. By default those of the project that is worked in, and of the one in
        which the file lies.

    Returns
    -------
    Origin or None
        A `Provenance`: the trial with code, parameters and inputs, and with how that is known and
        whether it is certain. None when nothing is known.

    Raises
    ------
    UsageError
        When there is no such file, or it cannot be read.
    StampError
        When its stamp is damaged or was altered, and nothing else is known of it.

    Notes
    -----
    The stamp of a file is only believed when the store has the file's content for that trial.
    Without a stamp the content tells: the bytes, then what they hold (pixels, numbers, cells), and
    of pictures at last the likeness, which is a guess and said to be one. What is in the objects of
    a store is found out when it is first asked for, and remembered.
    """
    file = _meant(Path(path))
    sources = [open_to_read(store)] if store is not None else stores_near(file)
    found: list[Origin] = []
    fault: StampError | None = None
    for each in sources:
        try:
            origin = find_origin(file, each)
        except StampError as error:
            fault = error
            continue
        if origin is not None:
            found.append(origin)
    if not found and fault is not None:
        raise fault
    return min(found, key=lambda each: _ORDER.index(each.state), default=None)


def list_files(path: str | os.PathLike[str]) -> list[Path]:
    """List the files that are meant by a path.

    Parameters
    ----------
    path
        A file, or a folder: of that all files in it, but for hidden ones and stamps beside others.
        A folder with a stamp of its own, as of Zarr, is one thing.
    """
    if not Path(path).is_dir() or _is_whole(Path(path)):
        return [Path(path)]
    found = []
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
    return [each for each in found if each.is_file() and not is_sidecar(str(each))]


def _is_whole(folder: Path) -> bool:
    """Tell whether a folder has a stamp of its own."""
    try:
        return read_stamp(folder) is not None
    except StampError:
        return True


def find_origin(path: Path, store: Store) -> Origin | None:
    """Find out which trial of a store a file came from, as `whence` does.

    Parameters
    ----------
    path
        The file.
    store
        The store.

    Raises
    ------
    UsageError, StampError
        As for `whence`.
    """
    if path.is_dir():
        return _tell_folder(path, store)
    if is_sidecar(str(path)):
        return _tell_alone(path, store)
    seen = _look_at(path)
    if seen.size_bytes == 0 and seen.stamp is None:
        return None  # nothing is the same everywhere
    digests = {seen.digest, seen.bare}
    if uses := store.uses(digests) or find_within(digests, store):
        return _tell_content(seen, uses, store)
    remembered = Remembered(store)
    origin = None
    try:
        decoded, looks = _describe(seen)
        origin = _find_decoded(seen, decoded, store, remembered)
        if origin is None and seen.stamp is not None:
            origin = _tell_stamped(seen, seen.stamp, store)
        origin = origin or _find_alike(seen, looks, store, remembered)
    except ImportError as error:
        library = {"PIL": "Pillow"}.get(error.name or "", error.name)
        text = f"{library} is not installed: such files are known by their bytes alone"
        warn_once(f"{text} (uv pip install {library})", about=text)
        if seen.stamp is not None:
            origin = _tell_stamped(seen, seen.stamp, store)
    finally:
        remembered.keep()
    if origin is None and seen.fault:
        hint = "anew knows files by their content, too: ask where the store is, with --store"
        raise StampError(seen.fault, where=str(path), hint=hint)
    return origin


def stores_near(file: Path) -> list[Store]:
    """Give the stores of the project that is worked in, and of the one that has a file.

    Parameters
    ----------
    file
        The file.
    """
    stores = [open_store(), open_store(root=find_root(file.resolve().parent))]
    return list({str(each.folder): each for each in stores}.values())


def _meant(path: Path) -> Path:
    """Give the file that is asked about: for a stamp that it lies beside, where it is there."""
    file = Path(file_of(str(path)))
    return file if is_sidecar(str(path)) and file.exists() else path


def _tell_alone(path: Path, store: Store) -> Origin | None:
    """Tell what a stamp says whose file is not beside it."""
    if (stamp := read_stamp(path)) is None:
        return None
    if store.numbers([stamp.trial]):
        origin = tell_recorded(stamp, store, file=str(path))
    else:
        origin = tell_stamp(stamp, file=str(path))
    remark = f"a stamp alone: there is no {escape(file_of(path.name))} beside it to compare"
    return origin.having(state=UNVERIFIED, remarks=(remark,))


def _look_at(path: Path) -> _Seen:
    """Read what a file says of itself."""
    if not path.is_file():
        what = "is no regular file" if path.exists() else "is not there"
        message = f"{os.fspath(path)!r} {what}"
        raise UsageError(message, hint="give the path of a file")
    stamp, fault = None, ""
    try:
        found, bare = digest_file(path), bare_digest(path)
        stamp = read_stamp(path)
    except StampError as error:
        fault = error.what
    except OSError as error:
        message = f"{os.fspath(path)!r} cannot be read: {error.strerror}"
        raise UsageError(message, hint="make it readable") from error
    return _Seen(path, stamp, fault, found.digest, bare, found.size_bytes)


def _tell_folder(path: Path, store: Store) -> Origin:
    """Tell of a folder that is one set of data, as those of Zarr are."""
    listing = digest_listing(path)
    stamp = read_stamp(path)
    seen = _Seen(path, stamp, "", listing, listing, 0)
    if uses := store.uses({listing}):
        return _tell_content(seen, uses, store)
    if stamp is None:
        message = (
            f"{os.fspath(path)!r} is a folder without a stamp, and no set of data that is known"
        )
        raise UsageError(message, hint="ask for the files in it: anew whence FOLDER does")
    return _tell_stamped(seen, stamp, store)


def _tell_content(seen: _Seen, uses: list[Use], store: Store) -> Origin:
    """Tell of a file whose bytes a trial recorded."""
    stamp = seen.stamp
    chosen = choose(uses, seen.path, store, stamp.trial if stamp else "")
    doubts = _doubts(seen, chosen.uuid, store)
    origin = tell_trial(chosen, store, uses, file=str(seen.path), content=seen.bare)
    by = "content" if stamp is None or doubts else "stamp"
    return origin.having(by=by, state=UNCHANGED, remarks=doubts)


def _doubts(seen: _Seen, uuid: str, store: Store) -> tuple[str, ...]:
    """Say what is wrong with a stamp where the content tells better."""
    if seen.fault:
        return (f"its stamp is not trusted: {seen.fault}",)
    if seen.stamp is None:
        return ()
    if seen.stamp.trial != uuid:
        named = seen.stamp.number, seen.stamp.experiment, seen.stamp.trial
        return ("its stamp names trial {} of {} ({}) and is not trusted".format(*named),)
    return doubt_stamp(seen.stamp, store)


def _tell_stamped(seen: _Seen, stamp: Provenance, store: Store) -> Origin:
    """Tell of a file whose content no trial recorded, and which has a stamp all the same."""
    is_changed = bool(stamp.content) and stamp.content != seen.bare and not seen.path.is_dir()
    if number := store.numbers([stamp.trial]).get(stamp.trial):
        names = [use.path for use in store.files(stamp.trial) if use.role != "input"]
        origin = tell_recorded(stamp, store, file=str(seen.path))
        if not is_changed and stamp.path not in names:
            remark = (
                f"trial {number} has no record of such a file: it was stamped by hand, which"
                " nothing bears out"
            )
            return origin.having(state=UNVERIFIED, remarks=(remark,))
        remark = (
            f"trial {number} recorded no such content: the file was changed since it was stamped,"
            " or the stamp was made for another file"
        )
        return origin.having(state=ALTERED, remarks=(remark,))
    origin = tell_stamp(stamp, file=str(seen.path))
    if is_changed:
        return origin.having(state=ALTERED, remarks=("the file was changed since it was stamped",))
    remark = "its stamp says so, and this store does not know the trial: it cannot be verified"
    return origin.having(state=UNVERIFIED, remarks=(remark,))


def _describe(seen: _Seen) -> tuple[str | None, str | None]:
    """Tell what is in a file of a size that fits into memory, and what it looks like."""
    if seen.size_bytes > _LARGEST_BYTES:
        return None, None
    return describe(bare_bytes(str(seen.path), seen.path.read_bytes()), seen.path.name)


def _find_decoded(
    seen: _Seen, decoded: str | None, store: Store, remembered: Remembered
) -> Origin | None:
    """Look for kept objects with the same pixels, numbers, cells or lines.

    The last trial that made such a one is told of, else the last that read one.
    """
    if decoded is None:
        return None
    found: list[Use] = []
    candidates = _candidates(store, {decoded.partition(" ")[0]})
    for use, name in sorted(candidates, key=lambda each: each[0].role == "input"):
        if found and use.uuid != found[0].uuid:
            break
        if remembered.find(use, name)[0] == decoded:
            found.append(use)
    if not found:
        return None
    uses = store.uses({use.digest for use in found})
    chosen = choose(uses, seen.path, store, seen.stamp.trial if seen.stamp else "")
    same = [use for use in uses if use.digest == chosen.digest]
    origin = tell_trial(chosen, store, same, file=str(seen.path), content=chosen.digest)
    doubts = _doubts(seen, chosen.uuid, store)
    return origin.having(by="decoded content", state=SAME, remarks=doubts)


def _find_alike(
    seen: _Seen, looks: str | None, store: Store, remembered: Remembered
) -> Origin | None:
    """Look for the picture that looks most alike."""
    if looks is None:
        return None
    nearest: tuple[float, Use] | None = None
    for use, name in _candidates(store, {"picture"}):
        other = remembered.find(use, name)[1]
        apart = 1.0 if other is None else distance(looks, other)
        if apart <= ALIKE and (nearest is None or apart < nearest[0]):
            nearest = apart, use
    if nearest is None:
        return None
    apart, use = nearest
    uses = store.uses({use.digest})
    chosen = choose(uses, seen.path, store, "")
    origin = tell_trial(chosen, store, uses, file=str(seen.path), content=use.digest)
    remark = f"a guess: of the edges in both pictures {apart:.0%} differ"
    doubts = (remark, *_doubts(seen, chosen.uuid, store))
    return origin.having(by="likeness", state=GUESSED, distance=apart, remarks=doubts)


def _candidates(store: Store, families: Iterable[str]) -> Iterator[tuple[Use, str]]:
    """Give the kept contents that may hold the same, with what a file of each is called."""
    wanted = {*families}
    for use in store.kept_contents():
        name = use.name
        if use.format not in _AS_IT_IS:
            name += suffix_of(use.format or "")
        is_unnamed = use.format is not None and not Path(name).suffix
        if family_of(name) in wanted or is_unnamed:
            yield use, name
