"""Calls that follow each other and nothing else: one piece of work for a scheduler, not many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from anew.execution.call import Call
    from anew.execution.output import Output

__all__ = ["Chain", "Sealed", "make_chains", "perform"]

Link: TypeAlias = "tuple[Call, tuple[Output | None, ...]]"
"""A call with what is known of its inputs; None stands for the outcome of the link before."""


class Sealed:
    """Something that Dask is not to look into for values of its own: it would look deep."""

    def __init__(self, content: Any) -> None:
        self.content = content


@dataclass
class Chain:
    """Calls of which each but the first waits for the one before alone, which nobody else does.

    Parameters
    ----------
    links
        The calls.
    inputs
        Places of the nodes that the first call takes values from.
    end
        The place of the last call.
    """

    links: list[Link]
    inputs: tuple[int, ...]
    end: int

    @property
    def last(self) -> Call:
        """The call whose outcome is that of the chain."""
        return self.links[-1][0]


def make_chains(calls: list[Call], known: list[Output | None]) -> list[Chain]:
    """Put together the calls of a graph that would only wait for each other.

    Parameters
    ----------
    calls
        The calls in order: each after those that it takes values from.
    known
        For each its outcome, or None when it has to be asked for.

    Returns
    -------
    list of Chain
        All calls that have to be asked for, each chain after those that it takes values from.
    """
    asked = [call for call, own in zip(calls, known, strict=True) if own is None]
    takers = Counter(place for call in asked for place in (*call.places, call.after))
    ending: dict[int, Chain] = {}
    chains: list[Chain] = []
    for place, (call, own) in enumerate(zip(calls, known, strict=True)):
        if own is not None:
            continue
        waits_for = [each for each in call.places if known[each] is None]
        chain = ending.get(waits_for[0]) if len(waits_for) == 1 else None
        if chain is None or takers[chain.end] > 1 or call.after is not None:
            after = () if call.after is None else (call.after,)
            chain = Chain([(call, ())], (*call.places, *after), place)
            chains.append(chain)
        else:
            del ending[chain.end]
            chain.links.append((call, tuple(known[each] for each in call.places)))
            chain.end = place
        ending[place] = chain
    return sorted(chains, key=lambda chain: chain.end)


def perform(sealed: Sealed, *inputs: Output | Sealed) -> Output:
    """Settle the calls of a chain one after the other: what a worker runs."""
    links: list[Link] = sealed.content
    first = links[0][0]
    opened = [each.content if isinstance(each, Sealed) else each for each in inputs]
    output = first(*opened[: len(first.places)])  # what it only comes after is of no use to it
    for call, given in links[1:]:
        output = call(*(output if each is None else each for each in given))
    return output
