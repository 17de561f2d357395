"""The verb `data`."""

from __future__ import annotations

import click

from anew.cli.options import store_option

__all__ = ["data"]


@click.command()
@click.argument("file", metavar="FIGURE")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="The file to write."
)
@store_option
def data(file: str, *, output: str | None, store: str | None) -> None:
    """Write the data behind FIGURE as CSV.

    A line for each point of each series that was plotted: lines, scattered points, bars, error
    bars, images, with their labels and axes. FIGURE is a file that matplotlib saved in a trial; it
    is known by its content. Without -o they are printed.
    """
    from anew.origins import data_behind
    from anew.query import write_trials

    text = data_behind(file, store=store)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_trials(output, text.encode("utf-8", "backslashreplace"))
