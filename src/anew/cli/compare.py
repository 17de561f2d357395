"""Verbs that compare: `diff` and `reproduce`."""

from __future__ import annotations

from typing import Any

import click

from anew.cli.options import as_json_option, store_option, trial_argument

__all__ = ["diff", "reproduce"]


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


@click.command()
@trial_argument("N")
@click.option("--rtol", type=float, default=0.0, metavar="X", help="Relative tolerance.")
@click.option("--atol", type=float, default=0.0, metavar="X", help="Absolute tolerance.")
@click.option("--keep", is_flag=True, help="Leave the scratch folder, to look into.")
@store_option
@as_json_option
def reproduce(n: str, *, store: str | None, as_json: bool, **wishes: Any) -> int:
    """Make trial N anew, and compare.

    Its code, data, parameters and seed are put into a scratch folder and run there, with the
    packages of today; the project is not touched. Each output gets a verdict; without a tolerance,
    numbers must be equal. Ends with status 1 when an output is not the same.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json, progress
    from anew.render.verdicts import print_reproduction
    from anew.reproduce import reproduce as make_anew

    trial = open_to_read(store).trial(n)
    with progress(f"making trial {trial.number} anew") as tell:
        found = make_anew(trial, progress=tell, **wishes)
    if as_json:
        print_json(found.to_dict())
    else:
        print_reproduction(found)
    return 0 if found.is_good else 1
