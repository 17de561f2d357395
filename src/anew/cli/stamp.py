"""The verbs for files that say where they came from: `stamp` and `get`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, store_option

__all__ = ["get", "stamp"]


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--trial", metavar="N", help="The trial that made them, where that is not known.")
@click.option("--inside", is_flag=True, help="Write into objects of JSON, too, as `$provenance`.")
@as_json_option
def stamp(files: tuple[str, ...], *, trial: str | None, inside: bool, as_json: bool) -> None:
    """Write into each FILE which trial made it, or beside it where the format has no place.

    \b
    anew stamp figure.png --trial 12
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.ambient import put_stamp
    from anew.render.screen import print_json
    from anew.render.stamp import print_stamped

    places = {file: put_stamp(file, trial, inside=inside) for file in files}
    if as_json:
        print_json({file: place.path for file, place in places.items()})
    else:
        print_stamped(places)


@click.command()
@click.argument("n", metavar="N")
@click.argument("name")
@click.option("-o", "--output", metavar="FILE", default="", help="The file or folder to write to.")
@click.option("--force", is_flag=True, help="Replace a file that has another content.")
@store_option
def get(n: str, name: str, *, output: str, force: bool, store: str | None) -> None:
    """Write what trial N kept as NAME into a file, with its stamp.

    NAME is an artifact, the path of an output or input, 'result', or a step whose value was kept.

    \b
    anew get 12 prediction.png -o figure3.png
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.getting import get_file
    from anew.stores import open_store

    opened = open_store(store)
    click.echo(get_file(opened, opened.trial(n), name, output, force=force))
