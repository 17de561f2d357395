"""Verbs that read: `ls`, `show` and `console`."""

from __future__ import annotations

from typing import Any

import click

from anew.cli.options import as_json_option, selecting_options, store_option, trial_argument

__all__ = ["console", "ls", "show"]


@click.command()
@selecting_options
@store_option
@as_json_option
def ls(*, store: str | None, as_json: bool, **wishes: Any) -> None:
    """List trials, the most recent last.

    By default the columns are the parameters that differ, the last value of each metric, and the
    result. EXPR is written as in Python: names, numbers, texts, comparisons, and, or, not.

    \b
    anew ls --where 'rmse < 40 and model == "ridge"' --sort -rmse
    anew ls --where '"lag" in features or status == "failed"'

    Names are those of parameters and metrics, param.x and metric.x where x is both, and number,
    uuid, experiment, status, started, seconds, seed, result, reproduces, strict, parent, tags,
    notes, error. There are also min.x, max.x, first.x and count.x of a series, tag.x,
    package.x, code.commit and missing(x).
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.query import choose_trials, open_to_read
    from anew.render.listing import print_listing
    from anew.render.screen import count_rows, print_json

    if wishes["limit"] is None and not as_json:
        wishes["limit"] = count_rows()
    source = open_to_read(store)
    found = choose_trials(source, **wishes)
    if as_json:
        print_json(found.to_plain())
    else:
        print_listing(found, store=str(source.folder))


@click.command()
@trial_argument("[N]", default="last")
@store_option
@as_json_option
def show(n: str, *, store: str | None, as_json: bool) -> None:
    """Show all there is to know of trial N.

    N is the last trial by default.
    """
    from anew.query import describe, open_to_read, to_record
    from anew.render.screen import print_json, print_rendered
    from anew.render.trial import make_report

    report = describe(open_to_read(store), n)
    if as_json:
        print_json(to_record(report))
    else:
        print_rendered(make_report(report))


@click.command()
@trial_argument("[N]", default="last")
@store_option
@as_json_option
def console(n: str, *, store: str | None, as_json: bool) -> None:
    """Print what trial N printed.

    What went to standard error goes there again. N is the last trial by default.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_console, print_json

    source = open_to_read(store)
    printed = source.console(source.trial(n).uuid)
    if as_json:
        print_json([{"stream": stream, "text": text} for stream, text in printed])
    else:
        print_console(printed)
