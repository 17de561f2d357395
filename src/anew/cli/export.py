"""Verbs for texts and other programs: `export` and `claims`."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from anew.cli.options import as_json_option, selecting_options, store_option

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.query import Selection
    from anew.reproduce import Reproduction

__all__ = ["claims", "export"]


_TEXTS: Final = frozenset({"latex", "markdown"})


@click.command()
@click.argument(
    "form", metavar="FORMAT", type=click.Choice(["csv", "json", "parquet", "latex", "markdown"])
)
@click.argument("n", metavar="[N...]", nargs=-1)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="The file to write."
)
@click.option(
    "--format",
    "forms",
    metavar="[NAME=]SPEC",
    multiple=True,
    help="How a number is written in a text, as in rmse=.2f; .3g for all.",
)
@click.option(
    "--unit", "units", metavar="NAME=UNIT", multiple=True, help="What follows it there, as in t=s."
)
@selecting_options
@store_option
def export(form: str, n: tuple[str, ...], *, output: str | None, **wishes: Any) -> None:
    """Write trials N, or all, for other programs and texts: csv, json, parquet, latex, markdown.

    A row for each trial, with parameters, last values of metrics and facts, or the columns that
    are asked for. For a text, macros of LaTeX or a table of Markdown, whose numbers `anew claims`
    checks. Without -o they are printed.

    \b
    anew export csv -o trials.csv
    anew export parquet --where 'status == "finished"' -o trials.parquet
    anew export latex 12 --format rmse=.2f --unit rmse=m/s -o results.tex
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.errors import UsageError
    from anew.query import choose_trials, open_to_read, write_trials
    from anew.query import export as write_down

    if form == "parquet" and output is None and sys.stdout.isatty():
        message = "Parquet is not for a terminal"
        raise UsageError(message, hint="give a file: -o trials.parquet")
    said: dict[str, Any] = {name: _read_pairs(wishes.pop(name)) for name in ("forms", "units")}
    if any(said.values()) and form not in _TEXTS:
        message = f"--format and --unit are for texts, not for {form}"
        raise UsageError(message, hint="anew export latex, or markdown")
    source = open_to_read(wishes.pop("store"))
    found = choose_trials(source, n, **wishes)
    if form == "latex":
        said["first"] = source.trial(n[0]).number if n and not wishes["sort"] else None
    content = _write_text(form, found, **said) if form in _TEXTS else write_down(found, form)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write_trials(output, content)


def _write_text(form: str, found: Selection, **said: Any) -> bytes:
    from anew.claims import to_latex, to_markdown

    text = to_latex(found, **said) if form == "latex" else to_markdown(found, **said)
    return text.encode("utf-8", "backslashreplace")


def _read_pairs(words: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=TEXT; what has no name is for all."""
    pairs = (word.partition("=") for word in words)
    return {name if equals else "": text if equals else name for name, equals, text in pairs}


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--fix", is_flag=True, help="Rewrite the numbers that are stale, and nothing else.")
@click.option("--reproduce", is_flag=True, help="Make each trial that is named anew first.")
@click.option(
    "--env",
    type=click.Choice(["exact", "nearest", "current"]),
    default="exact",
    help="With which packages: those of then (the default), the nearest to them, or today's.",
)
@store_option
@as_json_option
def claims(files: tuple[str, ...], *, fix: bool, as_json: bool, **wishes: Any) -> int:
    """Hold the numbers, tables and figures of texts against the store.

    \b
    <!-- anew: trial=12 metric=rmse format=.2f -->35.68<!-- /anew -->
    \\anewclaim{12}{rmse}{.2f}{35.68}

    FILE is LaTeX, Markdown, MyST, Quarto or HTML, or a folder of them. A number is stale when the
    trial says another one, unknown when there is no such trial or name; a figure or table is
    unbound when nothing is known of where it came from. Ends with status 1 when something is stale
    or unknown.
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.claims import check_claims
    from anew.render.claims import print_claims
    from anew.render.screen import print_json

    remake = partial(_make_anew, env=wishes["env"]) if wishes["reproduce"] else None
    found = check_claims(files, store=wishes["store"], fix=fix, remake=remake)
    if as_json:
        print_json(found)
    else:
        print_claims(found)
    return int(any(claim.status in {"stale", "unknown"} for claim in found))


def _make_anew(trial: Trial, *, env: str) -> Reproduction:
    from anew.render.screen import progress
    from anew.reproduce import reproduce

    with progress(f"making trial {trial.number} anew") as tell:
        return reproduce(trial, progress=tell, env=env)
