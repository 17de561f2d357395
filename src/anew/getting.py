"""What a trial kept, given out as a file: it has its stamp from then on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from anew.errors import StampError, StoreError, UnknownNameError, UsageError
from anew.records import replace
from anew.settings import load_settings
from anew.stamping import provenance_of
from anew.stamps import bare_digest, write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.model import Trial
    from anew.types import Store

__all__ = ["get_file"]


class _Kept(NamedTuple):
    """Content by the name that it has in a trial, and the suffix of its format."""

    name: str
    digest: str
    suffix: str = ""


def get_file(
    store: Store, trial: Trial, name: str, path: str | os.PathLike[str] = "", *, force: bool = False
) -> Path:
    """Write what a trial kept into a file, with the trial's stamp.

    Parameters
    ----------
    store
        The store that has the trial.
    trial
        The trial.
    name
        The name of an artifact, the path of an output or input, ``result``, or the label of a step
        whose value was kept: the first of these that there is.
    path
        The file, or a folder for it; the present folder by default.
    force
        Whether a file with another content is replaced.

    Returns
    -------
    pathlib.Path
        The file. A name without a suffix gets that of its format.

    Raises
    ------
    UnknownNameError
        When the trial kept nothing of that name.
    UsageError
        When the file is there already with another content, or cannot be written.
    StoreError
        When the content is missing or damaged.
    """
    kept = _find(store, trial, name)
    place = _choose_place(kept, Path(path))
    _refuse_to_replace(place, kept, force=force)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as aside:
            passing = Path(aside, place.name)
            store.objects.copy_to(kept.digest, passing)
            passing.replace(place)
    except StoreError:
        raise
    except OSError as error:
        message = f"cannot write {str(place)!r}: {error.strerror}"
        raise UsageError(message, hint="give a place that you may write to: -o FILE") from error
    _stamp(store, trial, place)
    return place


def _find(store: Store, trial: Trial, name: str) -> _Kept:
    """Find what a trial kept under a name."""
    found = {kept.name: kept for kept in reversed([*_list(store, trial)])}
    if name not in found:
        known = list(dict.fromkeys(kept.name for kept in _list(store, trial)))
        kind, where = "artifact or kept file", f"trial {trial.number}"
        raise UnknownNameError(kind, name, known=known, where=where)
    return found[name]


def _list(store: Store, trial: Trial) -> Iterator[_Kept]:
    """List what a trial kept: what was saved by name comes before files, results and values."""
    from anew.formats.choice import suffix_of

    artifacts = [each for each in store.artifacts(trial.uuid) if each.digest and each.format]
    for each in artifacts:
        if each.role == "artifact":
            yield _Kept(each.name, each.digest or "", suffix_of(each.format or ""))
    for role in ("output", "input"):
        for use in trial.files:
            if use.role == role and use.kept and use.count is None:
                yield _Kept(use.path, use.digest)
    for each in artifacts:
        if each.role in {"result", "value"}:
            suffix = suffix_of(each.format or "")
            yield _Kept("result" if each.role == "result" else each.name, each.digest or "", suffix)


def _choose_place(kept: _Kept, path: Path) -> Path:
    """Choose the file that is written."""
    if path.name and not path.is_dir():
        return path
    name = PurePosixPath(kept.name).name
    return path / (name if PurePosixPath(name).suffix else f"{name}{kept.suffix}")


def _refuse_to_replace(place: Path, kept: _Kept, *, force: bool) -> None:
    """Leave alone a file that is something else."""
    if force or not os.path.lexists(place):
        return
    with suppress(OSError):
        if bare_digest(place) == kept.digest:
            return
    message = f"{str(place)!r} is there already, with another content"
    raise UsageError(message, hint="give another name: -o FILE; or --force to replace it")


def _stamp(store: Store, trial: Trial, place: Path) -> None:
    """Stamp the file, unless the settings are against it."""
    settings = load_settings()
    if not settings.stamp:
        return
    stamp = replace(provenance_of(store, trial, root=settings.root), path=place.name)
    with suppress(StampError):  # it has what was asked for
        write_stamp(place, stamp, sidecar_only=settings.stamp == "sidecar")
