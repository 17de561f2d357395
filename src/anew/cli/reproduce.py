"""Verbs that bring a trial back: `reproduce` and `checkout`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anew.cli.options import as_json_option, store_option, trial_argument

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.reproduce import Reproduction

__all__ = ["checkout", "reproduce"]

_ENVIRONMENTS = click.Choice(["exact", "nearest", "current"])


@click.command()
@click.argument("n", metavar="N|FILE.zip")
@click.option("--rtol", type=float, default=0.0, metavar="X", help="Relative tolerance.")
@click.option("--atol", type=float, default=0.0, metavar="X", help="Absolute tolerance.")
@click.option(
    "--env",
    type=_ENVIRONMENTS,
    default="exact",
    help="The packages and interpreter of then (the default), the nearest to them, or today's.",
)
@click.option("--timeout", type=float, metavar="S", help="End it after S seconds.")
@click.option("--offline", is_flag=True, help="Keep it from the network.")
@click.option("--keep", is_flag=True, help="Leave the scratch folder, to look into.")
@click.option("--trust", is_flag=True, help="Run what is in FILE.zip without asking.")
@click.option("--markdown", type=click.Path(), metavar="FILE", help="Write a summary, - to print.")
@click.option("--html", type=click.Path(), metavar="FILE", help="Write a page with all of it.")
@store_option
@as_json_option
def reproduce(n: str, *, store: str | None, as_json: bool, **wishes: Any) -> int:
    """Make trial N anew, and compare.

    Its code, data, packages, interpreter, parameters and seed are put into a scratch folder and run
    there; the project is not touched. Each output gets a verdict; without a tolerance, numbers must
    be equal. FILE.zip is what `anew bundle` wrote.

    Ends with status 0 when every output is the same, 1 when one is not, 3 when the trial could not
    be rebuilt.
    """
    from anew.render.screen import print_json, progress
    from anew.render.verdicts import print_reproduction
    from anew.reproduce import reproduce as make_anew

    markdown, html = wishes.pop("markdown"), wishes.pop("html")
    trial = _find_trial(n, store, is_trusted=wishes.pop("trust"))
    with progress(f"making trial {trial.number} anew") as tell:
        found = make_anew(trial, progress=tell, **wishes)
    if as_json:
        print_json(found.to_dict())
    elif markdown != "-":
        print_reproduction(found)
    _write_reports(found, markdown, html)
    return 0 if found.is_good else 1


def _find_trial(named: str, store: str | None, *, is_trusted: bool) -> Trial:
    """Find the trial in the store, or in a bundle that the user trusts."""
    from anew.query import open_to_read

    if not named.endswith(".zip"):
        from anew.sharing import trust_values

        trial = open_to_read(store).trial(named)
        trust_values(trial)  # whoever runs a trial of others may as well read its values
        return trial
    from anew.cli.share import open_trusted

    return open_trusted(Path(named), store, is_trusted=is_trusted)


def _write_reports(found: Reproduction, markdown: str | None, html: str | None) -> None:
    if markdown:
        from anew.render.markdown import to_markdown

        if markdown == "-":
            click.echo(to_markdown(found), nl=False)
        else:
            Path(markdown).write_text(to_markdown(found), encoding="utf-8")
    if html:
        from anew.render.page import to_page

        Path(html).write_text(to_page(found), encoding="utf-8")


@click.command()
@trial_argument("N")
@click.argument("folder", metavar="[FOLDER]", required=False)
@click.option(
    "--env",
    type=click.Choice(["exact", "nearest", "current", "none"]),
    default="exact",
    help="Which packages and interpreter .venv gets; none for no environment.",
)
@store_option
@as_json_option
def checkout(n: str, *, folder: str | None, env: str, store: str | None, as_json: bool) -> None:
    """Put trial N into a folder, to look at it and to run it by hand.

    The folder gets the exact source tree, the files that were read, an environment with the exact
    packages as .venv, and a README.anew.md that says how to run it.
    """
    from anew.query import open_to_read
    from anew.render.screen import note, print_json, progress
    from anew.reproduce import checkout as put_into

    trial = open_to_read(store).trial(n)
    with progress(f"checking out trial {trial.number}") as tell:
        found = put_into(trial, folder, env=None if env == "none" else env, progress=tell)
    if as_json:
        print_json(found.to_dict())
        return
    click.echo(f"trial {found.trial.number} is in {found.folder}")
    for each in found.differences:
        note(each)
    click.echo(f"to run it: see README.anew.md there, or type {found.command}")
