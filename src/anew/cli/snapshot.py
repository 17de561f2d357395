"""The verb `snapshot`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option

__all__ = ["snapshot"]


@click.command()
@click.option("--store", metavar="FOLDER", help="Keep it in this store, not the project's own.")
@as_json_option
def snapshot(*, store: str | None, as_json: bool) -> None:
    """Keep the code of the project as it is now, as each trial does.

    It is a commit in the project's private repository, in the store's folder `git`. What was left
    out of it is said, and why.
    """
    from dataclasses import asdict

    from anew.code.snapshot import list_files, take
    from anew.facts import keep_large
    from anew.render.screen import print_json
    from anew.render.snapshot import print_snapshot
    from anew.settings import load_settings

    settings = load_settings(store=store)
    git_dir = settings.folder / "git"
    limits = {"limit_bytes": settings.snapshot_limit, "limit_files": settings.snapshot_files}
    taken = take(settings.root, git_dir, **limits)
    large = keep_large(settings.root, taken.large, settings.folder, settings.keep_inputs)
    files = len(list_files(git_dir, taken.commit))
    if as_json:
        print_json({**asdict(taken), "large": large, "files": files, "folder": str(git_dir)})
    else:
        print_snapshot(taken, large, files)
