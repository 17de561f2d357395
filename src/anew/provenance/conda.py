"""The packages of a conda environment, read from its folder; conda is not called."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from anew.provenance.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = [
    "CondaCollector",
    "conda_platform",
    "describe_conda",
    "list_explicit",
    "split_url",
    "versions_of",
]

_FILE: Final = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)")


class CondaCollector:
    """Collect the explicit list of the environment that runs, as ``conda list --explicit`` does."""

    name = "conda"
    at_end = False
    is_optional = True

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give the time of the folder to which each installation writes."""
        try:
            return (sys.prefix, (Path(sys.prefix) / "conda-meta").stat().st_mtime_ns)
        except OSError:
            return (sys.prefix, None)

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Read what conda wrote down of each package."""
        return describe_conda(Path(sys.prefix))


def describe_conda(prefix: Path) -> dict[str, Any]:
    """Give the content of the facet: nothing for what is no conda environment.

    Parameters
    ----------
    prefix
        The environment's folder.
    """
    explicit = list_explicit(prefix)
    return {"explicit": explicit} if explicit else {}


def list_explicit(prefix: Path) -> list[str]:
    """List the packages of a conda environment so that they can be installed again.

    Parameters
    ----------
    prefix
        The environment's folder.

    Returns
    -------
    list of str
        For each package its URL and its MD5, ``URL#MD5``; sorted. Empty for what is no conda
        environment. Credentials in a URL are masked. Of a package that conda does not know the
        origin of, the name of its file alone.
    """
    found = []
    for path in (prefix / "conda-meta").glob("*.json"):
        try:
            facts = json.loads(path.read_bytes())
            place = facts.get("url") or _find_place(facts)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # half written, or not of conda
        place = _hide_token(mask_text(str(place)))
        found.append(f"{place}#{facts['md5']}" if facts.get("md5") else place)
    return sorted(found)


def split_url(url: str) -> tuple[str, str, str] | None:
    """Read name, version and build of a package from its URL.

    Parameters
    ----------
    url
        As in the list; also the name of its file alone.

    Returns
    -------
    tuple of str or None
        None for what is no package of conda.
    """
    file = unquote(url.partition("#")[0].rpartition("/")[2])
    found = _FILE.fullmatch(file)
    return (found[1], found[2], found[3]) if found else None


def versions_of(explicit: Iterable[str]) -> dict[str, str]:
    """Give version and build of each package by its name.

    Parameters
    ----------
    explicit
        URLs of packages.
    """
    read = [split_url(url) or (url, "", "") for url in explicit]
    return {name: f"{version} {build}".strip() for name, version, build in read}


def conda_platform() -> str:
    """Name this platform as conda does, as in ``linux-64``."""
    import platform

    system = {"linux": "linux", "darwin": "osx", "win32": "win"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    bits = "64" if machine in {"x86_64", "amd64"} else machine
    return f"{system}-{'arm64' if system == 'osx' and bits != '64' else bits}"


def _find_place(facts: dict[str, Any]) -> str:
    """Put together the URL of a package, as older conda wrote it down."""
    channel, subdir = str(facts.get("channel")).rstrip("/"), facts.get("subdir") or ""
    if subdir and not channel.endswith(f"/{subdir}"):
        channel += f"/{subdir}"
    file = facts.get("fn") or f"{facts['name']}-{facts['version']}-{facts['build']}.tar.bz2"
    return f"{channel}/{file}" if "://" in channel else str(file)


def _hide_token(url: str) -> str:
    """Take the token out of the URL of a private channel, as in ``/t/TOKEN/channel``."""
    before, mark, after = url.partition("/t/")
    return f"{before}/t/***/{after.partition('/')[2]}" if mark else url
