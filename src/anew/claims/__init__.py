"""Texts bound to results: numbers, tables and figures of a text are held against the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.claims.checking import check_claims
    from anew.claims.exporting import to_latex, to_markdown
    from anew.claims.marks import Claim

__all__ = ["Claim", "check_claims", "to_latex", "to_markdown"]

__getattr__ = names_of(
    __name__,
    {
        "Claim": "marks",
        "check_claims": "checking",
        **dict.fromkeys(("to_latex", "to_markdown"), "exporting"),
    },
)
