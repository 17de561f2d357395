"""Files in which two trials differ: code by hunks, data as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.bisect.hunks import find_hunks
from anew.bisect.mixtures import Candidate
from anew.code.tree import entries, read_blobs
from anew.data.trees import read_listing
from anew.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.bisect.hunks import Hunk
    from anew.bisect.mixtures import Mixing
    from anew.code.tree import Entry
    from anew.model import FileUse
    from anew.reproduce.recipe import Recipe

__all__ = ["expand_inputs", "list_files"]

_LINK: Final = "120000"
_PROGRAM: Final = "100755"
_SETTINGS: Final = frozenset({".cfg", ".ini", ".json", ".toml", ".yaml", ".yml"})
"""Files of which each line is a thing of its own."""

_SOURCES: Final = frozenset(
    {
        *(".bash", ".c", ".cc", ".cpp", ".cu", ".do", ".f", ".f90", ".go", ".h", ".hpp", ".ipynb"),
        *(".java", ".jl", ".js", ".lua", ".m", ".mk", ".pl", ".py", ".pyx", ".r", ".rb", ".rmd"),
        *(".rs", ".sas", ".scala", ".sh", ".smk", ".sql", ".stan", ".tex", ".ts"),
    }
)
"""Files that are code also where they are known as files that were read."""

_LONGEST: Final = 100_000


@dataclass(frozen=True)
class _Side:
    """What one of the trials has in a place."""

    entry: Entry | None
    large: dict[str, Any] | None
    use: FileUse | None

    @property
    def tree(self) -> tuple[object, ...]:
        """What the snapshot has."""
        large = self.large["digest"] if self.large else None
        return (self.entry.blob if self.entry else None, large)

    @property
    def is_link(self) -> bool:
        return self.entry is not None and self.entry.mode == _LINK

    @property
    def is_program(self) -> bool:
        return self.entry is not None and self.entry.mode == _PROGRAM


def expand_inputs(recipe: Recipe) -> Recipe:
    """Name the files of folders that are recorded as one input, where the list of them was kept.

    Parameters
    ----------
    recipe
        The recipe.
    """
    objects = recipe.record.store.objects
    uses: list[FileUse] = []
    for use in recipe.inputs:
        if use.count is None or not objects.has(use.digest):
            uses.append(use)
            continue
        for path, (digest, size) in read_listing(objects.get(use.digest)).items():
            place = f"{use.path}/{path}"
            uses.append(replace(use, path=place, digest=digest, size_bytes=size, count=None))
    return replace(recipe, inputs=tuple(uses))


def list_files(old: Recipe, new: Recipe) -> tuple[list[Candidate], list[str]]:
    """List the files in which two trials differ.

    Parameters
    ----------
    old, new
        Their recipes.

    Returns
    -------
    tuple of list
        What can be exchanged, sorted by path, and what cannot.
    """
    sides = _read_sides(old), _read_sides(new)
    written = _list_written(old) | _list_written(new)
    nothing = _Side(None, None, None)
    candidates: list[Candidate] = []
    others: list[str] = []
    for path in sorted(sides[0].keys() | sides[1].keys()):
        one, other = (side.get(path, nothing) for side in sides)
        if "://" in path:
            if _is_other_data(one, other) and one.use and other.use:
                others.append(f"content of {path}")
        elif one.is_link or other.is_link:
            if one.entry != other.entry:
                others.append(f"symbolic link {path}")
        elif path in written and one.use is None and other.use is None:
            # It was there before, and is data that a program may go on with.
            candidates += [_make_whole(old, "data", path, one, other)] * (one.tree != other.tree)
        elif one.use is None and other.use is None:
            candidates += _list_code(old, path, one, other)
            if other.entry and one.is_program != other.is_program:
                others.append(f"whether {path} is a program")
        elif _is_other_data(one, other):
            candidates += _list_data(old, path, one, other)
    return candidates, others


def _read_sides(recipe: Recipe) -> dict[str, _Side]:
    """Find what a trial has in which place."""
    snapshot = recipe.facets["snapshot"]
    tree = {e.path: e for e in entries(recipe.record.store.folder / "git", snapshot["commit"])}
    large = {fact["path"]: fact for fact in snapshot.get("large", ())}
    uses = {use.path: use for use in recipe.inputs}
    return {
        path: _Side(tree.get(path), large.get(path), uses.get(path))
        for path in tree.keys() | large.keys() | uses.keys()
    }


def _list_written(recipe: Recipe) -> set[str]:
    """List the files that a trial wrote."""
    return {use.path for use in recipe.record.trial.files if use.role == "output"}


def _is_other_data(one: _Side, other: _Side) -> bool:
    """Tell whether a file differs of which at least one trial read the content."""
    if one.use and other.use:
        return one.use.digest != other.use.digest
    return one.tree != other.tree or one.tree == (None, None)


def _list_data(old: Recipe, path: str, one: _Side, other: _Side) -> list[Candidate]:
    """Give a data file as a whole; one that is written by hand, by hunks where that is possible."""
    if PurePath(path).suffix.lower() in _SETTINGS | _SOURCES and one.entry and other.entry:
        contents = _read(old, one.entry), _read(old, other.entry)
        is_as_read = all(
            side.use is None or digest_bytes(content) == side.use.digest
            for side, content in zip((one, other), contents, strict=True)
        )
        if is_as_read and max(map(len, contents)) < _LONGEST:
            return _list_code(old, path, one, other)
    return [_make_whole(old, "data", path, one, other)]


def _list_code(old: Recipe, path: str, one: _Side, other: _Side) -> list[Candidate]:
    """Give the hunks of a file; one that is new, gone or no text as a whole."""
    if one.tree == other.tree:
        return []
    if one.entry is None or other.entry is None or one.large or other.large:
        return [_make_whole(old, "code", path, one, other)]
    before, after = _read(old, one.entry), _read(old, other.entry)
    by_line = PurePath(path).suffix.lower() in _SETTINGS
    hunks = find_hunks(before, after, by_line=by_line)
    if hunks is None:
        return [_make_whole(old, "code", path, one, other)]
    if len(hunks) == 1:
        return [_make_hunk(path, before, hunks[0], "")]
    names = [f"hunk {number}" for number in range(1, len(hunks) + 1)]
    if by_line and len({hunk.new_start for hunk in hunks}) == len(hunks):
        names = [f"line {hunk.new_start + 1}" for hunk in hunks]
    return [_make_hunk(path, before, hunk, name) for hunk, name in zip(hunks, names, strict=True)]


def _make_whole(old: Recipe, kind: str, path: str, one: _Side, other: _Side) -> Candidate:
    """Make a candidate of a file that is exchanged as a whole."""

    def put(mixing: Mixing) -> None:
        if one.entry != other.entry:
            mixing.overlay[path] = _read(old, other.entry) if other.entry else None
        if one.large != other.large:
            large = [x for x in mixing.facets["snapshot"].get("large", ()) if x["path"] != path]
            mixing.facets["snapshot"]["large"] = [*large, *([other.large] if other.large else [])]
        if other.use:
            mixing.inputs[path] = other.use
        else:
            mixing.inputs.pop(path, None)

    is_there = [any((side.entry, side.large, side.use)) for side in (one, other)]
    text = "" if all(is_there) else "removed" if is_there[0] else "added"
    return Candidate(kind, path, "", text, put)


def _make_hunk(path: str, before: bytes, hunk: Hunk, part: str) -> Candidate:
    """Make a candidate of a hunk; the only one of its file has no name as a part."""

    def put(mixing: Mixing) -> None:
        mixing.add_hunk(path, before, hunk)
        mixing.inputs.pop(path, None)  # it is in the tree

    first, last = hunk.new_start + 1, hunk.new_start + len(hunk.lines)
    where = f"lines {first} to {last}" if last > first else f"line {first}"
    return Candidate(
        "code",
        path,
        part,
        where,
        put,
        lines=(hunk.start + 1, hunk.stop, first, last),
        diff="".join(_show(before, hunk)),
    )


def _show(before: bytes, hunk: Hunk) -> Iterator[str]:
    """Show a hunk as a diff does."""
    gone = before.splitlines()[hunk.start : hunk.stop]
    for sign, lines in (("-", gone), ("+", hunk.lines)):
        for line in lines:
            yield f"{sign}{line.decode(errors='replace').rstrip()}\n"


def _read(recipe: Recipe, entry: Entry) -> bytes:
    return next(iter(read_blobs(recipe.record.store.folder / "git", [entry.blob])))
