"""The verb `status`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anew.cli.options import as_json_option, store_option
from anew.errors import AnewError

if TYPE_CHECKING:
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["status"]


@click.command()
@click.option("--experiment", metavar="NAME", help="Compare with the last trial of this one.")
@click.option("--exit-code", is_flag=True, help="End with status 1 when there is something to say.")
@store_option
@as_json_option
def status(*, experiment: str | None, exit_code: bool, store: str | None, as_json: bool) -> int:
    """Say what differs from the last trial, and what could not be made anew.

    As `git status` does for files: code, data, packages and interpreter against the last trial;
    locks and requirements against what is installed and imported. Each with what mends it.
    """
    from anew.guards import find_status
    from anew.query import open_to_read
    from anew.render.screen import print_json
    from anew.render.status import print_status
    from anew.settings import load_settings

    settings, opened = load_settings(), open_to_read(store)
    _use_interpreter(settings, opened, experiment)
    found = find_status(settings, opened, experiment=experiment)
    if as_json:
        print_json({**vars(found), "is_clear": found.is_clear})
    else:
        print_status(found)
    return int(exit_code and not found.is_clear)


def _use_interpreter(settings: Settings, store: Store, experiment: str | None) -> None:
    """Look at the interpreter in which the last trial's program would run now, not at our own."""
    from anew.programs.interpreter import choose_interpreter

    with suppress(AnewError):
        last = store.trials(experiment)[-1:] if experiment else [store.trial("last")]
        if not last or "interpreter" not in last[0].facets.get("program", {}):
            return
        found = choose_interpreter(settings.root, os.environ)
        if Path(found.path).parent != Path(sys.executable).parent:
            from anew.programs.foreign import use_interpreter

            use_interpreter(found, settings)
