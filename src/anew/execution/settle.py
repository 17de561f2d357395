"""Which calls of a graph are settled before anything runs: by what earlier trials know.

Works on digests alone. Nothing is loaded, and what a trial takes over is recorded only when it is
certain that it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.execution.call import NOT_KEPT
from anew.reuse.effects import read_effects

if TYPE_CHECKING:
    from anew.execution.call import Call
    from anew.execution.output import Output
    from anew.memos import Found
    from anew.recorder import Recorder
    from anew.reuse.asking import Asked

__all__ = ["settle"]

_Spared = tuple["Found", "Asked", "Output"]


def settle(calls: list[Call], recorder: Recorder, *, is_apart: bool) -> list[Output | None]:
    """Find the calls that need not run, and record what the trial takes over from them.

    Parameters
    ----------
    calls
        The calls of a graph in order: each after those that it takes values from.
    recorder
        The trial's.
    is_apart
        Whether calls run in other processes, where nothing can be computed after all.

    Returns
    -------
    list of Output or None
        For each call its outcome, or None when it has to be asked for.
    """
    spared: list[_Spared | None] = []
    written: dict[str, str] = {}
    first = _ask_first(calls)
    for place, call in enumerate(calls):
        each = _try(call, first.get(place), recorder, spared, written)
        spared.append(each)
        if each is not None:
            files = read_effects(each[0].memo.effects).files
            written |= {str(recorder.root / path): digest for path, digest in files.items()}
    _ask_for_missing(calls, spared, is_apart=is_apart)
    _put_in_line(calls, spared)
    known: list[Output | None] = []
    for call, each in zip(calls, spared, strict=True):
        if each is not None:
            found, asked, output = each
            call.take_over(recorder, found, asked, output)
        known.append(each[2] if each else None)
    return known


def _ask_first(calls: list[Call]) -> dict[int, Asked]:
    """Ask for the calls that wait for no other, and find in one go those that have no memos."""
    first = {
        place: call.ask(()) for place, call in enumerate(calls) if not (call.places or call.reason)
    }
    keys = [asked.key for asked in first.values() if asked.key is not None]
    known = calls[0].memos.known(keys) if keys else set()
    for place, asked in first.items():
        calls[place].is_new = asked.key not in known
    return first


def _try(
    call: Call,
    asked: Asked | None,
    recorder: Recorder,
    spared: list[_Spared | None],
    written: dict[str, str],
) -> _Spared | None:
    """Find the memo of a call; None when there is none, or an input is not known yet.

    What it read has to be as it will be when the spared calls before have written their files.
    """
    inputs = [spared[place] for place in call.places]
    outputs = tuple(each[2] for each in inputs if each is not None)
    if call.reason or len(outputs) < len(inputs):
        return None
    asked = asked or call.ask(outputs)
    found, against = call.find(recorder, asked, written)
    if found is None:
        call.settled = (asked, against)
        return None
    return found, asked, call.promise(found, asked, outputs)


def _ask_for_missing(calls: list[Call], spared: list[_Spared | None], *, is_apart: bool) -> None:
    """Let run what another call is going to need and nobody has kept.

    A call whose inputs are not all known may turn out to be spared; it computes what it needs, if
    it needs it, by itself.
    """
    for call, own in zip(reversed(calls), reversed(spared), strict=True):
        if own is not None:
            continue
        inputs = [spared[place] for place in call.places]
        if None in inputs and not is_apart:
            continue
        for place, each in zip(call.places, inputs, strict=True):
            if each is not None and not each[2].is_at_hand:
                spared[place] = None
                calls[place].reason = NOT_KEPT


def _put_in_line(calls: list[Call], spared: list[_Spared | None]) -> None:
    """Let a call that is asked for twice wait for the first one, and take over what that gave."""
    first: dict[str, int] = {}
    for place, (call, own) in enumerate(zip(calls, spared, strict=True)):
        key = call.settled[0].key if own is None and call.settled else None
        if key is None or call.reason:
            continue
        if key in first:
            call.after, call.settled, call.is_new = first[key], None, False
        else:
            first[key] = place
