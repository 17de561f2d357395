"""Figures and pictures."""

from __future__ import annotations

import io
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from anew.formats import Picture, decode, encode, summarize
from anew.formats.size import write_size

SUFFIXES = ["png", "svg", "pdf"]


def draw(layout: str | None = None) -> Figure:
    """Draw something of everything."""
    figure = Figure(figsize=(3, 2), layout=layout)
    axes = figure.subplots(2, 1)
    axes[0].plot(np.sin(np.arange(20.0)), label="sin", clip_on=True)
    axes[0].legend()
    axes[1].imshow(np.arange(12).reshape(3, 4))
    axes[1].set_title("$x^2$")
    return figure


SCRIPT = """
import hashlib, sys
sys.path.insert(0, {folder!r})
from test_format_figure import draw
from anew.formats import encode
for suffix in ("png", "svg", "pdf"):
    print(hashlib.sha256(encode(draw(), name="a." + suffix).data).hexdigest())
"""


@pytest.mark.parametrize(
    ("name", "form", "head"),
    [
        (None, "png", b"\x89PNG"),
        ("a", "png", b"\x89PNG"),
        ("a.png", "png", b"\x89PNG"),
        ("a.txt", "png", b"\x89PNG"),
        ("a.SVG", "svg", b"<?xml"),
        ("a.pdf", "pdf", b"%PDF"),
    ],
)
def test_a_figure_is_drawn_in_the_format_of_its_name(
    name: str | None, form: str, head: bytes
) -> None:
    encoded = encode(draw(), name=name)
    assert (encoded.format, encoded.suffix) == (form, f".{form}")
    assert encoded.data.startswith(head)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("layout", [None, "tight", "constrained"])
def test_a_figure_drawn_again_is_the_same_bytes(suffix: str, layout: str | None) -> None:
    name = f"a.{suffix}"
    assert encode(draw(layout), name=name).data == encode(draw(layout), name=name).data


def test_a_figure_is_the_same_bytes_in_every_process(request: pytest.FixtureRequest) -> None:
    script = SCRIPT.format(folder=str(request.path.parent))
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "MPLBACKEND": "agg"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].split()) == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_does_not_name_the_version_that_drew_it(suffix: str) -> None:
    assert mpl.__version__.encode() not in encode(draw(), name=f"a.{suffix}").data


def test_keeping_a_figure_leaves_settings_as_they_are() -> None:
    before = dict(mpl.rcParams)
    encode(draw(), name="a.svg")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_figure_comes_back_as_a_picture(suffix: str) -> None:
    encoded = encode(draw(), name=f"a.{suffix}")
    picture = decode(encoded.format, encoded.data)
    assert picture == Picture(encoded.data)
    assert picture.suffix == f".{suffix}"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_is_kept_as_it_is(suffix: str) -> None:
    encoded = encode(draw(), name=f"a.{suffix}")
    assert encode(decode(encoded.format, encoded.data), name=f"b.{suffix}") == encoded


def test_a_notebook_shows_a_picture() -> None:
    png, svg, pdf = (Picture(encode(draw(), name=f"a.{suffix}").data) for suffix in SUFFIXES)
    assert png._repr_png_() == png.data
    assert png._repr_svg_() is None
    assert svg._repr_svg_() == svg.data.decode()
    assert svg._repr_png_() is None
    assert (pdf._repr_png_(), pdf._repr_svg_()) == (None, None)


def test_a_picture_is_written_without_its_bytes() -> None:
    assert repr(Picture(b"\x89PNG\r\n\x1a\n" + bytes(12_000))) == "Picture 12 kB"
    assert summarize(Picture(b"")) == "Picture 0 B"


def test_the_png_can_be_read() -> None:
    image = mpl.image.imread(io.BytesIO(encode(draw()).data))
    assert image.shape == (200, 300, 4)


def test_a_figure_that_cannot_be_drawn_is_kept_in_its_parts() -> None:
    figure = draw()
    figure.suptitle(r"$\frac$")
    assert encode(figure).format == "pickle"


def test_axes_are_no_figure() -> None:
    assert encode(draw().axes[0]).format == "pickle"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (2_500_000_000, "2 GB"),
        (10**15, "1000 TB"),
    ],
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    assert write_size(size) == text
