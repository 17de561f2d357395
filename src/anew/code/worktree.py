"""Which files of a folder belong to its snapshot, and what that answer rests on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.exclusion import DEFAULT_PATTERNS, ENVIRONMENT_MARKS, escape_pattern
from anew.code.git import Git, has_git, own_git, user_git
from anew.code.patterns import scan_by_patterns
from anew.code.repository import (
    Repository,
    find_repository,
    guess_repository,
    head_files,
    ignore_files,
    read_head,
    read_index,
    rule_files,
)
from anew.errors import SnapshotError
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["NEVER", "Listing", "find_ignored", "list_project", "replace_text", "walk_folders"]

# Whatever the user's rules say: git's own data, and anew's.
NEVER: Final = frozenset({".git", ".anew"})

_FIELDS: Final = 4
"""What git says of an ignored path: the file of the rule, its line, its pattern, and the path."""


@dataclass(frozen=True)
class Listing:
    """The files of a project, those of the repositories inside of it included.

    Parameters
    ----------
    files
        Paths relative to the project, sorted: what the snapshot is to hold, if it can.
    folders
        The folders in which a new file would belong to the project, "" for its own.
    nested
        The repositories inside of the project, submodules for one, and their commits.
    rules
        Absolute paths of files outside of those folders that could change the answer.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]
    nested: dict[str, str | None]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class _Scan:
    """What git says of a folder: files, ignored entries, and repositories inside."""

    files: frozenset[str]
    ignored: frozenset[str]
    nested: frozenset[str]
    hides_project: bool


def list_project(root: Path, git_dir: Path) -> Listing:
    """Find the files of a project by the rules of git, with or without the user's repository.

    Parameters
    ----------
    root
        The project's folder, absolute and without links.
    git_dir
        Anew's own bare repository; its ``info/exclude`` is written.

    Returns
    -------
    Listing
        Files that are not ignored, and those that the user's repository tracks all the same.

    Raises
    ------
    SnapshotError
        When git fails.
    """
    files: set[str] = set()
    folders: set[str] = set()
    rules: set[str] = set()
    nested: dict[str, str | None] = {}
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        inside = root / prefix
        found, own, closer, deeper = _list_one(inside, git_dir)
        files.update(prefix + path for path in found)
        folders.update((prefix + folder).rstrip("/") for folder in own)
        rules.update(closer)
        for folder in deeper:
            nested[prefix + folder] = read_head(root / prefix / folder)[0]
            waiting.append(f"{prefix}{folder}/")
    return Listing(tuple(sorted(files)), tuple(sorted(folders)), nested, tuple(sorted(rules)))


def _list_one(root: Path, git_dir: Path) -> tuple[set[str], set[str], set[str], set[str]]:
    """Give files, folders, rules and the repositories inside of a folder, these not entered."""
    repository = _readable_repository(root)
    excludes = _global_excludes(root)
    scan = _scan(root, git_dir, repository, excludes)
    if scan.hides_project:
        # The user's rules ignore the whole project: then they were not made for it.
        repository = None
        scan = _scan(root, git_dir, None, excludes)
    own = _own_folders(git_dir, root)
    folders, environments = walk_folders(root, scan.ignored | scan.nested | own)
    closed = environments | own
    tracked = _tracked(root, repository) if repository else frozenset()
    nested = {
        p for p in scan.nested if not _is_inside(p, closed) and os.path.lexists(root / p / ".git")
    }
    closed |= scan.nested
    extra = {t for t in tracked if t not in scan.files and _is_direct(root, t, folders)}
    files = {path for path in scan.files | extra if not _is_inside(path, closed)}
    rules = {*ignore_files(root, folders), *rule_files(root, repository, excludes)}
    rules.update(file for path in nested for file in head_files(root / path))
    return files, folders, rules, nested


def walk_folders(root: Path, closed: Iterable[str]) -> tuple[set[str], set[str]]:
    """List the folders in which a new file would belong to the project.

    Parameters
    ----------
    root
        The project's folder.
    closed
        Folders relative to ``root`` that are not entered.

    Returns
    -------
    tuple of set of str
        The folders, relative to ``root`` ("" for itself), and the environments among those that
        were not entered.
    """
    shut = frozenset(closed)
    folders: set[str] = set()
    environments: set[str] = set()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        entries = list(_entries(root, folder))
        # A project is not an environment, even when somebody made one in its root.
        if folder and any(entry.name in ENVIRONMENT_MARKS for entry in entries):
            environments.add(folder)
            continue
        folders.add(folder)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name not in NEVER and path not in shut and entry.is_dir(follow_symlinks=False):
                waiting.append(path)
    return folders, environments


def _entries(root: Path, folder: str) -> Iterator[os.DirEntry[str]]:
    """List a folder; one that cannot be read has nothing to offer."""
    try:
        with os.scandir(root / folder) as entries:
            yield from entries
    except OSError:
        return


def _readable_repository(root: Path) -> Repository | None:
    """Find the user's repository; a broken one is the git facet's to complain of."""
    try:
        return find_repository(root) if has_git() else guess_repository(root)
    except SnapshotError:
        return None


def _global_excludes(root: Path) -> Path | None:
    """Find the file of patterns that the user ignores in all repositories."""
    if not has_git():
        return None
    told = user_git(root).ask("config", "--type=path", "--get", "core.excludesFile")
    return Path(os.fsdecode(told).removesuffix("\n")) if told else None


def find_ignored(root: Path, git_dir: Path, paths: Collection[str]) -> set[str] | None:
    """Tell which of some paths in a project git ignores.

    Parameters
    ----------
    root
        The project's folder, absolute and without links.
    git_dir
        Anew's own bare repository; its ``info/exclude`` is written.
    paths
        Relative to the project, in folders that are not ignored.

    Returns
    -------
    set of str or None
        None when git cannot tell, or the user's repository tracks one that is ignored.
    """
    if not has_git():
        return None
    repository = _readable_repository(root)
    git = _ruled_git(root, git_dir, repository, _global_excludes(root))
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    told = git.ask("check-ignore", "-v", "-z", "--stdin", stdin=asked, also=1)
    if told is None:
        return None
    fields = os.fsdecode(told).split("\0")
    rules = zip(fields[2::_FIELDS], fields[3::_FIELDS], strict=False)
    ignored = {path for pattern, path in rules if not pattern.startswith("!")}
    if repository and ignored:
        words = ("--literal-pathspecs", "ls-files", "-z", "--cached", "--", *ignored)
        if user_git(root).ask(*words) != b"":
            return None
    return ignored


def _ruled_git(
    root: Path, git_dir: Path, repository: Repository | None, excludes: Path | None
) -> Git:
    """Give the git that knows all rules, those of the user's repository and those of anew."""
    top = repository.top if repository else root
    replace_text(git_dir / "info" / "exclude", "\n".join(_rules(root, git_dir, repository)) + "\n")
    return own_git(git_dir, work_tree=top, cwd=root, excludes=excludes)


def _rules(root: Path, git_dir: Path, repository: Repository | None) -> list[str]:
    prefix = repository.prefix if repository else ""
    rules = [*DEFAULT_PATTERNS]
    rules += [escape_pattern(f"{prefix}{folder}/") for folder in _own_folders(git_dir, root)]
    return [*rules, _read_text(repository.exclude)] if repository else rules


def _scan(root: Path, git_dir: Path, repository: Repository | None, excludes: Path | None) -> _Scan:
    """Ask git what it would add and what it ignores."""
    top, prefix = (repository.top, repository.prefix) if repository else (root, "")
    if not has_git():
        rules = _rules(root, git_dir, repository)
        files, ignored, nested, hides_project = scan_by_patterns(root, top, rules)
        return _Scan(files, ignored, nested, hides_project)
    git = _ruled_git(root, git_dir, repository, excludes)
    printed = git.run(
        "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--", "."
    )
    entries = [(entry[:2], entry[3:]) for entry in os.fsdecode(printed).split("\0") if entry]
    inside = [(kind, path[len(prefix) :]) for kind, path in entries]
    return _Scan(
        files=frozenset(p for kind, p in inside if kind == "??" and not p.endswith("/")),
        ignored=frozenset(p.rstrip("/") for kind, p in inside if kind == "!!"),
        nested=frozenset(p.rstrip("/") for kind, p in inside if kind == "??" and p.endswith("/")),
        hides_project=any(kind == "!!" and prefix.startswith(path) for kind, path in entries),
    )


def _tracked(root: Path, repository: Repository) -> frozenset[str]:
    """List what the user's repository tracks below the project, ignored or not."""
    if not repository.index.exists():
        return frozenset()
    if not has_git():
        return read_index(repository)
    printed = user_git(root).ask("ls-files", "-z", "--cached") or b""
    return frozenset(path for path in os.fsdecode(printed).split("\0") if path)


def _is_direct(root: Path, path: str, folders: set[str]) -> bool:
    """Tell whether a tracked path is reached without a link; git refuses to go through one."""
    folder = _folder_of(path)
    return folder in folders or Path(os.path.realpath(root / folder)) == root / folder


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _is_inside(path: str, closed: frozenset[str] | set[str]) -> bool:
    """Tell whether a path is, or lies in, a folder that stays out."""
    parts = path.split("/")
    if any(part.lower() in NEVER for part in parts):
        return True
    return bool(closed) and any(
        "/".join(parts[:depth]) in closed for depth in range(1, len(parts) + 1)
    )


def _own_folders(git_dir: Path, root: Path) -> frozenset[str]:
    """Give the private repository relative to the project; nothing when it lies elsewhere."""
    if not git_dir.is_relative_to(root):
        return frozenset()
    return frozenset({git_dir.relative_to(root).as_posix()})


def _read_text(path: Path) -> str:
    """Read a file of patterns; an absent or unreadable one has none."""
    try:
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""


def replace_text(path: Path, text: str) -> None:
    """Give a file new content in one step, unless it has it already.

    Parameters
    ----------
    path
        The file; its folder is made when it is missing.
    text
        The whole content.
    """
    data = os.fsencode(text)
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f"{path.name}.{os.getpid()}")
    passing.write_bytes(data)
    passing.replace(path)
