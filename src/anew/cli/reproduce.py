"""Verbs that bring a trial back: `reproduce` and `checkout`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anew.cli.options import as_json_option, store_option, trial_argument
from anew.errors import AnewError, UsageError
from anew.notices import show_error

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.reproduce import Reproduction

__all__ = ["checkout", "reproduce"]

_ENVIRONMENTS = click.Choice(["exact", "nearest", "current"])


@click.command()
@click.argument("n", metavar="N|FILE.zip...", nargs=-1, required=True)
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
def reproduce(n: tuple[str, ...], *, store: str | None, as_json: bool, **wishes: Any) -> int:
    """Make trial N anew, and compare; of several, one after another.

    Its code, data, packages, interpreter, parameters and seed are put into a scratch folder and run
    there; the project is not touched. Each output gets a verdict; without a tolerance, numbers must
    be equal. FILE.zip is what `anew bundle` wrote; all of its trials are made anew.

    Ends with status 0 when every output is the same, 1 when one is not, 3 when a trial could not be
    rebuilt.
    """
    from anew.render.screen import print_json
    from anew.render.verdicts import print_reproduction

    markdown, html, is_trusted = (wishes.pop(name) for name in ("markdown", "html", "trust"))
    trials = [trial for named in n for trial in _find_trials(named, store, is_trusted=is_trusted)]
    if html and len(trials) > 1:
        message = f"--html writes the page of one trial, and these are {len(trials)}"
        raise UsageError(message, hint="anew reproduce N --html FILE, for each")
    found, status = [], 0
    for trial in trials:
        try:
            found.append(_make_anew(trial, wishes))
        except AnewError as error:
            if len(trials) == 1:
                raise
            show_error(f"trial {trial.number}: {error.message}", error.hint)
            status = max(status, error.exit_code)
            continue
        if not as_json and markdown != "-":
            print_reproduction(found[-1])
    if as_json:
        told = [each.to_dict() for each in found]
        print_json(told if len(trials) > 1 else told[0])
    _write_reports(found, markdown, html)
    return status or int(not all(each.is_good for each in found))


def _make_anew(trial: Trial, wishes: dict[str, Any]) -> Reproduction:
    from anew.render.screen import progress
    from anew.reproduce import reproduce as make_anew

    with progress(f"making trial {trial.number} anew") as tell:
        return make_anew(trial, progress=tell, **wishes)


def _find_trials(named: str, store: str | None, *, is_trusted: bool) -> list[Trial]:
    """Find a trial in the store, or those in a bundle that the user trusts."""
    from anew.query import open_to_read

    if not named.endswith(".zip"):
        from anew.sharing import trust_values

        trial = open_to_read(store).trial(named)
        trust_values(trial)  # whoever runs a trial of others may as well read its values
        return [trial]
    from anew.cli.share import open_trusted

    return open_trusted(Path(named), store, is_trusted=is_trusted)


def _write_reports(found: list[Reproduction], markdown: str | None, html: str | None) -> None:
    if markdown:
        from anew.render.markdown import to_markdown

        text = "\n".join(map(to_markdown, found))
        if markdown == "-":
            click.echo(text, nl=False)
        else:
            Path(markdown).write_text(text, encoding="utf-8")
    if html:
        from anew.render.page import to_page

        Path(html).write_text(to_page(found[0]), encoding="utf-8")


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
