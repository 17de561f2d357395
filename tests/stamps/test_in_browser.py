"""A browser shows a stamped page or drawing as it showed it before, and finds the stamp in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from anew.stamps import write_stamp

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--window-size=640,480"),
)
PAGE = (
    "<!doctype html>\n<html><head><title>Bikes</title></head><body><h1>35.68</h1></body></html>\n"
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")


def browse(path, *wishes):
    """Open a file, and give what the browser prints."""
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={path.parent}/browser", *wishes, path.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def look(path):
    """Give the pixels that are shown."""
    from PIL import Image

    shot = path.with_suffix(".shot.png")
    browse(path, f"--screenshot={shot}")
    with Image.open(shot) as picture:
        return picture.convert("RGB").tobytes()


@pytest.fixture(params=["page.html", "drawing.svg"])
def shown(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".html":
        path.write_text(PAGE, encoding="utf-8")
    else:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.add_subplot().plot([1, 3, 2])
        figure.savefig(path)
    return path


def test_what_a_browser_shows_stays_the_same(shown, stamp):
    before = look(shown)
    assert len(set(before)) > 1
    assert write_stamp(shown, stamp).inside
    assert look(shown) == before


def test_a_browser_finds_the_stamp(shown, stamp):
    write_stamp(shown, stamp)
    tree = browse(shown, "--dump-dom")
    assert stamp.trial in tree
    if shown.suffix == ".html":
        found = re.search(
            r'<script type="application/ld\+json"[^>]*>(.*?)</script>', tree, re.DOTALL
        )
        assert stamp.trial in json.dumps(json.loads(found[1]))
    else:
        assert re.search(rf"<metadata.*{stamp.trial}.*</metadata>", tree, re.DOTALL)
