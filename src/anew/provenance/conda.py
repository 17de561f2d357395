"""The packages of a conda environment, read from its folder; conda is not called."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.provenance.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["CondaCollector", "list_explicit"]


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
        explicit = list_explicit(Path(sys.prefix))
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
        environment. Credentials in a URL are masked.
    """
    found = []
    for path in (prefix / "conda-meta").glob("*.json"):
        try:
            facts = json.loads(path.read_bytes())
            place = facts.get("url") or f"{facts['channel']}/{facts['fn']}"
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # half written, or not of conda
        place = _hide_token(mask_text(str(place)))
        found.append(f"{place}#{facts['md5']}" if facts.get("md5") else place)
    return sorted(found)


def _hide_token(url: str) -> str:
    """Take the token out of the URL of a private channel, as in ``/t/TOKEN/channel``."""
    before, mark, after = url.partition("/t/")
    return f"{before}/t/***/{after.partition('/')[2]}" if mark else url
