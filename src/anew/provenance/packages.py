"""Every installed distribution: name, version, and where it was installed from."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from anew.provenance.masking import mask_text, show_path

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence
    from importlib.metadata import Distribution

__all__ = [
    "PackagesCollector",
    "find_editable",
    "mark_packages",
    "packages_of",
    "providers_of",
]

_METADATA: Final = (".dist-info", ".egg-info", ".egg-link")

# The whole of METADATA is an e-mail with the README as its body; two lines of its head are enough.
_HEADERS: Final = tuple(
    re.compile(rf"^{name}[ \t]*:[ \t]*(\S.*?)[ \t\r]*$", re.MULTILINE)
    for name in ("Name", "Version")
)

_Listed = tuple[tuple[str, int], ...]

_listed: Final[dict[str, tuple[int, _Listed]]] = {}
"""What was found in a folder of a path, and the time of that folder."""


class PackagesCollector:
    """Collect the distributions on ``sys.path``, the first of each name, as an import finds them.

    Notes
    -----
    Edits inside an installed distribution, and in one that is installed as editable, are not seen:
    they are code.
    """

    name = "packages"
    at_end = False

    def freshness(self, root: Path) -> Hashable:
        """Give the metadata folders on ``sys.path`` with their times.

        A folder of the path is listed again only when its own time changed; so a file written next
        to the script costs one listing, not a new collection.
        """
        return mark_packages(sys.path, root)

    def lasting(self, root: Path) -> Hashable:
        """Give what is as good for another process: all of the mark."""
        return self.freshness(root)

    def collect(self, root: Path) -> dict[str, Any]:
        """Read names, versions and origins."""
        return packages_of(sys.path, root)


def mark_packages(paths: Sequence[str], root: Path) -> Hashable:
    """Give what changes when a distribution is installed or removed.

    Parameters
    ----------
    paths
        The ``sys.path`` of an interpreter.
    root
        The project's folder, to which paths of origins are relative.
    """
    listed = ((entry, _list(entry)) for entry in paths)
    return (str(root), *((entry, found) for entry, found in listed if found))


def _list(entry: str) -> _Listed:
    """List the metadata in one folder of the path."""
    place = entry or "."
    try:
        changed_ns = os.stat(place).st_mtime_ns  # noqa: PTH116 - for each trial, each entry
        known = _listed.get(entry)
        if known is None or known[0] != changed_ns or not entry:
            with os.scandir(place) as found:
                names = ((e.name, e.stat().st_mtime_ns) for e in found if _is_metadata(e.name))
                known = _listed[entry] = (changed_ns, tuple(sorted(names)))
    except OSError:
        # Absent, or an archive, which does not change under a running interpreter.
        return ()
    return known[1]


def packages_of(paths: Sequence[str], root: Path) -> dict[str, Any]:
    """Read which distributions an interpreter would find, without running it.

    Parameters
    ----------
    paths
        Its ``sys.path``.
    root
        The project's folder, to which paths of origins are relative.

    Returns
    -------
    dict
        The content of the facet ``packages``: ``versions`` and ``origins`` by name.
    """
    versions: dict[str, str] = {}
    origins: dict[str, str] = {}
    for distribution in _find_installed(paths):
        name, version = _name_and_version(distribution)
        if name and name not in versions:
            versions[name] = version
            origin = _origin(distribution, root)
            if origin:
                origins[name] = origin
    return {
        "versions": dict(sorted(versions.items())),
        "origins": dict(sorted(origins.items())),
    }


def find_editable(paths: Sequence[str]) -> dict[str, Path]:
    """Find the folders of the projects that are installed as editable.

    Parameters
    ----------
    paths
        The ``sys.path`` of an interpreter.

    Returns
    -------
    dict
        Absolute folders by the name of the distribution.
    """
    found: dict[str, Path] = {}
    for distribution in _find_installed(paths):
        text = distribution.read_text("direct_url.json")
        if text and '"editable"' in text:
            name, _ = _name_and_version(distribution)
            try:
                direct = json.loads(text)
                if direct["dir_info"]["editable"] and direct["url"].startswith("file:"):
                    found.setdefault(name, Path(unquote(urlsplit(direct["url"]).path)))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # the facet says that it cannot be read
    return found


def providers_of(paths: Sequence[str]) -> dict[str, list[str]]:
    """Say which distributions a top-level module is from.

    Parameters
    ----------
    paths
        The ``sys.path`` of an interpreter.

    Returns
    -------
    dict
        Names of distributions by the name of the module.
    """
    found: dict[str, list[str]] = {}
    for distribution in _distributions(paths):
        name, _ = _name_and_version(distribution)
        for module in _modules_of(distribution):
            if name and name not in found.setdefault(module, []):
                found[module].append(name)
    return found


def _modules_of(distribution: Distribution) -> set[str]:
    """List the top-level modules of a distribution."""
    told = (distribution.read_text("top_level.txt") or "").split()
    if told:
        return set(told)
    tops = {path.parts[0] for path in distribution.files or () if path.suffix in {".py", ".so"}}
    return {
        top.partition(".")[0] for top in tops if not top.endswith((".dist-info", ".data", ".."))
    }


def _distributions(paths: Sequence[str]) -> Iterable[Distribution]:
    from importlib.metadata import distributions

    return distributions(path=list(paths))


class _Installed(NamedTuple):
    """The metadata of one distribution: a folder."""

    folder: str

    def read_text(self, name: str) -> str | None:
        """Read a file of it as text; None where there is none."""
        try:
            with open(f"{self.folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - of each
                data = file.readall()
        except OSError:
            return None
        return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _find_installed(paths: Sequence[str]) -> Iterator[_Installed | Distribution]:
    """Find distributions in the order of an import.

    `importlib.metadata` takes longer to load than this to look, and is asked for what is no folder,
    or found in ways of its own.
    """
    finders = [each for each in sys.meta_path if hasattr(each, "find_distributions")]
    if finders != [PathFinder]:
        yield from _distributions(paths)
        return
    for entry in map(str, paths):
        try:
            names = os.listdir(entry or ".")  # noqa: PTH208 - text
        except NotADirectoryError:
            yield from _distributions([entry])
            continue
        except OSError:
            continue
        is_egg = entry.lower().endswith(".egg")
        for name in names:
            low = name.lower()
            if low.endswith((".dist-info", ".egg-info")) or (is_egg and low == "egg-info"):
                yield _Installed(f"{entry or '.'}/{name}")


def _is_metadata(name: str) -> bool:
    return name.endswith(_METADATA)


def _name_and_version(distribution: _Installed | Distribution) -> tuple[str, str]:
    """Read name, as PEP 503 normalises it, and version; empty for what a failed install left."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    head = text.partition("\n\n")[0]
    name, version = (found[1] if (found := each.search(head)) else "" for each in _HEADERS)
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _origin(distribution: _Installed | Distribution, root: Path) -> str | None:
    """Say where a distribution is from when it is not from an index (PEP 610)."""
    text = distribution.read_text("direct_url.json")
    if not text or (distribution.read_text("INSTALLER") or "").strip() == "conda":
        return None  # that of conda is the folder of another machine in which it was built
    try:
        return _write_origin(json.loads(text), root)
    except (ValueError, TypeError, KeyError, AttributeError):
        return "unreadable direct_url.json"


def _write_origin(direct: dict[str, Any], root: Path) -> str:
    """Write an origin as ``git+URL@COMMIT``, ``editable PATH`` or ``URL#sha256=...``."""
    url, vcs, archive = direct["url"], direct.get("vcs_info"), direct.get("archive_info")
    place = mask_text(url)
    if url.startswith("file:"):
        place = show_path(unquote(urlsplit(url).path), root)
    if vcs:
        place = f"{vcs['vcs']}+{place}@{vcs.get('commit_id', '')}"
    if archive and archive.get("hash"):
        place = f"{place}#{archive['hash']}"
    if direct.get("subdirectory"):
        place = f"{place} in {direct['subdirectory']}"
    return f"editable {place}" if direct.get("dir_info", {}).get("editable") else place
