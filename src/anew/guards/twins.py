"""Trials that ran on the same, and what came out of them."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from anew.changes import code_changes
from anew.digests import digest_bytes
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anew.model import Artifact, Facet, Trial

__all__ = ["Told", "find_twin", "name_differences"]

_DECISIVE: Final = ("packages", "python", "snapshot", "conda", "command")
"""The facets on which the outcome rests."""

_NEEDED: Final = 3
"""So many of these must be known."""

_READ_BYTES: Final = 1 << 26
"""A larger file is not looked at for what was appended to it."""


_DATED: Final = (".eps", ".gz", ".h5", ".hdf5", ".pdf", ".ps", ".svg", ".xlsx", ".zip")
"""Formats with the time of writing, or names drawn at random, inside."""


class Told:
    """What is recorded of a trial, each part of it read once, when it is needed.

    Parameters
    ----------
    trial
        The trial.
    """

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.store: Any = trial.source

    @cached_property
    def artifacts(self) -> list[Artifact]:
        """All that was kept by name."""
        return self.trial.source.artifacts(self.trial.uuid)

    @cached_property
    def facets(self) -> dict[str, Facet]:
        """By name."""
        return self.trial.source.facets(self.trial.uuid)

    @cached_property
    def digests(self) -> tuple[str | None, ...]:
        """Those of the facets that the outcome rests on."""
        found: Mapping[str, str] = self.store.facet_digests(self.trial.uuid)
        return tuple(map(found.get, _DECISIVE))


def find_twin(new: Told, earlier: Iterable[Trial]) -> Told | None:
    """Find an earlier trial with the same code, data, parameters, seed and packages.

    Parameters
    ----------
    new
        The trial.
    earlier
        Others, the newest first.

    Returns
    -------
    Told or None
        The first of its experiment that finished, as the trial did itself.
    """
    trial = new.trial
    same = (
        Told(other)
        for other in earlier
        if (other.experiment, other.status) == (trial.experiment, "finished")
        and other.uuid != trial.uuid
        and (other.seed, other.parameters) == (trial.seed, trial.parameters)
    )
    return next((old for old in same if _are_twins(old, new)), None)


def _are_twins(old: Told, new: Told) -> bool:
    """Tell whether two trials ran on the same, as far as it is recorded."""
    if old.digests == new.digests:  # most trials of a loop: nothing more has to be read
        return None not in new.digests[:_NEEDED] and _inputs(old) == _inputs(new)
    before, after = old.facets.get("snapshot"), new.facets.get("snapshot")
    basis = _basis(new)
    if before is None or after is None or None in basis or _basis(old) != basis:
        return False
    # The snapshots may differ by data.
    return not code_changes(new.store, before, after, [*old.trial.files, *new.trial.files])


def _inputs(told: Told) -> frozenset[tuple[str, str]]:
    return frozenset((use.path, use.digest) for use in told.trial.files if use.role == "input")


def _basis(told: Told) -> tuple[Any, ...]:
    """Give what decides on the outcome beside the code."""
    facets = told.facets
    python = facets["python"].content if "python" in facets else {}
    packages = facets["packages"].digest if "packages" in facets else None
    conda = facets["conda"].digest if "conda" in facets else ""
    command = facets["command"].content.get("argv") if "command" in facets else ()
    words = tuple(word for word in (command or ())[1:] if word != "--fresh")
    return packages, conda, python.get("version"), words, _inputs(told)


def name_differences(old: Told, new: Told) -> list[str]:
    """Name what came out differently of two trials.

    Parameters
    ----------
    old, new
        The trials.

    Returns
    -------
    list of str
        Result, metrics, artifacts and outputs by name; what only one of them has, too.
    """
    before, after = _outcome(old), _outcome(new)
    return [
        f"{kind} {name}"
        for kind, name in dict.fromkeys((*before, *after))
        if not _is_same(before.get((kind, name)), after.get((kind, name)))
        and not (kind == "output" and (_is_dated(name) or _has_grown(name, old, new)))
    ]


def _is_dated(path: str) -> bool:
    """Tell whether a file of its kind is another one each time it is written, whatever it shows."""
    return path.lower().endswith(_DATED)


def _has_grown(path: str, old: Told, new: Told) -> bool:
    """Tell whether a file was only appended to, as a log is: its old content is no result."""
    uses = [[u for u in t.trial.files if u.path == path and u.role == "output"] for t in (old, new)]
    if not all(uses):
        return False
    before, after = (found[0] for found in uses)
    if not (before.kept and after.kept and 0 < before.size_bytes < after.size_bytes <= _READ_BYTES):
        return False
    with suppress(AnewError):
        data: bytes = new.store.objects.get(after.digest)
        return digest_bytes(data[: before.size_bytes]) == before.digest
    return False


def _outcome(told: Told) -> dict[tuple[str, str], Any]:
    kept: dict[tuple[str, str], Any] = {}
    for role in ("result", "artifact"):
        named = [each for each in told.artifacts if each.role == role]
        kept |= {(role, each.name): each.content or each.digest for each in named}
    kept |= {("metric", name): value for name, value in told.trial.metrics.items()}
    outputs = (use for use in told.trial.files if use.role == "output")
    return kept | {("output", use.path): use.digest for use in outputs}


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float) and math.isnan(old):
        return math.isnan(new)
    return bool(old == new)
