"""What is known of a project since its last snapshot: which files need not be read again.

As git's index, but with the folders and the rules that the list of files rests on: where nothing of
these changed, nobody has to be asked what belongs to the project.
"""

from __future__ import annotations

import json
import os
from array import array
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from anew.records import dataclass, field

try:
    from _blake2 import blake2b  # the one of hashlib, which loads all of OpenSSL, too
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Entry", "Known", "Mark", "blake2b", "digest_names", "list_names", "mark_of", "settled"]

Mark = tuple[int, int, int, int, int]
"""Times of change of content and of facts in nanoseconds, size, inode and mode."""

Entry = tuple[Mark, str, str]
"""Mark, mode and name of the content; a file that was left out has no mode, but a reason."""

_FORMAT: Final = 1
_NEVER: Final[Mark] = (0, 0, 0, 0, 0)

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
    entries: dict[str, Entry] = field(default_factory=dict)
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
        return None if self.find_altered(root) != [] else self.find_stale(root)

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

    def find_stale(self, root: Path) -> list[str]:
        """List the files that have another mark, or are gone."""
        lstat, base, stale = os.lstat, f"{root}/", []
        for path, entry in self.entries.items():
            try:
                now = lstat(base + path)
            except OSError:
                stale.append(path)
                continue
            if entry[0] != (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino, now.st_mode):
                stale.append(path)
        return stale

    def save(self, place: Path) -> None:
        """Write all of it to a file, in one step."""
        kept = {path: entry for path, entry in self.entries.items() if entry[1]}
        names = os.fsencode("\0".join(kept))
        rest = {
            "left": [item for item in self.entries.items() if not item[1][1]],
            "folders": self.folders,
            "rules": self.rules,
            "trees": self.trees,
            "objects": self.objects,
        }
        head = [_FORMAT, len(kept), len(names), self.about, rest]
        marks = array("q", chain.from_iterable(entry[0] for entry in kept.values()))
        contents = "".join(chain.from_iterable(entry[1:] for entry in kept.values()))
        place.parent.mkdir(parents=True, exist_ok=True)
        passing = place.with_name(f"{place.name}.{os.getpid()}")
        with passing.open("wb") as file:
            file.writelines((json.dumps(head).encode("ascii"), b"\n", names, marks.tobytes()))
            file.write(contents.encode("ascii"))
        with suppress(OSError):  # a file that takes another's place is written out at once by ext4
            place.unlink()
        passing.replace(place)

    @classmethod
    def load(cls, place: Path) -> Known | None:
        """Read it again; None when there is none, or none that can be trusted."""
        try:
            head, _, body = place.read_bytes().partition(b"\n")
            form, number, length, about, rest = json.loads(head)
            marks, width = array("q"), 8 * 5 * number
            marks.frombytes(body[length : length + width])
            contents = body[length + width :].decode("ascii")
            if form != _FORMAT or len(contents) != 46 * number:
                return None
            paths = os.fsdecode(body[:length]).split("\0") if number else []
            groups = zip(*[iter(marks)] * 5, strict=True)
            entries: dict[str, Entry] = {
                path: (mark, contents[at : at + 6], contents[at + 6 : at + 46])
                for path, mark, at in zip(paths, groups, range(0, 46 * number, 46), strict=True)
            }
            entries |= {path: (tuple(mark), mode, why) for path, (mark, mode, why) in rest["left"]}
            folders = {
                path: (tuple(mark), names) for path, (mark, names) in rest["folders"].items()
            }
            rules = {path: mark and tuple(mark) for path, mark in rest["rules"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return cls(about, entries, folders, rules, rest["trees"], rest["objects"])


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
    return _NEVER if mark and max(mark[:2]) >= since_ns - _TICK_NS else mark


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
