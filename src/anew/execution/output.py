"""What a step gave: always its digest, its value only when somebody needs it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_or_none
from anew.errors import MemoLostError
from anew.notices import warn_once
from anew.reuse.remember import is_sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.memos import Found, Memo, Memos

__all__ = ["ABSENT", "Output", "bring"]

ABSENT: Final = type("Absent", (), {"__reduce__": lambda _: "ABSENT"})()
"""In the place of a value that is not in memory; None is a value."""

_CARRIED_BYTES: Final = 1 << 20
"""A kept value above this size goes to another process as its place on the disk."""


@dataclass(eq=False)
class Output:
    """The outcome of a step, handed to the steps that take its value.

    Parameters
    ----------
    label
        The step's label.
    content
        The digest of the value; None when it has none.
    libraries
        The distributions that the value's classes are from, with their versions.
    names
        The names of the paths in the value.
    cost
        Seconds that having the value again would take.
    inputs
        The outcomes that computing it again would need.
    again
        Gives the value by computing it, for when it is neither in memory nor can be loaded.
    kept
        Where the value is kept, if it is.
    in_memory
        The value, if it is in memory.
    is_loaded
        Whether that comes from the disk.
    """

    label: str
    content: str | None
    libraries: tuple[str, ...]
    names: tuple[str, ...] = ()
    cost: float = 0.0
    inputs: tuple[Output, ...] = ()
    again: Callable[[], Any] | None = None
    kept: tuple[Memos, Found | Memo] | None = None
    in_memory: Any = ABSENT
    is_loaded: bool = False
    lock: Any = field(default_factory=threading.RLock, repr=False)

    @property
    def is_at_hand(self) -> bool:
        """Whether the value can be had without computing it, as far as is known."""
        return self.in_memory is not ABSENT or self.kept is not None

    @property
    def is_in_memory(self) -> bool:
        """Whether the value is in memory."""
        return self.in_memory is not ABSENT

    def value(self) -> Any:
        """Give the value: from memory, from the disk, or by computing it."""
        if not self.is_at_hand:
            for each in _missing(self):
                each.load()
        return self.load()

    def load(self) -> Any:
        """Give the value, when those it would be computed from are at hand."""
        with self.lock:
            if self.in_memory is ABSENT:
                self.in_memory = self._read()
            if self.in_memory is ABSENT and self.again is not None:
                self.in_memory = self.again()
            return self.in_memory

    def _read(self) -> Any:
        """Read the value from the disk, if it is there and whole."""
        if self.kept is None:
            return ABSENT
        memos, found = self.kept
        try:
            value = memos.load(found)
        except MemoLostError as error:
            if self.again is None:
                raise
            self._lose(error.what)
            return ABSENT
        self.is_loaded = True
        if self.again is not None and not is_sound(found, value):
            self._lose(f"the value of {self.label} that was kept is damaged")
            return ABSENT
        return value

    def is_damaged(self) -> bool:
        """Tell whether a value that was used turns out not to be the one that was kept.

        A large value is mapped into memory, not read, when it is loaded; so that is seen late. It
        is computed again then.
        """
        if not self.is_loaded or self.kept is None or self.again is None:
            return False
        if digest_or_none(self.in_memory) == self.content:
            return False
        memos, found = self.kept
        try:
            is_sound = digest_or_none(memos.load(found)) == self.content
        except MemoLostError:
            is_sound = False
        if not is_sound:
            self._lose(f"the value of {self.label} that was kept is damaged")
        return not is_sound

    def _lose(self, why: str) -> None:
        """Do without what was kept."""
        self.kept, self.in_memory, self.is_loaded = None, ABSENT, False
        warn_once(f"{self.label} is computed again: {why}")

    def keep_at(self, memos: Memos, memo: Memo) -> None:
        """Tell where the value is kept now."""
        self.kept = (memos, memo)
        self.cost = 0.0

    def spoil(self) -> None:
        """Forget the value in memory, which somebody changed; without another it has no digest."""
        with self.lock:
            if self.kept is not None:
                self.in_memory = ABSENT
            else:
                self.content = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what another process does not need."""
        state = {**self.__dict__, "lock": None}
        if self.kept is not None and sys.getsizeof(self.in_memory, 0) > _CARRIED_BYTES:
            state["in_memory"] = ABSENT
        if self.is_at_hand:
            state |= {"again": None, "inputs": ()}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.RLock()


def _missing(output: Output) -> list[Output]:
    """List what has to be computed before an outcome, the first to be computed first.

    Without recursion, for a graph may be as deep as it likes.
    """
    order: list[Output] = []
    seen = {id(output)}
    waiting = [] if output.is_at_hand else list(output.inputs)
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        order.append(each)
        if not each.is_at_hand:
            waiting.extend(each.inputs)
    return order[::-1]


def bring(outputs: tuple[Output, ...]) -> list[Any]:
    """Give the values of several outcomes."""
    return [each.value() for each in outputs]
