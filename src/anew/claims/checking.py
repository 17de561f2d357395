"""Each bound number, table and figure of texts, held against the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from anew.claims.exported import WAITING, Exported
from anew.claims.figures import find_file, holds_table, judge_file
from anew.claims.ledger import Ledger
from anew.claims.marks import Claim, Mark, Places
from anew.claims.numbers import core_of, is_said
from anew.claims.sources import Place, Source, is_text, list_texts, read_source
from anew.claims.texts import rewrite
from anew.errors import AnewError
from anew.query import open_to_read
from anew.records import replace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from anew.model import Trial
    from anew.reproduce import Reproduction

__all__ = ["check_claims"]

_MOST_TEXTS: Final = 1000
_KINDS: Final = {"text": "table", "use": "number"}


class _Judged(NamedTuple):
    """A claim, and what would mend the text."""

    claim: Claim
    change: tuple[int, int, str] | None = None


def check_claims(
    paths: Iterable[str | os.PathLike[str]],
    *,
    store: str | None = None,
    fix: bool = False,
    remake: Callable[[Trial], Reproduction] | None = None,
) -> list[Claim]:
    r"""Hold what texts say of results against the store.

    Parameters
    ----------
    paths
        Files of LaTeX, Markdown, MyST, Quarto or HTML, or folders of them. What they put in with
        ``\input``, ``{include}`` and the like is looked at, too.
    store
        The folder of a store; that of the project by default.
    fix
        Whether stale numbers are rewritten, and nothing else is.
    remake
        What makes a trial anew: then a number or file holds only when the new trial gives it, too.

    Returns
    -------
    list of Claim
        In the order of the files and of their lines.

    Raises
    ------
    UsageError
        When a file cannot be read, or not be written.
    """
    ledger, exported = Ledger(open_to_read(store), remake), Exported()
    waiting = list_texts(paths)
    seen: set[Path] = set()
    found: list[Claim] = []
    while waiting and len(seen) < _MOST_TEXTS:
        place = waiting.pop(0)
        if place.path.resolve() in seen:
            continue
        seen.add(place.path.resolve())
        source = read_source(place)
        exported.add(source)
        judged = [*_judge_all(source, ledger)]
        changes = [each.change for each in judged if each.change]
        if fix and changes:
            rewrite(source.path, source.data, changes)
            judged = [_Judged(_fixed(each), None) for each in judged]
        found += [each.claim for each in judged]
        waiting = [*_find_within(source), *waiting]
    return [*exported.settle(found)]


def _fixed(judged: _Judged) -> Claim:
    return replace(judged.claim, status="fixed") if judged.change else judged.claim


def _judge_all(source: Source, ledger: Ledger) -> Iterator[_Judged]:
    """Judge all that a text says, in its order."""
    places = Places(source.text)
    for mark in source.marks:
        line, column = places.find(mark.at)
        claim = Claim(
            file=source.name,
            line=line,
            column=column,
            kind=_KINDS.get(mark.kind, mark.kind),
            status=WAITING if mark.kind == "use" else "holds",
            text=source.text[slice(*mark.span)].strip(),
            trial=mark.trial,
            name=mark.name,
            format=mark.form,
        )
        if mark.kind == "use":
            yield _Judged(claim)
        elif mark.kind == "number":
            yield _judge_number(mark, claim, source, ledger)
        elif (judged := _judge_path(mark, claim, source, ledger)) is not None:
            yield _Judged(judged)


def _judge_number(mark: Mark, claim: Claim, source: Source, ledger: Ledger) -> _Judged:
    """Hold a number against the trial that it is bound to."""
    if mark.fault:
        return _Judged(replace(claim, status="unknown", detail=mark.fault))
    before, core, after = core_of(source.text[slice(*mark.span)])
    said = source.read(core)
    claim = replace(claim, text=said)
    try:
        value = ledger.value(mark.trial, mark.name)
        is_right, expected = is_said(said, value, mark.form)
        claim = replace(claim, expected=expected)
        if not is_right:
            what = f"{mark.name} of trial {mark.trial} is {expected}"
            detail = f"{what}, the text says {said or 'nothing'}"
            stale = replace(claim, status="stale", detail=detail)
            return _Judged(stale, (*mark.span, f"{before}{source.write(expected)}{after}"))
        return _Judged(_hold_against_new(claim, ledger))
    except AnewError as error:
        hint = f"; {error.hint}" if error.hint else ""
        return _Judged(replace(claim, status="unknown", detail=f"{error.what}{hint}"))


def _hold_against_new(claim: Claim, ledger: Ledger) -> Claim:
    """Hold a number that the record has against what the trial gives when it is made anew."""
    value, why = ledger.made(claim.trial, claim.name)
    if not why:
        is_right, new = is_said(claim.text, value, claim.format)
        if is_right:
            return claim
        why = f"made anew it gives {new}, the text says {claim.text}"
    return replace(claim, status="stale", expected=None, detail=f"trial {claim.trial}: {why}")


def _judge_path(mark: Mark, claim: Claim, source: Source, ledger: Ledger) -> Claim | None:
    """Find out where a file that a text shows came from; None for one that says nothing."""
    named = source.path_of(claim.text)
    if named is None:
        is_hidden = source.is_latex and mark.kind == "figure" and "\\" in claim.text
        detail = "there is a macro in its path, which only LaTeX can read"
        return replace(claim, status="unbound", detail=detail) if is_hidden else None
    path = find_file(named, mark.kind, source)
    if path is None:
        if mark.kind == "text":
            return None  # of the system of TeX, or made by it
        return replace(claim, status="unknown", detail=f"there is no file {named!r}")
    if mark.kind == "text" and not holds_table(path):
        return None
    return judge_file(path, claim, ledger)


def _find_within(source: Source) -> Iterator[Place]:
    """Find the texts that a text puts in."""
    for mark in source.marks:
        if mark.kind == "text" and (
            named := source.path_of(source.text[slice(*mark.span)].strip())
        ):
            path = find_file(named, mark.kind, source)
            if path is not None and is_text(path):
                yield Place(path, source.folders)
