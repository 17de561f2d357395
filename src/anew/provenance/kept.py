"""Facts that hold from one process to the next, in a folder of the store."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

__all__ = ["digest_mark", "recall", "write_whole"]


def recall(
    place: Path, name: str, mark: Hashable, collect: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Give facts that were gathered before, as long as nothing about them changed.

    Parameters
    ----------
    place
        The folder; nothing is lost with it.
    name
        What the facts are of.
    mark
        Changes whenever they do; of texts, numbers and tuples.
    collect
        Gathers them anew, as JSON.

    Returns
    -------
    dict
        The facts. Those that cannot be kept, as on a full disk, are gathered each time.
    """
    file = place / f"{name}-{digest_mark(sys.prefix)[:8]}.json"
    digest = digest_mark(mark)
    with suppress(OSError, ValueError, LookupError, TypeError):
        known = json.loads(file.read_bytes())
        if known["mark"] == digest:
            return dict(known["facts"])
    facts = collect()
    with suppress(OSError):
        write_whole(file, json.dumps({"mark": digest, "facts": facts}))
    return facts


def write_whole(file: Path, text: str) -> None:
    """Write a file so that others find the old one or the new one, and nothing between.

    Parameters
    ----------
    file
        In a folder that is made when it is missing.
    text
        In ASCII.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    passing = file.with_suffix(f".{os.getpid()}")
    try:
        passing.write_text(text, encoding="ascii")
        passing.replace(file)
    except OSError:
        passing.unlink(missing_ok=True)
        raise


def digest_mark(mark: Hashable) -> str:
    """Give a digest that differs where a mark does; nobody reads a secret from it.

    Parameters
    ----------
    mark
        Of texts, numbers and tuples.
    """
    from anew.digests import digest_bytes

    return digest_bytes(repr(mark).encode("utf-8", "surrogatepass")).partition(":")[2]
