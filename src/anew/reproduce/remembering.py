"""What came of a reproduction, kept with the trial that was made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from anew.provenance import make_facet

if TYPE_CHECKING:
    from anew.reproduce.reproduction import Reproduction

__all__ = ["FACET", "remember"]

FACET: Final = "reproduction"
"""The facet that tells of a reproduction."""


def remember(found: Reproduction, env: str) -> None:
    """Keep the verdicts with the new trial, so that the old one can say how often it was made anew.

    Parameters
    ----------
    found
        What came of it.
    env
        Which environment was asked for.
    """
    if found.made is None:
        return
    content = {
        "of": found.trial.uuid,
        "verdict": found.verdict,
        "is_good": found.is_good,
        "counts": dict(Counter(each.verdict for each in found.verdicts)),
        "first_difference": found.first_difference,
        "asked": env,
        "environment": found.environment,
        "differences": found.differences,
        "uncontrolled": found.uncontrolled,
    }
    store = found.made.source
    store.add_facets(found.made.uuid, [make_facet(FACET, content)])  # type: ignore[attr-defined]
