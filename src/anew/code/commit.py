"""A snapshot as trees and a commit in the format of git."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from anew.code.loose import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["find_bare", "read_empty", "write_commit", "write_trees"]

_FOLDER: Final = "40000"

# No date and no person: the same tree gives the same commit on every machine.
_WHO: Final = "anew <anew@localhost> 0 +0000"

_EMPTY: Final = "empty folders: "


def write_trees(
    git_dir: Path, files: Mapping[str, tuple[str, str]], known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write the folders of a snapshot.

    Parameters
    ----------
    git_dir
        Anew's repository.
    files
        Mode and name of the content by path; those in folders that are known may be missing.
    known
        Folders whose trees are known: nothing below them has changed.

    Returns
    -------
    dict of str
        The names of the trees by folder, that of the project at "".
    """
    trees = dict(known or {})
    inside: dict[str, list[tuple[bytes, str]]] = {"": []} if "" not in trees else {}
    for path, (mode, name) in files.items():
        folder, _, file = path.rpartition("/")
        if folder not in trees:
            inside.setdefault(folder, []).append((os.fsencode(file), f"{mode} {name}"))
    for folder in (*inside, *trees):  # those that hold folders alone, too
        above = folder.rpartition("/")[0]
        while above not in trees and above not in inside:
            inside[above] = []
            above = above.rpartition("/")[0]
    # A known tree whose neighbour changed is an entry of one that is written.
    for folder, tree in trees.items():
        above = folder.rpartition("/")[0]
        if folder and above in inside:
            _add_folder(inside[above], folder, tree)
    for folder in sorted(inside, key=lambda each: each.count("/") + bool(each), reverse=True):
        trees[folder] = write(git_dir, "tree", _encode(inside[folder]))
        if folder:
            _add_folder(inside[folder.rpartition("/")[0]], folder, trees[folder])
    return trees


def _add_folder(inside: list[tuple[bytes, str]], folder: str, tree: str) -> None:
    inside.append((os.fsencode(folder.rpartition("/")[2]), f"{_FOLDER} {tree}"))


def _encode(inside: list[tuple[bytes, str]]) -> bytes:
    """Write a tree; git sorts folders as if their names ended with a slash."""
    ordered = sorted(inside, key=lambda each: each[0] + b"/" * each[1].startswith(f"{_FOLDER} "))
    parts = []
    for file, facts in ordered:
        mode, _, name = facts.partition(" ")
        parts.append(b"%s %s\0%s" % (mode.encode("ascii"), file, bytes.fromhex(name)))
    return b"".join(parts)


def write_commit(git_dir: Path, tree: str, empty: Iterable[str]) -> str:
    """Write the commit of a tree.

    Parameters
    ----------
    git_dir
        Anew's repository.
    tree
        The tree.
    empty
        Folders without a file, which no tree can hold.

    Returns
    -------
    str
        The commit; it has no parent, so that going back and forth between two states of the code
        grows no history.
    """
    folders = list(empty)
    message = f"snapshot\n\n{_EMPTY}{json.dumps(folders)}\n" if folders else "snapshot\n"
    text = f"tree {tree}\nauthor {_WHO}\ncommitter {_WHO}\n\n{message}"
    return write(git_dir, "commit", text.encode("ascii"))


def read_empty(message: str) -> list[str]:
    """Give the folders without a file that a commit names."""
    for line in message.splitlines():
        if line.startswith(_EMPTY):
            return [str(folder) for folder in json.loads(line.removeprefix(_EMPTY))]
    return []


def find_bare(folders: Iterable[str], holding: Iterable[str]) -> list[str]:
    """Find the folders that would be missing if the files alone were written.

    Parameters
    ----------
    folders
        All folders.
    holding
        Those that hold a file.

    Returns
    -------
    list of str
        Sorted; a folder above another one comes with it.
    """
    filled: set[str] = {""}
    for each in holding:
        folder = each
        while folder not in filled:
            filled.add(folder)
            folder = folder.rpartition("/")[0]
    bare = sorted(set(folders) - filled)
    above = {each.rpartition("/")[0] for each in bare}
    return [each for each in bare if each not in above]
