"""A trial, or a stamp, as the origin of a file."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.model import Use
from anew.origins.origin import UNVERIFIED, Origin
from anew.provenance.masking import show_path
from anew.records import asdict
from anew.stamping import provenance_of
from anew.stamps import Provenance
from anew.stores import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.types import Store

__all__ = ["choose", "doubt_stamp", "tell_recorded", "tell_stamp", "tell_trial"]

_MOST_OTHERS: Final = 20
_LOOKED_AT: Final = 20
"""So many trials are asked whether they only made another one anew."""

_READ: Final = "input"


def choose(uses: Sequence[Use], path: Path, store: Store, stamped: str) -> Use:
    """Choose which use of a content to tell of, where several trials had it.

    Parameters
    ----------
    uses
        All of them.
    path
        The file that has the content.
    store
        The store.
    stamped
        The UUID that the file's stamp names; empty when there is none.

    Returns
    -------
    Use
        Of what was made before what was read; of these that of the stamp's trial, that of the same
        name or else the same suffix, that which is no reproduction, and the newest, in this order.
    """

    def rank(use: Use) -> tuple[bool, bool, bool, bool]:
        name = Path(use.name)
        is_alike = name.suffix == path.suffix
        return use.role != _READ, use.uuid == stamped, name.name == path.name, is_alike

    best = max(map(rank, uses))
    newest = sorted((use for use in uses if rank(use) == best), key=_number, reverse=True)
    own = (use for use in newest[:_LOOKED_AT] if store.trial(use.uuid).reproduces is None)
    return next(own, newest[0])


def _number(use: Use) -> int:
    return use.number


def tell_trial(use: Use, store: Store, uses: Sequence[Use], *, file: str, content: str) -> Origin:
    """Tell of the trial that had a content.

    Parameters
    ----------
    use
        As what it had it.
    store
        The store.
    uses
        Those of all trials that had it.
    file
        The file that was asked about.
    content
        Its digest.
    """
    trial = store.trial(use.uuid)
    facets = {name: facet.content for name, facet in store.facets(use.uuid).items()}
    system = facets.get("platform", {})
    others = {f"trial {each.number} ({each.role})": None for each in uses if each != use}
    return Origin(
        trial=trial.uuid,
        number=trial.number,
        experiment=trial.experiment,
        date=f"{trial.started:%Y-%m-%dT%H:%M:%SZ}",
        anew=facets.get("packages", {}).get("versions", {}).get("anew", ""),
        commit=facets.get("git", {}).get("commit") or "",
        snapshot=facets.get("snapshot", {}).get("commit") or "",
        command=tuple(facets.get("command", {}).get("argv") or ()),
        parameters=dict(trial.parameters),
        inputs={each.path: each.digest for each in trial.files if each.role == _READ},
        store=show_path(str(store.folder), store.folder / "objects"),
        path=use.name,
        content=content,
        file=file,
        role=use.role,
        name=use.name,
        user=str(system.get("user") or ""),
        host=str(system.get("hostname") or ""),
        again=_again(trial.number, store),
        others=tuple(others)[:_MOST_OTHERS],
    )


def doubt_stamp(stamp: Provenance, store: Store) -> tuple[str, ...]:
    """Say in what a stamp differs from the record of the trial that it names.

    Parameters
    ----------
    stamp
        The stamp.
    store
        The store, which has that trial.
    """
    trial = store.trial(stamp.trial)
    root = Path(store.process(trial.uuid).get("root") or store.folder.parent)
    known = Provenance.from_json(provenance_of(store, trial, root=root).to_json())
    wrong = [n for n in ("experiment", "commit", "snapshot") if _differ(stamp, known, n)]
    for name in ("parameters", "inputs"):  # a stamp by hand may be older than the last of them
        said, recorded = getattr(stamp, name), getattr(known, name)
        if not (stamp.more or known.more) and not _is_within(said, recorded):
            wrong.append(name)
    if not wrong:
        return ()
    named = " and ".join(wrong)
    return (f"its stamp was altered and is not trusted: {named} are not those of the record",)


def _is_within(said: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Tell whether a record has all that a stamp says; ``~/`` is the home of whoever ran it."""
    known = {json.dumps(item) for item in recorded.items()}
    return all(_is_one_of(json.dumps(item), known) for item in said.items())


def _is_one_of(text: str, known: set[str]) -> bool:
    if text in known or "~/" not in text:
        return text in known
    pattern = re.compile(r"/(?:[^/\"]+/)+".join(map(re.escape, text.split("~/"))))
    return any(map(pattern.fullmatch, known))


def _differ(stamp: Provenance, known: Provenance, name: str) -> bool:
    return bool(getattr(stamp, name) != getattr(known, name))


def tell_recorded(stamp: Provenance, store: Store, *, file: str) -> Origin:
    """Tell what the record says of the trial that a stamp names, and not what the stamp says.

    Parameters
    ----------
    stamp
        The stamp.
    store
        The store, which has that trial.
    file
        The file that has the stamp.
    """
    number = store.numbers([stamp.trial])[stamp.trial]
    use = Use(number, stamp.trial, "", stamp.path, stamp.content, 0, None)
    origin = tell_trial(use, store, (), file=file, content=stamp.content)
    return origin.having(by="stamp", state=UNVERIFIED)


def tell_stamp(stamp: Provenance, *, file: str) -> Origin:
    """Tell what a stamp alone says.

    Parameters
    ----------
    stamp
        The stamp.
    file
        The file that has it.
    """
    said: dict[str, Any] = asdict(stamp)
    again = f"anew reproduce {shlex.quote(stamp.trial)}"
    return Origin(**said, file=file, by="stamp", state=UNVERIFIED, name=stamp.path, again=again)


def _again(number: int, store: Store) -> str:
    """Write the command that makes a trial anew, as it works from here."""
    command = f"anew reproduce {number}"
    if open_store().folder == store.folder:
        return command
    return f"{command} --store {shlex.quote(str(store.folder))}"
