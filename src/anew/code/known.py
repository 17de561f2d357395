"""What is known of a project since its last snapshot: which files need not be read again.

As git's index, but with the folders and the rules that the list of files rests on: where nothing of
these changed, nobody has to be asked what belongs to the project.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from anew.code.entries import NEVER_SEEN, Entries
from anew.records import dataclass, field

try:
    from _blake2 import blake2b  # the one of hashlib, which loads all of OpenSSL, too
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from pathlib import Path

    from anew.code.entries import Mark

__all__ = ["Known", "blake2b", "digest_names", "list_names", "mark_of", "settled"]

_FORMAT: Final = 2

# File systems stamp with a clock of 1 to 10 ms: two changes in one tick look like one.
_TICK_NS: Final = 20_000_000


@dataclass
class Known:
    """The state of a project as it was last seen.

    Parameters
    ----------
    about
        The facts of the snapshot that was made of it.
    entries
        Its files, those that were left out included.
    folders
        Its folders, with their marks and a digest of the names in them.
    rules
        Absolute paths of what else decides on the list, with their marks; None for what is absent.
    trees
        Names of the trees by folder.
    objects
        The state of the folders in which contents are kept.
    """

    about: dict[str, Any]
    entries: Entries = field(default_factory=Entries)
    folders: dict[str, tuple[Mark, str]] = field(default_factory=dict)
    rules: dict[str, Mark | None] = field(default_factory=dict)
    trees: dict[str, str] = field(default_factory=dict)
    objects: str = ""

    def find_changed(self, root: Path) -> list[str] | None:
        """List the files that may have another content now.

        Parameters
        ----------
        root
            The project's folder.

        Returns
        -------
        list of str or None
            None when there may be other files than before.

        Notes
        -----
        One ``lstat`` for each file and folder, about 2 microseconds.
        """
        return None if self.find_altered(root) != [] else self.entries.find_stale(root)

    def find_altered(self, root: Path) -> list[str] | None:
        """List the folders with other names in them; None when the rules may be others."""
        if any(mark_of(path) != mark for path, mark in self.rules.items()):
            return None
        return [
            folder
            for folder, (mark, names) in self.folders.items()
            if mark_of(f"{root}/{folder}") != mark
            and digest_names(list_names(f"{root}/{folder}")) != names
        ]

    def save(self, place: Path) -> None:
        """Write all of it to a file, in one step."""
        sizes, parts = self.entries.dump()
        head = [self.about, sizes, self.folders, self.rules, self.trees, self.objects]
        data = b"\n".join((json.dumps(head).encode("ascii"), b"".join(parts)))
        place.parent.mkdir(parents=True, exist_ok=True)
        passing = place.with_name(f"{place.name}.{os.getpid()}")
        with passing.open("wb") as file:
            file.writelines((b"%d %08x\n" % (_FORMAT, crc32(data)), data))
        with suppress(OSError):  # a file that takes another's place is written out at once by ext4
            place.unlink()
        passing.replace(place)

    @classmethod
    def load(cls, place: Path) -> Known | None:
        """Read it again; None when there is none, or none that can be trusted."""
        try:
            sign, _, data = place.read_bytes().partition(b"\n")
            if sign != b"%d %08x" % (_FORMAT, crc32(data)):
                return None
            head, _, body = data.partition(b"\n")
            about, sizes, folders, rules, trees, objects = json.loads(head)
        except (OSError, ValueError):
            return None
        return cls(
            about,
            Entries.load(sizes, body),
            {path: (tuple(mark), names) for path, (mark, names) in folders.items()},
            {path: mark and tuple(mark) for path, mark in rules.items()},
            trees,
            objects,
        )


def mark_of(path: str) -> Mark | None:
    """Give what tells one state of a file or folder from another, None when it is absent."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)


def settled(mark: Mark | None, since_ns: int) -> Mark | None:
    """Give a mark that is safe to compare with later.

    Parameters
    ----------
    mark
        Of a file that was looked at.
    since_ns
        When the looking began, as `time.time_ns` gives it.

    Returns
    -------
    tuple of int or None
        A mark that no file has for one that changed so shortly before that a later change could
        carry the same time, as git does with a "racy" entry.
    """
    return NEVER_SEEN if mark and max(mark[:2]) >= since_ns - _TICK_NS else mark


def list_names(folder: str) -> dict[str, bool] | None:
    """List the names in a folder, and which of them are folders; None when it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return {each.name: each.is_dir(follow_symlinks=False) for each in found}
    except OSError:
        return None


def digest_names(names: dict[str, bool] | None) -> str:
    """Digest the names in a folder, and which of them are folders."""
    if names is None:
        text = "/"  # no such name
    else:
        text = "\0".join(sorted(name + "/" * is_folder for name, is_folder in names.items()))
    return blake2b(os.fsencode(text), digest_size=12).hexdigest()
