"""The files that a trial saved get their stamps, once, when it ends."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import StampError, UsageError
from anew.model import WITHHELD
from anew.notices import warn_once
from anew.plan import current_plan
from anew.provenance.masking import hide_home, show_path
from anew.records import replace
from anew.stamps import Place, Provenance, bare_digest, read_stamp, write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.model import Trial
    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess
    from anew.types import Store

__all__ = ["provenance_of", "stamp_by_hand", "stamp_saved"]

_ZARR: Final = ("zarr.json", ".zattrs", ".zgroup")


def stamp_saved(recorder: Recorder, processes: Iterable[SeenProcess]) -> None:
    """Stamp what a trial saved by the functions that are made for it.

    Parameters
    ----------
    recorder
        Of the trial, to which everything else has been recorded.
    processes
        What was seen.

    Notes
    -----
    The record has the digests of before, which are those of all that looks past the stamp. Nothing
    is stamped in a reproduction. What goes wrong is said, and the file is as it was.
    """
    mode = recorder.handle.stamp
    saved = dict.fromkeys(path for process in processes for path in _saved(process))
    if not mode or current_plan() or recorder.handle.reproduces or not saved:
        return
    store, handle = recorder.store, recorder.handle
    trial = store.trial(handle.uuid)
    written = {f"{recorder.root / use.path}": use for use in trial.files if use.role == "output"}
    trees = tuple(f"{path}{os.sep}" for path, use in written.items() if use.count is not None)
    secret = {f"{recorder.root / use.path}" for use in trial.files if use.origin == WITHHELD}
    stamp = provenance_of(store, trial, root=recorder.root)
    for path in _as_wholes(saved):
        use = written.get(path)
        is_there = os.path.exists(path)  # noqa: PTH110 - paths are text here
        is_ours = use is not None or path.startswith(trees)
        if path in secret or not is_there or _is_of_another(path, handle.uuid, is_ours=is_ours):
            continue
        name = use.path if use else Path(path).name
        with recorder.never_breaking(f"the stamp of {name!r}"):
            place = write_stamp(
                path,
                replace(stamp, path=_hide(name)),
                sidecar_only=mode == "sidecar",
                digest=use.digest if use and use.count is None and use.digest else None,
            )
            if place.why:
                recorder.add_event("stamp", f"{name} has its stamp beside it: {place.why}")
                if place.why.endswith("is not installed"):
                    text = f"{place.why}: stamps lie beside such files"
                    warn_once(f"{text} (uv pip install 'anew[stamps]')", about=place.why)


def stamp_by_hand(
    path: str | os.PathLike[str], store: Store | None, trial: Any, *, inside: bool = False
) -> Place:
    """Stamp a file as one of a trial.

    Parameters
    ----------
    path
        The file.
    store
        That of the trial; the project's by default.
    trial
        A reference to the trial; None for the last one that made this content.
    inside
        Whether an object of JSON gets the stamp inside.

    Returns
    -------
    Place
        Where the stamp is.

    Raises
    ------
    UsageError
        When there is no such trial, or none is known to have made it.
    StampError
        When the file cannot be stamped.
    """
    from anew.settings import load_settings
    from anew.stores import open_store

    settings = load_settings()
    store = store or open_store()
    found = store.trial(trial) if trial is not None else _find_maker(store, os.fspath(path))
    if found.reproduces and found.status == "running":
        return Place(os.fspath(path), inside=True)  # as it would be: nothing is stamped here
    root = Path(store.process(found.uuid).get("root") or settings.root)
    name = os.path.relpath(path, root) if Path(path).absolute().is_relative_to(root) else ""
    stamp = replace(provenance_of(store, found, root=root), path=_hide(name))
    only = settings.stamp == "sidecar"
    return write_stamp(path, stamp, sidecar_only=only, into_json=inside)


def _find_maker(store: Store, path: str) -> Trial:
    """Find the last trial that wrote or kept a content."""
    try:
        digest = bare_digest(path)
    except OSError as error:
        message = f"{path!r} cannot be read: {error.strerror}"
        raise StampError(message, hint="name a file that is there") from error
    if made := [use for use in store.uses({digest}) if use.role != "input"]:
        return store.trial(made[-1].uuid)
    message = f"no trial is known to have made {path!r}"
    hint = f"name one: anew stamp {shlex.quote(path)} --trial N"
    raise UsageError(message, where=f"store {store.folder}", hint=hint)


def provenance_of(store: Store, trial: Trial, *, root: Path) -> Provenance:
    """Say of a trial what its files are to say of themselves.

    Parameters
    ----------
    store
        The store that has the trial.
    trial
        The trial.
    root
        The project's folder.

    Returns
    -------
    Provenance
        Without path and content; there is neither a credential nor a home folder in it.
    """
    facets = {name: facet.content for name, facet in store.facets(trial.uuid).items()}
    packages = facets.get("packages", {}).get("versions", {})
    return Provenance(
        trial=trial.uuid,
        number=trial.number,
        experiment=trial.experiment,
        date=f"{trial.started:%Y-%m-%dT%H:%M:%SZ}",
        anew=packages.get("anew") or _own_version(),
        commit=facets.get("git", {}).get("commit") or "",
        snapshot=facets.get("snapshot", {}).get("commit") or "",
        command=tuple(_hide(list(facets.get("command", {}).get("argv", ())))),
        parameters=_hide(dict(trial.parameters)),
        inputs={
            _hide(use.path): use.digest
            for use in trial.files
            if use.role == "input" and use.origin != WITHHELD
        },
        store=_show_store(store.folder, root),
    )


def _saved(process: SeenProcess) -> Iterator[str]:
    """List what a process saved, and what was named as its output."""
    yield from process.saved
    yield from (file.path for file in process.files if file.told and file.mode == "write")


def _as_wholes(paths: Iterable[str]) -> list[str]:
    """Put one folder in the place of the files that tell that it is one of Zarr."""
    wholes: dict[str, None] = {}
    folders = {os.path.dirname(p) for p in paths if os.path.basename(p) in _ZARR}  # noqa: PTH119, PTH120 - text
    for path in paths:
        above = [folder for folder in folders if path.startswith(f"{folder}{os.sep}")]
        wholes[min(above, key=len) if above else path] = None
    return list(wholes)


def _is_of_another(path: str, uuid: str, *, is_ours: bool) -> bool:
    """Tell whether another trial has made a file, and it is as that left it.

    What a trial wrote was made by it, unless by one within: by its UUID, which tells when it began.
    """
    with suppress(StampError, OSError):
        stamp = read_stamp(path)
        if stamp is None or stamp.trial == uuid or (is_ours and stamp.trial < uuid):
            return False
        return stamp.content == bare_digest(path)
    return False


def _show_store(folder: Path, root: Path) -> str:
    """Say where a store is; one in its project by the project's name."""
    inside = folder.is_relative_to(root)
    return f"{root.name}/{folder.relative_to(root)}" if inside else show_path(folder, root)


def _hide(value: Any) -> Any:
    """Leave the home folder out of texts, wherever they stand."""
    if isinstance(value, str):
        return hide_home(value)
    if isinstance(value, dict):
        return {_hide(name): _hide(each) for name, each in value.items()}
    return [_hide(each) for each in value] if isinstance(value, list | tuple) else value


def _own_version() -> str:
    from importlib.metadata import version

    return version("anew")
