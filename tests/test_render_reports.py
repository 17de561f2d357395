"""Reports of reproductions: on the terminal, as Markdown, as a page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anew.model import Trial, Verdict
from anew.render.markdown import to_markdown
from anew.render.page import to_page
from anew.render.verdicts import print_reproduction
from anew.reproduce import Reproduction

if TYPE_CHECKING:
    from collections.abc import Iterable

HOSTILE = "<script>alert(1)</script>|`x`@everyone [a](b) ![i](https://e.org/p.png)\n# head"


def make_trial(number: int) -> Trial:
    started = datetime(2026, 11, 21, 12, number, tzinfo=UTC)
    source: Any = None
    return Trial(number, f"u{number}", "bikes", "finished", started, 1.5, 7, {}, {}, source=source)


def picture() -> bytes:
    plt = pytest.importorskip("matplotlib.pyplot")
    stream = io.BytesIO()
    plt.imsave(stream, np.eye(4), format="png")
    return stream.getvalue()


def report(verdicts: Iterable[Verdict], **facts) -> Reproduction:
    return Reproduction(make_trial(12), make_trial(13), list(verdicts), **facts)


BAD = [
    Verdict("status", "finished", "identical"),
    Verdict("metric", "rmse", "different", "35.68 → 35.71", absolute=0.03, relative=8e-4),
    Verdict("output", "a.txt", "different", "line 2", "line 2", excerpt="@@ -1 +1 @@\n-a\n+b"),
    Verdict("artifact", "w.npy", "close", "by 1e-12", "[3]"),
]


@pytest.fixture
def bad() -> Reproduction:
    return report(
        [*BAD, Verdict("output", "p.png", "different", "2 % of pixels", picture=picture())],
        first_difference="fit: 1.0 → 2.0",
        warnings=["variable X was masked"],
        environment="CPython 3.12.1 with 60 packages, rebuilt",
        differences=["numpy 2.0 → 2.1"],
        uncontrolled=["cpu: model A → B"],
    )


class Tags(HTMLParser):
    """The tags of a page and their addresses; an error when they are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(bad: Reproduction):
    page = Tags(to_page(bad))
    assert page.open == []
    assert page.addresses
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not {"script", "link", "iframe"} & set(page.names)


def test_the_page_says_all_of_it(bad: Reproduction):
    text = to_page(bad)
    for told in ("rmse", "35.68 → 35.71", "0.03", "[3]: by 1e-12", "fit: 1.0 → 2.0", "numpy 2.0"):
        assert told in text
    for told in ("variable X was masked", "cpu: model A → B", "60 packages", "2 % of pixels"):
        assert told in text
    assert '<span class="bad">-a</span><span class="good">+b</span>' in text


def test_names_of_a_trial_are_no_html():
    found = report([Verdict("output", HOSTILE, "different", HOSTILE, HOSTILE, excerpt=HOSTILE)])
    assert "script" not in Tags(to_page(found)).names


def test_markdown_says_what_is_not_identical(bad: Reproduction):
    text = to_markdown(bad)
    assert text.startswith("### ❌ trial 12 was not made anew as trial 13: ")
    assert "| ❌ different | metric | rmse | 35.68 → 35.71 |" in text
    assert "| ✅ close | artifact | w.npy | \\[3\\]: by 1e-12 |" in text
    assert "**First difference**: fit: 1.0 → 2.0" in text
    assert "* numpy 2.0 → 2.1" in text
    assert "```diff\n@@ -1 +1 @@\n-a\n+b\n```" in text
    assert "<summary>1 identical</summary>" in text


def test_markdown_of_a_good_one_is_short():
    found = report([Verdict("result", "score", "identical")])
    assert to_markdown(found).count("\n\n") <= 4
    assert "| verdict |" not in to_markdown(found)


def test_names_of_a_trial_are_no_markdown():
    text = to_markdown(report([Verdict("output", HOSTILE, "different", HOSTILE)]))
    assert "<script>" not in text
    assert "@everyone" not in text
    assert "](b)" not in text.replace("\\](b)", "")
    assert "https://" not in text
    (row,) = [line for line in text.splitlines() if "script" in line]
    assert row.startswith("| ❌ different | output | &lt;script&gt;")


def test_an_excerpt_with_a_fence_in_it_stays_inside():
    found = report([Verdict("output", "a.md", "different", excerpt="-```\n+x\n<b>")])
    assert "````diff\n-```\n+x\n<b>\n````" in to_markdown(found)


def test_the_terminal_says_all_of_it(bad: Reproduction, capsys: pytest.CaptureFixture[str]):
    print_reproduction(bad)
    text = capsys.readouterr().out
    for told in ("warning: variable X", "numpy 2.0 → 2.1", "cpu: model A → B", "fit: 1.0 → 2.0"):
        assert told in text
    assert text.splitlines()[-1].startswith("trial 12 was not made anew as trial 13")


def test_where_there_was_nothing_to_compare_it_is_said(capsys: pytest.CaptureFixture[str]):
    print_reproduction(report([]))
    assert capsys.readouterr().out.endswith("as trial 13: there was nothing to compare\n")
