"""The verb `export`."""

from __future__ import annotations

import sys
from typing import Any

import click

from anew.cli.options import selecting_options, store_option

__all__ = ["export"]


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice(["csv", "json", "parquet"]))
@click.argument("n", metavar="[N...]", nargs=-1)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="The file to write."
)
@selecting_options
@store_option
def export(
    form: str, n: tuple[str, ...], *, output: str | None, store: str | None, **wishes: Any
) -> None:
    """Write trials N, or all, for other programs: as csv, json or parquet.

    A row for each trial, with parameters, last values of metrics and facts, or the columns that
    are asked for. Without -o they are printed.

    \b
    anew export csv -o trials.csv
    anew export parquet --where 'status == "finished"' -o trials.parquet
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.errors import UsageError
    from anew.query import choose_trials, open_to_read, write_trials
    from anew.query import export as write_down

    if form == "parquet" and output is None and sys.stdout.isatty():
        message = "Parquet is not for a terminal"
        raise UsageError(message, hint="give a file: -o trials.parquet")
    found = choose_trials(open_to_read(store), n, **wishes)
    content = write_down(found, form)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write_trials(output, content)
