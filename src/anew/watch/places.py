"""Which files say something of a step, and which belong to Python, the system or anew itself."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import lru_cache
from typing import Final

__all__ = ["counts", "is_installed", "is_standard", "parts_of"]

_NEVER_PARTS: Final = frozenset(
    {".anew", ".git", "__pycache__", "dask-scratch-space", "dist-packages", "site-packages"}
)
_NEVER_UNDER: Final = ("/proc/", "/sys/", "/dev/", "/usr/share/locale/", "/usr/share/zoneinfo/")
_OF_PREFIX: Final = ("bin", "etc", "include", "lib", "lib64", "libexec", "share", "Lib", "Library")
_OF_SYSTEM: Final = ("/bin", "/etc", "/lib", "/lib64", "/opt/homebrew", "/usr", "/System")
_OF_LIBRARIES: Final = (".cache", ".config", ".fonts", ".ipython", ".local/share", ".matplotlib")
_CACHED: Final = 1 << 14


@lru_cache(maxsize=_CACHED)
def counts(path: str, root: str, *, by_library: bool) -> bool:
    """Tell whether what is at a path says something of the step that asked for it.

    Parameters
    ----------
    path
        An absolute path.
    root
        The project's folder.
    by_library
        Whether an installed library asked on its own account. Then what lies in the folders of
        the system, or in those for caches and settings in the home folder, does not count: fonts,
        locales, certificates, the library's own settings.

    Notes
    -----
    Never counts: ``/proc``, ``/sys``, ``/dev``; tables of time zones; the interpreter, its library
    and what is installed in it, though a project inside the interpreter's folder does; anything
    within a folder named ``.anew``, ``.git``, ``__pycache__`` or ``site-packages``.
    """
    if path.startswith(_NEVER_UNDER):
        return False
    inside = path == root or path.startswith(root.rstrip(os.sep) + os.sep)
    parts = path[len(root) :] if inside else path
    if not _NEVER_PARTS.isdisjoint(parts_of(parts)):
        return False
    floor = len(root) if inside else 0
    folders = _python_folders() + (_library_folders() if by_library else ())
    return not any(len(each) > floor and path.startswith(each) for each in folders)


@lru_cache(maxsize=1)
def _python_folders() -> tuple[str, ...]:
    """List the folders of the interpreter and of what is installed in it."""
    found = {
        path for name, path in sysconfig.get_paths().items() if name not in {"data", "scripts"}
    }
    found |= {*site.getsitepackages(), site.getusersitepackages()}
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - paths are text here
            found.add(prefix)
        else:
            found |= {os.path.join(prefix, each) for each in _OF_PREFIX}  # noqa: PTH118
    return _with_real(found)


@lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    """List the folders in which the system and libraries keep what is theirs."""
    home = os.path.expanduser("~")  # noqa: PTH111
    found = {*_OF_SYSTEM, *(os.path.join(home, each) for each in _OF_LIBRARIES)}  # noqa: PTH118
    found |= {os.path.join(home, "Library", each) for each in ("Caches", "Fonts")}  # noqa: PTH118
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MPLCONFIGDIR"):
        if path := os.environ.get(variable):
            found.add(path)
    return _with_real(found)


def _with_real(folders: set[str]) -> tuple[str, ...]:
    """Write folders so that they can be compared as text, with and without links."""
    found = {os.path.abspath(each) for each in folders if each}  # noqa: PTH100
    found |= {os.path.realpath(each) for each in found}
    return tuple(sorted(each + os.sep for each in found if each != os.sep))


@lru_cache(maxsize=1)
def _standard_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return _with_real({paths["stdlib"], paths["platstdlib"], os.path.dirname(os.__file__)})  # noqa: PTH120


def is_standard(filename: str) -> bool:
    """Tell whether a source file is one of the standard library."""
    if filename.startswith("<frozen "):
        return True
    return filename.startswith(_standard_folders()) and not is_installed(filename)


def parts_of(path: str) -> list[str]:
    """Split a path into its parts, as text: called far too often for `pathlib`."""
    return path.split(os.sep)  # noqa: PTH206


def is_installed(filename: str) -> bool:
    """Tell whether a source file is one of an installed library."""
    return not {"site-packages", "dist-packages"}.isdisjoint(parts_of(filename))
