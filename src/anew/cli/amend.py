"""Verbs that change what was recorded: `tag`, `note` and `rm`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option, trial_argument

__all__ = ["note", "rm", "tag"]

_store_option = click.option(
    "--store", metavar="FOLDER", help="Change this store rather than the project's own."
)


@click.command()
@trial_argument("N")
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take the words away.")
@_store_option
@as_json_option
def tag(n: str, words: tuple[str, ...], *, remove: bool, store: str | None, as_json: bool) -> None:
    """Add words by which trial N is to be found.

    \b
    anew tag 12 paper figure-2
    anew ls --where 'tag.paper'
    """  # noqa: D301 - click's mark of lines that stay as they are
    from anew.amend import change_tags
    from anew.query import open_to_read
    from anew.render.amend import print_marks
    from anew.render.screen import print_json

    trial = change_tags(open_to_read(store), n, words, remove=remove)
    if as_json:
        print_json({"number": trial.number, "tags": trial.tags})
    else:
        print_marks(trial, "tags")


@click.command()
@trial_argument("N")
@click.argument("text")
@_store_option
@as_json_option
def note(n: str, text: str, *, store: str | None, as_json: bool) -> None:
    """Add TEXT to what is to be remembered of trial N."""
    from anew.amend import add_note
    from anew.query import open_to_read
    from anew.render.amend import print_marks
    from anew.render.screen import print_json

    trial = add_note(open_to_read(store), n, text)
    if as_json:
        print_json({"number": trial.number, "notes": trial.notes})
    else:
        print_marks(trial, "notes")


@click.command()
@click.argument("n", metavar="N...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Remove them though other trials refer to them.")
@_store_option
@as_json_option
def rm(n: tuple[str, ...], *, force: bool, store: str | None, as_json: bool) -> None:
    """Remove trials N from the store.

    Not while another trial refers to one: that ran within it, made it anew, or reused what it
    computed. Their numbers are never given again.
    """
    from anew.amend import remove_trials
    from anew.query import open_to_read
    from anew.render.amend import print_removed
    from anew.render.screen import print_json

    removed = remove_trials(open_to_read(store), n, force=force)
    if as_json:
        print_json(removed)
    else:
        print_removed(removed)
