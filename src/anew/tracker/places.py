"""Which files belong to Python, the system or anew itself, and are not seen at all.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys

__all__ = ["ignore", "is_ignored", "is_plain"]

_NEVER = ("/proc/", "/sys/", "/dev/", "/etc/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/var/cache/")
_OF_SYSTEM = (
    "bin", "lib", "lib64", "libexec", "sbin", "share/X11", "share/ca-certificates",
    "share/fontconfig", "share/fonts", "share/icons", "share/locale", "share/mime",
    "share/zoneinfo",
)  # fmt: skip
_OF_PREFIX = ("bin", "etc", "include", "lib", "lib64", "libexec", "share", "Library")
_OF_HOME = (
    ".cache", ".fonts", ".ipython", ".jupyter", ".local/lib", ".local/share/fonts",
    ".local/share/jupyter", ".matplotlib", "Library/Caches", "Library/Fonts", "Library/Jupyter",
)  # fmt: skip
_OF_VARIABLES = ("XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "PYTHONPYCACHEPREFIX")
_PARTS = (
    "/__pycache__/", "/site-packages/", "/dist-packages/", "/.anew/", "/.coverage", "/.git/",
)  # fmt: skip


def _folders() -> set[str]:
    """List the folders of the system, of the interpreter, and those for caches and fonts."""
    found = {f"/{top}/{each}" for top in ("usr", "usr/local") for each in _OF_SYSTEM}
    found |= {"/Library/Fonts", "/System", "/opt/homebrew", "/usr/include"}
    found.add(os.path.dirname(os.__file__))  # noqa: PTH120
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        if os.path.exists(prefix + "/pyvenv.cfg"):  # noqa: PTH110
            found.add(prefix)
        elif prefix not in ("/usr", "/usr/local"):
            found |= {f"{prefix}/{each}" for each in _OF_PREFIX}
    home = os.path.expanduser("~")  # noqa: PTH111
    found |= {f"{home}/{each}" for each in _OF_HOME}
    return found | {os.environ[name] for name in _OF_VARIABLES if os.environ.get(name)}


def _with_slash(folder: str) -> str:
    return os.path.abspath(folder).rstrip("/") + "/"  # noqa: PTH100


def _find() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find what is ignored: how paths begin, and what they contain.

    A program that is started within such a folder works there: then the folder counts.
    """
    try:
        here = os.getcwd() + "/"  # noqa: PTH109
    except OSError:
        here = "/"
    begins = {_with_slash(each) for each in _folders()} - {"/"}
    begins |= {_with_slash(os.path.realpath(each)) for each in begins} - {"/"}
    begins = {each for each in begins if not here.startswith(each)}
    return _NEVER + tuple(sorted(begins)), tuple(part for part in _PARTS if part not in here)


_begins, _parts = _find()
_plain: dict[str, bool] = {}
_MOST = 10_000


def ignore(folder: str) -> None:
    """Ignore a folder, with all that is in it, if it is not ignored yet."""
    global _begins  # noqa: PLW0603 - the hook asks a hundred thousand times: a tuple is fastest
    if not is_ignored(folder + "/"):
        _begins += (folder + "/",)
        _plain.clear()


def is_ignored(path: str) -> bool:
    """Tell whether a file, by its absolute path, is not seen."""
    if path.startswith(_begins):
        return True
    for part in _parts:  # noqa: SIM110 - a generator would double the time
        if part in path:
            return True
    return False


def is_plain(path: str) -> bool:
    """Tell whether a path that begins with a slash is surely normal, and not ignored.

    What decides is the folder, and known from the second file in it on.
    """
    folder, _, name = path.rpartition("/")
    if name[:1] in ("", "."):
        return False
    known = _plain.get(folder)
    if known is None:
        if len(_plain) >= _MOST:
            _plain.clear()
        whole = folder + "/"
        known = not ("/." in whole or "//" in whole or is_ignored(whole))
        _plain[folder] = known
    return known
