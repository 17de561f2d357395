"""Which few of many changes make the difference: delta debugging, pure.

The question and the fallback are those of Zeller and Hildebrandt, "Simplifying and isolating
failure-inducing input", IEEE Transactions on Software Engineering 28(2), 2002,
doi:10.1109/32.988498. Where every mixture gives an answer, each change of the set is found by
halving, as Junker does for conflicts: "QuickXplain", AAAI 2004.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["AS_A", "AS_B", "UNRESOLVED", "Found", "minimize", "minimize_levels"]

AS_A: Final = "as A"
AS_B: Final = "as B"
UNRESOLVED: Final = "unresolved"

_TRIES: Final = 3
"""For each halving that is left, so many unresolved mixtures are stepped over."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Found(Generic[T]):
    """A set of changes that makes the difference.

    Parameters
    ----------
    changes
        The changes, in the order in which they were given.
    tests
        How many mixtures were tried.
    is_minimal
        Whether without any one of them all was seen to be as before. Otherwise some mixture of
        them gave no answer.
    """

    changes: tuple[T, ...]
    tests: int
    is_minimal: bool


def minimize(changes: Sequence[T], test: Callable[[frozenset[T], int], str]) -> Found[T]:
    """Find a minimal set of changes that makes the difference.

    Parameters
    ----------
    changes
        All of them, those that belong together beside each other. Of none it is known that they
        are as A, of all that they are as B: neither is tried.
    test
        Called with a set of changes, and with about how many more calls are to be expected. Says
        ``"as A"``, ``"as B"`` or ``"unresolved"``. Called once for a set.

    Returns
    -------
    Found
        The set. No mixture of it with one change less makes the difference.

    Notes
    -----
    With no mixture unresolved, each of k changes of the set costs at most log2(n) + 1 calls, and
    the last look k more. Unresolved ones cost up to the square of what they keep together.
    """
    return _Search(list(dict.fromkeys(changes)), test).run()


def minimize_levels(
    changes: Sequence[T],
    places: Callable[[T], tuple[str, ...]],
    test: Callable[[frozenset[T], int], str],
) -> Found[T]:
    """Find the set in groups, then in groups within these, to the single changes at last.

    Parameters
    ----------
    changes, test
        As for `minimize`.
    places
        Where a change belongs: its kind, then the file, for example. Changes of one group that
        are tried together are less often unresolved than a half of one.

    Returns
    -------
    Found
        The set.
    """
    left, tests, is_minimal = list(dict.fromkeys(changes)), 0, True
    deepest = max((len(places(each)) for each in left), default=0)
    for depth in range(1, deepest + 2):
        groups: dict[object, list[T]] = {}
        for each in left:
            place = places(each)[:depth]
            groups.setdefault(place if depth <= deepest else each, []).append(each)

        found = minimize(list(groups), partial(_ask_groups, groups, test))
        left = [each for name in found.changes for each in groups[name]]
        tests, is_minimal = tests + found.tests, found.is_minimal
    return Found(tuple(left), tests, is_minimal)


def _ask_groups(
    groups: dict[object, list[T]],
    test: Callable[[frozenset[T], int], str],
    chosen: frozenset[object],
    more: int,
) -> str:
    """Try all changes of some groups."""
    deeper = max(map(len, groups.values())).bit_length()
    return test(frozenset(each for name in chosen for each in groups[name]), more + deeper)


class _Search(Generic[T]):
    """One search; remembers what was answered."""

    def __init__(self, changes: list[T], test: Callable[[frozenset[T], int], str]) -> None:
        self.changes = changes
        self.test = test
        self.known: dict[frozenset[T], str] = {
            frozenset(): AS_A,
            frozenset(changes): AS_B,
        }
        self.tests = 0

    def ask(self, chosen: Sequence[T], more: int = 1) -> str:
        """Say what a mixture is, trying it if need be."""
        key = frozenset(chosen)
        if key not in self.known:
            self.known[key] = self.test(key, more)
            self.tests += 1
        return self.known[key]

    def is_as_b(self, chosen: Sequence[T], more: int = 1) -> bool:
        return self.ask(chosen, more) == AS_B

    def run(self) -> Found[T]:
        """Find one change after the other, then look whether each is needed."""
        needed: list[T] = []
        window = self.changes
        while window and not (needed and self.is_as_b(needed)):
            low, high = self._narrow(needed, window)
            found = window[low:high]
            if len(found) > 1:  # nothing between gives an answer
                found = self._reduce(found, [*needed, *window[:low]])
            needed, window = [*needed, *found], window[:low]
        return self._finish(needed)

    def _narrow(self, needed: list[T], window: list[T]) -> tuple[int, int]:
        """Find how many changes of the window still are not as B, and how many are, by halving."""
        low, high = 0, len(window)
        while high - low > 1:
            more = (high - low).bit_length()
            for at in _between(low, high, _TRIES * more):
                answer = self.ask([*needed, *window[:at]], more)
                if answer != UNRESOLVED:
                    low, high = (low, at) if answer == AS_B else (at, high)
                    break
            else:
                break
        return low, high

    def _reduce(self, changes: list[T], others: list[T]) -> list[T]:
        """Leave out what can be left out, in ever smaller parts."""
        parts = 2
        while len(changes) > 1:
            size = -(-len(changes) // parts)
            chunks = [changes[at : at + size] for at in range(0, len(changes), size)]
            rests = [[each for each in changes if each not in chunk] for chunk in chunks]
            smaller = next((c for c in [*chunks, *rests] if self._is_enough(c, others)), None)
            if smaller is not None:
                parts = max(parts - 1, 2) if smaller in rests else 2
                changes = smaller
            elif size == 1:
                break
            else:
                parts = min(2 * parts, len(changes))
        return changes

    def _is_enough(self, changes: list[T], others: list[T]) -> bool:
        return self.is_as_b([*others, *changes], len(changes).bit_length())

    def _finish(self, needed: list[T]) -> Found[T]:
        """Leave out each in turn, which finds what a change that undoes another has hidden."""
        while True:
            rests = [[each for each in needed if each is not one] for one in needed]
            smaller = next((rest for rest in rests if rest and self.is_as_b(rest)), None)
            if smaller is None:
                break
            needed = smaller
        is_minimal = all(self.ask(rest) == AS_A for rest in rests)
        in_order = tuple(each for each in self.changes if each in set(needed))
        return Found(in_order, self.tests, is_minimal)


def _between(low: int, high: int, tries: int) -> Iterator[int]:
    """Give the middle of a range, then the middles of its halves, and so on."""
    waiting = [(low, high)]
    while waiting and tries > 0:
        start, end = waiting.pop(0)
        middle = (start + end) // 2
        if middle in {start, end}:
            continue
        yield middle
        tries -= 1
        waiting += [(middle, end), (start, middle)]
