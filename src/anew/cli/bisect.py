"""The verb `bisect`."""

from __future__ import annotations

from typing import Any

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["bisect"]


@click.command()
@trial_argument("A")
@trial_argument("B")
@click.option(
    "--test",
    metavar="COMMAND",
    help="Run this after each mixture, where it ran: 0 is as A, 125 cannot tell, else as B.",
)
@click.option("--rtol", type=float, default=0.0, metavar="X", help="Relative tolerance.")
@click.option("--atol", type=float, default=0.0, metavar="X", help="Absolute tolerance.")
@click.option(
    "--env",
    type=click.Choice(["exact", "nearest", "current"]),
    default="exact",
    help="The packages and the interpreter recorded, the nearest to be had, or those of today.",
)
@click.option("--budget", type=int, metavar="N", help="Run N mixtures at most.")
@click.option("--fresh", is_flag=True, help="Compute every step of every mixture.")
@click.option("--timeout", type=float, metavar="S", help="End a mixture after S seconds.")
@click.option("--offline", is_flag=True, help="Keep the mixtures from the network.")
@store_option
@as_json_option
def bisect(a: str, b: str, *, store: str | None, as_json: bool, **wishes: Any) -> int:
    """Find out why trial B differs from trial A.

    Code, data, parameters, environment variables, packages, interpreter and seed of both are mixed
    and run, in scratch folders, until few changes explain the difference. A search that was
    interrupted goes on where it was. Ends with status 1 when the difference is not explained.
    """
    from anew.bisect import bisect as find_causes
    from anew.query import open_to_read
    from anew.render.bisect import print_bisection
    from anew.render.screen import print_json, progress

    source = open_to_read(store)
    one, other = source.trial(a), source.trial(b)
    with progress(f"why trial {other.number} differs from trial {one.number}") as tell:
        found = find_causes(one, other, progress=tell, **wishes)
    if as_json:
        print_json(found.to_dict())
    else:
        print_bisection(found)
    return 0 if found.is_explained else 1
