"""Series as plots of characters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.render.plot import draw_plot


def test_a_single_spike_is_drawn_in_full():
    values = [0.0] * 10_000
    values[4321] = 1.0
    lines = draw_plot(range(10_000), values, width=60, height=8)
    assert all(line.split("┤")[1].strip() for line in lines[:-1])


def test_labels_say_the_extremes_and_the_ends():
    lines = draw_plot([5, 6, 7], [1.5, -2.0, 3.25], width=40, height=4)
    assert lines[0].startswith("3.25 ┤")
    assert lines[3].startswith("  -2 ┤")
    assert lines[4].split() == ["5", "7"]


def test_what_is_not_finite_is_left_out():
    values = [1.0, math.nan, math.inf, 2.0]
    assert draw_plot([0, 1, 2, 3], values, width=20, height=2)[0].startswith("2 ┤")
    assert draw_plot([0], [math.nan], width=20, height=2) == ["nothing to plot: no value is finite"]


@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats()), min_size=1),
    st.integers(1, 90),
    st.integers(1, 20),
)
def test_any_series_fits_its_place(points, width, height):
    steps, values = zip(*points, strict=True)
    lines = draw_plot(steps, values, width=width, height=height)
    assert len(lines) in {1, height + 1}
    label = max(line.find("┤") for line in lines)
    assert all(len(line) <= max(width, label + 2) for line in lines[:-1]) or len(lines) == 1


def test_steps_need_not_be_in_order():
    backwards = draw_plot([3, 2, 1], [1, 2, 3], width=20, height=3)
    assert backwards == draw_plot([1, 2, 3], [3, 2, 1], width=20, height=3)


@pytest.mark.parametrize("count", [1, 2])
def test_a_constant_series_is_a_line(count):
    lines = draw_plot(range(count), [7.0] * count, width=20, height=3)
    assert lines[0].startswith("7 ┤")
