"""Provenance: the facts that a trial runs on, each gathered by a collector of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.model import Facet
from anew.provenance.command import CommandCollector
from anew.provenance.conda import CondaCollector
from anew.provenance.cpu import CpuCollector
from anew.provenance.git import GitCollector
from anew.provenance.gpu import GpuCollector
from anew.provenance.kept import recall
from anew.provenance.locale import LocaleCollector
from anew.provenance.locks import LocksCollector
from anew.provenance.memory import MemoryCollector
from anew.provenance.numerics import NumericsCollector
from anew.provenance.packages import PackagesCollector
from anew.provenance.platform import PlatformCollector
from anew.provenance.python import PythonCollector
from anew.provenance.requirements import RequirementsCollector
from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from pathlib import Path

    from anew.code.entries import Entry
    from anew.types import Collector

__all__ = ["COLLECTORS", "Captured", "capture", "make_facet", "use_facets"]

COLLECTORS: Final[tuple[Collector, ...]] = (
    CommandCollector(),
    CondaCollector(),
    CpuCollector(),
    GitCollector(),
    GpuCollector(),
    LocaleCollector(),
    LocksCollector(),
    MemoryCollector(),
    NumericsCollector(),
    PackagesCollector(),
    PlatformCollector(),
    PythonCollector(),
    RequirementsCollector(),
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


_instead: Final[dict[str, Facet]] = {}
_known: Final[dict[tuple[Collector, Path], tuple[Hashable, Facet]]] = {}


def capture(
    root: Path,
    *,
    at_end: bool = False,
    known: Path | None = None,
    files: Mapping[str, Entry] | None = None,
) -> Captured:
    """Gather the facts of this moment.

    Parameters
    ----------
    root
        The project's folder.
    at_end
        Whether the work is done: some facts show only then. The others are gathered before it.
    known
        A folder in which what takes long to gather is kept for other processes.
    files
        The project's files, where each was just looked at: see `GitCollector.freshness`.

    Returns
    -------
    Captured
        Facets and failures; a collector that fails is never an exception. What many projects do
        not have, as a lock file, makes no facet there.

    Notes
    -----
    A facet that is still fresh is not collected again in the same process: then a call costs 1 to
    2 ms. Safe to call from several threads.
    """
    captured = Captured()
    for collector in COLLECTORS:
        if collector.at_end == at_end:
            try:
                facet = _instead.get(collector.name) or _collect(collector, root, known, files)
                if facet.content or not getattr(collector, "is_optional", False):
                    captured.facets.append(facet)
            except Exception as error:  # noqa: BLE001 - a recorder never breaks the work
                captured.failures.append((collector.name, _describe(error)))
    return captured


def use_facets(facets: Iterable[Facet]) -> None:
    """Have facts that were gathered elsewhere told in place of those of this process.

    Parameters
    ----------
    facets
        Such as those of another interpreter, in which the work is done.
    """
    _instead.update({facet.name: facet for facet in facets})


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


def _collect(
    collector: Collector, root: Path, place: Path | None, files: Mapping[str, Entry] | None
) -> Facet:
    """Make a facet, or give the one that is still fresh."""
    key = (collector, root)
    if isinstance(collector, GitCollector):
        mark = collector.freshness(root, files)
    else:
        mark = collector.freshness(root)
    known = _known.get(key)
    if mark is not None and known is not None and known[0] == mark:
        return known[1]
    lasting = getattr(collector, "lasting", None)
    if lasting and place:
        content = recall(place, collector.name, lasting(root), lambda: collector.collect(root))
    elif place and isinstance(collector, GitCollector):
        content = collector.collect_again(root, place)
    else:
        content = collector.collect(root)
    facet = make_facet(collector.name, content)
    if mark is None:
        # One that learns from collecting what to look at can tell now.
        mark = collector.freshness(root)
    _known[key] = (mark, facet)
    return facet
