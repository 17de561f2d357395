"""What differs from the trial before, one line each, and nothing when nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.model import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from anew.digests import FileDigest
    from anew.model import Facet, FileUse, Trial
    from anew.types import Store

__all__ = ["code_changes", "compare_facets", "describe_file", "find_changes", "grouped", "left_by"]

_NOT_COMPARED: Final = frozenset(
    {"cells", "reproduction", "snapshot", "strict", "tracking", "verification"}
)
"""Facets that tell of the trial itself, and code, which is compared file by file."""

_MANY_FILES: Final = 5000
"""A folder of more is not looked through only to say what changed."""

_SHOWN: Final = 4
"""How many details a line gives before it counts the rest."""


def find_changes(
    store: Store, before: Trial | None, facets: Iterable[Facet], root: Path
) -> list[Change]:
    """Compare what a trial is about to run on with what the trial before ran on.

    Parameters
    ----------
    store
        The store of both.
    before
        The trial before; None for the first one, which has nothing to differ from.
    facets
        Those of the new trial.
    root
        The project, in which the files that the trial before read are looked at again.

    Returns
    -------
    list of Change
        In the order code, data, then facets by name.
    """
    if before is None:
        return []
    known = store.facet_digests(before.uuid)
    new = {each.name: each for each in facets if known.get(each.name, each.digest) != each.digest}
    old = store.facets(before.uuid) if new else {}
    files = store.files(before.uuid)
    return [
        *code_changes(store, old.get("snapshot"), new.get("snapshot"), files),
        *_data_changes(store, [use for use in files if not _is_url(use)], root),
        *compare_facets(
            {name: facet.content for name, facet in old.items() if name in new},
            {name: facet.content for name, facet in new.items() if name in old},
        ),
    ]


def code_changes(
    store: Store, old: Facet | None, new: Facet | None, files: Iterable[FileUse]
) -> list[Change]:
    """Say how the code of two snapshots differs.

    Parameters
    ----------
    store
        The store of both.
    old, new
        The facets ``snapshot``; nothing is said when one is missing.
    files
        Data that is no code, although it may be in a snapshot.
    """
    if not old or not new or old.content["tree"] == new.content["tree"]:
        return []
    from anew.code.functions import describe_changes

    data = frozenset(use.path for use in files)
    commits = old.content["commit"], new.content["commit"]
    try:
        parts = describe_changes(store.folder / "git", *commits, ignore=data)
    except AnewError as error:
        parts = [f"cannot be compared: {error.what}"]
    return [Change("code", _shorten(parts))] if parts else []


def _is_url(use: FileUse) -> bool:
    return "://" in use.path


def _describe_folder(store: Store, use: FileUse, path: Path) -> str:
    """Say how many files of a folder are not as they were; nothing of a very large one."""
    from anew.data.trees import read_listing
    from anew.digests import digest_file

    if (use.count or 0) > _MANY_FILES or not store.objects.has(use.digest):
        return ""
    listing = read_listing(store.objects.get(use.digest))
    there = {name for name in listing if (path / name).is_file()}
    changed = sum(digest_file(path / name).digest != listing[name][0] for name in there)
    gone = len(listing) - len(there)
    told = [f"{changed} of {len(listing)} files changed"] if changed else []
    return ", ".join([*told, f"{gone} gone"] if gone else told)


def _data_changes(store: Store, files: list[FileUse], root: Path) -> list[Change]:
    """Say which inputs are neither as they were nor as the trial itself left them."""
    from anew.digests import digest_file

    changes = []
    left = left_by(files)
    for use in files:
        if use.role != "input" or not use.digest:  # nobody knows what was read
            continue
        path = root / use.path
        is_folder = use.count is not None
        if not (path.is_dir() if is_folder else path.is_file()):
            changes.append(Change(use.path, "is gone"))
            continue
        if is_folder:
            if told := _describe_folder(store, use, path):
                changes.append(Change(use.path, told))
            continue
        now = digest_file(path)
        if now.digest not in {use.digest, left.get(use.path)}:
            changes.append(Change(use.path, describe_file(use, now)))
    return changes


def left_by(files: Iterable[FileUse]) -> dict[str, str]:
    """Say what a trial left in the files that it wrote: when it read them, too, no change to tell.

    Parameters
    ----------
    files
        Those of the trial.

    Returns
    -------
    dict
        Digests by path.
    """
    return {use.path: use.digest for use in files if use.role == "output"}


def describe_file(old: FileUse | FileDigest, new: FileUse | FileDigest) -> str:
    """Say how the content of a file differs, in rows where it has some.

    Parameters
    ----------
    old, new
        Its sizes and rows before and after.

    Returns
    -------
    str
        As in ``1 234 rows → 1 250``.
    """
    for name in ("rows", "size_bytes"):
        before, after = getattr(old, name), getattr(new, name)
        unit = name.removeprefix("size_")
        if before is not None and after is not None:
            if before != after:
                return f"{grouped(before)} {unit} → {grouped(after)}"
            if name == "rows":
                return f"content changed, still {grouped(after)} rows"
    return f"content changed, still {grouped(new.size_bytes)} bytes"


def grouped(number: int) -> str:
    """Write a count in groups of three digits, as science does."""
    return f"{number:,}".replace(",", " ")


def compare_facets(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> list[Change]:
    """Compare facets by name, each difference of one facet on one line.

    Parameters
    ----------
    old, new
        Content of facets by name. The facet ``snapshot`` is left to code, ``command`` is compared
        by its environment variables alone: arguments are parameters, which everybody sees.
    """
    changes = []
    for name in sorted((old.keys() | new.keys()) - _NOT_COMPARED):
        before, after = old.get(name, {}), new.get(name, {})
        if before != after:
            parts = _DESCRIBE.get(name, _describe_tree)(before, after)
            if parts:
                changes.append(Change(name, _shorten(parts)))
    return changes


def _describe_tree(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name each leaf that differs."""
    before, after = _flatten(old), _flatten(new)
    return [
        _describe_pair(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _describe_pair(key: str, old: Any, new: Any) -> str:
    if old is None:
        return f"{key} {new} added"
    if new is None:
        return f"{key} {old} removed"
    return f"{key} {old} → {new}"


def _flatten(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Name the leaves of a tree by dotted paths."""
    if isinstance(tree, dict):
        items: Iterable[tuple[Any, Any]] = tree.items()
    elif isinstance(tree, list) and any(isinstance(item, dict | list) for item in tree):
        items = enumerate(tree)
    else:
        return {prefix: ", ".join(map(str, tree)) if isinstance(tree, list) else tree}
    leaves: dict[str, Any] = {}
    for key, value in items:
        leaves |= _flatten(value, f"{prefix}.{key}" if prefix else str(key))
    return leaves


def _describe_conda(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Tell of packages; the same version may also be of another channel."""
    from anew.provenance.conda import versions_of

    before, after = (versions_of(each.get("explicit", ())) for each in (old, new))
    return _describe_tree(before, after) or ["the same versions from other places"]


def _describe_packages(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return _describe_tree(old.get("versions", old), new.get("versions", new))


def _describe_command(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Leave out what anew itself set, where the other has nothing in its place."""
    names = [{*facet.get("environment", {})} for facet in (old, new)]
    before, after = (
        {
            name: value
            for name, value in facet.get("environment", {}).items()
            if name not in facet.get("set_by_anew", ()) or name in others
        }
        for facet, others in zip((old, new), reversed(names), strict=True)
    )
    return _describe_tree(before, after)


def _describe_python(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Leave out the flag that only says again which hash seed there is in the environment."""
    before, after = (
        {**each, "flags": {**each.get("flags", {}), "hash_randomization": None}}
        for each in (old, new)
    )
    return _describe_tree(before, after)


def _describe_program(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Leave out the arguments, which are parameters, and why the interpreter was chosen."""
    names = ("kind", "interpreter", "hash_seed")
    before, after = ({n: each[n] for n in names if n in each} for each in (old, new))
    return _describe_tree(before, after)


def _describe_git(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Leave out what the snapshot tells better: whether the tree is clean."""
    told = {"commit", "branch", "remote"}

    def keep(facet: dict[str, Any]) -> dict[str, Any]:
        return {k: str(v)[:10] if k == "commit" else v for k, v in facet.items() if k in told}

    return _describe_tree(keep(old), keep(new))


def _describe_seeds(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return _describe_tree({"root": old.get("root")}, {"root": new.get("root")})


_DESCRIBE: Final[dict[str, Callable[[dict[str, Any], dict[str, Any]], list[str]]]] = {
    "conda": _describe_conda,
    "libraries": _describe_packages,
    "packages": _describe_packages,
    "program": _describe_program,
    "python": _describe_python,
    "command": _describe_command,
    "git": _describe_git,
    "seeds": _describe_seeds,
}


def _shorten(parts: list[str]) -> str:
    """Put parts on one line, the first few in full."""
    rest = len(parts) - _SHOWN
    shown = [*parts[:_SHOWN], f"and {rest} more"] if rest > 0 else parts
    return ", ".join(shown)
