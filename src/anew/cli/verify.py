"""The verb `verify`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anew.cli.options import as_json_option, store_option

if TYPE_CHECKING:
    from anew.model import Trial

__all__ = ["verify"]


@click.command()
@click.argument("n", metavar="[N|FILE]", default="last")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGUMENT]...")
@click.option("--times", type=int, default=3, metavar="N", help="Runs with nothing changed.")
@click.option("--only", multiple=True, metavar="NAME", help="Change this alone; may be repeated.")
@click.option("--first", is_flag=True, help="Stop at the first thing that makes a difference.")
@click.option("--parallel", type=int, metavar="N", help="Runs at once.")
@click.option("--rtol", type=float, default=0.0, metavar="X", help="Relative tolerance.")
@click.option("--atol", type=float, default=0.0, metavar="X", help="Absolute tolerance.")
@click.option(
    "--env",
    type=click.Choice(["exact", "nearest", "current"]),
    default="exact",
    help="The packages and the interpreter recorded, the nearest to be had, or those of today.",
)
@click.option("--timeout", type=float, metavar="S", help="End a run after S seconds.")
@click.option("--offline", is_flag=True, help="Keep the runs from the network.")
@store_option
@as_json_option
def verify(
    n: str, arguments: tuple[str, ...], *, store: str | None, as_json: bool, **wishes: Any
) -> int:
    """Find out whether a trial is deterministic, and what it depends on.

    The trial is run again: with nothing changed, then with another hash seed, number of threads,
    folder, locale, time zone, order of listings, content of unused memory, and clock. Each run has
    a scratch folder of its own, and nothing is reused. A script is first recorded, as by `anew run
    FILE ARGUMENT...`.

    The conditions are hash-seed, threads, folder, locale, time-zone, listing, memory and clock.

    Ends with status 0 when every run gave the same, 1 when one did not, 3 when the trial could not
    be run again.
    """
    from anew.render.screen import print_json, progress
    from anew.render.verify import print_verification
    from anew.verify import Wishes
    from anew.verify import verify as find_out

    Wishes(**wishes)  # before a script is run for nothing
    trial = _find_trial(n, arguments, store)
    with progress(f"verifying trial {trial.number}") as tell:
        found = find_out(trial, progress=tell, **wishes)
    if as_json:
        print_json(found.to_dict())
    else:
        print_verification(found)
    return 0 if found.is_good else 1


def _find_trial(named: str, arguments: tuple[str, ...], store: str | None) -> Trial:
    """Find the trial, or record the script that is named."""
    from anew.errors import UsageError
    from anew.query import open_to_read

    if Path(named).is_file() and not named.isdecimal():
        return _record(named, arguments, store)
    if arguments:
        message = f"arguments for {named!r}, which is no file"
        raise UsageError(message, hint="anew verify FILE -- ARGUMENT...")
    return open_to_read(store).trial(named)


def _record(file: str, arguments: tuple[str, ...], store: str | None) -> Trial:
    """Record a script as `anew run` does; what it prints goes to standard error."""
    from anew.errors import ScriptError
    from anew.stores import open_store

    words = [sys.executable, "-m", "anew", "run", file, *arguments]
    variables = os.environ | ({"ANEW_STORE": store} if store else {})
    with subprocess.Popen(words, env=variables, stdin=subprocess.DEVNULL, stdout=sys.stderr) as run:
        status = run.wait()
    sys.argv = [file, *arguments]  # the project is found by its script, not by ours
    source = open_store(store)
    made = [t for t in source.trials() if source.process(t.uuid).get("pid") == run.pid]
    if status or not made:
        told = f"ended with status {status}" if status else "recorded no trial"
        message = f"{file!r} {told}"
        raise ScriptError(message, hint=f"anew run {file}")
    return made[-1]
