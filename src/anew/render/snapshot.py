"""A snapshot as a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from anew.formats.size import write_size
from anew.render.screen import print_rendered
from anew.render.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anew.code.snapshot import Snapshot

__all__ = ["print_snapshot"]


def print_snapshot(taken: Snapshot, large: Iterable[Mapping[str, Any]], files: int) -> None:
    """Print the commit of a snapshot, what it holds, and what was left out and why.

    Parameters
    ----------
    taken
        The snapshot.
    large
        The facts of the files that are too large for it.
    files
        How many files it holds.
    """
    kept = {str(fact["path"]): fact for fact in large}
    lines = [f"snapshot {taken.commit}", f"  {count(files, 'file')}"]
    for folder, commit in taken.nested.items():
        told = f"commit {commit[:10]}" if commit else "no commit yet"
        lines.append(f"  with the repository {folder} ({told}) and what is not committed there")
    for path, why in taken.left_out.items():
        lines.append(f"  without {path}: {_explain(why, kept.get(path))}")
    for path, where in taken.suspected.items():
        lines.append(f"  with {path}, which looks as if it held a credential ({where})")
    for line in lines:
        print_rendered(Text(line))


def _explain(why: str, fact: Mapping[str, Any] | None) -> str:
    """Say why a file is left out, and where it is kept instead."""
    if fact is None:
        return why
    size = write_size(fact["size_bytes"])
    where = "kept in the object store" if fact["kept"] else "its digest is recorded"
    return f"{why} ({size}); {where if fact['digest'] else 'it cannot be read'}"
