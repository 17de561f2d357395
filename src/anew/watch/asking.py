"""Who asks for a file: the project, a library on its behalf, or Python for itself."""

from __future__ import annotations

import os
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from anew.watch.places import is_installed, is_standard, parts_of

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Asker", "Asking", "find_asker", "is_of_project"]

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - paths are text here
_DEPTH: Final = 200


class Asker(Enum):
    """Who asks for a file."""

    PROJECT = "project"
    LIBRARY = "library"  # installed
    STANDARD = "standard"  # a function of the standard library that does more than ask
    NOBODY = "nobody"  # Python or anew for itself: no concern of the step


class Asking(NamedTuple):
    """Who asks for a file.

    ``by`` and ``inner`` are the outermost and the innermost function of `os.path`, `pathlib` and
    the like through which is asked, empty when there is none. ``by_library`` tells whether an
    installed library is between the file and the project's code.
    """

    asker: Asker
    by_library: bool
    by: str
    inner: str


_Role = Enum("_Role", "IMPORT PATH DEAF OWN STANDARD LIBRARY PROJECT")

_IMPORT: Final = tuple(
    f"<frozen {name}>"
    for name in ("importlib._bootstrap", "importlib._bootstrap_external", "zipimport")
)
_PATH: Final = frozenset(
    {"_collections_abc", "codecs", "fnmatch", "genericpath", "glob", "io", "ntpath", "os"}
    | {"pathlib", "posixpath"}
)
"""Modules that ask for whoever calls them."""
_DEAF: Final = frozenset(
    {"_sitebuiltins", "ensurepip", "gettext", "inspect", "linecache", "locale", "mimetypes"}
    | {"pkgutil", "platform", "pydoc", "site", "ssl", "sysconfig", "traceback", "warnings"}
    | {"zoneinfo"}
)
"""Modules that read sources, settings and tables of the system, which is Python's own affair."""
_LISTS_MODULES: Final = frozenset({"_iter_file_finder_modules", "iter_modules", "walk_packages"})
_OF_LISTING: Final = (f"{os.sep}pkgutil.py", f"{os.sep}functools.py")
_TRACERS: Final = frozenset(
    {"_pydevd_bundle", "coverage", "debugpy", "pydevd", "pyinstrument", "viztracer"}
)
"""Libraries that follow a program line by line, and look at files for themselves."""
_OWN: Final = (
    {"changes", "code", "connections", "facts", "formats", "journal", "layout", "memo", "memos"}
    | {"objects", "provenance", "purity", "query", "render", "reproduce", "reuse", "settings"}
    | {"stores", "tracker", "tracking", "where", "why"}
)
"""Parts of anew that read and write for anew itself."""
_CHILDREN: Final = f"{_PACKAGE}tracker{os.sep}children.py"
"""Stands in front of functions that start programs, for whoever calls them."""
_ROLES: Final = dict.fromkeys(_OWN, _Role.OWN) | {"digests": _Role.PATH}


@lru_cache(maxsize=1 << 13)
def _role(filename: str) -> _Role:
    """Say on whose behalf the code of a source file asks for files."""
    if filename.startswith(_PACKAGE):
        if filename == _CHILDREN:
            return _Role.STANDARD
        part = filename[len(_PACKAGE) :].partition(os.sep)[0].removesuffix(".py")
        return _ROLES.get(part, _Role.PROJECT)
    if filename in _IMPORT:
        return _Role.IMPORT
    return _role_of_other(filename)


def _role_of_other(filename: str) -> _Role:
    """Say on whose behalf code asks that is neither anew's nor the import system's."""
    if not is_standard(filename):
        if not is_installed(filename):
            return _Role.PROJECT
        return _Role.DEAF if _TRACERS.intersection(parts_of(filename)) else _Role.LIBRARY
    module, *rest = _module_of(filename)
    if module in _PATH:
        return _Role.PATH
    is_deaf = module in _DEAF or (module == "importlib" and "metadata" in rest)
    return _Role.DEAF if is_deaf else _Role.STANDARD


def is_of_project(filename: str) -> bool:
    """Tell whether the code of a source file is the project's.

    Parameters
    ----------
    filename
        As a code object says it.

    Returns
    -------
    bool
        False for the standard library and for what is installed.
    """
    return _role(filename) is _Role.PROJECT


def _module_of(filename: str) -> list[str]:
    """Name the module of the standard library that a source file is of, part by part."""
    if filename.startswith("<frozen "):
        return filename[len("<frozen ") : -1].split(".")
    library = os.path.dirname(os.path.realpath(os.__file__))  # noqa: PTH120
    name = os.path.relpath(os.path.realpath(filename), library)
    return parts_of(name.removesuffix(".py"))


def find_asker(frame: FrameType | None) -> Asking:
    """Find out on whose behalf a file is asked for.

    Parameters
    ----------
    frame
        That of the innermost Python function.

    Returns
    -------
    Asking
        The asker. Between an import and the project's code that caused it, all is Python's.
    """
    by = inner = ""
    asker: Asker | None = None
    by_library = False
    for _ in range(_DEPTH):
        if frame is None:
            break
        code = frame.f_code
        role = _role(code.co_filename)
        if role is _Role.PROJECT:
            break
        if role is _Role.PATH:
            if asker is None:
                by = code.co_name
                inner = inner or by
        elif role is _Role.LIBRARY:
            by_library = True
            asker = asker or Asker.LIBRARY
        elif role is _Role.STANDARD:
            asker = asker or Asker.STANDARD
        elif not _reads_data(frame):
            return Asking(Asker.NOBODY, by_library, by, inner)
        frame = frame.f_back
    return Asking(asker or Asker.PROJECT, by_library, by, inner)


def _reads_data(frame: FrameType) -> bool:
    """Tell whether `pkgutil` or a loader reads data of a package for the project, not its code."""
    if frame.f_code.co_name in _LISTS_MODULES:
        above = frame.f_back
        while above is not None and above.f_code.co_filename.endswith(_OF_LISTING):
            above = above.f_back
        return above is not None and _role(above.f_code.co_filename) is _Role.PROJECT
    if frame.f_code.co_name != "get_data" or frame.f_back is None:
        return False
    return frame.f_back.f_code.co_filename not in _IMPORT
