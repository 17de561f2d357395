"""The verb that compares: `diff`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["diff"]


@click.command()
@trial_argument("A")
@trial_argument("B")
@store_option
@as_json_option
def diff(a: str, b: str, *, store: str | None, as_json: bool) -> None:
    """Show in what trial B differs from trial A.

    What went in: parameters, seed, code, packages, data, platform. And what came out: metrics and
    result. What does not differ is not shown.
    """
    import anew
    from anew.query import open_to_read
    from anew.render.difference import print_difference
    from anew.render.screen import print_json

    source = open_to_read(store)
    found = anew.diff(source.trial(a), source.trial(b))
    if as_json:
        print_json(found.to_dict())
    else:
        print_difference(found)
