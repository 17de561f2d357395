"""Verbs that give trials to others: `bundle`, `unbundle`, `remote`, `push` and `pull`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anew.cli.options import as_json_option, store_option
from anew.errors import UsageError

if TYPE_CHECKING:
    from anew.model import Trial

__all__ = ["bundle", "open_trusted", "pull", "push", "remote", "unbundle"]


@click.command()
@click.argument("n", metavar="N...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", required=True, type=click.Path(), help="The zip file."
)
@store_option
@as_json_option
def bundle(n: tuple[str, ...], *, output: str, store: str | None, as_json: bool) -> None:
    """Put trials N into one file, with all that is needed to make them anew.

    Code, inputs, the whole record and what the trials gave; `anew reproduce FILE` makes them anew
    on a machine that has only Python and uv. The same trials give the same bytes.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json, progress
    from anew.render.shared import print_bundled
    from anew.sharing import bundle as put_together

    source = open_to_read(store)
    with progress(f"writing {output}"):
        made = put_together([source.trial(each) for each in n], output)
    if as_json:
        print_json(vars(made) | {"path": str(made.path)})
    else:
        print_bundled(made)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("folder", metavar="[FOLDER]", required=False, type=click.Path())
@click.option("--trust", is_flag=True, help="Also read values that run code when they are read.")
@store_option
@as_json_option
def unbundle(
    file: str, folder: str | None, *, trust: bool, store: str | None, as_json: bool
) -> None:
    """Take the trials of a bundle into FOLDER, or into the present store.

    Nothing of the bundle is run. A trial that is there already stays as it is; one whose number is
    taken gets a new one.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json, progress
    from anew.render.shared import print_opened
    from anew.sharing import unbundle as take_in

    target = None if folder else open_to_read(store)
    with progress(f"reading {file}"):
        opened = take_in(file, folder, store=target, trusted=trust)
    if as_json:
        print_json(opened)
    else:
        print_opened(opened, None if folder is None else Path(folder))


@click.group(invoke_without_command=True)
@click.pass_context
def remote(ctx: click.Context) -> None:
    """Name the places that trials are pushed to and pulled from; list them."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(remote_list, store=None, as_json=False)


@remote.command("add")
@click.argument("name", metavar="NAME")
@click.argument("url", metavar="URL")
@store_option
def remote_add(name: str, url: str, *, store: str | None) -> None:
    """Call a place NAME: a folder, or a URL of fsspec.

    Such as s3://bucket/folder or ssh://host/folder. Credentials do not belong into the URL: tools
    of its kind find them in variables or in files of their own.
    """
    from anew.query import open_to_read
    from anew.sharing import add_remote

    click.echo(f"{name}: {add_remote(open_to_read(store), name, url)}")


@remote.command("remove")
@click.argument("name", metavar="NAME")
@store_option
def remote_remove(name: str, *, store: str | None) -> None:
    """Forget the place called NAME; what is there stays."""
    from anew.query import open_to_read
    from anew.sharing import remove_remote

    remove_remote(open_to_read(store), name)


@remote.command("list")
@store_option
@as_json_option
def remote_list(*, store: str | None, as_json: bool) -> None:
    """List the remotes."""
    from anew.query import open_to_read
    from anew.render.screen import print_json
    from anew.sharing import list_remotes

    remotes = list_remotes(open_to_read(store))
    if as_json:
        print_json(remotes)
    else:
        click.echo("".join(f"{name}: {url}\n" for name, url in remotes.items()), nl=False)


@click.command()
@click.argument("n", metavar="[N...]", nargs=-1)
@click.option("--to", "name", metavar="NAME", help="The remote; by default the only one.")
@store_option
@as_json_option
def push(n: tuple[str, ...], *, name: str | None, store: str | None, as_json: bool) -> None:
    """Send trials N, or all that a remote lacks, with all that is needed to make them anew.

    Only what is missing there is sent. When it was cut short, do it again: it goes on.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json, progress
    from anew.render.shared import print_transfer
    from anew.sharing import push as send

    source = open_to_read(store)
    trials = [source.trial(each) for each in n] or None
    with progress("pushing") as tell:
        done = send(trials, name, store=source, tell=tell)
    if as_json:
        print_json(done)
    else:
        print_transfer(done, "pushed to")


@click.command()
@click.argument("n", metavar="[N...]", nargs=-1)
@click.option("--from", "name", metavar="NAME", help="The remote; by default the only one.")
@store_option
@as_json_option
def pull(n: tuple[str, ...], *, name: str | None, store: str | None, as_json: bool) -> None:
    """Bring trials N with all that they need, or the records and the code of all.

    N is a number here, the beginning of a UUID, or a number that only one trial has there. What
    trials read and gave is brought when it is needed, or when they are named.
    """
    from anew.query import open_to_read
    from anew.render.screen import print_json, progress
    from anew.render.shared import print_transfer
    from anew.sharing import pull as bring

    target = open_to_read(store)
    with progress("pulling") as tell:
        done = bring(list(n) or None, name, store=target, tell=tell)
    if as_json:
        print_json(done)
    else:
        print_transfer(done, "pulled from")


def open_trusted(path: Path, store: str | None, *, is_trusted: bool) -> list[Trial]:
    """Take in a bundle whose trials are to be run, when the user agrees to that.

    Parameters
    ----------
    path
        The zip file.
    store
        The store that it is taken into; by default one in a folder with the name of the file.
    is_trusted
        Whether the user has agreed already.

    Returns
    -------
    list of Trial
        Those that were asked for when it was made.

    Raises
    ------
    UsageError
        When the user does not agree, or cannot be asked.
    BundleError
        When the bundle is damaged, or holds what none may hold.
    """
    from anew.query import open_to_read
    from anew.render.screen import note
    from anew.render.shared import print_bundle
    from anew.sharing import inspect
    from anew.sharing import unbundle as take_in

    found = inspect(path)
    if not is_trusted:
        print_bundle(found)
        is_asked = sys.stdin is not None and sys.stdin.isatty()
        if not is_asked or not click.confirm("Run this?", err=True):
            message = f"nothing was run: {str(path)!r} is not trusted"
            raise UsageError(message, hint="add --trust if you know who made it")
    folder = None if store else Path.cwd() / path.stem
    opened = take_in(path, folder, store=open_to_read(store) if store else None, trusted=True)
    if folder:
        note(f"{path} is in {folder}")
    return list(opened.trials)
