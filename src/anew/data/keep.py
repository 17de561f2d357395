"""Files that a trial read or wrote: digested, and kept where they are not too large."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.code.secrets import is_credential
from anew.data.folders import find_folders, recall_use, remember_use
from anew.data.trees import find_trees, write_listing
from anew.digests.files import digest_content, digest_file, recall_files
from anew.errors import AnewError
from anew.formats.size import write_size
from anew.model import WITHHELD, FileUse
from anew.records import dataclass, field
from anew.stamps.reading import bare_bytes
from anew.stamps.sidecar import is_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.data.merge import State, Used
    from anew.digests import FileDigest
    from anew.types import ObjectStore

__all__ = ["Kept", "Place", "keep_files"]

_AT_ONCE: Final = 8
_LARGE: Final = 1 << 16
"""Smaller files, in bytes, are read one after the other: threads would cost more."""

_AT_HAND: Final = 1 << 20
"""A file of up to so many bytes is read once: what is digested is looked through and kept."""


class _Wanted(NamedTuple):
    """A file that is to be looked at: what it is now, and its digest when that is known."""

    used: Used
    found: os.stat_result | None
    known: FileDigest | None

    @property
    def is_large(self) -> bool:
        return self.known is None and self.found is not None and self.found.st_size >= _LARGE


class _File(NamedTuple):
    """Content that is to be recorded."""

    used: Used
    role: str
    path: str
    size_bytes: int
    known: FileDigest | None


@dataclass(frozen=True)
class Place:
    """Where a trial's files are, and where they are kept.

    Parameters
    ----------
    root
        The project's folder.
    own
        Folders in which nothing is data, such as the store.
    objects
        Where content is kept.
    limit_bytes
        A larger file is not kept.
    is_secret
        Tells whether a file is never to be kept, by its name and its content; of one above 1 MiB
        the content is not given.
    """

    root: Path
    own: tuple[Path, ...]
    objects: ObjectStore
    limit_bytes: int
    is_secret: Callable[[str, bytes], bool] = lambda _, __: False


@dataclass
class Kept:
    """What is recorded of files.

    Parameters
    ----------
    files
        Their uses, in the order of their first one.
    remarks
        What is to be said of them.
    withheld
        Why some are not kept, because they are too large.
    secret
        Why some are never kept.
    """

    files: list[FileUse] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)


def keep_files(used: Iterable[Used], place: Place) -> Kept:
    """Digest and keep what a trial read and wrote.

    Parameters
    ----------
    used
        What it did with each file.
    place
        Where they are and where they are kept.

    Returns
    -------
    Kept
        Their uses; folders of many files are one each. A file that the trial wrote and removed
        again is left out.

    Notes
    -----
    A file that is as it was when it was last digested is not read again.
    """
    own = tuple(f"{folder}{os.sep}" for folder in place.own)
    looked = [(each, _stat(each.path)) for each in used if not each.path.startswith(own)]
    looked = [pair for pair in looked if not is_sidecar(pair[0].path)]
    looked = [pair for pair in looked if pair[1] is not None or not _is_folder(pair[0])]
    folders = {_name(each.path, place): each for each in find_folders(looked, place)}
    recalled = {name: recall_use(each, name, place) for name, each in folders.items()}
    uses = [use for use in recalled.values() if use]
    done = {path for use in uses for path in folders[use.path].used}
    looked = [each for each in looked if each[0].path not in done]
    known = recall_files({each.path: found for each, found in looked if found is not None})
    wanted = [_Wanted(each, found, known.get(each.path)) for each, found in looked]
    kept = _look_at_all(wanted, place)
    joined = _join_trees(kept.files, place)
    for use in joined:
        if use.role == "input" and use.path in folders:
            remember_use(folders[use.path], use)
    kept.files = sorted([*uses, *joined], key=lambda use: use.first or 0.0)
    return kept


def _look_at_all(wanted: list[_Wanted], place: Place) -> Kept:
    """Look at files, at several large ones at once: what reads and digests lets others run."""
    large = [each for each in wanted if each.is_large]
    if not large[1:]:
        return _look(wanted, place)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as pool:
        parts = pool.map(lambda each: _look([each], place), large)
        kept = _look([each for each in wanted if not each.is_large], place)
        for part in parts:
            kept.files += part.files
            kept.remarks += part.remarks
            kept.withheld += part.withheld
            kept.secret += part.secret
    return kept


def _look(wanted: list[_Wanted], place: Place) -> Kept:
    """Find out what files held when they were read, and what they hold now."""
    kept = Kept()
    for used, found, known in wanted:
        now = _File(used, "output", used.path, found.st_size if found else 0, known)
        if used.is_read:
            seen = used._replace(origin="") if used.is_written and used.origin else used
            if used.before is not None:
                size = used.state[2] if used.state else 0
                _add(kept, _File(seen, "input", str(used.before), size, None), place)
            elif found is not None and _state(found) == used.state:
                _add(kept, _File(seen, "input", *now[2:]), place)
            else:
                _add_changed(kept, now, place, is_there=found is not None)
        if used.is_written and found is not None:
            _add(kept, now, place)
    return kept


def _stat(path: str) -> os.stat_result | None:
    """Look at a regular file; None for all else."""
    try:
        found = os.stat(path)  # noqa: PTH116 - for each of many files
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _is_folder(used: Used) -> bool:
    """Tell a folder, which a program was given by name, from a file that is gone."""
    try:
        found = os.stat(used.path)  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return False
    is_same = used.state is not None and used.state[:2] == (found.st_dev, found.st_ino)
    return is_same and stat.S_ISDIR(found.st_mode)


def _state(found: os.stat_result) -> State:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _add_changed(kept: Kept, now: _File, place: Place, *, is_there: bool) -> None:
    """Record a file of which nobody knows any more what was read."""
    used = now.used
    name = _name(used.path, place)
    size = used.state[2] if used.state else 0
    kept.files.append(
        FileUse(name, "input", "", size, None, kept=False, first=used.first, last=used.last)
    )
    if used.is_written and not used.origin:
        kept.remarks.append(
            f"{name} was read and then written to: what it held before, {write_size(size)}, was "
            "too much to be copied"
        )
    elif is_there:
        kept.remarks.append(f"{name} was changed by another program while the trial ran")
        if not used.is_written:
            _add(kept, now._replace(role="later"), place)
    else:
        kept.remarks.append(f"{name} was removed by another program while the trial ran")


def _add(kept: Kept, file: _File, place: Place) -> None:
    """Digest a file and keep it, unless it is too large or secret."""
    used, role = file.used, file.role
    name = _name(used.path, place)
    try:
        found, content = _read(file)
        # What is there already was looked through when it came, and need not be again.
        is_there = place.objects.hold(found.digest, found.size_bytes)
        if not is_there and content is None and found.size_bytes <= _AT_HAND:
            content = bare_bytes(file.path, Path(file.path).read_bytes())
    except OSError as error:
        kept.remarks.append(f"{name} could not be read: {error.strerror}")
        return
    origin, is_kept = used.origin, False
    if is_credential(name) or (not is_there and place.is_secret(name, content or b"")):
        origin = WITHHELD
        kept.secret.append(f"{name} is not kept, for it holds credentials")
    elif found.size_bytes > place.limit_bytes:
        if role != "output":
            size = write_size(found.size_bytes)
            kept.withheld.append(f"{name} is not kept: {size} are above the limit keep_inputs")
    else:
        is_kept = is_there or _keep(file, found.digest, content, place, kept)
    kept.files.append(
        FileUse(
            *(name, role, found.digest, found.size_bytes, found.rows, is_kept),
            *(None, origin, used.first, used.last),
        )
    )


def _read(file: _File) -> tuple[FileDigest, bytes | None]:
    """Give the digest, and what was read of a file that is not known, unless it is large."""
    if file.known is not None:
        return file.known, None
    if file.size_bytes <= _AT_HAND:
        return digest_content(file.path)
    return digest_file(file.path), None


def _keep(file: _File, digest: str, content: bytes | None, place: Place, kept: Kept) -> bool:
    try:
        place.objects.put_file(Path(file.path), digest, content)
    except (AnewError, OSError) as error:
        kept.remarks.append(f"{file.path} was not kept: {error}")
        return False
    return True


def _name(path: str, place: Place) -> str:
    """Write a path relative to the project when it is inside it."""
    return path.removeprefix(f"{place.root}{os.sep}")


def _whole(name: str, place: Place) -> str:
    return name if name.startswith(os.sep) else f"{place.root}{os.sep}{name}"


def _join_trees(files: list[FileUse], place: Place) -> list[FileUse]:
    """Put one use in the place of those of a folder whose files belong together."""
    joined: list[FileUse] = []
    for role in dict.fromkeys(use.role for use in files):
        own = {_whole(use.path, place): use for use in files if use.role == role}
        trees = find_trees((path for path, use in own.items() if use.digest), str(place.root))
        for folder, paths in trees.items():
            joined.append(_join(folder, [own.pop(path) for path in paths], place))
        joined += own.values()
    return joined


def _join(folder: str, uses: list[FileUse], place: Place) -> FileUse:
    """Make one use of those of a folder; the listing that its digest is of is kept with them."""
    start = f"{_name(folder, place)}/"
    contents = {use.path.removeprefix(start): (use.digest, use.size_bytes) for use in uses}
    return FileUse(
        _name(folder, place),
        uses[0].role,
        place.objects.put(write_listing(contents)),
        sum(use.size_bytes for use in uses),
        rows=None,
        kept=all(use.kept for use in uses),
        count=len(uses),
        origin=uses[0].origin if len({use.origin for use in uses}) == 1 else "",
        first=min(use.first or 0.0 for use in uses),
        last=max(use.last or 0.0 for use in uses),
    )
