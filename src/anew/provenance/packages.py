"""Every installed distribution: name, version, and where it was installed from."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from anew.provenance.masking import mask_text, show_path

if TYPE_CHECKING:
    from collections.abc import Hashable
    from importlib.metadata import Distribution
    from pathlib import Path

__all__ = ["PackagesCollector"]

_METADATA: Final = (".dist-info", ".egg-info", ".egg-link")

# The whole of METADATA is an e-mail with the README as its body; two lines of its head are enough.
_HEADER: Final = re.compile(r"^(Name|Version)[ \t]*:[ \t]*(\S.*?)[ \t\r]*$", re.MULTILINE)

_Listed = tuple[tuple[str, int], ...]


class PackagesCollector:
    """Collect the distributions on ``sys.path``, the first of each name, as an import finds them.

    Notes
    -----
    Edits inside an installed distribution, and in one that is installed as editable, are not seen:
    they are code.
    """

    name = "packages"
    at_end = False

    def __init__(self) -> None:
        self._listed: dict[str, tuple[int, _Listed]] = {}

    def freshness(self, root: Path) -> Hashable:
        """Give the metadata folders on ``sys.path`` with their times.

        A folder of the path is listed again only when its own time changed; so a file written next
        to the script costs one listing, not a new collection.
        """
        return (str(root), *((entry, self._list(entry)) for entry in sys.path))

    def _list(self, entry: str) -> _Listed:
        """List the metadata in one folder of the path."""
        place = entry or "."
        try:
            changed_ns = os.stat(place).st_mtime_ns  # noqa: PTH116 - for each trial, each entry
            known = self._listed.get(entry)
            if known is None or known[0] != changed_ns or not entry:
                with os.scandir(place) as found:
                    names = ((e.name, e.stat().st_mtime_ns) for e in found if _is_metadata(e.name))
                    known = self._listed[entry] = (changed_ns, tuple(sorted(names)))
        except OSError:
            # Absent, or an archive, which does not change under a running interpreter.
            return ()
        return known[1]

    def collect(self, root: Path) -> dict[str, Any]:
        """Read names, versions and origins."""
        from importlib.metadata import distributions

        versions: dict[str, str] = {}
        origins: dict[str, str] = {}
        for distribution in distributions():
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


def _is_metadata(name: str) -> bool:
    return name.endswith(_METADATA)


def _name_and_version(distribution: Distribution) -> tuple[str, str]:
    """Read name, as PEP 503 normalises it, and version; empty for what a failed install left."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    head = dict(reversed(_HEADER.findall(text.partition("\n\n")[0])))
    return re.sub(r"[-_.]+", "-", head.get("Name", "")).lower(), head.get("Version", "")


def _origin(distribution: Distribution, root: Path) -> str | None:
    """Say where a distribution is from when it is not from an index (PEP 610)."""
    text = distribution.read_text("direct_url.json")
    if not text:
        return None
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
