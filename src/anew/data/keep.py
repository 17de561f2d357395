"""Files that a trial read or wrote: digested, and kept where they are not too large."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.secrets import is_credential
from anew.data.trees import find_trees, write_listing
from anew.digests import digest_file
from anew.errors import AnewError
from anew.formats.size import write_size
from anew.model import WITHHELD, FileUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.data.merge import State, Used
    from anew.types import ObjectStore

__all__ = ["Kept", "Place", "keep_files"]

_AT_ONCE: Final = 8
_FEW: Final = 16
"""So few files are digested one after the other: threads would cost more."""


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
        Tells whether a file is never to be kept, by its name and the path of its content.
    """

    root: Path
    own: tuple[Path, ...]
    objects: ObjectStore
    limit_bytes: int
    is_secret: Callable[[str, Path], bool] = lambda _, __: False


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
    wanted = [each for each in used if not _is_own(each.path, place)]
    kept = Kept()
    each_found = _map(lambda each: _look(each, place), wanted)
    for found in each_found:
        kept.files += found.files
        kept.remarks += found.remarks
        kept.withheld += found.withheld
        kept.secret += found.secret
    kept.files = _join_trees(kept.files, place)
    return kept


def _map(look: Callable[[Used], Kept], wanted: list[Used]) -> list[Kept]:
    """Look at files, at several at once when there are many: BLAKE3 lets other threads run."""
    if len(wanted) <= _FEW:
        return [look(each) for each in wanted]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as pool:
        return list(pool.map(look, wanted))


def _is_own(path: str, place: Place) -> bool:
    return any(path.startswith(f"{folder}{os.sep}") for folder in place.own)


def _look(used: Used, place: Place) -> Kept:
    """Find out what a file held when it was read, and what it holds now."""
    kept, path = Kept(), Path(used.path)
    found = _stat(path)
    if used.is_read:
        if used.before is not None:
            _add(kept, used, "input", used.before, place)
        elif found is not None and _state(found) == used.state:
            _add(kept, used, "input", path, place)
        else:
            _add_changed(kept, used, place, is_there=found is not None)
    if used.is_written and found is not None:
        _add(kept, used, "output", path, place)
    return kept


def _stat(path: Path) -> os.stat_result | None:
    """Look at a regular file; None for all else."""
    with suppress(OSError, ValueError):
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            return found
    return None


def _state(found: os.stat_result) -> State:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _add_changed(kept: Kept, used: Used, place: Place, *, is_there: bool) -> None:
    """Record a file of which nobody knows any more what was read."""
    name = _name(used.path, place)
    size = used.state[2] if used.state else 0
    kept.files.append(
        FileUse(name, "input", "", size, None, kept=False, first=used.first, last=used.last)
    )
    if used.is_written:
        kept.remarks.append(f"{name} was read and then written to, and was too large to be copied")
    elif is_there:
        kept.remarks.append(f"{name} was changed by another program while the trial ran")
        _add(kept, used, "later", Path(used.path), place)
    else:
        kept.remarks.append(f"{name} was removed by another program while the trial ran")


def _add(kept: Kept, used: Used, role: str, path: Path, place: Place) -> None:
    """Digest a file and keep it, unless it is too large or secret."""
    name = _name(used.path, place)
    try:
        found = digest_file(path)
    except OSError as error:
        kept.remarks.append(f"{name} could not be read: {error.strerror}")
        return
    use = FileUse(name, role, found.digest, found.size_bytes, found.rows, kept=False)
    use = replace(use, first=used.first, last=used.last)
    # What is there already was looked through when it came, and need not be again.
    is_there = place.objects.has(found.digest)
    if is_credential(name) or (not is_there and place.is_secret(name, path)):
        use = replace(use, origin=WITHHELD)
        kept.secret.append(f"{name} is not kept, for it holds credentials")
    elif found.size_bytes > place.limit_bytes:
        if role != "output":
            size = write_size(found.size_bytes)
            kept.withheld.append(f"{name} is not kept: {size} are above the limit keep_inputs")
    else:
        use = replace(use, kept=_keep(path, found.digest, place, kept))
    kept.files.append(use)


def _keep(path: Path, digest: str, place: Place, kept: Kept) -> bool:
    try:
        place.objects.put_file(path, digest)
    except (AnewError, OSError) as error:
        kept.remarks.append(f"{path} was not kept: {error}")
        return False
    return True


def _name(path: str, place: Place) -> str:
    """Write a path relative to the project when it is inside it."""
    return path.removeprefix(f"{place.root}/") if path.startswith(f"{place.root}/") else path


def _join_trees(files: list[FileUse], place: Place) -> list[FileUse]:
    """Put one use in the place of those of a folder whose files belong together."""
    joined: list[FileUse] = []
    for role in dict.fromkeys(use.role for use in files):
        own = {os.path.join(place.root, use.path): use for use in files if use.role == role}  # noqa: PTH118 - of many
        trees = find_trees((path for path, use in own.items() if use.digest), str(place.root))
        for folder, paths in trees.items():
            joined.append(_join(folder, [own.pop(path) for path in paths], place))
        joined += own.values()
    return sorted(joined, key=lambda use: use.first or 0.0)


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
        first=min(use.first or 0.0 for use in uses),
        last=max(use.last or 0.0 for use in uses),
    )
