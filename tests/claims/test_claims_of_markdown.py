"""Numbers of Markdown, MyST, Quarto and HTML."""

from __future__ import annotations

import re

import pytest

import anew
from anew.claims import check_claims, to_latex, to_markdown
from anew.query import choose_trials, open_to_read


def said(claims):
    return [(claim.status, claim.text) for claim in claims]


def test_a_number_that_the_trial_says_holds(check):
    text = "RMSE is <!-- anew: trial=1 metric=rmse format=.2f -->35.68<!-- /anew --> m."
    (claim,) = check(text)
    assert (claim.status, claim.trial, claim.expected) == ("holds", "1", "35.68")


def test_another_number_is_stale_with_line_and_column(check):
    (claim,) = check("one\n\nä <!-- anew: trial=1 metric=rmse format=.2f -->36<!-- /anew -->\n")
    assert (claim.status, claim.line, claim.column) == ("stale", 3, 3)
    assert claim.detail == "metric.rmse of trial 1 is 35.68, the text says 36"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("trial=2 parameter=alpha", "0.3"),
        ("trial=last name=model", "ridge_x"),
        ("trial=1 metric='val loss' format='.1%'", "25.0%"),
        ('trial=1 metric="val loss"', "0.25"),
        ("trial=1 name=max.rmse format=.1f", "35.7"),
        ("trial=1 metric=n format=,.0f", "1,234,567"),
        ("trial=1 metric=tiny format=.1e", "\N{MINUS SIGN}1.5e-05"),
        ("trial=1 metric=rmse format=.2f", " **35.68** "),
        ("trial=1 metric=rmse", "36"),
        ("trial=1 metric=rmse", "35.7"),
        ("\n trial=1\n metric=rmse\n", "3.6e+01"),
    ],
    ids=range(11),
)
def test_what_is_said_right_holds(check, words, text):
    assert [c.status for c in check(f"<!-- anew: {words} -->{text}<!-- /anew -->")] == ["holds"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("trial=9 metric=rmse", "no such trial"),
        ("trial=1 metric=rsme", "did you mean"),
        ("trial=1 metric=rmse format=__class__", "format"),
        ("trial=1 metric=rmse format=.999999999f", "format"),
        ("trial=1 metric=rmse format=d", "cannot be written"),
        ("trial=1", "it wants"),
        ("metric=rmse", "it wants"),
        ("trial=1 metric=rmse colour=red", "cannot read 'colour'"),
        ("trial=1 trial=2 metric=rmse", "cannot read 'trial'"),
        ("trial=1 metric=rmse param=alpha", "it wants"),
    ],
    ids=range(10),
)
def test_what_cannot_be_looked_up_is_unknown(check, words, why):
    (claim,) = check(f"<!-- anew: {words} -->1<!-- /anew -->")
    assert claim.status == "unknown"
    assert why in claim.detail


def test_a_comment_that_nothing_closes_is_unknown(check):
    text = "<!-- anew: trial=1 metric=rmse -->35.68\n<!-- anew: trial=1 metric=rmse -->36"
    found = check(text + "<!-- /anew -->")
    assert [claim.status for claim in found] == ["unknown", "holds"]


def test_code_shows_and_claims_nothing(check):
    mark = "<!-- anew: trial=1 metric=rmse -->1<!-- /anew -->"
    text = f"```html\n{mark}\n```\n\n~~~\n{mark}\n~~~\n\n`{mark}` and ``a ` {mark}``\n"
    assert check(text) == []


def test_numbers_within_a_directive_count(check):
    mark = "<!-- anew: trial=1 metric=rmse -->1<!-- /anew -->"
    text = f"```{{note}}\n{mark}\n```\n\n:::{{tip}}\n{mark}\n:::\n"
    assert [claim.status for claim in check(text)] == ["stale", "stale"]


def test_only_the_numbers_are_rewritten(check, trials):
    mark = "<!-- anew:  trial=1 metric=rmse format=.2f -->{}<!-- /anew -->"
    text = "# Äpfel\n" + mark.format(" **1** ") + "\n36.1 " + mark.format("35.68") + "\n"
    found = check(text, fix=True)
    assert [claim.status for claim in found] == ["fixed", "holds"]
    expected = "# Äpfel\n" + mark.format(" **35.68** ") + "\n36.1 " + mark.format("35.68") + "\n"
    assert (trials / "paper.md").read_text(encoding="utf-8") == expected


def test_a_number_without_a_format_keeps_its_digits(check, trials):
    check("<!-- anew: trial=1 metric=rmse -->1.0<!-- /anew -->", fix=True)
    assert ">35.7<" in (trials / "paper.md").read_text()


def test_included_texts_are_checked_once(check, write, trials):
    mark = "<!-- anew: trial=1 metric=rmse -->1<!-- /anew -->"
    write("part.md", f"{mark}\n\n{{{{< include paper.md >}}}}\n")
    text = "```{include} part.md\n```\n\n{{< include part.md >}}\n"
    (claim,) = check(text)
    assert claim.file.endswith("part.md")


def test_code_ends_with_its_paragraph(check):
    claim = "<!-- anew: trial=1 metric=rmse format=.2f -->1<!-- /anew -->"
    (found,) = check(f"5` long\n\n{claim}\n\nand `code\n{claim}` here")
    assert (found.status, found.line) == ("stale", 3)


def test_a_name_with_a_bar_stays_within_its_cell_of_a_table(project, write):
    with anew.trial("bikes") as trial:
        trial.log({"F1|macro": 0.25, "acc%": 0.5})
    store = open_to_read(None)
    text = to_markdown(choose_trials(store, columns="F1|macro"), {}, {})
    row = text.splitlines()[-1]
    assert len(re.split(r"(?<!\\)\|", row)) == 4
    assert [claim.status for claim in check_claims([write("results.md", text)])] == ["holds"]
    assert "% Left out" in to_latex(choose_trials(store), {}, {})
    assert "'acc%'" in to_latex(choose_trials(store), {}, {})


def test_values_of_objects_are_unknown(trials, check):
    (claim,) = check("<!-- anew: trial=1 name=tags -->1<!-- /anew -->")
    assert claim.status == "unknown"
