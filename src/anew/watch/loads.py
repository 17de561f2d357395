"""Modules of the project that a step loads by a name which nobody could know before.

What code imports by a statement, its fingerprint follows. A module that is loaded otherwise, as by
`importlib.import_module`, ``__import__``, `exec` or `runpy`, is a condition of the step by its
file, and so are the project's modules that it imports.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import lru_cache
from opcode import opmap
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.watch.alive import ALIVE, is_unseen, touched, unseen
from anew.watch.asking import Asker, find_asker, is_of_project
from anew.watch.conditions import look, state_of
from anew.watch.places import counts
from anew.watch.readings import tell_of_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from anew.watch.conditions import State
    from anew.watch.touch import Touch

__all__ = ["LOADERS", "Load", "follow_imports", "load_of", "tell_of_loads"]

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - paths are text here
_MACHINERY: Final = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
_BY_NAME: Final[CodeType] = importlib.import_module.__code__
_STATEMENT: Final = opmap["IMPORT_NAME"]


class Load(NamedTuple):
    """A module of the project that was loaded while a step ran.

    Attributes
    ----------
    path : str
        Its source.
    first : str
        The source of the module with which it began, which imports this one.
    importer : types.CodeType or None
        The function with the statement that it began with; None where it was no statement.
    """

    path: str
    first: str
    importer: CodeType | None


LOADERS: Final[dict[int, tuple[CodeType, dict[str, None]]]] = {}
"""By the identity of code, what it has loaded by name in this process: others find it loaded."""


def load_of(code: Any, frame: FrameType | None) -> Load | None:
    """Say what code is run that may be a module.

    Parameters
    ----------
    code
        What the audit event ``exec`` tells.
    frame
        That which runs it.

    Returns
    -------
    Load or None
        None for what is no module of the project.
    """
    if type(code) is not CodeType or code.co_name != "<module>" or not _is_own(code.co_filename):
        return None
    path = os.path.abspath(code.co_filename)  # noqa: PTH100 - paths are text here
    first, importer, around = _find_importer(path, frame)
    if importer is None and around is not None:
        LOADERS.setdefault(id(around), (around, {}))[1][path] = None
    return Load(path, first, importer) if look(path) else None


def _is_own(filename: str) -> bool:
    is_file = filename[:1] != "<" and not filename.startswith(_PACKAGE)
    return is_file and is_of_project(filename)


def _find_importer(
    path: str, frame: FrameType | None
) -> tuple[str, CodeType | None, CodeType | None]:
    """Find the function with the statement that loads a module, else the one that loads it."""
    first = path
    while frame is not None:
        code = frame.f_code
        if code.co_filename not in _MACHINERY:
            is_statement = code.co_code[frame.f_lasti] == _STATEMENT
            if not (is_statement and _is_own(code.co_filename)):
                return first, None, _find_loader(frame)
            if code.co_name != "<module>":
                return first, code, None
            first = code.co_filename
        frame = frame.f_back
    return first, None, None


def _find_loader(frame: FrameType | None) -> CodeType | None:
    """Find the function of the project that loads by name; `import_module` tells by itself."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == _BY_NAME.co_name and code.co_filename == _BY_NAME.co_filename:
            return None
        if code.co_name != "<module>" and _is_own(code.co_filename):
            return code
        frame = frame.f_back
    return None


def follow_imports() -> None:
    """Have `importlib.import_module` tell what it gives, also where that was loaded before."""
    from anew.tracker.noting import note_return

    note_return(importlib.import_module, _see_import)


def _see_import(frame: FrameType, module: Any) -> None:
    if not ALIVE or is_unseen() or not isinstance(module, ModuleType):
        return
    with unseen():
        file = module.__dict__.get("__file__")
        if not file or not _is_own(file) or find_asker(frame.f_back).asker is Asker.NOBODY:
            return
        for touch in touched():
            if counts(file, touch.root, by_library=False):
                touch.input(file)
                touch.loads.append(Load(file, file, None))
                tell_of_module(touch, module.__name__)


def tell_of_loads(touch: Touch, paths: Iterable[str]) -> None:
    """Tell a step of modules that it loaded by name, and of those that these import.

    Parameters
    ----------
    touch
        The step's.
    paths
        The sources.
    """
    loaded: list[Any] = list(sys.modules.values())  # anybody may put anything there
    modules = {m.__dict__.get("__file__"): m for m in loaded if isinstance(m, ModuleType)}
    waiting = list(dict.fromkeys(paths))
    for path in waiting:
        found = look(path)
        if found is None or not counts(path, touch.root, by_library=False):
            continue
        touch.input(path)
        if (module := modules.get(path)) is not None:
            tell_of_module(touch, module.__name__)
            package = module.__dict__.get("__package__") or ""
            for name in _imported_by(path, package, state_of(found)):
                file = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
                if file and file not in waiting and _is_own(file):
                    waiting.append(file)


@lru_cache(maxsize=1024)
def _imported_by(path: str, package: str, state: State) -> tuple[str, ...]:
    """List the modules that the statements of a source name, and what may be such a module."""
    import ast

    from anew.code.syntax import parse

    _ = state
    try:
        tree = parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= dict.fromkeys(name for each in node.names for name in _with_parents(each.name))
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= dict.fromkeys(_with_parents(base))
            found |= dict.fromkeys(f"{base}.{each.name}" for each in node.names)
    return tuple(found)


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
