"""Trials that ran on the same, and what came out of them."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.changes import code_changes
from anew.digests import digest_bytes
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anew.model import Facet, Trial

__all__ = ["find_twin", "name_differences"]

_READ_BYTES: Final = 1 << 26
"""A larger file is not looked at for what was appended to it."""


_DATED: Final = (".eps", ".gz", ".h5", ".hdf5", ".pdf", ".ps", ".svg", ".xlsx", ".zip")
"""Formats with the time of writing, or names drawn at random, inside."""


def find_twin(trial: Trial, earlier: Iterable[Trial]) -> Trial | None:
    """Find an earlier trial with the same code, data, parameters, seed and packages.

    Parameters
    ----------
    trial
        The trial.
    earlier
        Others, the newest first.

    Returns
    -------
    Trial or None
        The first of its experiment that finished, as the trial did itself.
    """
    store: Any = trial.source
    facets = store.facets(trial.uuid)
    basis = _basis(trial, facets)
    if None in basis or "snapshot" not in facets:
        return None
    same = (
        other
        for other in earlier
        if (other.experiment, other.status) == (trial.experiment, "finished")
        and other.uuid != trial.uuid
        and (other.seed, other.parameters) == (trial.seed, trial.parameters)
    )
    for other in same:
        known = store.facets(other.uuid)
        before, after = known.get("snapshot"), facets["snapshot"]
        if before is None or _basis(other, known) != basis:
            continue
        if not code_changes(store, before, after, [*other.files, *trial.files]):
            return other  # the snapshots differ by nothing but data
    return None


def _basis(trial: Trial, facets: Mapping[str, Facet]) -> tuple[Any, ...]:
    """Give what decides on the outcome, as far as it is recorded."""
    python = facets["python"].content if "python" in facets else {}
    packages = facets["packages"].digest if "packages" in facets else None
    conda = facets["conda"].digest if "conda" in facets else ""
    command = facets["command"].content.get("argv") if "command" in facets else ()
    inputs = frozenset((use.path, use.digest) for use in trial.files if use.role == "input")
    words = tuple(word for word in (command or ())[1:] if word != "--fresh")
    return packages, conda, python.get("version"), words, inputs


def name_differences(old: Trial, new: Trial) -> list[str]:
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


def _has_grown(path: str, old: Trial, new: Trial) -> bool:
    """Tell whether a file was only appended to, as a log is: its old content is no result."""
    uses = [[u for u in t.files if u.path == path and u.role == "output"] for t in (old, new)]
    if not all(uses):
        return False
    before, after = (found[0] for found in uses)
    if not (before.kept and after.kept and 0 < before.size_bytes < after.size_bytes <= _READ_BYTES):
        return False
    store: Any = new.source
    with suppress(AnewError):
        data: bytes = store.objects.get(after.digest)
        return digest_bytes(data[: before.size_bytes]) == before.digest
    return False


def _outcome(trial: Trial) -> dict[tuple[str, str], Any]:
    kept: dict[tuple[str, str], Any] = {}
    for role in ("result", "artifact"):
        named = [each for each in trial.source.artifacts(trial.uuid) if each.role == role]
        kept |= {(role, each.name): each.content or each.digest for each in named}
    kept |= {("metric", name): value for name, value in trial.metrics.items()}
    outputs = (use for use in trial.files if use.role == "output")
    return kept | {("output", use.path): use.digest for use in outputs}


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float) and math.isnan(old):
        return math.isnan(new)
    return bool(old == new)
