"""Native libraries that a program used, and the packages of the system that they are from."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.kept import write_whole
from anew.provenance.masking import show_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["libraries_of"]

_DATABASE: Final = Path("/var/lib/dpkg")
_MERGED: Final = re.compile("^/usr(?=/lib)|^(?=/lib)")
"""Folders of old that are links into ``/usr`` now: the database may name either."""

_LIST: Final = ".list"
_STEM: Final = re.compile(r"(_\w+)?[-.\d]*\.so.*")
"""What stands behind the name of a library in that of its file."""

_FACT: Final = re.compile(r"^(Architecture|Version): (\S+)", re.MULTILINE)

_Owner = tuple[str, str]
"""Name and version of a package, empty where none is known."""


def libraries_of(
    paths: Iterable[str], root: Path, place: Path, database: Path = _DATABASE
) -> dict[str, Any]:
    """Tell from which packages of the system some native libraries are.

    Parameters
    ----------
    paths
        The libraries, absolute.
    root
        The project's folder.
    place
        A folder in which the answers are kept, as long as the libraries are the same files.
    database
        That of ``dpkg``; where there is none, no package is known.

    Returns
    -------
    dict
        The content of the facet ``libraries``: ``versions`` of packages by name, and ``files``, the
        name of the package (``""``: none is known) by path.

    Notes
    -----
    One look at each file for what was asked before; 10 to 100 ms for what was not.
    """
    file = place / "libraries.json"
    known = _load(file)
    marks = {path: mark for path in sorted(set(paths)) if (mark := _mark(path))}
    unknown = [path for path, mark in marks.items() if known.get(path, [None])[0] != mark]
    if unknown:
        found = _find_owners(unknown, database)
        known |= {path: [marks[path], *found[path]] for path in unknown}
        with suppress(OSError):  # then it is looked for each time
            write_whole(file, json.dumps(known))
    versions = {known[path][1]: known[path][2] for path in marks if known[path][1]}
    files = {show_path(path, root): known[path][1] for path in marks}
    return {"versions": dict(sorted(versions.items())), "files": files}


def _load(file: Path) -> dict[str, list[Any]]:
    """Read the answers; none of what is damaged."""
    try:
        known = json.loads(file.read_bytes())
        return {str(p): [list(mark), str(n), str(v)] for p, (mark, n, v) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _mark(path: str) -> list[int] | None:
    """Give what tells a library from another one at its path."""
    try:
        found = os.stat(path)  # noqa: PTH116 - text
    except OSError:
        return None
    return [found.st_dev, found.st_ino, found.st_mtime_ns]


def _find_owners(paths: list[str], database: Path) -> dict[str, _Owner]:
    """Look for the packages of files in the lists of ``dpkg``."""
    owners = dict(_search(paths, database))
    versions = _read_versions(database, {*owners.values()})
    named = {path: name.partition(":")[0] for path, name in owners.items()}
    return {path: (named.get(path, ""), versions.get(owners.get(path, ""), "")) for path in paths}


def _search(paths: list[str], database: Path) -> Iterator[tuple[str, str]]:
    """Give the path and the package, with its architecture, of each file that is in a list."""
    wanted = {os.fsencode(each): path for path in paths for each in _spellings(path)}
    for name in _list_likeliest_first(paths, database / "info"):
        if not wanted:
            return
        try:
            with open(f"{database}/info/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - hundreds
                lines = wanted.keys() & set(file.readall().split(b"\n"))
        except OSError:
            continue
        for line in lines:
            path = wanted[line]
            yield path, name.removesuffix(_LIST)
            for each in _spellings(path):
                wanted.pop(os.fsencode(each), None)


def _list_likeliest_first(paths: list[str], folder: Path) -> list[str]:
    """Order the lists so that few have to be read, whatever the packages are called.

    Those of libraries are the few short ones that name an architecture; a package is most often
    called as its library, with a number behind, or ``lib`` too.
    """
    try:
        names = [name for name in os.listdir(folder) if name.endswith(_LIST)]  # noqa: PTH208 - text
    except OSError:
        return []
    stems = {_STEM.sub("", PurePath(path).name) for path in paths}
    alike = (*stems, *(f"{stem.removeprefix('lib')}lib" for stem in stems if stem != "lib"))
    return sorted(names, key=lambda n: (not n.startswith(alike), ":" not in n, len(n), n))


def _spellings(path: str) -> set[str]:
    return {path, _MERGED.sub("", path, count=1), _MERGED.sub("/usr", path, count=1)}


def _read_versions(database: Path, names: set[str]) -> dict[str, str]:
    """Read the versions of packages, by name or by name and architecture."""
    found: dict[str, str] = {}
    if not names:
        return found
    with suppress(OSError):
        status = b"\n\n" + (database / "status").read_bytes()
        for package in {name.partition(":")[0] for name in names}:
            at, begin = 0, f"\n\nPackage: {package}\n".encode()
            while (at := status.find(begin, at) + 1) > 0:
                end = status.find(b"\n\n", at + 1)
                entry = status[at + 1 : end if end > 0 else None]
                facts = dict(_FACT.findall(entry.decode("utf-8", "replace")))
                version = facts.get("Version", "")
                found |= {package: version, f"{package}:{facts.get('Architecture')}": version}
    return found
