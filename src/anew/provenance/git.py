"""The user's own repository: which commit the work began from, and how far it has moved on."""

from __future__ import annotations

import itertools
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.git import has_git, user_git
from anew.code.repository import (
    Repository,
    find_repository,
    guess_repository,
    ignore_files,
    possible_places,
    read_head,
    rule_files,
)
from anew.code.watch import Watch, watch
from anew.code.worktree import walk_folders
from anew.provenance.kept import digest_mark, write_whole
from anew.provenance.masking import MASK, mask_text, show_path

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from anew.code.entries import Entry

__all__ = ["GitCollector"]

_SUBMODULE: Final = "160000"

_MOST_MARKS: Final = 4000
"""Of more files git tells sooner than a list of them is read."""


class GitCollector:
    """Collect commit, branch, remote and dirt of the repository in which the project lies.

    Only files below the project's folder count as dirt. Nothing is written to the repository.
    """

    name = "git"
    at_end = False

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, Watch]] = {}
        self._beyond: dict[Path, tuple[int, Mapping[str, Entry], Watch]] = {}
        self._numbers = itertools.count()

    def freshness(self, root: Path, files: Mapping[str, Entry] | None = None) -> Hashable:
        """Give the number of the last look at the repository, None when something changed since.

        Parameters
        ----------
        root
            The project's folder.
        files
            Its files, where somebody has just looked at each and found it as it is told here: as
            long as that is the same mapping, they need no second look.
        """
        number, marks = self._seen.get(root, (None, None))
        if number is None or marks is None:
            return None
        of, known, beyond = self._beyond.get(root, (None, None, marks))
        if of == number and known is files:
            return number if beyond.holds() else None
        if not marks.holds():
            return None
        if files:
            self._beyond[root] = (number, files, marks.beyond(root, files))
        return number

    def collect(self, root: Path) -> dict[str, Any]:
        """Ask git, and mark what the answer rests on."""
        began_ns = time.time_ns()
        self._seen.pop(root, None)
        if not has_git():
            return _read_without_git(root)
        repository = find_repository(root)
        if repository is None:
            self._remember(root, watch(possible_places(root), since_ns=began_ns))
            return {}
        configured = _configuration(root)
        facts, closed = _status(root, repository.prefix, _filters(configured))
        tracked = _tracked(root)
        if tracked is not None:
            folders, _ = walk_folders(root, closed)
            paths = [f"{root}/{path}" for path in (*tracked, *folders)]
            excludes = configured.get("core.excludesfile")
            everywhere = Path(excludes).expanduser() if excludes else None
            rules = rule_files(root, repository, everywhere)
            files = [*paths, *ignore_files(root, folders), *rules, *_files_of(repository, facts)]
            self._remember(root, watch(files, since_ns=began_ns))
        return {**facts, "remote": _remote(configured, facts["branch"], root)}

    def collect_again(self, root: Path, place: Path) -> dict[str, Any]:
        """Give what another process found, if all that it rests on is as it was; else collect.

        Parameters
        ----------
        root
            The project's folder.
        place
            The folder for what is known from one process to the next.
        """
        file, asked = place / "git.json", _how_git_is_asked(root)
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            known = json.loads(file.read_bytes())
            marks = Watch({path: mark and tuple(mark) for path, mark in known["marks"].items()})
            if known["asked"] == asked and marks.holds():
                self._remember(root, marks)
                return dict(known["facts"])
        facts = self.collect(root)
        _, found = self._seen.get(root, (None, None))
        if found and len(found.marks) <= _MOST_MARKS:
            with suppress(OSError):
                told = {"asked": asked, "facts": facts, "marks": found.marks}
                write_whole(file, json.dumps(told))
        return facts

    def _remember(self, root: Path, marks: Watch | None) -> None:
        if marks:
            self._seen[root] = (next(self._numbers), marks)


def _how_git_is_asked(root: Path) -> str:
    """Give what decides on the answer of git beside files; as a digest, for it may hold secrets."""
    names = (name for name in os.environ if name.startswith(("GIT_", "HOME", "XDG_")))
    return digest_mark((str(root), tuple((name, os.environ[name]) for name in sorted(names))))


def _read_without_git(root: Path) -> dict[str, Any]:
    """Read commit and branch from the files of the repository; the rest only git can tell."""
    repository = guess_repository(root)
    if repository is None:
        return {}
    commit, branch = read_head(repository.top)
    return {"commit": commit, "branch": branch, "dirty": None, "untracked": None, "remote": None}


def _filters(configured: dict[str, str]) -> set[str]:
    """Name the filters that are configured: git would run them on files that may have changed."""
    return {
        name.removeprefix("filter.").rpartition(".")[0]
        for name in configured
        if name.startswith("filter.")
    }


def _status(root: Path, prefix: str, filters: set[str]) -> tuple[dict[str, Any], set[str]]:
    """Read commit, branch and dirt; and the entries below the project that are not followed."""
    printed = (
        user_git(root)
        .without_filters(filters)
        .run(
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignored=matching",
            "--ignore-submodules=dirty",
            "--",
            ".",
        )
    )
    entries = [entry.partition(" ") for entry in os.fsdecode(printed).split("\0") if entry]
    head = dict(value.split(" ", 1) for kind, _, value in entries if kind == "#")
    commit, branch = head["branch.oid"], head["branch.head"]
    facts = {
        "commit": None if commit == "(initial)" else commit,
        "branch": None if branch == "(detached)" else branch,
        "dirty": any(kind in {"1", "2", "u"} for kind, _, _ in entries),
        "untracked": sum(kind == "?" for kind, _, _ in entries),
    }
    other = (path for kind, _, path in entries if kind in {"?", "!"})
    return facts, {path.removeprefix(prefix).rstrip("/") for path in other}


def _tracked(root: Path) -> list[str] | None:
    """List the tracked files of the project; None when a submodule makes the list incomplete."""
    printed = user_git(root).run("ls-files", "-z", "--stage", "--", ".")
    entries = [entry.partition("\t") for entry in os.fsdecode(printed).split("\0") if entry]
    if any(facts.startswith(_SUBMODULE) for facts, _, _ in entries):
        return None
    return [path for _, _, path in entries]


def _configuration(root: Path) -> dict[str, str]:
    """Read what is set on remotes, and on ignored files."""
    wanted = (
        r"^(remote\..*\.url|branch\..*\.remote|core\.excludesfile"
        r"|filter\..*\.(clean|smudge|process|required))$"
    )
    printed = user_git(root).ask("config", "-z", "--get-regexp", wanted) or b""
    pairs = (entry.partition("\n") for entry in os.fsdecode(printed).split("\0") if entry)
    configured: dict[str, str] = {}
    for name, _, value in pairs:
        configured.setdefault(name, value)
    return configured


def _remote(configured: dict[str, str], branch: str | None, root: Path) -> str | None:
    """Give the URL of the remote that the branch follows, else of origin, without credentials."""
    urls = {n[len("remote.") : -len(".url")]: u for n, u in configured.items() if _is_url(n)}
    followed = configured.get(f"branch.{branch}.remote", "origin")
    url = urls.get(followed) or urls.get("origin") or next(iter(urls.values()), None)
    if url and Path(url).is_absolute():
        return show_path(url, root)
    return url and mask_text(url).replace(f"{MASK}@", "")


def _is_url(name: str) -> bool:
    return name.startswith("remote.")


def _files_of(repository: Repository, facts: dict[str, Any]) -> list[str]:
    """List the files of the repository in which the commit and the branch are written."""
    common = repository.common
    files = [
        repository.git_dir / "HEAD",
        repository.index,
        common / "packed-refs",
        common / "reftable" / "tables.list",
        common / "refs" / "heads" / (facts["branch"] or "HEAD"),
    ]
    return list(map(str, files))
