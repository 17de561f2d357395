"""The project's old place and its new one, and what a path of the one is in the other."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Move", "move_to", "plan_move"]

_ELSEWHERE: Final = "elsewhere"


@dataclass(frozen=True)
class Move:
    """From where to where a project is moved.

    Parameters
    ----------
    old_root
        The project's folder when the trial ran; empty when that is not known.
    new_root
        Its folder in the scratch folder.
    old_cwd
        The folder in which the command was started; empty when that is not known.
    new_cwd
        The one in which it is started again.
    """

    old_root: str
    new_root: Path
    old_cwd: str
    new_cwd: Path

    @property
    def is_outside(self) -> bool:
        """Whether the command was started from outside of its project."""
        return not self.new_cwd.is_relative_to(self.new_root)

    def relocate(self, text: str) -> str:
        """Replace the old place of the project by the new one, wherever a text names it."""
        if not self.old_root.strip(os.sep):
            return text
        pattern = rf"(?<![\w.-]){re.escape(self.old_root)}(?![\w.-])"
        return re.sub(pattern, lambda _: str(self.new_root), text)

    def place_word(self, word: str) -> str:
        """Give a word of the command line as it has to be in the new place."""
        moved = self.relocate(word)
        if moved != word or not self.old_root or not word:
            return moved
        # By way of a link, or from a folder outside of the project.
        if Path(word).is_absolute() or self.is_outside:
            inside = self._find_inside(Path(self.old_cwd, word))
            if inside is not None:
                return str(inside)
        return word

    def _find_inside(self, path: Path) -> Path | None:
        """Give the new place of a file that is in the project."""
        for place in (os.path.normpath(path), os.path.realpath(path)):
            if Path(place).is_relative_to(self.old_root):
                found = self.new_root / Path(place).relative_to(self.old_root)
                return found if found.exists() else None
        return None


def plan_move(root: str, cwd: str | None, folder: Path) -> Move:
    """Find the places of a project in a scratch folder.

    Parameters
    ----------
    root
        The project's folder when the trial ran; empty when that is not known.
    cwd
        The folder in which the command was started, as the facet ``command`` has it.
    folder
        The scratch folder.
    """
    # The project keeps its name, which a program may look at.
    new_root = folder / "project" / (Path(root).name or "project")
    return move_to(root, cwd, new_root, folder / _ELSEWHERE)


def move_to(root: str, cwd: str | None, new_root: Path, elsewhere: Path) -> Move:
    """Find the places of a project whose new folder is known.

    Parameters
    ----------
    root, cwd
        As for `plan_move`.
    new_root
        The new folder of the project.
    elsewhere
        The folder to start in when the command was started from outside of its project.
    """
    shown = Path(cwd or ".").expanduser()
    if shown.is_absolute():
        return Move(root, new_root, str(shown), elsewhere)
    old_cwd = os.path.normpath(Path(root, shown)) if root else ""
    return Move(root, new_root, old_cwd, Path(os.path.normpath(new_root / shown)))
