"""The verb `ci`: a workflow that makes trials anew on each push."""

from __future__ import annotations

from typing import Any

import click

from anew.cli.options import store_option

__all__ = ["ci"]


@click.command()
@click.argument("host", metavar="github|gitlab", type=click.Choice(["github", "gitlab"]))
@click.option("--reproduce", "numbers", metavar="N", multiple=True, help="A trial to make anew.")
@click.option(
    "--run", "commands", metavar="COMMAND", multiple=True, help="A command to run as strict trial."
)
@click.option("--remote", "name", metavar="NAME", help="The remote that has the trials.")
@click.option("--bundle", metavar="FILE", help="A bundle in the repository that has them.")
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@store_option
def ci(
    host: str, numbers: tuple[str, ...], commands: tuple[str, ...], name: str | None, **wishes: Any
) -> None:
    """Write a workflow that makes trials anew on each push and merge request.

    It says in the request what came of it. Without --reproduce and --run, the last trial is made
    anew. The trials come from a remote, or from a bundle in the repository.
    """
    from anew.query import open_to_read
    from anew.render.screen import note
    from anew.settings import load_settings
    from anew.sharing.remotes import choose_remote, list_remotes
    from anew.workflows import Plan, write_workflow

    root, source = load_settings(store=wishes["store"]).root, open_to_read(wishes["store"])
    asked = numbers or (() if commands else ("last",))
    remote, bundle = None, wishes["bundle"]
    if asked and not bundle and (name or list_remotes(source)):
        remote = choose_remote(source, name)[1]
    plan = Plan(tuple(source.trial(each).uuid for each in asked), commands, remote, bundle)
    place = write_workflow(host, plan, root, force=wishes["force"])
    click.echo(f"{place.relative_to(root)}")
    if place.parent.name == ".gitlab":
        note("to use it, add to .gitlab-ci.yml: include: .gitlab/anew.yml")
