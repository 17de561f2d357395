r"""Numbers of LaTeX: ``\anewclaim``, and the macros that are exported."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest
from click.testing import CliRunner

from anew.claims import check_claims
from anew.claims.latex import find_marks
from anew.cli.export import export


def statuses(claims):
    return [claim.status for claim in claims]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (r"\anewclaim{1}{rmse}{.2f}{35.68}", "holds"),
        (r"\anewclaim{1}{rmse}{.2f}{35.69}", "stale"),
        ("\\anewclaim {1}\n  {rmse} {.2f}\n  {$35.68$}", "holds"),
        (r"\anewclaim{1}{rmse}{.2f}{\textbf{35.68}}", "holds"),
        (r"\anewclaim{1}{tiny}{.1e}{$-1.5\times 10^{-5}$}", "holds"),
        (r"\anewclaim{1}{n}{,.0f}{1{,}234{,}567}", "holds"),
        (r"\anewclaim{1}{val loss}{.0\%}{25\%}", "holds"),
        (r"\anewclaim{1}{model}{}{ridge\_x}", "holds"),
        (r"\anewclaim{1}{rmse}{}{35.7}", "holds"),
        (r"\anewclaim{9}{rmse}{.2f}{35.68}", "unknown"),
        (r"\anewclaim{1}{rmse}{.2f}", "unknown"),
    ],
    ids=range(11),
)
def test_a_claim_is_held_against_its_trial(check, text, status):
    assert statuses(check(text, "paper.tex")) == [status]


def test_comments_and_what_is_verbatim_claim_nothing(check):
    claim = r"\anewclaim{1}{rmse}{.2f}{1}"
    text = (
        f"% {claim}\n\\verb|{claim}| \\begin{{verbatim}}\n{claim}\n\\end{{verbatim}}\n"
        f"\\begin{{lstlisting}}[x]\n{claim}\n\\end{{lstlisting}}\n"
        "\\newcommand{\\anewclaim}[4]{#4}\\providecommand*\\anewclaim[4]{#4}\n"
        f"\\newcommand\\mine[1]{{\\anewclaim{{#1}}{{rmse}}{{.2f}}{{1}}}}\n50\\% {claim}"
    )
    (claim,) = check(text, "paper.tex")
    assert (claim.status, claim.line) == ("stale", 10)


def test_only_the_number_is_rewritten(check, trials):
    text = "a \\anewclaim{1}{rmse}{.2f}{ \\textbf{1} } b\n\\anewclaim{1}{tiny}{.1e}{2}"
    assert statuses(check(text, "paper.tex", fix=True)) == ["fixed", "fixed"]
    assert (trials / "paper.tex").read_text() == (
        "a \\anewclaim{1}{rmse}{.2f}{ \\textbf{35.68} } b\n"
        "\\anewclaim{1}{tiny}{.1e}{\\ensuremath{-1.5\\times 10^{-5}}}"
    )
    assert statuses(check_claims([trials / "paper.tex"])) == ["holds", "holds"]


def export_text(*arguments):
    done = CliRunner().invoke(export, arguments, catch_exceptions=False, standalone_mode=False)
    return done.output


def test_what_is_exported_holds(trials, write):
    options = ("--format", "rmse=.2f", "--unit", "rmse=m/s_2", "--unit", r"n=\%")
    for form, name in (("latex", "results.tex"), ("markdown", "results.md")):
        write(name, export_text(form, "1", "2", *options))
        found = check_claims([trials / name])
        assert len(found) >= 14
        assert {claim.status for claim in found} == {"holds"}


def test_a_number_of_an_exported_file_may_be_stale(trials, write):
    text = export_text("latex", "1").replace("35.678", "35.6")
    write("results.tex", text)
    write("paper.tex", r"\input{results}")
    (stale,) = [c for c in check_claims([trials / "paper.tex"]) if c.status == "stale"]
    assert (stale.name, stale.file.rpartition("/")[2]) == ("rmse", "results.tex")


def test_the_columns_that_are_asked_for_are_exported(trials):
    text = export_text("latex", "--columns", "rmse,alpha", "--format", ".1f")
    assert re.findall(r"^\\anewdefine\{(.)\}\{(.*?)\}\{(.*?)\}\{(.*?)\}", text, re.MULTILINE) == [
        ("1", "rmse", ".1f", "35.7"),
        ("1", "alpha", ".1f", "0.1"),
        ("2", "rmse", ".1f", "107.0"),
        ("2", "alpha", ".1f", "0.3"),
    ]


def test_a_format_that_is_none_is_refused(trials):
    done = CliRunner().invoke(export, ["latex", "1", "--format", "rmse={x}"])
    assert "expected a format specification" in str(done.exception)


def test_formats_are_for_texts_alone(trials):
    done = CliRunner().invoke(export, ["csv", "1", "--format", "rmse=.2f"])
    assert "not for csv" in str(done.exception)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="TeX is not installed")
def test_latex_shows_what_is_exported(trials, write):
    export_text("latex", "1", "2", "--unit", "rmse=m/s", "-o", "results.tex")
    write(
        "paper.tex",
        r"""
        \documentclass{article}\input{results}\begin{document}
        \typeout{SHOWN \csname anew@1@rmse\endcsname}
        \section{\anew{rmse}} \anew*[2]{rmse} \anew{tiny} \anew{val loss}
        \anew{model} \anew{nothing}
        \anewclaim{2}{rmse}{.2f}{107.03}
        \end{document}
        """,
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "SHOWN 35.678" in done.stdout
    assert "No nothing of trial 1" in done.stdout


def test_a_number_that_was_not_exported_is_unknown_where_it_is_used(trials, write):
    done = CliRunner().invoke(export, ["latex", "2", "1", "--columns", "rmse,n", "-o", "r.tex"])
    assert done.exit_code == 0
    text = "\\input{r}\n\\anew{rmse} \\anew*{n} \\anew[1]{rmse} % \\anew{a}\n"
    rest = "\\anew[1]{alpha} \\anew{x} \\newcommand\\mine[1]{\\anew{#1}}"
    path = write("paper.tex", text + rest)
    found = [each for each in check_claims([path]) if each.file.endswith("paper.tex")]
    assert [(claim.line, claim.trial, claim.name, claim.status) for claim in found] == [
        (2, "2", "rmse", "holds"),
        (2, "2", "n", "holds"),
        (2, "1", "rmse", "holds"),
        (3, "1", "alpha", "unknown"),
        (3, "2", "x", "unknown"),
    ]
    assert check_claims([write("part.tex", "\\anew{rmse}")]) == []


def test_an_environment_that_nothing_ends_takes_no_long_time():
    began = time.process_time()
    assert list(find_marks("\\begin{verbatim}" * 20_000)) == []
    assert time.process_time() - began < 5
