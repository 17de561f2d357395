"""The verb `claims`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from anew.cli.options import as_json_option, store_option

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.reproduce import Reproduction

__all__ = ["claims"]


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
