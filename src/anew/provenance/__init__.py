"""Provenance: the facts that a trial runs on, each gathered by a collector of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.model import Facet
from anew.provenance.command import CommandCollector
from anew.provenance.cpu import CpuCollector
from anew.provenance.git import GitCollector
from anew.provenance.gpu import GpuCollector
from anew.provenance.locale import LocaleCollector
from anew.provenance.memory import MemoryCollector
from anew.provenance.numerics import NumericsCollector
from anew.provenance.packages import PackagesCollector
from anew.provenance.platform import PlatformCollector
from anew.provenance.python import PythonCollector

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from anew.types import Collector

__all__ = ["COLLECTORS", "Captured", "capture", "make_facet"]

COLLECTORS: Final[tuple[Collector, ...]] = (
    CommandCollector(),
    CpuCollector(),
    GitCollector(),
    GpuCollector(),
    LocaleCollector(),
    MemoryCollector(),
    NumericsCollector(),
    PackagesCollector(),
    PlatformCollector(),
    PythonCollector(),
)


@dataclass(frozen=True)
class Captured:
    """What the collectors found, and which of them failed.

    Parameters
    ----------
    facets
        In the order of their names.
    failures
        The name of the collector and what went wrong.
    """

    facets: list[Facet] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


_known: Final[dict[tuple[Collector, Path], tuple[Hashable, Facet]]] = {}


def capture(root: Path, *, at_end: bool = False) -> Captured:
    """Gather the facts of this moment.

    Parameters
    ----------
    root
        The project's folder.
    at_end
        Whether the work is done: some facts show only then. The others are gathered before it.

    Returns
    -------
    Captured
        Facets and failures; a collector that fails is never an exception.

    Notes
    -----
    A facet that is still fresh is not collected again in the same process: then a call costs 1 to
    2 ms. Safe to call from several threads.
    """
    captured = Captured()
    for collector in COLLECTORS:
        if collector.at_end == at_end:
            try:
                captured.facets.append(_collect(collector, root))
            except Exception as error:  # noqa: BLE001 - a recorder never breaks the work
                captured.failures.append((collector.name, _describe(error)))
    return captured


def make_facet(name: str, content: dict[str, Any]) -> Facet:
    """Make a facet from facts.

    Parameters
    ----------
    name
        The facet's name.
    content
        The facts; tuples become lists, as they do on disk.

    Returns
    -------
    Facet
        With the digest of its content as JSON with sorted keys and without spaces.

    Raises
    ------
    TypeError, ValueError
        When the facts are no JSON.
    """
    from anew.digests import digest_bytes

    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Facet(name, digest_bytes(text.encode("ascii")), json.loads(text))


def _describe(error: Exception) -> str:
    """Put a failure on one line; the hint of an error is for who can follow it."""
    said = error.message if isinstance(error, AnewError) else str(error)
    return " ".join(said.split()) or type(error).__name__


def _collect(collector: Collector, root: Path) -> Facet:
    """Make a facet, or give the one that is still fresh."""
    key = (collector, root)
    mark = collector.freshness(root)
    known = _known.get(key)
    if mark is not None and known is not None and known[0] == mark:
        return known[1]
    facet = make_facet(collector.name, collector.collect(root))
    if mark is None:
        # One that learns from collecting what to look at can tell now.
        mark = collector.freshness(root)
    _known[key] = (mark, facet)
    return facet
