"""The verb `gc`."""

from __future__ import annotations

import click

from anew.cli.options import as_json_option

__all__ = ["gc"]


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be freed.")
@click.option(
    "--limit", metavar="SIZE", help="How much may stay: '500 MB'. By default `memo_limit`."
)
@click.option("--store", metavar="FOLDER", help="Clean this store rather than the project's own.")
@as_json_option
def gc(*, dry_run: bool, limit: str | None, store: str | None, as_json: bool) -> None:
    """Free space: values of memoised calls, and all that only removed trials had.

    Values go until the rest is under the limit, those first that are cheapest to compute again for
    their size and were not used for longest. Snapshots and kept files go when no trial and no value
    refers to them, and they did not come within the last hour. What trials keep is never touched.
    """
    from anew.bisect.answers import prune_searches
    from anew.freeing import prune_objects
    from anew.memos import Freed, clean_store
    from anew.render.freed import print_freed
    from anew.render.screen import print_json
    from anew.settings import load_settings
    from anew.stores.snapshots import prune_store

    settings = load_settings(store=store, memo_limit=limit)
    freed = clean_store(settings.folder, settings.memo_limit, dry_run=dry_run)
    freed += Freed.of_files(prune_searches(settings.folder, dry_run=dry_run))
    freed += Freed.of_files(prune_objects(settings.folder, dry_run=dry_run))
    freed += Freed.of_files(prune_store(settings.folder, dry_run=dry_run))
    if as_json:
        print_json({"freed_bytes": freed.size_bytes, "dry_run": dry_run, **vars(freed)})
    else:
        print_freed(freed, is_planned=dry_run)
