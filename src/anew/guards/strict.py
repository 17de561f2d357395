"""Strict mode: what would keep others from making a result anew stops it before it begins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

from anew.errors import StrictError
from anew.guards.after import mend_draw
from anew.guards.code import find_open_code, find_unpushed, see_worktree
from anew.guards.concern import Concern
from anew.guards.data import find_unkept
from anew.guards.draws import find_unseeded
from anew.guards.environment import find_mismatches
from anew.guards.interpreter import find_wrong_interpreter
from anew.guards.present import find_script, look_around
from anew.provenance import make_facet
from anew.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.guards.present import Present
    from anew.model import Facet, Trial
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["CHECKED", "be_strict", "enforce", "find_concerns", "find_obstacles", "refuse"]

CHECKED: Final = ("code", "remote", "data", "lock", "requirements", "python", "seed")
"""What strict mode looks at."""


def find_obstacles(
    present: Present,
    *,
    store: Store | None = None,
    before: Trial | None = None,
    accept_snapshot: bool = False,
) -> list[Concern]:
    """Find what would keep others from making the next trial anew.

    Parameters
    ----------
    present
        What there is now.
    store
        The store of the project.
    before
        The trial before, whose data the next one is taken to read; None for the first.
    accept_snapshot
        Whether code that is in no commit will do when it is in a snapshot.

    Returns
    -------
    list of Concern
        In the order of `CHECKED`, all of which block.
    """
    found = find_concerns(present, store=store, before=before, accept_snapshot=accept_snapshot)
    return [replace(each, severity="blocks") for each in found]


def find_concerns(
    present: Present,
    *,
    store: Store | None = None,
    before: Trial | None = None,
    accept_snapshot: bool = False,
) -> list[Concern]:
    """Find the same as `find_obstacles`, each as grave as it is where nobody is strict.

    Parameters
    ----------
    present, store, before, accept_snapshot
        As for `find_obstacles`.

    Returns
    -------
    list of Concern
        For what is in no commit and on no remote, the snapshot of a trial makes up: it is told.
    """
    worktree, trouble = see_worktree(present)
    files = before.files if before else []
    written = {use.path for use in files if use.role == "output"}
    tracked = worktree.tracked - {*worktree.changed} if worktree else frozenset()
    code = find_open_code(present, worktree, written=written)
    if trouble:
        code = [Concern("code", f"git does not tell: {trouble}", "git status")]
    if accept_snapshot:
        code = [each for each in code if each.kind != "code"]
    mild = [replace(each, kind="code") for each in code], find_unpushed(worktree)
    return [
        *(replace(each, severity="tells") for part in mild for each in part),
        *find_unkept(files, tracked, store.objects.has if store else bool),
        *find_mismatches(present),
        *find_wrong_interpreter(present.root, _version(present)),
        *_find_unseeded(present),
    ]


def _version(present: Present) -> str:
    return str(present.facets.get("python", {}).get("version", ""))


def _find_unseeded(present: Present) -> list[Concern]:
    """Find draws without a seed in what is run; without a script there is no telling what is."""
    if present.script is None:
        return []
    return [
        Concern(
            "seed", f"{draw.generator} is used unseeded at {draw.place}", mend_draw(draw.generator)
        )
        for draw in find_unseeded(present.sources, is_seeded=present.is_seeded)
    ]


def refuse(obstacles: Iterable[Concern]) -> NoReturn:
    """Stop with the whole list.

    Parameters
    ----------
    obstacles
        What stands in the way; at least one.

    Raises
    ------
    StrictError
        Always.
    """
    found = [(str(each), each.mend) for each in obstacles]
    things = "1 thing stands" if len(found) == 1 else f"{len(found)} things stand"
    lines = (f"\n  {text}" + (f"\n      {mend}" if mend else "") for text, mend in found)
    message = f"{things} in the way of making this result anew; nothing was run"
    hint = "".join(["mend them, or do without strict mode:", *lines])
    raise StrictError(message, hint=hint, obstacles=found)


def enforce(
    present: Present, *, store: Store, before: Trial | None, accept_snapshot: bool = False
) -> dict[str, Any]:
    """Let a trial begin only if others could make it anew.

    Parameters
    ----------
    present, store, before, accept_snapshot
        As for `find_obstacles`.

    Returns
    -------
    dict
        The content of the facet ``strict``, which marks the trial as reproducible by its record:
        ``mode`` is ``clean`` or ``snapshot``, ``checked`` what was looked at.

    Raises
    ------
    StrictError
        When something stands in the way, with all of it.
    """
    found = find_obstacles(present, store=store, before=before, accept_snapshot=accept_snapshot)
    if found:
        refuse(found)
    return {"mode": "snapshot" if accept_snapshot else "clean", "checked": list(CHECKED)}


def be_strict(
    settings: Settings, store: Store, before: Trial | None, *, is_seeded: bool = False
) -> Facet:
    """Let what this process is about to run begin only if others could make it anew.

    Parameters
    ----------
    settings
        Those of the project, which say how strict to be.
    store, before
        As for `find_obstacles`.
    is_seeded
        Whether the shared generators are seeded from outside.

    Returns
    -------
    Facet
        The facet ``strict``.

    Raises
    ------
    StrictError
        When something stands in the way, with all of it.
    """
    script = find_script(sys.argv, settings.root)
    present = look_around(settings, script=script, is_seeded=is_seeded)
    is_lenient = settings.strict == "snapshot"
    found = enforce(present, store=store, before=before, accept_snapshot=is_lenient)
    return make_facet("strict", found)
