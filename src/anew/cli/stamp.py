"""The verb `stamp`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option

__all__ = ["stamp"]


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
    import anew
    from anew.render.screen import print_json
    from anew.render.stamp import print_stamped

    places = {file: str(anew.stamp(file, trial, inside=inside)) for file in files}
    if as_json:
        print_json(places)
    else:
        print_stamped(places)
