"""What the tracker saw of a trial becomes part of its record."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.secrets import find_secret
from anew.code.snapshot import entries_of
from anew.data import Place, find_removed, keep_files, merge, split_folders
from anew.data.outsiders import FOUND, find_outsiders, look_outside
from anew.data.sources import find_sources
from anew.digests import digest_bytes
from anew.guards import after_trial, say_concerns, sum_up
from anew.memos import MEMO_FOLDER, use_known
from anew.model import FileUse
from anew.notices import say
from anew.provenance import make_facet
from anew.provenance.kept import recall
from anew.provenance.libraries import libraries_of
from anew.provenance.masking import mask_arguments, show_path
from anew.records import asdict
from anew.tracker import silent, tracing
from anew.tracker.folder import HANDLE, make_folder, remove_folder
from anew.tracker.reading import read_traces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from anew.code.entries import Entry
    from anew.data import Kept
    from anew.recorder import Recorder
    from anew.tracker.reading import SeenProcess

__all__ = ["record_traces", "tell_concerns", "tracking"]

_SHOWN: Final = 3
"""So many remarks on files are said; all are recorded."""

_AT_ONCE: Final = 50
"""So many trials of an experiment are looked at for those that ran at the same time."""

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
            own = (each.numerics for each in processes if each.pid == recorder.handle.pid)
            recorder.computing = next((each.get("computing") for each in own), None)
            record_traces(recorder, folder, processes)
            with recorder.never_breaking("stamps"):
                if any(each.saved or each.files for each in processes):
                    from anew.stamping import stamp_saved

                    stamp_saved(recorder, processes)
            if is_well:
                tell_concerns(recorder, processes)
        remove_folder(folder)


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
    tracked = _list_committed(recorder.root) if is_unkept else ()
    seen = sum_up(processes, recorder.root)
    concerns = after_trial(trial, seen, earlier=earlier, tracked=tracked)
    for concern in concerns:
        recorder.add_event(concern.kind, concern.text)
    new = [each for each in concerns if each.text not in _said]
    _said.update(each.text for each in new)
    say_concerns(new)


def _list_committed(root: Path) -> Collection[str]:
    """List the files that are as in the user's last commit."""
    from anew.guards.worktree import read_worktree

    worktree = read_worktree(root)
    return worktree.tracked - {*worktree.changed} if worktree else ()


def record_traces(
    recorder: Recorder, folder: Path, processes: list[SeenProcess], *, is_late: bool = False
) -> None:
    """Record the files, URLs and processes that were seen.

    Parameters
    ----------
    recorder
        Of the trial.
    folder
        The trace folder.
    processes
        What was seen.
    is_late
        Whether the trial ended long ago, so that nobody knows who changed the project since.
    """
    use_known(recorder.store.folder / MEMO_FOLDER)
    place = Place(
        recorder.root,
        (recorder.store.folder,),
        recorder.store.objects,
        recorder.handle.keep_inputs,
        _holds_credentials,
    )
    outside = [] if is_late else _look_outside(recorder, folder, processes, place)
    used = merge([*processes, *outside], folder)
    snapshot = _snapshot(recorder)
    entries = entries_of(snapshot.get("commit", ""))
    for each in find_sources(processes, recorder.root, snapshot, entries):
        used.setdefault(each.path, each)
    kept = keep_files(used.values(), place)
    for use in (*kept.files, *_fetched(processes)):
        recorder.add_file(use)
    for remark in (*kept.remarks, *kept.withheld, *kept.secret):
        recorder.add_event("data", remark)
    for remark in kept.remarks[:_SHOWN]:
        say(f"trial {recorder.handle.number}: {remark}")
    if kept.secret:  # said until others are read
        recall(recorder.store.folder / "known", "secret", tuple(kept.secret), lambda: _say(kept))
    _read_values(recorder, kept)
    if any(each.plots for each in processes):
        from anew.plots import keep_plots

        outputs = (use.path for use in kept.files if use.role == "output")
        names = {f"{recorder.root / path}": path for path in outputs}
        keep_plots(recorder, folder, processes, names)
    told = _describe(processes, recorder.root, is_looked_at=bool(outside))
    had, made = split_folders((*processes, *outside))
    told["made"] = sorted(show_path(path, recorder.root) for path in made)
    if had:
        told["had"] = sorted(show_path(path, recorder.root) for path in had)
    removed = find_removed(processes, recorder.root)
    if removed:
        told["removed"] = sorted(show_path(path, recorder.root) for path in removed)
    recorder.late_facets.append(make_facet("tracking", told))
    libraries = {path for each in processes for path in each.numerics.get("libraries", ())}
    if libraries:
        known = recorder.store.folder / "known"
        content = libraries_of(libraries, recorder.root, known)
        recorder.late_facets.append(make_facet("libraries", content))


def _look_outside(
    recorder: Recorder, folder: Path, processes: list[SeenProcess], place: Place
) -> list[SeenProcess]:
    """Find out what programs did that nobody looked into, if there were any."""
    if not find_outsiders(processes):
        return []
    since_ns = (folder / HANDLE).stat().st_mtime_ns
    found = look_outside(
        processes,
        place,
        since_ns,
        lambda: _known_files(recorder),
        lambda: _written_by_others(recorder, folder, since_ns / 1e9),
    )
    if found is None:
        recorder.warn("the project has too many files to look at before and after")
    return [found] if found else []


def _known_files(recorder: Recorder) -> Mapping[str, Entry]:
    """Give what the trial's own snapshot knows of the project's files."""
    return entries_of(_snapshot(recorder).get("commit", ""))


def _snapshot(recorder: Recorder) -> Mapping[str, Any]:
    """Give what is recorded of the trial's own snapshot."""
    if recorder.snapshot is not None:
        return recorder.snapshot
    uuid = recorder.handle.uuid
    return recorder.store.facet_of("snapshot", [uuid]).get(uuid, {})


def _written_by_others(recorder: Recorder, folder: Path, since: float) -> set[str]:
    """List the files that were seen to be written by trials that ran at the same time."""
    running = (each for each in folder.parent.iterdir() if each != folder and each.is_dir())
    seen = (process for each in running for process in read_traces(each))
    found = {file.path for process in seen for file in process.files if file.mode == "write"}
    for trial in recorder.store.latest(recorder.handle.experiment, _AT_ONCE):
        if trial.seconds is not None and trial.started.timestamp() + trial.seconds >= since:
            outputs = (use for use in trial.files if use.role == "output" and use.origin != FOUND)
            found |= {f"{recorder.root / use.path}" for use in outputs}
    return found


def _say(kept: Kept) -> dict[str, Any]:
    """Say which files are never kept."""
    for remark in kept.secret:
        say(remark)
    return {}


def _holds_credentials(name: str, content: bytes) -> bool:
    """Tell whether a file is never to be kept."""
    return find_secret(name, content) is not None


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
    if not kept.files:
        return
    from anew.data.leaves import read_leaves
    from anew.data.metrics import read_metrics

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


def _describe(processes: list[SeenProcess], root: Path, *, is_looked_at: bool) -> dict[str, Any]:
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
    programs = [list(mask_arguments(each.argv)) for p in processes if p.pid for each in p.programs]
    outsiders = find_outsiders(p for p in processes if p.pid)  # one without speaks for itself
    names = sorted({Path(each.argv[0]).name for each in outsiders})
    blind = _blind_spots(names, is_looked_at=is_looked_at)
    unseen = sorted({*(text for p in processes for text in p.unseen), *blind})
    return {"processes": told, "programs": programs, "outsiders": names, "unseen": unseen}


def _blind_spots(names: list[str], *, is_looked_at: bool) -> set[str]:
    """Say what nobody saw of programs."""
    did = "only reads, or writes outside of the project" if is_looked_at else "used"
    return {f"files that the program {name} {did}" for name in names}
