"""The verb `doctor`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option

__all__ = ["doctor"]


@click.command()
@as_json_option
def doctor(*, as_json: bool) -> int:
    """Say what anew runs on here, and what is wrong.

    What one would paste into a ticket: versions, interpreter, system, git, packages, settings and
    store, without credentials and with the home folder as `~`. Ends with status 1 when something
    keeps anew from recording a trial.
    """
    from anew.doctor import configuration
    from anew.render.doctor import print_configuration
    from anew.render.screen import print_json
    from anew.settings import find_root

    told = configuration(find_root())
    if as_json:
        print_json(told)
    else:
        print_configuration(told)
    return int(any(each["severity"] == "blocks" for each in told["problems"]))
