"""Code and inputs of a trial, laid out in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from anew.code.snapshot import checkout
from anew.errors import NotReproducibleError
from anew.facts import restore_large
from anew.reproduce.folders import make_folders
from anew.reproduce.inputs import place_inputs

if TYPE_CHECKING:
    from anew.reproduce.move import Move
    from anew.reproduce.recipe import Recipe

__all__ = ["lay_out"]


def lay_out(recipe: Recipe, move: Move, aside: Path) -> dict[str, str]:
    """Put the code and the inputs of a trial where it will look for them.

    Parameters
    ----------
    recipe
        What the trial is made of.
    move
        Where its project was and is; the new folder is made, or is empty.
    aside
        A folder for inputs from outside of the project.

    Returns
    -------
    dict
        Where inputs are read from, by the absolute path that will be asked for, when that is
        elsewhere.

    Raises
    ------
    SnapshotError
        When the code cannot be checked out.
    NotReproducibleError
        When the content of inputs is not to be had.
    """
    store, snapshot = recipe.record.store, recipe.facets["snapshot"]
    checkout(store.folder / "git", snapshot["commit"], move.new_root)
    restore_large(snapshot, store.folder, move.new_root)
    for path, content in recipe.overlay.items():
        _overlay(move.new_root, path, content)
    _move_links(move)
    make_folders(recipe.record, move)
    move.new_cwd.mkdir(parents=True, exist_ok=True)
    return place_inputs(store, recipe.inputs, move, aside, where=recipe.record.where)


def _overlay(root: Path, path: str, content: bytes | None) -> None:
    """Put other content into the tree, or take a file out of it."""
    place = root / path
    if ".." in Path(path).parts or not Path(os.path.realpath(place.parent)).is_relative_to(root):
        message = f"file {path!r} has a path that leaves the project"
        raise NotReproducibleError(message, hint="look at the snapshots of both trials")
    rights = place.stat().st_mode if place.is_file() else None
    place.unlink(missing_ok=True)  # a link would be written through
    if content is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if rights is not None:
            place.chmod(rights)


def _move_links(move: Move) -> None:
    """Let links that name the old project by its absolute path lead to the new one."""
    for folder, folders, files in os.walk(move.new_root):
        for path in (Path(folder, name) for name in (*folders, *files)):
            target = str(path.readlink()) if path.is_symlink() else ""
            if move.relocate(target) != target:
                path.unlink()
                path.symlink_to(move.relocate(target))
