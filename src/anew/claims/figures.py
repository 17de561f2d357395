"""Figures and tables of a text: which trial made the file that is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.claims.texts import read_text
from anew.errors import AnewError
from anew.records import replace

if TYPE_CHECKING:
    from pathlib import Path

    from anew.claims.ledger import Ledger
    from anew.claims.marks import Claim
    from anew.claims.sources import Source

__all__ = ["find_file", "holds_table", "judge_file"]

_TRIED: Final = {
    "figure": (".pdf", ".png", ".jpg", ".jpeg", ".eps", ".svg"),
    "text": (".tex",),
    "table": (".csv", ".dat", ".txt"),
}
_TABLE: Final = re.compile(
    r"\\begin\{(?:tabular|longtable|tabularx|tabulary|array|tblr)|<table\b|^\s*\|?\s*:?-{3,}:?\s*\|",
    re.MULTILINE,
)
_BOUND: Final = re.compile(r"\\anew(?:claim|define)\b|<!--\s*anew:")


def find_file(named: str, kind: str, source: Source) -> Path | None:
    """Find the file that a text means.

    Parameters
    ----------
    named
        The path as the text says it.
    kind
        What it is put in as.
    source
        The text.
    """
    for folder in source.folders:
        for suffix in ("", *_TRIED[kind]):
            path = folder / f"{named}{suffix}"
            try:
                if path.is_file():
                    return path
            except (OSError, ValueError):  # too long, or with a zero in it
                return None
    return None


def holds_table(path: Path) -> bool:
    """Tell whether a text is a table whose numbers are not bound one by one."""
    if path.suffix.lower() in {".csv", ".tsv"}:
        return True
    try:
        text = read_text(path.read_bytes())[1]
    except OSError:
        return False
    return bool(_TABLE.search(text)) and not _BOUND.search(text)


def judge_file(path: Path, claim: Claim, ledger: Ledger) -> Claim:
    """Find out by `anew.whence` where a file came from.

    Parameters
    ----------
    path
        The file.
    claim
        What the text says of it, its path alone.
    ledger
        What the store says of trials.
    """
    from anew.origins import find_origin

    try:
        found = find_origin(path, ledger.store)
    except AnewError as error:
        return replace(claim, status="unknown", detail=error.what)
    if found is None:
        detail = "nothing is known of where it came from"
        return replace(claim, status="unbound", detail=detail)
    claim = replace(claim, trial=str(found.number or found.trial))
    if found.is_altered:
        return replace(claim, status="stale", detail=found.remarks[0])
    if not found.is_made or not found.is_sure:
        return replace(claim, status="unbound", detail=found.summary)
    if why := ledger.doubt(found.trial, found.name):
        return replace(claim, status="stale", detail=f"trial {found.number}: {why}")
    return replace(claim, detail=found.summary)
