"""How functions and classes changed between two snapshots, as unified diffs of their source."""

from __future__ import annotations

import ast
import difflib
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Final

from anew.code.tree import SourceTree, changed_files
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ChangedSources"]

_FILES: Final = 50
"""So many files are looked into."""

_Sides = list[dict[str, set[str]]]


class ChangedSources:
    """The functions and classes in the files that differ between two snapshots.

    Parameters
    ----------
    old, new
        The files of both; without snapshots there are none, and nothing is found in them.
    """

    def __init__(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        self._trees = old, new

    def diff(self, old: str, new: str) -> str:
        """Show how a function or class changed.

        Parameters
        ----------
        old, new
            Its qualified names; what stands before, as its module, does no harm.

        Returns
        -------
        str
            A unified diff; empty unless just one definition of that name changed.
        """
        one, other = (
            next((side[name] for name in _ends(dotted) if name in side), set())
            for side, dotted in zip(self._sides, (old, new), strict=True)
        )
        before, after = one - other, other - one
        if len(before) != 1 or len(after) != 1:
            return ""
        lines, others = (text.pop().splitlines(keepends=True) for text in (before, after))
        return "".join(difflib.unified_diff(lines, others, old, new))

    @cached_property
    def _sides(self) -> _Sides:
        """Give the sources of the definitions by qualified name, those of both sides."""
        old, new = self._trees
        sides: _Sides = [{}, {}]
        if not isinstance(old, SourceTree) or not isinstance(new, SourceTree):
            return sides
        try:
            changed = changed_files(new.git_dir, old.commit, new.commit)
            for status, path in [each for each in changed if each[1].endswith(".py")][:_FILES]:
                for side, tree, absent in zip(sides, (old, new), "AD", strict=True):
                    for name, source in _definitions("" if status == absent else tree[path]):
                        side.setdefault(name, set()).add(source)
        except AnewError:  # a snapshot that cannot be read shows nothing
            return [{}, {}]
        return sides


def _ends(dotted: str) -> Iterator[str]:
    """Give the ends of a dotted name, the longest first."""
    names = dotted.split(".")
    return (".".join(names[start:]) for start in range(len(names)))


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    """Give the qualified name and the source of each function and class of a file."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of the study's own code
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = text.splitlines(keepends=True)
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, prefix = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = prefix + child.name
                start = min([child.lineno, *(each.lineno for each in child.decorator_list)])
                yield name, "".join(lines[start - 1 : child.end_lineno])
                inner = "." if isinstance(child, ast.ClassDef) else ".<locals>."
                waiting.append((child, name + inner))
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                waiting.append((child, prefix))
