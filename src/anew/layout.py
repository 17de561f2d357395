"""Boxes in layers, with arrows downwards between them: where each goes in a picture.

Layers by longest path, order within a layer by barycentres (Sugiyama, Tagawa and Toda 1981,
doi:10.1109/TSMC.1981.4308636), places within a layer by least squares (isotonic regression).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Box", "Layout", "find_layers"]

_SWEEPS: Final = 6
_GAP: Final = 20.0
"""Between neighbours of a layer, in pixels."""

_STIFFNESS: Final = 4.0
"""How much heavier than its source a long arrow is: it should be straight."""


@dataclass
class Box:
    """What takes up room in a layer.

    Parameters
    ----------
    layer
        Its layer, from 0 downwards; only the order counts.
    width, height
        In pixels.
    weight
        How much it pulls at its neighbours, and resists being moved by them.
    is_arrow
        Whether it only stands for an arrow that passes through its layer.
    """

    layer: int
    width: float
    height: float
    weight: float = 1.0
    is_arrow: bool = False
    x: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)


def find_layers(inputs: Sequence[Sequence[int]]) -> list[int]:
    """Give each step a layer below those of its inputs.

    Parameters
    ----------
    inputs
        For each step, the places of the earlier steps that it takes values from.

    Returns
    -------
    list of int
        Layers from 1, so that there is room above. A step without inputs is as low as it can be.
    """
    layers: list[int] = []
    nearest: dict[int, int] = {}
    for needed in inputs:
        layers.append(max((layers[place] for place in needed), default=0) + 1)
        for place in needed:
            nearest[place] = min(nearest.get(place, layers[-1]), layers[-1])
    for place, needed in enumerate(inputs):
        if not needed and place in nearest:
            layers[place] = nearest[place] - 1
    return layers


class Layout:
    """A place for each box, and the pieces of arrows between neighbouring layers.

    Parameters
    ----------
    boxes
        The boxes, in the order in which they should stand where nothing else decides.
    users
        For each box with arrows to others, the places of those, all in layers below its own.

    Attributes
    ----------
    boxes
        The boxes, with ``x`` at their middle, then those that stand for long arrows.
    layers
        The places of the boxes of each layer, from left to right.
    rows
        Where each layer begins and ends, downwards from 0.
    """

    def __init__(self, boxes: Iterable[Box], users: dict[int, list[int]]) -> None:
        self.boxes = list(boxes)
        for source, targets in users.items():
            self._connect(source, targets)
        self.layers = self._untangle(self._fill_layers())
        self._place()
        self.rows = self._find_rows()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole, in pixels."""
        return max(box.x + box.width / 2 for box in self.boxes), self.rows[-1][1]

    def _connect(self, source: int, targets: list[int]) -> None:
        """Lead one trunk down from a box, with branches to all that use its value."""
        start = self.boxes[source].layer
        trunk, weight = [source], _STIFFNESS * self.boxes[source].weight
        for target in sorted(targets, key=lambda place: self.boxes[place].layer):
            span = self.boxes[target].layer - start
            while len(trunk) < span:
                self.boxes.append(Box(start + len(trunk), 2.0, 0.0, weight, is_arrow=True))
                self._link(trunk[-1], len(self.boxes) - 1)
                trunk.append(len(self.boxes) - 1)
            self._link(trunk[span - 1], target)

    def _link(self, upper: int, lower: int) -> None:
        self.boxes[upper].below.append(lower)
        self.boxes[lower].above.append(upper)

    # --- order -----------------------------------------------------------------------------------

    def _fill_layers(self) -> list[list[int]]:
        """Put the boxes into their layers in the order of arguments, and number these anew."""
        layers: dict[int, list[int]] = {}
        for place in self._walk():
            layers.setdefault(self.boxes[place].layer, []).append(place)
        ordered = [layers[number] for number in sorted(layers)]
        for number, layer in enumerate(ordered):
            for place in layer:
                self.boxes[place].layer = number
        return ordered

    def _walk(self) -> Iterator[int]:
        """Give all boxes, from the target upwards."""
        waiting = [place for place, box in enumerate(self.boxes) if not box.below]
        seen = set(waiting)
        while waiting:
            place = waiting.pop()
            yield place
            fresh = [above for above in self.boxes[place].above if above not in seen]
            seen.update(fresh)
            waiting.extend(reversed(fresh))

    def _untangle(self, layers: list[list[int]]) -> list[list[int]]:
        """Sort layers until few arrows cross, and give the best order seen."""
        best, fewest = [list(layer) for layer in layers], self._count_crossings(layers)
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            is_downwards = sweep % 2 == 0
            for number in range(len(layers)) if is_downwards else reversed(range(len(layers))):
                fixed = number - 1 if is_downwards else number + 1
                if 0 <= fixed < len(layers):
                    self._sort(layers[number], layers[fixed])
            crossings = self._count_crossings(layers)
            if crossings < fewest:
                best, fewest = [list(layer) for layer in layers], crossings
        return best

    def _sort(self, layer: list[int], fixed: list[int]) -> None:
        """Sort a layer by the mean position of each box's neighbours in another."""
        position = {place: i for i, place in enumerate(fixed)}
        keys = {}
        for own, place in enumerate(layer):
            box = self.boxes[place]
            near = [position[n] for n in (*box.above, *box.below) if n in position]
            keys[place] = sum(near) / len(near) if near else float(own)
        layer.sort(key=keys.__getitem__)

    def _count_crossings(self, layers: list[list[int]]) -> int:
        """Count the pairs of arrows that cross between neighbouring layers."""
        crossings = 0
        for upper, lower in pairwise(layers):
            position = {place: i for i, place in enumerate(lower)}
            seen: list[int] = []
            for place in upper:
                ends = [position[n] for n in self.boxes[place].below]
                crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return crossings

    # --- places ----------------------------------------------------------------------------------

    def _place(self) -> None:
        """Move boxes sideways towards their neighbours, as far as there is room."""
        for layer in self.layers:
            self._spread(layer, [0.0] * len(layer))
        for sweep in range(2 * _SWEEPS + 2):
            is_downwards = sweep % 2 == 0
            is_last = sweep >= 2 * _SWEEPS
            for layer in self.layers if is_downwards else reversed(self.layers):
                self._spread(
                    layer, [self._pull(self.boxes[p], is_downwards, is_last) for p in layer]
                )
        left = min(box.x - box.width / 2 for box in self.boxes)
        for box in self.boxes:
            box.x -= left

    def _pull(self, box: Box, is_downwards: bool, is_last: bool) -> float:  # noqa: FBT001
        """Give the place that a box is drawn to by its neighbours."""
        both = box.above + box.below
        near = both if is_last else (box.above if is_downwards else box.below) or both
        weights = {n: self._bond(box, self.boxes[n]) for n in near}
        total = sum(weights.values())
        return sum(self.boxes[n].x * weights[n] for n in near) / total if near else box.x

    @staticmethod
    def _bond(box: Box, near: Box) -> float:
        """Give how much a neighbour pulls: the pieces of a long arrow pull hardest."""
        return near.weight if box.is_arrow or not near.is_arrow else 0.3

    def _spread(self, layer: list[int], wanted: list[float]) -> None:
        """Place a layer as near to the wanted places as its order and widths allow."""
        offsets = [0.0]
        for left, right in pairwise(layer):
            widths = self.boxes[left].width + self.boxes[right].width
            offsets.append(offsets[-1] + widths / 2 + _GAP)
        pools: list[tuple[float, float, int]] = []  # mean, weight, size: means ascend
        for place, want, offset in zip(layer, wanted, offsets, strict=True):
            mean, weight = want - offset, self.boxes[place].weight
            size = 1
            while pools and pools[-1][0] > mean:
                other, heavy, several = pools.pop()
                mean = (mean * weight + other * heavy) / (weight + heavy)
                weight, size = weight + heavy, size + several
            pools.append((mean, weight, size))
        means = [mean for mean, _, size in pools for _ in range(size)]
        for place, mean, offset in zip(layer, means, offsets, strict=True):
            self.boxes[place].x = mean + offset

    def _find_rows(self) -> list[tuple[float, float]]:
        """Give each layer its height, and more room below where arrows go far sideways."""
        rows, top = [], 0.0
        for layer in self.layers:
            boxes = [self.boxes[place] for place in layer]
            bottom = top + max(box.height for box in boxes)
            rows.append((top, bottom))
            far = [abs(self.boxes[below].x - box.x) for box in boxes for below in box.below]
            top = bottom + min(34 + max(far, default=0.0) / 10, 140)
        return rows
