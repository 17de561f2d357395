r"""Numbers that a text takes from what was exported, as ``\anew{rmse}`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.claims.latex import find_defined
from anew.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.claims.marks import Claim
    from anew.claims.sources import Source

__all__ = ["WAITING", "Exported"]

WAITING: Final = "waiting"
"""The status of a claim before all texts have been read: the numbers may come last."""


class Exported:
    """The numbers that ``anew export latex`` wrote, in all texts that are looked at."""

    def __init__(self) -> None:
        self._first = ""
        self._known: set[tuple[str, str]] = set()

    def add(self, source: Source) -> None:
        """Note the numbers of a text.

        Parameters
        ----------
        source
            The text.
        """
        if source.is_latex:
            first, known = find_defined(source.text)
            self._first = self._first or first
            self._known |= known

    def settle(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        """Tell of each number that is taken whether it is there.

        Parameters
        ----------
        claims
            All claims. Those that wait are left out when no numbers were seen: they may come from
            a text that was not looked at.
        """
        for claim in claims:
            if claim.status != WAITING:
                yield claim
            elif self._known:
                trial = claim.trial or self._first
                found = replace(claim, status="holds", trial=trial)
                if (trial, claim.name) not in self._known:
                    detail = f"no {claim.name} of trial {trial} was exported"
                    found = replace(found, status="unknown", detail=detail)
                yield found
