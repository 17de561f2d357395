"""The verb `metrics`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["metrics"]


@click.command()
@trial_argument("[N]", default="last")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--plot", is_flag=True, help="Draw the series.")
@store_option
@as_json_option
def metrics(n: str, name: str | None, *, plot: bool, store: str | None, as_json: bool) -> None:
    """Show the metrics of trial N, or all points of the metric NAME.

    N is the last trial by default. What it took of its machine comes last, under system/.

    \b
    anew metrics 12
    anew metrics 12 loss --plot
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.query import open_to_read, read_series
    from anew.render.screen import print_json
    from anew.render.series import print_plots, print_points, print_series

    found = read_series(open_to_read(store), n, name)
    if as_json:
        print_json(found.to_plain())
    elif plot:
        print_plots(found)
    elif name is None:
        print_series(found)
    else:
        print_points(found)
