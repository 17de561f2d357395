"""The working tree as a commit in a private bare repository.

The user's repository, its index and the files are only read. The private one is plain git:
``git --git-dir=.anew/git log --all`` shows it; it is written without the git program, which is
only asked, where there is one, what belongs to the project.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.admission import TOO_LARGE, Admission
from anew.code.bulk import Bulk
from anew.code.checkout import checkout
from anew.code.commit import find_bare, write_commit, write_trees
from anew.code.entries import NEVER_SEEN, Entries
from anew.code.git import has_git
from anew.code.known import Known, blake2b, digest_names, list_names, mark_of, settled
from anew.code.locking import only_one
from anew.code.loose import has
from anew.code.pruning import prune
from anew.code.renewal import renew
from anew.code.tree import SourceTree, changed_files, diff, list_files, read_file
from anew.code.worktree import list_project, replace_text
from anew.errors import SnapshotError
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.code.entries import Entry, Mark

__all__ = [
    "Snapshot",
    "SourceTree",
    "changed_files",
    "checkout",
    "diff",
    "entries_of",
    "list_files",
    "prepare",
    "prune",
    "read_file",
    "take",
    "write_ref",
]

# Bytes are kept exactly: no line ends, keywords, encodings or filters, whatever .gitattributes say.
_ATTRIBUTES: Final = "* -text !eol !filter !ident !working-tree-encoding\n"

_MANY: Final = 50
"""So many files are worth a process of their own, which packs them into one: see `_is_sound`."""

_CONFIGURATION: Final = (
    "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = 0\n"
)


_NOBODY: Final[Entry] = (NEVER_SEEN, "", "")
"""Of a file that was not looked at yet."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a source tree.

    Parameters
    ----------
    commit
        The commit in anew's repository; equal trees have equal commits, on every machine.
    tree
        The tree of that commit.
    skipped
        Paths that are left out.
    left_out
        Why each of them is: too large, unreadable, or a credential.
    masked
        Digests of files that were left out for a credential in them, taken without it, so that
        other changes of them are seen.
    suspected
        Source files that are in the snapshot and look as if they held a credential, and where.
    nested
        Repositories inside of the project, submodules for one, with their commits. Their files
        are in the snapshot as all others.
    empty
        Folders without a file.
    """

    commit: str
    tree: str
    skipped: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    masked: dict[str, str] = field(default_factory=dict)
    suspected: dict[str, str] = field(default_factory=dict)
    nested: dict[str, str | None] = field(default_factory=dict)
    empty: tuple[str, ...] = ()

    @property
    def large(self) -> list[str]:
        """The files that are left out because of their size alone."""
        return [path for path, why in self.left_out.items() if why == TOO_LARGE]


_loaded: dict[Path, tuple[object, Known]] = {}


def take(root: Path, git_dir: Path, *, limit_bytes: int, limit_files: int) -> Snapshot:
    """Keep the source tree as it is now.

    Parameters
    ----------
    root
        The project's folder.
    git_dir
        The private bare repository; it is made when it is missing.
    limit_bytes
        Largest file that is kept, in bytes. Larger ones are listed in ``skipped``.
    limit_files
        Largest number of files.

    Returns
    -------
    Snapshot
        The commit, and what is not in it.

    Raises
    ------
    SnapshotError
        When there are too many files, or when the repository cannot be written.

    Notes
    -----
    Safe to call from many threads, processes and hosts that share ``git_dir``: one works at a time,
    and a killed one leaves nothing half done. When nothing changed since the last call, also of
    another process, the cost is one ``lstat`` for each file and folder.
    """
    root, git_dir = Path(os.path.realpath(root)), Path(os.path.realpath(git_dir))
    place = _place(root, git_dir, limit_bytes, limit_files)
    known = _recall(place, git_dir)
    changed = known.find_changed(root) if known else None
    if known and changed == [] and _is_sound(known, git_dir):
        return _to_snapshot(known.about)
    with only_one(git_dir):
        prepare(git_dir)
        newer = _recall(place, git_dir)
        if newer is not known and newer is not None:  # somebody else was here meanwhile
            known, changed = newer, newer.find_changed(root)
        known = _take(root, git_dir, (limit_bytes, limit_files), known, changed)
        known.save(place)
        _loaded[place] = (mark_of(str(place)), known)
    return _to_snapshot(known.about)


def entries_of(commit: str) -> Mapping[str, Entry]:
    """Give what is known of the files in a snapshot; nothing of one that others took."""
    for _, known in _loaded.values():
        if known.about["commit"] == commit:
            return known.entries
    return {}


def _place(root: Path, git_dir: Path, *limits: int) -> Path:
    """Give the file for what is known of a project."""
    key = "\0".join([str(root), *map(str, limits)])
    name = blake2b(os.fsencode(key), digest_size=12).hexdigest()
    return git_dir / "known" / name


def _recall(place: Path, git_dir: Path) -> Known | None:
    """Read what is known; None when its snapshot was removed since."""
    mark = mark_of(str(place))
    loaded, known = _loaded.get(place, (None, None))
    if mark is None or known is None or loaded != mark:
        known = Known.load(place) if mark else None
    if known is None:
        return None
    _loaded[place] = (mark, known)
    try:
        os.utime(_ref(git_dir, known.about["commit"]))  # so that it is not pruned as an old one
    except OSError:
        return None
    return known


def _is_sound(known: Known, git_dir: Path) -> bool:
    """Tell whether nobody else put a hand to the contents, as ``git gc`` does."""
    return known.objects == _state_of_objects(git_dir)


def _state_of_objects(git_dir: Path) -> str:
    try:
        with os.scandir(git_dir / "objects") as found:
            state = sorted((each.name, each.stat().st_mtime_ns) for each in found)
    except OSError:
        return ""
    return blake2b(repr(state).encode(), digest_size=12).hexdigest()


def _to_snapshot(about: dict[str, Any]) -> Snapshot:
    lists = {name: tuple(about[name]) for name in ("skipped", "empty")}
    return Snapshot(**{**about, **lists})


def _take(
    root: Path,
    git_dir: Path,
    limits: tuple[int, int],
    old: Known | None,
    changed: list[str] | None,
) -> Known:
    """Read what changed, and write trees and commit."""
    began_ns = time.time_ns()
    old = old or Known({})
    new, stale = old, set(changed or ())
    if changed is None:
        new = _renew(root, git_dir, old, began_ns) or _list_anew(root, git_dir, old, began_ns)
        _check_number(root, len(new.entries), limits[1])
        stale = set(new.entries.find_stale(root))
    sound = _is_sound(old, git_dir)
    if not sound:
        stale |= {
            p for p, (_, mode, name) in new.entries.items() if mode and not has(git_dir, name)
        }
    admission = Admission(root, git_dir, limits[0])
    for table in ("suspected", "masked"):
        kept = old.about.get(table, {}).items()
        getattr(admission, table).update((p, told) for p, told in kept if p in new.entries)
    entries = _admit_all(admission, new.entries, stale, began_ns)
    same = _still_known(old.trees, old.entries.find_differing(entries)) if sound else {}
    files = {
        path: (mode, name)
        for folder in entries.folders - same.keys()
        for path, (_, mode, name) in entries.inside(folder).items()
        if mode
    }
    trees = write_trees(git_dir, files, same)
    about = _describe(root, admission, entries, new)
    about = {**about, "tree": trees[""], "commit": write_commit(git_dir, trees[""], about["empty"])}
    write_ref(git_dir, about["commit"])
    return Known(about, entries, new.folders, new.rules, trees, _state_of_objects(git_dir))


def _admit_all(admission: Admission, entries: Entries, stale: set[str], began_ns: int) -> Entries:
    """Take in the files that changed."""
    wanted = sorted(stale & entries.keys())
    if len(wanted) >= _MANY and has_git():
        with Bulk(admission.git_dir) as bulk:
            admission.write = bulk.write
            fresh = dict(zip(wanted, map(admission.admit, wanted), strict=True))
    else:
        fresh = dict(zip(wanted, map(admission.admit, wanted), strict=True))
    return entries.replace(
        {
            path: found and (settled(found[0], began_ns) or found[0], *found[1:])
            for path, found in fresh.items()
        }
    )


def _describe(root: Path, admission: Admission, entries: Entries, seen: Known) -> dict[str, Any]:
    """Say what is not in a snapshot, and what else is to be known of it."""
    left = entries.find_left() | _find_closed(root, seen.folders)
    return {
        "skipped": sorted(left),
        "left_out": dict(sorted(left.items())),
        "masked": admission.masked,
        "suspected": admission.suspected,
        "nested": seen.about["nested"],
        "empty": find_bare(seen.folders, entries.find_filled()),
    }


def _renew(root: Path, git_dir: Path, old: Known, began_ns: int) -> Known | None:
    """Bring the list of files up to date where only a few names changed."""
    altered = old.find_altered(root) if old.about else None
    if altered is None:
        return None
    marks = {folder: _mark(root, folder, began_ns) for folder in altered}  # before their names
    found = renew(root, git_dir, old, altered)
    if found is None:
        return None
    entries = old.entries.replace(
        {**dict.fromkeys(found.gone), **dict.fromkeys(found.came, _NOBODY)}
    )
    names = {folder: (marks[folder], digest_names(found.names[folder])) for folder in altered}
    about = {"nested": old.about["nested"]}
    return Known(about, entries, {**old.folders, **names}, old.rules)


def _mark(root: Path, folder: str, began_ns: int) -> Mark:
    return settled(mark_of(f"{root}/{folder}"), began_ns) or NEVER_SEEN


def _list_anew(root: Path, git_dir: Path, old: Known, began_ns: int) -> Known:
    """List the project's files; those known before keep their entries."""
    if not root.is_dir():
        message = f"no such folder: {str(root)!r}"
        raise SnapshotError(message, hint="name a folder that exists")
    listing = list_project(root, git_dir)
    return Known(
        {"nested": listing.nested},
        Entries({path: old.entries.get(path, _NOBODY) for path in listing.files}),
        {
            path: (_mark(root, path, began_ns), digest_names(list_names(f"{root}/{path}")))
            for path in listing.folders
        },
        {path: settled(mark_of(path), began_ns) for path in listing.rules},
    )


def _still_known(trees: dict[str, str], touched: set[str]) -> dict[str, str]:
    """Give the folders below which nothing changed."""
    changed: set[str] = {""} if touched else set()
    for each in touched:
        folder = each
        while folder not in changed:
            changed.add(folder)
            folder = folder.rpartition("/")[0]
    return {folder: tree for folder, tree in trees.items() if folder not in changed}


def _find_closed(root: Path, folders: dict[str, Any]) -> dict[str, str]:
    """Find the folders that cannot be looked into."""
    closed = (each for each in folders if not os.access(f"{root}/{each}", os.R_OK | os.X_OK))
    return dict.fromkeys(closed, "a folder that cannot be read")


def _check_number(root: Path, number: int, limit_files: int) -> None:
    """Refuse a folder that is no project."""
    if number > limit_files:
        message = f"{number} files to snapshot, more than the limit of {limit_files}"
        hint = (
            "leave data out with a .gitignore file, put an anew.toml into the project's own "
            "folder, or raise the setting snapshot_files"
        )
        raise SnapshotError(message, where=str(root), hint=hint)


def prepare(git_dir: Path) -> None:
    """Make the repository, or finish one whose making was cut short; drop what the killed left.

    Parameters
    ----------
    git_dir
        Anew's repository, from which all others are kept out.
    """
    for pattern in ("objects/tmp_obj_*", "objects/pack/tmp_*", "known/*.*", "refs/snapshots/*.*"):
        for left in git_dir.glob(pattern):
            left.unlink(missing_ok=True)
    attributes = git_dir / "info" / "attributes"
    if _starts_with(git_dir / "HEAD", "ref: ") and _starts_with(attributes, _ATTRIBUTES):
        return
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "refs/snapshots"):
        (git_dir / folder).mkdir(parents=True, exist_ok=True)
    replace_text(git_dir / "config", _CONFIGURATION)
    replace_text(git_dir / "HEAD", "ref: refs/heads/main\n")
    # Written last: it is the sign that all is there.
    replace_text(attributes, _ATTRIBUTES)


def _starts_with(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes().startswith(text.encode())


def _ref(git_dir: Path, commit: str) -> Path:
    return git_dir / "refs" / "snapshots" / commit


def write_ref(git_dir: Path, commit: str) -> None:
    """Write the ref that keeps a commit from being pruned.

    Parameters
    ----------
    git_dir
        Anew's repository.
    commit
        The commit.
    """
    ref = _ref(git_dir, commit)
    replace_text(ref, f"{commit}\n")
    with suppress(OSError):
        os.utime(ref)
