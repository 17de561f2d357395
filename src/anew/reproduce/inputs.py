"""The recorded inputs of a trial, put where it will look for them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from anew.data.trees import read_listing
from anew.digests import digest_file
from anew.errors import NotReproducibleError
from anew.objects import clone_file
from anew.sharing import fetch_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.model import FileUse
    from anew.reproduce.move import Move
    from anew.types import Store

__all__ = ["place_inputs"]


def place_inputs(
    store: Store, inputs: Iterable[FileUse], move: Move, aside: Path, *, where: str
) -> dict[str, str]:
    """Put back what a trial read.

    Parameters
    ----------
    store
        The store of the trial.
    inputs
        The files.
    move
        Where its project was and is.
    aside
        A folder in which inputs from outside of the project are put.
    where
        What the trial is called in errors.

    Returns
    -------
    dict
        Where to read from, by the absolute path that will be asked for, when that is elsewhere.

    Raises
    ------
    NotReproducibleError
        When the content of inputs is neither in the store, nor where the trial read it, nor in a
        remote. All of them are named.
    """
    redirected: dict[str, str] = {}
    missing: list[str] = []
    uses = [each for use in inputs for each in _expand(store, use)]
    for number, use in enumerate(uses):
        own = aside / str(number) / Path(use.path).name
        old, new = _find_places(use, move, own, where=where)
        if not _put(store, use, new, old):
            missing.append(_describe_missing(use, old))
        asked = {old, _seen_from(old, move), *_names_inside(use, move)} - {"", str(new)}
        redirected.update(dict.fromkeys(asked, str(new)))
    if missing:
        count = f"{len(missing)} inputs are" if len(missing) > 1 else "an input is"
        message = f"{count} not to be had: {'; '.join(missing)}"
        hint = "put the file back with the content of that digest, or `anew pull` it from a remote"
        raise NotReproducibleError(message, where=where, hint=hint)
    return redirected


def _expand(store: Store, use: FileUse) -> Iterator[FileUse]:
    """Give the files that are to be put back: those of a folder that is told as one, too."""
    if "://" in use.path or _is_in_place(use):
        return
    if use.count is None:
        yield use
        return
    if not store.objects.has(use.digest):
        fetch_object(store, use.digest)
    for path, (digest, size) in read_listing(store.objects.get(use.digest)).items():
        each = replace(use, path=f"{use.path}/{path}", digest=digest, size_bytes=size, count=None)
        if not _is_in_place(each):
            yield each


def _is_in_place(use: FileUse) -> bool:
    """Tell whether a file from outside of the project is still as it was."""
    path = Path(use.path)
    return path.is_absolute() and _has_content(path, use.digest)


def _place_inside(use: FileUse, move: Move) -> Path | None:
    """Give the place in the new project; None for an input from outside."""
    return None if Path(use.path).is_absolute() else move.new_root / use.path


def _names_inside(use: FileUse, move: Move) -> Iterator[str]:
    """Give the place in the new project, and what a link there leads to."""
    if inside := _place_inside(use, move):
        yield str(inside)
        yield os.path.realpath(inside)


def _find_places(use: FileUse, move: Move, aside: Path, *, where: str) -> tuple[str, Path]:
    """Give where an input was, empty when that is not known, and where it is put."""
    inside = _place_inside(use, move)
    if inside is None:
        return use.path, aside
    if ".." in Path(use.path).parts:
        message = f"input {use.path!r} has a path that leaves the project"
        raise NotReproducibleError(message, where=where, hint="look at the record of its files")
    old = str(Path(move.old_root, use.path)) if move.old_root else ""
    # Nothing is written through a link of the project that leads out of the scratch folder.
    leads_out = not Path(os.path.realpath(inside.parent)).is_relative_to(move.new_root)
    return old, aside if leads_out else inside


def _seen_from(old: str, move: Move) -> str:
    """Give what a path relative to the old current folder is from the new one."""
    if not old or not move.old_cwd:
        return ""
    return os.path.normpath(move.new_cwd / os.path.relpath(old, move.old_cwd))


def _put(store: Store, use: FileUse, new: Path, old: str) -> bool:
    """Put the recorded content in a place, unless it is there already; tell whether it is."""
    if new.is_file() and not new.is_symlink() and digest_file(new).digest == use.digest:
        return True
    with suppress(FileNotFoundError):
        new.unlink()  # a link would be written through
    new.parent.mkdir(parents=True, exist_ok=True)
    if store.objects.has(use.digest) or fetch_object(store, use.digest):
        store.objects.copy_to(use.digest, new)
        return True
    if old and _has_content(Path(old), use.digest):
        clone_file(Path(old), new)
        return True
    return False


def _describe_missing(use: FileUse, old: str) -> str:
    """Say what is known of an input that is not to be had."""
    why = "its content is missing from the store" if use.kept else "it was too large to be kept"
    origin = f", from {use.origin}" if use.origin else ""
    return f"{old or use.path} ({use.digest}, {use.size_bytes:,} bytes{origin}): {why}"


def _has_content(path: Path, digest: str) -> bool:
    """Tell whether a file still has the content that was recorded."""
    try:
        return path.is_file() and digest_file(path).digest == digest
    except OSError:
        return False
