"""Files that other programs saved again are known by what is in them, and pictures by likeness."""

from __future__ import annotations

import io
import re
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import anew
from anew.origins.contents import digest_decoded
from anew.origins.likeness import ALIKE, distance, look
from anew.origins.origin import SAME

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib.figure import Figure  # noqa: E402 - after the choice of how it draws


def plot(draw, form="png", **wishes):
    """Give the bytes of a figure."""
    figure, file = Figure(), io.BytesIO()
    draw(figure.add_subplot())
    figure.savefig(file, format=form, **wishes)
    return file.getvalue()


def save(*names, **wishes):
    """Save a figure in a trial."""
    with anew.trial("decay"):
        for name in names:
            figure = Figure()
            figure.add_subplot(xlabel="hour").plot([1, 3, 2])
            figure.savefig(name, **wishes)


def known(path):
    found = anew.whence(path)
    return found and (found.name, found.state)


def test_a_drawing_without_its_metadata_is_known(project):
    save("a.svg")
    text = (project / "a.svg").read_text()
    bare = re.sub(r"<metadata.*?</metadata>", "", text, flags=re.DOTALL)
    (project / "bare.svg").write_text(re.sub(r">\s+<", "><", bare))
    (project / "other.svg").write_text(bare.replace("hour", "hours").replace("M ", "M 1"))
    assert known("bare.svg") == ("a.svg", SAME)
    assert known("other.svg") is None


def test_a_document_that_others_wrote_again_is_known_by_what_its_pages_show(project):
    pikepdf, pypdf = pytest.importorskip("pikepdf"), pytest.importorskip("pypdf")
    save("a.pdf")
    with pikepdf.open("a.pdf") as document:
        del document.docinfo
        del document.Root["/Metadata"]
        document.save("bare.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
        document.save("linear.pdf", linearize=True)
        document.pages[0].MediaBox = [0, 0, 9, 9]
        document.save("cut.pdf")
    pypdf.PdfWriter(clone_from="a.pdf").write("clone.pdf")
    assert {known(name) for name in ("bare.pdf", "linear.pdf", "clone.pdf")} == {("a.pdf", SAME)}
    assert known("cut.pdf") is None


@pytest.mark.parametrize(
    "part",
    [b"1 0 obj stream\n", b"1 0 obj ", b"trailer ", b"/Type /XRef "],
    ids=["streams", "objects", "trailers", "tables"],
)
def test_a_hostile_document_takes_no_long_time(part):
    began = time.process_time()
    digest_decoded(b"%PDF-1.4\n" + part * 20_000, "a.pdf")
    assert time.process_time() - began < 5


def test_a_workbook_that_another_program_saved_is_known(project):
    openpyxl = pytest.importorskip("openpyxl")
    with anew.trial("decay"):
        frame = pd.DataFrame({"x": [0.1, None, 1 / 3], "y": ["a", None, "c"], "z": [1, 2, 3]})
        frame.to_excel("a.xlsx", index=False)
    book = openpyxl.load_workbook("a.xlsx")
    book.save("b.xlsx")
    book.active["A2"] = 0.2
    book.save("c.xlsx")
    assert known("b.xlsx") == ("a.xlsx", SAME)
    assert known("c.xlsx") is None


def test_what_is_clear_has_no_colour(project):
    save("a.png", transparent=True)
    Image.open("a.png").save("b.webp", lossless=True)
    assert known("b.webp") == ("a.png", SAME)


def test_what_made_the_same_content_goes_before_what_read_it(project):
    with anew.trial("decay"):
        pd.DataFrame({"x": [1.5, 2]}).to_csv("a.csv", index=False)
    pd.read_csv("a.csv").to_parquet("a.parquet")
    with anew.trial("later"):
        pd.read_parquet("a.parquet")
    pd.read_csv("a.csv").to_feather("b.feather")
    found = anew.whence("b.feather")
    assert (found.number, found.name) == (1, "a.csv")


def test_of_several_files_with_the_same_content_that_of_the_same_kind_is_told(project):
    with anew.trial("decay"):
        frame = pd.DataFrame({"x": [1.5, 2]})
        frame.to_parquet("a.parquet")
        frame.to_csv("b.csv", index=False)
        frame.to_feather("c.feather")
    frame.to_parquet("mine.parquet", compression="gzip")
    assert known("mine.parquet") == ("a.parquet", SAME)


PLOTS = [
    lambda axes: axes.plot(np.sin(np.arange(50) / 5)),
    lambda axes: axes.hist(np.random.default_rng(0).normal(size=500), bins=20, range=(-4, 4)),
    lambda axes: axes.bar(list("abcd"), [3, 1, 2, 4]),
]


@pytest.mark.parametrize("draw", PLOTS, ids=["line", "histogram", "bars"])
def test_a_picture_looks_alike_when_it_is_smaller_compressed_or_has_another_margin(draw):
    data = plot(draw)
    shown = Image.open(io.BytesIO(data)).convert("RGB")
    wider = Image.new("RGB", (800, 600), "white")
    wider.paste(shown, (100, 40))
    small = shown.resize((300, 225))
    for other in (small, wider, shown.crop((8, 8, 632, 472))):
        file = io.BytesIO()
        other.save(file, "PNG")
        assert distance(look(data), look(file.getvalue())) < ALIKE
    file = io.BytesIO()
    small.save(file, "JPEG", quality=50)
    assert distance(look(data), look(file.getvalue())) < ALIKE


def test_plots_of_other_data_in_the_same_style_do_not_look_alike():
    rng = np.random.default_rng(1)
    walks = rng.normal(size=(3, 50)).cumsum(axis=1)
    heights = rng.random((3, 5))
    drawn = [
        *(plot(lambda axes, y=y: (axes.plot(y), axes.set_ylim(-12, 12))) for y in walks),
        *(plot(lambda axes, y=y: axes.bar(list("abcde"), y)) for y in heights),
    ]
    looks = [look(each) for each in drawn]
    nearest = min(distance(a, b) for i, a in enumerate(looks) for b in looks[:i])
    assert nearest > ALIKE


def test_an_empty_figure_looks_like_nothing():
    assert look(plot(lambda axes: axes.axis("off"))) is None
