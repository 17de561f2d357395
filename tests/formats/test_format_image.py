"""Images of Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import anew
from anew.formats import decode, encode
from anew.getting import get_file

RANDOM = np.random.default_rng(0)
PIXELS = {
    "1": RANDOM.integers(0, 2, (5, 7)).astype(bool),
    "L": RANDOM.integers(0, 256, (5, 7), np.uint8),
    "LA": RANDOM.integers(0, 256, (5, 7, 2), np.uint8),
    "I;16": RANDOM.integers(0, 2**16, (5, 7), np.uint16),
    "RGB": RANDOM.integers(0, 256, (5, 7, 3), np.uint8),
    "RGBA": RANDOM.integers(0, 256, (5, 7, 4), np.uint8),
}


@pytest.mark.parametrize("mode", PIXELS)
def test_an_image_comes_back_pixel_by_pixel_from_the_png_that_was_asked_for(mode):
    image = Image.fromarray(PIXELS[mode])
    kept = encode(image, name="photo.png")
    back = decode(kept.format, kept.data)
    assert (kept.format, kept.suffix, back.mode) == ("image", ".png", mode)
    assert np.array_equal(np.asarray(back), PIXELS[mode])


def test_an_image_with_a_palette_keeps_it():
    image = Image.fromarray(PIXELS["RGB"]).quantize(8)
    kept = encode(image, name="photo.png")
    back = decode(kept.format, kept.data)
    assert back.mode == "P"
    assert back.convert("RGB").tobytes() == image.convert("RGB").tobytes()


@pytest.mark.parametrize("mode", ["F", "CMYK", "I"])
def test_an_image_that_png_cannot_keep_is_pickled(mode):
    image = Image.new(mode, (3, 2), 1)
    kept = encode(image, name="photo.png")
    assert kept.format == "pickle"
    assert decode(kept.format, kept.data) == image


def test_an_image_that_nobody_asked_a_png_for_comes_back_as_it_was():
    image = Image.new("RGB", (3, 2))
    image.info["of"] = "ours"
    kept = encode(image)
    assert kept.format == "pickle"
    assert decode(kept.format, kept.data).info == {"of": "ours"}


def test_a_png_that_was_cut_short_is_an_error_at_once():
    kept = encode(Image.fromarray(PIXELS["RGB"]), name="photo.png")
    with pytest.raises((OSError, SyntaxError)):
        decode(kept.format, kept.data[:60])


def test_an_image_that_a_trial_saved_is_given_out_with_its_stamp(tmp_path, monkeypatch):
    (tmp_path / "anew.toml").touch()
    monkeypatch.chdir(tmp_path)
    image = Image.fromarray(PIXELS["RGB"])
    with anew.trial("photo") as trial:
        trial.save("photo.png", image)
    get_file(trial.record.source, trial.record, "photo.png", str(tmp_path / "a.png"))
    assert Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())).tobytes() == image.tobytes()
    origin = anew.whence(tmp_path / "a.png")
    assert (origin.trial, origin.state, origin.by) == (trial.uuid, "unchanged", "stamp")
    image.save("again.tiff")
    assert anew.whence("again.tiff").trial == trial.uuid
