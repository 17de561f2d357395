"""Data that could not be put back: neither kept nor under version control."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from anew.guards.concern import Concern, name_some
from anew.model import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from anew.model import FileUse

__all__ = ["find_unkept"]


def find_unkept(
    files: Iterable[FileUse],
    tracked: Collection[str] = (),
    has: Callable[[str], bool] = lambda _: True,
) -> list[Concern]:
    """Find inputs of a trial whose content would be missing later.

    Parameters
    ----------
    files
        What the trial used.
    tracked
        Paths under version control, relative to the project.
    has
        Tells whether the content with a digest is still in the object store.

    Returns
    -------
    list of Concern
        At most four: too large to be kept, never kept, from elsewhere, and lost.
    """
    inputs = [use for use in files if use.role == "input" and use.path not in tracked]
    lost = [use.path for use in inputs if use.kept and use.digest and not has(use.digest)]
    remote = [use.path for use in inputs if not use.kept and "://" in use.path]
    local = [use for use in inputs if not use.kept and "://" not in use.path]
    secret = [use.path for use in local if use.origin == WITHHELD and use.path[:1] != os.sep]
    large = [use for use in local if use.origin != WITHHELD]
    found = []
    if large:
        need = max(use.size_bytes for use in large)
        names = [use.path for use in large]
        text = f"{_count(len(large), 'read')} not under version control and too large to keep"
        mend = f"keep_inputs = {need}  # in anew.toml, then run again"
        found.append(Concern("data", f"{text}: {name_some(names)}", mend))
    if secret:
        text = f"{_count(len(secret), 'read')} never kept, for holding credentials"
        mend = "read credentials from environment variables"
        found.append(Concern("data", f"{text}: {name_some(secret)}", mend))
    if remote:
        text = f"{_count(len(remote), 'fetched')} not kept: {name_some(remote)}"
        found.append(Concern("data", text, "download once, and read the file"))
    if lost:
        text = f"{_count(len(lost), 'read')} not in the store any more: {name_some(lost)}"
        found.append(Concern("data", text, "put back what .anew/objects had, or run again"))
    return found


def _count(number: int, verb: str) -> str:
    return f"1 file {verb} is" if number == 1 else f"{number} files {verb} are"
