"""Verbs that tell where a file came from: `whence` and `data`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

import click

from anew.cli.options import as_json_option, store_option
from anew.errors import AnewError

if TYPE_CHECKING:
    from pathlib import Path

    from anew.origins import Origin

__all__ = ["data", "whence"]

_USAGE: Final = 2


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@store_option
@as_json_option
def whence(files: tuple[str, ...], *, store: str | None, as_json: bool) -> int:
    """Say which trial a file came from.

    From its stamp when the store bears it out; else by its content, whatever it is called; else by
    what is in it, so that a file that was saved again is found; else, for a picture, by what it
    looks like, which is a guess. FILE may be a folder. Ends with status 1 when of a FILE nothing is
    known, with 2 when there is no such FILE.
    """
    from anew.origins import list_files
    from anew.query import open_to_read, to_plain
    from anew.render.screen import progress
    from anew.render.whence import print_origin

    if store is not None:
        open_to_read(store)  # that there is none is no matter of each file
    told, is_unknown = [], False
    for named in files:
        with progress(f"looking for {named}") as tell:
            found = [_find(path, store, tell) for path in list_files(named)]
        is_unknown |= not any(origin for _, origin, _ in found)
        for path, origin, fault in found:
            if as_json:
                plain = {"file": str(path), "trial": None, "remarks": [fault] if fault else []}
                told.append(to_plain(origin.to_dict()) if origin else plain)
            else:
                print_origin(path, origin, fault)
    if as_json:
        one = len(told) == 1 and len(files) == 1
        # In ASCII: a stamp may say what turns the writing of a terminal around.
        click.echo(json.dumps(told[0] if one else told, indent=2, allow_nan=False))
    is_missing = not all(map(os.path.exists, files))
    return _USAGE if is_missing else int(is_unknown)


def _find(path: Path, store: str | None, tell: object) -> tuple[Path, Origin | None, str]:
    """Find out of one file among others; what keeps from it is said for that file."""
    from anew.origins import whence as find

    if callable(tell):
        tell(f"looking for {path}")
    try:
        return path, find(path, store=store), ""
    except AnewError as error:
        return path, None, error.message


@click.command()
@click.argument("file", metavar="FIGURE")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="The file to write."
)
@store_option
def data(file: str, *, output: str | None, store: str | None) -> None:
    """Write the data behind FIGURE as CSV.

    A line for each point of each series that was plotted: lines, scattered points, bars, error
    bars, images, with their labels and axes. FIGURE is a file that matplotlib saved in a trial; it
    is known by its content. Without -o they are printed.
    """
    from anew.origins import data_behind
    from anew.query import write_trials

    text = data_behind(file, store=store)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_trials(output, text.encode("utf-8", "backslashreplace"))
