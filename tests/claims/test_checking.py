"""Files of texts: how they are read, rewritten and listed; figures and tables of texts."""

from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anew
from anew.claims import check_claims
from anew.claims.latex import from_latex, to_latex
from anew.claims.numbers import core_of, is_said, write_value
from anew.errors import UsageError
from anew.model import Verdict
from anew.reproduce import Reproduction

MARK = "<!-- anew: trial=1 metric=rmse format=.2f -->{}<!-- /anew -->"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_encoding_and_newlines_stay(trials, encoding, newline):
    path = trials / "paper.md"
    text = f"Ärger{newline}{MARK.format('1')}{newline}"
    path.write_bytes(text.encode(encoding))
    (claim,) = check_claims([path], fix=True)
    assert (claim.line, claim.column) == (2, 1)
    assert path.read_bytes() == text.replace(">1<", ">35.68<").encode(encoding)


def test_the_mode_of_a_file_and_a_link_to_it_stay(trials, write):
    path = write("real.md", MARK.format("1"))
    path.chmod(0o640)
    link = trials / "paper.md"
    link.symlink_to(path)
    check_claims([link], fix=True)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "35.68" in path.read_text()
    assert sorted(each.name for each in trials.iterdir() if each.suffix == ".md") == [
        "paper.md",
        "real.md",
    ]


def test_nothing_is_written_where_nothing_is_stale(trials, write):
    path = write("paper.md", MARK.format("35.68"))
    before = path.stat()
    check_claims([path], fix=True)
    assert path.stat().st_ino == before.st_ino


def test_the_texts_of_a_folder_are_checked(trials, write):
    write("paper/a.tex", r"\anewclaim{1}{rmse}{.2f}{1}")
    write("paper/.hidden/b.md", MARK.format("1"))
    write("paper/c.qmd", MARK.format("1"))
    assert len(check_claims(["paper"])) == 2


def test_a_file_that_is_not_there_is_an_error(trials):
    with pytest.raises(UsageError, match=r"nothing\.md"):
        check_claims(["nothing.md"])


def test_a_trial_is_named_by_its_uuid_too(check):
    uuid = anew.open_store().trial(1).uuid
    text = MARK.replace("trial=1", f"trial={uuid}").format("35.68")
    assert [claim.status for claim in check(text)] == ["holds"]


@pytest.fixture
def figure(trials):
    """Give a picture that the last trial made."""
    import numpy as np
    from PIL import Image

    with anew.trial("bikes"):
        noise = np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save("figure.png")
        (trials / "table.tex").write_text("\\begin{tabular}{l}1\\end{tabular}")
    return trials / "figure.png"


def test_a_figure_that_a_trial_made_holds(check, figure):
    (claim,) = check("![A figure](figure.png)\n")
    assert (claim.status, claim.kind, claim.trial) == ("holds", "figure", "3")
    text = "\\includegraphics[width=\\textwidth]{figure}\\input{table}"
    assert [claim.status for claim in check(text, "paper.tex")] == ["holds", "holds"]


def test_a_figure_of_which_nothing_is_known_is_unbound(check, figure, write):
    figure.write_bytes(b"\x89PNG other")
    write("mine.tex", "\\begin{tabular}{l}2\\end{tabular}")
    write("chapter.tex", "Words.")
    text = "\\includegraphics{figure}\\input{mine}\\include{chapter}\\input{glyphtounicode}"
    found = check(text, "paper.tex")
    assert [(claim.status, claim.kind) for claim in found] == [
        ("unbound", "figure"),
        ("unbound", "table"),
    ]


def test_a_figure_that_is_not_there_is_unknown(check):
    (claim,) = check("![](<a figure.png>)")
    assert (claim.status, claim.text) == ("unknown", "<a figure.png>")


@pytest.mark.parametrize(
    "text",
    [
        "![A][fig]\n\n[fig]: figure.png",
        '<img alt="x" src="figure.png" width=3>',
        "```{figure} figure.png\n:width: 3\n```",
        ":::{figure} figure.png\n:::",
        '![A \\] b](figure.png "title")',
        "![](./figure.png?x=1#y)",
    ],
    ids=range(6),
)
def test_each_way_to_show_a_figure_counts(check, figure, text):
    assert [claim.status for claim in check(text)] == ["holds"]


def test_pictures_of_others_and_commented_ones_are_left_alone(check):
    text = "![](https://example.org/a.png) <!-- ![](gone.png) --> `![](gone.png)` ![](data:x,y)"
    assert check(text) == []


def test_paths_begin_where_the_whole_text_is(check, figure, write):
    write("parts/one.tex", "\\includegraphics{figure}")
    text = "\\graphicspath{{nowhere/}{./}}\\input{parts/one}"
    assert [claim.status for claim in check(text, "paper.tex")] == ["holds"]


def test_a_preamble_may_say_where_the_figures_are(check, figure, write):
    (figure.parent / "pictures").mkdir()
    figure.rename(figure.parent / "pictures" / "moved.png")
    write("preamble.tex", "\\graphicspath{{pictures/}}")
    found = check("\\input{preamble}\\includegraphics{moved}", "paper.tex")
    assert [claim.status for claim in found] == ["holds"]


def test_a_figure_whose_path_only_latex_can_read_is_unbound(check):
    (claim,) = check("\\includegraphics{\\folder/figure}", "paper.tex")
    assert (claim.status, claim.text) == ("unbound", "\\folder/figure")


def run_claims(*arguments, status):
    command = [sys.executable, "-m", "anew", "claims", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def test_the_verb_ends_with_one_when_something_is_stale(trials, write):
    write("paper.md", f"{MARK.format('1')}\n![](figure.png)\n")
    (trials / "figure.png").write_bytes(b"x")
    printed = run_claims("paper.md", status=1)
    assert "paper.md:1:1: stale  " in printed
    assert "paper.md:2:1: unbound  " in printed
    told = json.loads(run_claims("--fix", "--json", "paper.md", status=0))
    assert [each["status"] for each in told] == ["fixed", "unbound"]
    assert (told[0]["line"], told[0]["expected"]) == (1, "35.68")


@pytest.mark.parametrize(("made", "status"), [(1, "holds"), (2, "stale"), (None, "stale")])
def test_a_number_holds_when_the_trial_made_anew_gives_it(trials, write, made, status):
    new = anew.open_store().trial(made) if made else None
    write("paper.md", MARK.format("35.68"))
    found = check_claims(["paper.md"], remake=lambda trial: Reproduction(trial, new), fix=True)
    assert [claim.status for claim in found] == [status]


@pytest.mark.parametrize(
    ("verdict", "status"), [("same content", "holds"), ("different", "stale"), (None, "stale")]
)
def test_a_figure_holds_when_the_trial_made_anew_gives_it(check, figure, verdict, status):
    trial = anew.open_store().trial(3)
    told = [Verdict("output", "figure.png", verdict)] if verdict else []
    made = []

    def remake(old):
        made.append(old.number)
        return Reproduction(old, trial, told)

    found = check("![](figure.png) ![](figure.png)", remake=remake)
    assert [claim.status for claim in found] == [status] * 2
    assert made == [3]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(0, 6))
def test_what_is_written_is_read_as_right(value, digits):
    for form in (f".{digits}f", f".{digits}e", ""):
        written = write_value(value, form)
        assert is_said(written, value, form)[0]
        assert is_said(from_latex(core_of(to_latex(written))[1]), value, form)[0]
