"""Points of one metric as columns: 24 bytes a point, whatever their number."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Columns", "step_after"]

_LAST_STEP: Final = 2**63 - 1


def step_after(step: int | None) -> int:
    """Give the step number that follows; that after the largest is the largest.

    Parameters
    ----------
    step
        The last one of a series; None for a series that begins.
    """
    return 0 if step is None else min(step, _LAST_STEP - 1) + 1


def _list_range(steps: range) -> array[int]:
    if numpy := sys.modules.get("numpy"):
        return array("q", numpy.arange(steps.start, steps.stop, steps.step, "i8").tobytes())
    return array("q", steps)


class Columns:
    """Steps, values and times of points, in the order of logging.

    Attributes
    ----------
    steps : array of int64
        0 for an automatic one until `settle` finds it.
    values, times : array of float64
        Times are UTC seconds.
    automatic : bytearray
        1 for a point whose step is the one after its predecessor's.
    """

    __slots__ = ("automatic", "steps", "times", "values")

    def __init__(self) -> None:
        self.steps, self.automatic = array("q"), bytearray()
        self.values, self.times = array("d"), array("d")

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"Columns({list(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and all(
            bytes(getattr(self, name)) == bytes(getattr(other, name)) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __iter__(self) -> Iterator[tuple[int | None, float, float]]:
        """Give step, value and time of each point; None for an automatic step."""
        rows = zip(self.automatic, self.steps, self.values, self.times, strict=True)
        return ((None if auto else step, value, time) for auto, step, value, time in rows)

    def add(self, step: int | None, value: float, time: float) -> None:
        """Add one point; ``step`` None is an automatic one."""
        self.steps.append(step or 0)
        self.automatic.append(step is None)
        self.values.append(value)
        self.times.append(time)

    def add_many(self, steps: array[int] | range | None, values: Any, times: Any) -> None:
        """Add points, whose arrays nobody else changes; a single time is that of all."""
        count = len(values)
        self.automatic += (b"\0" if steps is not None else b"\1") * count
        if steps is None:
            steps = array("q", bytes(8 * count))
        elif isinstance(steps, range):
            steps = _list_range(steps)
        if not isinstance(times, array):
            times = array("d", [times]) * count
        if self.times:
            self.steps.extend(steps)
            self.values.extend(values)
            self.times.extend(times)
        else:  # as they are: to copy a long one takes as long as all the rest
            self.steps, self.values, self.times = steps, values, times

    def extend(self, other: Columns) -> None:
        """Add the points of others."""
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name))

    def copy(self) -> Columns:
        """Give one to which more can be added."""
        made = Columns()
        made.extend(self)
        return made

    def latest(self) -> float:
        """Give the greatest time."""
        if numpy := sys.modules.get("numpy"):
            return float(numpy.frombuffer(self.times).max())
        return max(self.times)

    def settle(self, last: int | None) -> Columns:
        """Find the automatic steps.

        Parameters
        ----------
        last
            The step of the point before the first; None when there is none.

        Returns
        -------
        Columns
            Those points, without automatic steps.
        """
        if 1 not in self.automatic:
            return self
        made = self.copy()
        made.automatic = bytearray(len(self))
        if 0 not in self.automatic and (start := step_after(last)) + len(self) <= _LAST_STEP:
            made.steps = array("q", range(start, start + len(self)))
            return made
        for at, is_automatic in enumerate(self.automatic):
            if is_automatic:
                made.steps[at] = step_after(last)
            last = made.steps[at]
        return made
