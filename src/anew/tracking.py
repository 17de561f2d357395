"""What the tracker saw of a trial becomes part of its record."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.secrets import find_secret, is_credential
from anew.data import Place, keep_files, merge
from anew.data.leaves import read_leaves
from anew.data.metrics import read_metrics
from anew.digests import digest_bytes
from anew.guards import after_trial, say_concerns, sum_up
from anew.guards.worktree import read_worktree
from anew.memos import MEMO_FOLDER, use_known
from anew.model import FileUse
from anew.notices import say
from anew.provenance import make_facet
from anew.provenance.kept import recall
from anew.provenance.masking import mask_arguments, show_path
from anew.tracker import silent, tracing
from anew.tracker.folder import make_folder
from anew.tracker.reading import read_traces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.data import Kept
    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess

__all__ = ["record_traces", "tell_concerns", "tracking"]

_SHOWN: Final = 3
"""So many remarks on files are said; all are recorded."""

_ASKED_BY_PYTHON: Final = frozenset({"ldconfig", "uname"})
"""Programs that Python's own library starts, which use no file of anybody's."""

_LOOKED_BACK: Final = 10
"""So many earlier trials are looked at for one that ran on the same."""

_said: Final[set[str]] = set()
"""What was said of another trial of this process, as of those of a loop."""

_READ_BYTES: Final = 1 << 20
"""A larger file holds neither parameters nor metrics."""


@contextmanager
def tracking(recorder: Recorder) -> Iterator[None]:
    """See what the block touches, and record it when the block has ended.

    Parameters
    ----------
    recorder
        Of the trial that the block belongs to.
    """
    try:
        folder = make_folder(recorder.store.folder, asdict(recorder.handle))
        traced = tracing(folder, recorder.handle.keep_inputs)
    except OSError as error:
        recorder.warn(f"files that it uses are not seen: {error}")
        yield
        return
    is_well = False
    try:
        with traced:
            yield
        is_well = True
    finally:
        with silent(), recorder.never_breaking("files"):
            processes = read_traces(folder)
            record_traces(recorder, folder, processes)
            if is_well:
                tell_concerns(recorder, processes)
        shutil.rmtree(folder, ignore_errors=True)


def tell_concerns(recorder: Recorder, processes: Iterable[SeenProcess]) -> None:
    """Say and record for what a trial that is about to end well may not be made anew.

    Parameters
    ----------
    recorder
        Of the trial, to which everything else has been recorded.
    processes
        What was seen.
    """
    store, handle = recorder.store, recorder.handle
    trial = store.trial(handle.uuid)
    # Of steps that gave something else for the same, more is known, and said when it happens.
    earlier = [] if trial.steps else store.latest(handle.experiment, _LOOKED_BACK)
    is_unkept = any(use.role == "input" and not use.kept for use in trial.files)
    worktree = read_worktree(recorder.root) if is_unkept else None
    tracked = worktree.tracked - {*worktree.changed} if worktree else ()
    seen = sum_up(processes, recorder.root)
    concerns = after_trial(trial, seen, earlier=earlier, tracked=tracked)
    for concern in concerns:
        recorder.add_event(concern.kind, concern.text)
    new = [each for each in concerns if each.text not in _said]
    _said.update(each.text for each in new)
    say_concerns(new)


def record_traces(recorder: Recorder, folder: Path, processes: list[SeenProcess]) -> None:
    """Record the files, URLs and processes that were seen.

    Parameters
    ----------
    recorder
        Of the trial.
    folder
        The trace folder.
    processes
        What was seen.
    """
    use_known(recorder.store.folder / MEMO_FOLDER)
    place = Place(
        recorder.root,
        (recorder.store.folder,),
        recorder.store.objects,
        recorder.handle.keep_inputs,
        _holds_credentials,
    )
    kept = keep_files(merge(processes, folder).values(), place)
    for use in (*kept.files, *_fetched(processes)):
        recorder.add_file(use)
    for remark in (*kept.remarks, *kept.withheld, *kept.secret):
        recorder.add_event("data", remark)
    for remark in kept.remarks[:_SHOWN]:
        say(f"trial {recorder.handle.number}: {remark}")
    if kept.secret:  # said until others are read
        recall(recorder.store.folder / "known", "secret", tuple(kept.secret), lambda: _say(kept))
    _read_values(recorder, kept)
    facet = make_facet("tracking", _describe(processes, recorder.root))
    recorder.late_facets.append(facet)


def _say(kept: Kept) -> dict[str, Any]:
    """Say which files are never kept."""
    for remark in kept.secret:
        say(remark)
    return {}


def _holds_credentials(name: str, path: Path) -> bool:
    """Tell whether a file is never to be kept."""
    if is_credential(name):
        return True
    with suppress(OSError):
        if path.stat().st_size <= _READ_BYTES:
            return find_secret(name, path.read_bytes()) is not None
    return False


def _fetched(processes: Iterable[SeenProcess]) -> Iterator[FileUse]:
    """Give what came from URLs as files."""
    for process in processes:
        for each in process.sources:
            origin = f"{each.method} {each.status} {each.etag}".strip()
            yield FileUse(
                each.url, "input", each.digest, each.size_bytes, None, kept=False, origin=origin
            )


def _read_values(recorder: Recorder, kept: Kept) -> None:
    """Take parameters from files of settings that were read, metrics from those written."""
    parameters: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    for use in kept.files:
        if use.count is not None or use.size_bytes > _READ_BYTES:
            continue
        with suppress(Exception):  # whatever is in a file of somebody's: it is no settings then
            data = _content(recorder, use)
            if use.role == "input":
                parameters |= read_leaves(Path(use.path), data)
            elif use.role == "output":
                metrics |= read_metrics(Path(use.path), data, recorder.handle.metrics_files)
    if parameters:
        recorder.add_parameters(parameters)
    if metrics:
        recorder.log(metrics, step=None)


def _content(recorder: Recorder, use: FileUse) -> bytes:
    """Give what a file held; nothing when it is not known any more."""
    if use.kept:
        return recorder.store.objects.get(use.digest)
    data = (recorder.root / use.path).read_bytes()
    return data if digest_bytes(data) == use.digest else b""


def _describe(processes: list[SeenProcess], root: Path) -> dict[str, Any]:
    """Tell which processes there were, and what of them could not be seen."""
    told = [
        {
            "argv": mask_arguments(process.argv),
            "executable": show_path(process.executable, root) if process.executable else "",
            "version": process.version,
            "end": process.end,
        }
        for process in processes
    ]
    programs = [list(mask_arguments(each.argv)) for p in processes for each in p.programs]
    unseen = sorted({*(text for p in processes for text in p.unseen), *_blind_spots(processes)})
    return {"processes": told, "programs": programs, "unseen": unseen}


def _blind_spots(processes: Iterable[SeenProcess]) -> set[str]:
    """Name the programs whose files nobody saw; strace, a process without interpreter, sees all."""
    if any(process.pid and not process.executable for process in processes):
        return set()
    names = {Path(each.argv[0]).name for p in processes for each in p.programs if each.argv}
    return {f"files that the program {name} used" for name in names - _ASKED_BY_PYTHON}
