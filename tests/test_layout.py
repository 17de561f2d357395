"""Where boxes and arrows go."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.layout import Box, Layout, find_layers


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """Draw graphs of up to 25 steps: for each, the earlier ones that it takes values from."""
    size = draw(st.integers(1, 25))
    return [
        draw(st.lists(st.integers(0, n - 1), unique=True, max_size=4)) if n else []
        for n in range(size)
    ]


def arrange(inputs: list[list[int]], width: float = 60) -> Layout:
    """Lay out boxes of one size."""
    users: dict[int, list[int]] = {}
    for place, needed in enumerate(inputs):
        for each in needed:
            users.setdefault(each, []).append(place)
    boxes = [Box(layer, width, 30) for layer in find_layers(inputs)]
    return Layout(boxes, users)


def test_a_step_is_below_all_its_inputs():
    assert find_layers([[], [0], [0, 1], [2]]) == [1, 2, 3, 4]


def test_a_step_without_inputs_is_just_above_its_first_use():
    assert find_layers([[], [0], [1], [], [2, 3]]) == [1, 2, 3, 3, 4]


def test_a_chain_is_straight():
    boxes = arrange([[], [0], [1], [2]]).boxes
    assert {round(box.x, 6) for box in boxes} == {30.0}


def test_one_is_in_the_middle_above_many():
    layout = arrange([[], *([0] for _ in range(5))])
    assert layout.boxes[0].x == pytest.approx(layout.size[0] / 2)


def test_arrows_that_need_not_cross_do_not():
    layout = arrange([[], [], [], [1], [0], [2], [4], [3], [5], [6, 7, 8]])
    assert layout._count_crossings(layout.layers) == 0


def test_the_order_with_the_fewest_crossings_is_kept():
    inputs = [[], [], [], [0, 1, 2], [0, 1, 2], [0, 1, 2], [3, 4, 5]]
    layout = arrange(inputs)
    assert layout._count_crossings(layout.layers) == 9  # of a complete bipartite graph, always


def test_a_long_arrow_gets_room_in_the_layers_between():
    layout = arrange([[], [0], [1], [2, 0]])
    passing = [box for box in layout.boxes if box.is_arrow]
    assert [box.layer for box in passing] == [1, 2]


def test_long_arrows_from_one_box_share_their_way():
    layout = arrange([[], [0], [1, 0], [2, 0], [3, 0]])
    assert sum(box.is_arrow for box in layout.boxes) == 3


@given(graphs())
def test_nothing_overlaps_and_arrows_lead_one_layer_down(inputs: list[list[int]]):
    layout = arrange(inputs)
    width, height = layout.size
    for layer in layout.layers:
        for left, right in pairwise([layout.boxes[place] for place in layer]):
            assert left.x + left.width / 2 < right.x - right.width / 2
    for (_, bottom), (top, _) in pairwise(layout.rows):
        assert bottom < top
    for box in layout.boxes:
        assert -0.01 <= box.x - box.width / 2 <= box.x + box.width / 2 <= width
        assert all(layout.boxes[below].layer == box.layer + 1 for below in box.below)
    assert height == layout.rows[-1][1]
    assert sorted(p for layer in layout.layers for p in layer) == list(range(len(layout.boxes)))
