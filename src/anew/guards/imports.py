"""Which modules from outside the project its sources import."""

from __future__ import annotations

import ast
import sys
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from anew.guards.sources import Source

__all__ = ["find_imported"]

_STATEMENTS: Final = (ast.stmt, ast.ExceptHandler, ast.match_case)
_EXPECTED: Final = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError"})


def find_imported(sources: Iterable[Source], root: Path) -> dict[str, str]:
    """Find the top-level modules that sources import, and where each is first.

    Parameters
    ----------
    sources
        Files of the project.
    root
        The project's folder.

    Returns
    -------
    dict
        File and line by the name of the module. Left out are the standard library, the project's
        own modules, what only type checkers import, and what may be missing, as in ``try: import
        x except ImportError``.
    """
    found: dict[str, str] = {}
    own: dict[tuple[str, str], bool] = {}
    for path, tree in sources:
        folder = path.rpartition("/")[0]
        for name, line in _imports(tree):
            if name in found or name in sys.stdlib_module_names:
                continue
            if (name, folder) not in own:
                own[name, folder] = _is_own(name, root / folder, root)
            if not own[name, folder]:
                found.setdefault(name, path if path.endswith(".ipynb") else f"{path}:{line}")
    return found


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Walk through the statements that are sure to be meant."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno
        elif isinstance(node, ast.Try) and any(map(_expects_absence, node.handlers)):
            waiting += node.orelse + node.finalbody
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        else:
            waiting += (n for n in ast.iter_child_nodes(node) if isinstance(n, _STATEMENTS))


def _expects_absence(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = (node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name))
    return not _EXPECTED.isdisjoint(names)


def _is_own(name: str, beside: Path, root: Path) -> bool:
    """Tell whether a module is the project's own: beside the file, in its root or in src."""
    folders = {root, root / "src", beside}
    return any((f / name).is_dir() or (f / f"{name}.py").is_file() for f in folders)
