"""What a module belongs to: Python itself, an installed distribution, or the project."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from types import FunctionType

__all__ = [
    "EXTENSION",
    "LIBRARY",
    "OWN",
    "PROJECT",
    "STANDARD",
    "Origin",
    "origin_of",
    "origin_of_file",
    "origin_of_function",
]

STANDARD: Final = "standard"
LIBRARY: Final = "library"
PROJECT: Final = "project"
EXTENSION: Final = "extension"
OWN: Final = "own"

_OWN_PACKAGE: Final = __name__.partition(".")[0]
_OWN_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_INFO: Final = re.compile(r"(.+?)-([^-]+?)(?:-py[\d.]+)?\.(dist-info|egg-info)")
_SEPARATORS: Final = re.compile(r"[-_.]+")
_FIELDS: Final = re.compile(rb"^(Name|Version):[ \t]*(\S+)", re.MULTILINE)
_EDITABLE: Final = re.compile(rb'"editable"\s*:\s*true')
_INFO_BYTES: Final = 1 << 16


class Origin(NamedTuple):
    """What a module belongs to.

    ``kind`` is one of the constants of this module; ``name`` and ``version`` are those of a
    distribution; ``file`` is a compiled extension of the project.
    """

    kind: str
    name: str = ""
    version: str = ""
    file: str = ""


_PROJECT: Final = Origin(PROJECT)
_STANDARD: Final = Origin(STANDARD)
_OWN: Final = Origin(OWN)


def origin_of(module_name: str | None) -> Origin:
    """Say what a module belongs to.

    Parameters
    ----------
    module_name
        Its dotted name; it need not be loaded.

    Returns
    -------
    Origin
        The project's, when nothing else is known of it.
    """
    if not module_name or module_name == "__main__":
        return _PROJECT
    module = sys.modules.get(module_name)
    known = _known.get(module_name)
    if known is None or known[0] is not module:
        known = _known[module_name] = module, _find_origin(module_name, module)
    return known[1]


_known: dict[str, tuple[Any, Origin]] = {}
"""For each module, as it was loaded last, what it belongs to."""


def _find_origin(module_name: str, module: Any) -> Origin:
    top = module_name.partition(".")[0]
    file = _file_of(module)
    if module is not None and file is None:
        file = _folder_of(module)
    if file is None:
        if top in sys.stdlib_module_names or top in sys.builtin_module_names:
            return _STANDARD
        parent = module_name.rpartition(".")[0]
        return origin_of(parent) if parent and module is None else _PROJECT
    return origin_of_file(file)


def origin_of_function(function: FunctionType) -> Origin:
    """Say whose code a function is.

    Parameters
    ----------
    function
        A function, whatever module it says that it belongs to: a wrapper says that of another.

    Returns
    -------
    Origin
        That of its file; what a library compiled from a text of its own is the library's.
    """
    file = function.__code__.co_filename
    if _is_file(file):
        return origin_of_file(file)
    module = function.__globals__.get("__name__")
    return origin_of(module if isinstance(module, str) else None)


@lru_cache(maxsize=1 << 14)
def _is_file(name: str) -> bool:
    return os.path.isabs(name) or name.startswith("<frozen")  # noqa: PTH117 - text


def _file_of(module: Any) -> str | None:
    spec = getattr(module, "__spec__", None)
    file = getattr(module, "__file__", None) or getattr(spec, "origin", None)
    return file if isinstance(file, str) and os.path.isabs(file) else None  # noqa: PTH117 - "built-in"


def _folder_of(module: Any) -> str | None:
    """Give the folder of a package without a file of its own."""
    try:
        folders = list(getattr(module, "__path__", ()))
    except Exception:  # noqa: BLE001 - a package may compute it in any way
        return None
    return next((each for each in folders if isinstance(each, str)), None)


@lru_cache(maxsize=1 << 14)
def origin_of_file(file: str) -> Origin:
    """Say what a file of code belongs to.

    Parameters
    ----------
    file
        An absolute path of a module, or of the folder of a package.

    Returns
    -------
    Origin
        The project's for a file that no distribution has put there.
    """
    if not os.path.isabs(file):  # noqa: PTH117 - a cell, <string>
        return _STANDARD if file.startswith("<frozen ") else _PROJECT
    if file.startswith(_OWN_FOLDER + os.sep):
        return _OWN
    base, relative = _split(file)
    if base is not None:
        found = _distribution(base, relative)
        if found is not None:
            return found
    if _is_standard(file):
        return _STANDARD
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        return Origin(EXTENSION, os.path.basename(file), "", file)  # noqa: PTH119 - text to text
    return _PROJECT


@lru_cache(maxsize=1)
def _standard_folders() -> tuple[str, ...]:
    # What sysconfig says, without the ten milliseconds that it takes to say it.
    below = os.path.join(sys.platlibdir, "python{}.{}".format(*sys.version_info))  # noqa: PTH118
    bases = {sys.base_prefix, sys.base_exec_prefix, sys.exec_prefix}
    found = {os.path.join(each, below) for each in bases}  # noqa: PTH118
    found.add(os.path.dirname(os.__file__))  # noqa: PTH120
    found |= {os.path.realpath(each) for each in found}
    return tuple(each + os.sep for each in found)


def _is_standard(file: str) -> bool:
    if "site-packages" in file or "dist-packages" in file:
        return False
    return file.startswith(_standard_folders())


def _split(file: str) -> tuple[str | None, str]:
    """Split a path at the folder on `sys.path` that it was imported from, the innermost one."""
    best = ""
    for entry in sys.path:
        folder = os.path.abspath(entry).rstrip(os.sep) + os.sep  # noqa: PTH100
        if file.startswith(folder) and len(folder) > len(best):
            best = folder
    if not best:
        for name in ("site-packages", "dist-packages"):
            head, found, tail = file.rpartition(f"{os.sep}{name}{os.sep}")
            if found:
                return f"{head}{os.sep}{name}", tail
        return None, file
    return best.rstrip(os.sep), file[len(best) :]


def _distribution(base: str, relative: str) -> Origin | None:
    """Find the distribution that has put a file into a folder."""
    infos = _infos(base, _changed_ns(base))
    if not infos:
        return None
    path = relative.replace(os.sep, "/")
    top = _normalize(path.partition("/")[0].partition(".")[0])
    for name in sorted(infos, key=lambda each: not _is_alike(top, each)):
        if _names(os.path.join(base, name), path):  # noqa: PTH118 - text to text
            return _describe(os.path.join(base, name))  # noqa: PTH118
    return None


def _is_alike(top: str, info: str) -> bool:
    match = _INFO.fullmatch(info)
    return match is not None and _normalize(match[1]) == top


def _normalize(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _changed_ns(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - text
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _infos(base: str, changed_ns: int) -> tuple[str, ...]:  # noqa: ARG001 - a key of the cache
    """List the metadata folders of distributions in a folder."""
    try:
        names = os.listdir(base)  # noqa: PTH208 - text
    except OSError:
        return ()
    # An egg-info beside the sources is what an editable install leaves there.
    is_site = os.path.basename(base) in {"site-packages", "dist-packages"}  # noqa: PTH119 - text
    kinds = (".dist-info", ".egg-info") if is_site else (".dist-info",)
    return tuple(sorted(each for each in names if each.endswith(kinds)))


@lru_cache(maxsize=4096)
def _names(info: str, path: str) -> bool:
    """Tell whether the metadata of a distribution names a file or its package."""
    if _EDITABLE.search(_read(info, "direct_url.json")):
        return False
    record = _record(info)
    if record:
        quoted = path.encode()
        if b"\n" + quoted + b"," in record or b'\n"' + quoted + b'"' in record:
            return True
        if b"\n" + quoted.rstrip(b"/") + b"/" in record:
            return True  # the folder of a package
        package = path.partition("/")[0].encode()  # with files that were made after it
        return b"/" in quoted and b"\n" + package + b"/__init__.py," in record
    tops = _read(info, "top_level.txt").split()
    top = path.partition("/")[0]
    stem = top if "/" in path else top.partition(".")[0]
    if tops:
        return stem.encode() in tops
    has_files = any(_read(info, each) for each in ("RECORD", "top_level.txt"))
    return not has_files and _is_alike(_normalize(stem), os.path.basename(info))  # noqa: PTH119


@lru_cache(maxsize=64)
def _record(info: str) -> bytes:
    """Read the list of a distribution's files, a line break before each."""
    data = _read(info, "RECORD", limit=-1)
    return b"\n" + data.replace(b"\r\n", b"\n") if data else b""


def _read(info: str, name: str, limit: int = _INFO_BYTES) -> bytes:
    try:
        with open(os.path.join(info, name), "rb") as stream:  # noqa: PTH118, PTH123 - text to text
            return stream.read(limit)
    except OSError:
        return b""


def _describe(info: str) -> Origin:
    """Read name and version of a distribution."""
    head = _read(info, "METADATA") or _read(info, "PKG-INFO")
    if not head and os.path.isfile(info):  # noqa: PTH113 - an egg-info of one file
        head = _read(os.path.dirname(info), os.path.basename(info))  # noqa: PTH119, PTH120
    fields = dict(_FIELDS.findall(head.partition(b"\n\n")[0]))
    match = _INFO.fullmatch(os.path.basename(info))  # noqa: PTH119
    name = fields.get(b"Name", b"").decode() or (match[1] if match else "")
    version = fields.get(b"Version", b"").decode() or (match[2] if match else "")
    return Origin(LIBRARY, name, version)
