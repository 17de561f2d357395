"""Graphs as pictures and as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import anew
from anew.errors import UsageError

SVG = "{http://www.w3.org/2000/svg}"

ex = anew.Experiment("drawing")
DATA = ex.parameter("data", default="hourly.csv", help="rides & weather")
ALPHA = ex.parameter("alpha", default=0.1)
UNTOLD = ex.parameter("untold")


@ex.step
def load(path: Any) -> Any:
    """Read <all> of it.

    More than a line.
    """


@ex.step
def fit(frame: Any, alpha: Any = 0, *more: Any, kind: Any = "ridge") -> Any: ...


@ex.step
def mean(values: Any) -> Any: ...


@ex.result
def rmse(model: Any, frame: Any) -> Any: ...


def parse(svg: str) -> ET.Element:
    """Read a picture."""
    return ET.fromstring(svg)  # noqa: S314 - of our own making


def texts(svg: str) -> list[str]:
    """Give what is written in a picture."""
    return ["".join(e.itertext()) for e in parse(svg).iter(f"{SVG}text")]


def shapes(svg: str) -> list[dict[str, str]]:
    """Give the boxes of a picture."""
    return [e.attrib for e in parse(svg).iter(f"{SVG}rect")]


def make_diamond() -> Any:
    """Build a graph in which a step is used twice."""
    frame = load(DATA)
    return rmse(fit(frame, ALPHA), frame)


def test_a_picture_shows_steps_and_parameters_with_their_values():
    assert sorted(texts(make_diamond().visualize().svg)) == [
        "alpha = 0.1",
        "data = 'hourly.csv'",
        "fit",
        "load",
        "rmse",
    ]


def test_steps_are_boxes_and_parameters_are_pills():
    radii = sorted(shape["rx"] for shape in shapes(make_diamond().visualize().svg))
    assert radii == ["14", "14", "6", "6", "6"]


def test_the_values_shown_are_those_set():
    own = anew.Experiment("own")
    node = own.step(load.function)(own.parameter("data", default="a.csv"))
    own.set_parameters(data="b.csv")
    assert "data = 'b.csv'" in texts(node.visualize().svg)


def test_a_parameter_without_a_value_is_shown_by_name():
    assert texts(load(UNTOLD).visualize().svg) == ["load", "untold"]


def test_plain_arguments_stand_in_the_box():
    assert "kind='lasso'" in texts(fit(load(DATA), ALPHA, kind="lasso").visualize().svg)


def test_a_list_with_a_node_in_it_is_no_plain_argument():
    assert texts(mean([load(DATA), 1]).visualize().svg) == ["load", "mean", "data = 'hourly.csv'"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (list(range(100_000)), "path=[0, 1, 2, 3, 4, 5, …]"),
        ("x" * 100, "path='xxxxxxxxxxx…xxxxxxxxxxxx'"),
        (np.zeros((3, 4)), "path=ndarray 3x4"),
        (np.float64(0.5), "path=0.5"),
        (Path("a/b.csv"), "path='a/b.csv'"),
        (len, "path=len"),
        ({"a": {"b": 1}}, "path={'a': {'b': 1}}"),
    ],
)
def test_literals_are_shortened(value: object, shown: str):
    assert texts(load.node(value).visualize().svg) == ["load", shown]


def test_arguments_that_do_not_fit_the_function_are_shown_as_they_are():
    assert texts(load.node(1, 2, mode="r").visualize().svg) == ["load", "1, 2, mode='r'"]


def test_many_arguments_are_cut_off():
    (_, line) = texts(fit.node("a" * 20, "b" * 20, "c" * 20).visualize().svg)
    assert len(line) == 40
    assert line.endswith("…")


def test_text_is_escaped():
    svg = load.node("<b>&\"'\x00\n").visualize().svg
    assert texts(svg)[1] == """path='<b>&"\\'\\x00\\n'"""


def test_names_that_xml_cannot_hold_are_replaced():
    def odd(x: Any) -> Any: ...

    odd.__name__ = "a\x00\ud800<b>"
    assert texts(ex.step(odd).node().visualize().svg) == ["a��<b>"]


def test_docstrings_and_help_are_told_on_hovering():
    svg = load(DATA).visualize().svg
    tips = [e.text for e in parse(svg).iter(f"{SVG}title")]
    assert tips == ["Read <all> of it.", "rides & weather"]


def test_a_step_used_several_times_is_numbered():
    written = texts(mean([fit(load(DATA), 1), fit(load(DATA), 2)]).visualize().svg)
    assert {"fit", "fit:2", "load", "load:2"} <= set(written)


def test_a_parameter_is_drawn_again_near_steps_far_below():
    node = load(DATA)
    for _ in range(6):
        node = fit(node, ALPHA)
    assert texts(node.visualize().svg).count("alpha = 0.1") == 3


def test_wide_characters_get_room():
    narrow, wide = (float(shapes(load.node(x).visualize().svg)[0]["width"]) for x in ("aa", "数据"))
    assert wide > narrow


def test_boxes_are_within_the_picture():
    svg = rmse(mean([fit(load(DATA), n) for n in range(30)]), load(DATA)).visualize().svg
    x, y, width, height = map(float, parse(svg).attrib["viewBox"].split())
    for shape in shapes(svg):
        left, top = float(shape["x"]), float(shape["y"])
        assert x < left < left + float(shape["width"]) < x + width
        assert y < top < top + float(shape["height"]) < y + height


def test_a_picture_is_its_own_document_without_outside_references():
    svg = make_diamond().visualize().svg
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in svg
    assert "id=" not in svg  # several in one page do not disturb each other


def test_the_same_graph_gives_the_same_picture():
    assert make_diamond().visualize().svg == make_diamond().visualize().svg


def test_a_graph_of_many_steps_is_drawn():
    node = load(DATA)
    for _ in range(2000):
        node = fit(node, ALPHA)
    drawing = node.visualize()
    assert "fit:2000" in texts(drawing.svg)
    assert str(drawing).count("alpha = 0.1") == 2000


def test_a_tree_shows_each_step_once():
    assert str(make_diamond().visualize()).splitlines() == [
        "rmse",
        "├── fit",
        "│   ├── load",
        "│   │   └── data = 'hourly.csv'",
        "│   └── alpha = 0.1",
        "└── load …",
    ]


def test_a_tree_shows_plain_arguments():
    assert str(load.node("a.csv").visualize()) == "load(path='a.csv')"


def test_a_deep_tree_goes_on_at_the_margin():
    node = load.node("a")
    for _ in range(30):
        node = mean([node])
    lines = str(node.visualize()).splitlines()
    assert max(map(len, lines)) < 80
    assert [line for line in lines if line.startswith("mean")] == ["mean:30", "mean:18", "mean:6"]
    assert "mean:18 …" in lines[12]


def test_a_notebook_shows_the_picture_and_a_terminal_the_tree():
    drawing = make_diamond().visualize()
    assert drawing._repr_svg_() == drawing.svg == make_diamond()._repr_svg_()
    assert repr(drawing) == str(drawing)


def test_a_drawing_is_saved(tmp_path: Path):
    drawing = make_diamond().visualize(str(tmp_path / "graph.svg"))
    drawing.save(tmp_path / "again.SVG")
    for name in ("graph.svg", "again.SVG"):
        assert (tmp_path / name).read_text(encoding="utf-8") == f"{drawing.svg}\n"


def test_other_formats_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"graph\.png") as caught:
        make_diamond().visualize(str(tmp_path / "graph.png"))
    assert "'graph.svg'" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
