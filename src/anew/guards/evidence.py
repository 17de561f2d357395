"""What a record has to say for itself when a trial is held against rules."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.model import Artifact, FileUse, StepRecord, Trial
    from anew.types import Store

__all__ = ["Evidence", "is_figure"]

_FIGURES: Final = frozenset({".eps", ".jpeg", ".jpg", ".pdf", ".png", ".svg", ".tif", ".tiff"})
_PROSE: Final = frozenset({".adoc", ".md", ".qmd", ".rmd", ".rst", ".tex", ".txt", ".typ"})
_PROSE_LIMIT: Final = 200
_CITED: Final = 13
"""So many characters of a UUID name a trial: in time to the millisecond (RFC 9562)."""

_LOOKED_BACK: Final = 50


def is_figure(name: str) -> bool:
    """Tell whether a file or artifact is a picture, by its name.

    Parameters
    ----------
    name
        The name.
    """
    return PurePosixPath(name).suffix.lower() in _FIGURES


@dataclass(frozen=True)
class Evidence:
    """The record of a trial, and those of its experiment.

    Parameters
    ----------
    store
        The store of the trial.
    trial
        The trial.
    """

    store: Store = field(repr=False)
    trial: Trial

    @cached_property
    def facets(self) -> Mapping[str, Mapping[str, Any]]:
        """What the trial ran on."""
        return self.trial.facets

    @cached_property
    def inputs(self) -> list[FileUse]:
        """What the trial read."""
        return [use for use in self.trial.files if use.role == "input"]

    @cached_property
    def outputs(self) -> list[FileUse]:
        """What the trial wrote."""
        return [use for use in self.trial.files if use.role == "output"]

    @cached_property
    def artifacts(self) -> list[Artifact]:
        """What the trial kept by name, values and the result included."""
        return self.store.artifacts(self.trial.uuid)

    @cached_property
    def steps(self) -> list[StepRecord]:
        """What the trial did."""
        return self.trial.steps

    @cached_property
    def unseeded(self) -> list[str]:
        """What was said of draws that nothing seeded."""
        return [text for kind, text in self.store.events(self.trial.uuid) if kind == "unseeded"]

    @cached_property
    def others(self) -> list[Trial]:
        """The other trials of the experiment that are the user's own, the newest first."""
        trials = reversed(self.store.trials(self.trial.experiment))
        return [t for t in trials if not t.reproduces and t.uuid != self.trial.uuid]

    @cached_property
    def earlier(self) -> list[Trial]:
        """Those before the trial, the newest first, 50 at most."""
        return [t for t in self.others if t.number < self.trial.number][:_LOOKED_BACK]

    @cached_property
    def times_made_anew(self) -> int:
        """How often the trial was made anew."""
        trials = self.store.trials(self.trial.experiment)
        return sum(t.reproduces == self.trial.uuid and t.status == "finished" for t in trials)

    @cached_property
    def code(self) -> Mapping[str, str]:
        """The files of the snapshot."""
        return self.trial.code

    @property
    def figures(self) -> list[str]:
        """The names of the pictures that the trial kept or wrote."""
        kept = (a.name for a in self.artifacts if a.role == "artifact" and is_figure(a.name))
        return [*kept, *(use.path for use in self.outputs if is_figure(use.path))]

    @property
    def has_outcome(self) -> bool:
        """Whether the trial has something that could be spoken of."""
        return bool(self.trial.metrics or self.artifacts or self.outputs)

    def written_before(self, use: FileUse) -> bool:
        """Tell whether an earlier trial wrote what this one read."""
        return any(
            other.role == "output" and other.digest == use.digest
            for trial in self.earlier
            for other in trial.files
        )

    def read_differently(self, use: FileUse) -> Trial | None:
        """Find the newest earlier trial that read something else from the same place."""
        for trial in self.earlier:
            before = [f for f in trial.files if f.role == "input" and f.path == use.path]
            if before:
                return trial if before[0].digest != use.digest else None
        return None

    def cited_in(self) -> str | None:
        """Find a text of the project, of then or of the newest trial, that names the trial."""
        mark = self.trial.uuid[:_CITED]
        trees = [self.code, *(trial.code for trial in self.others[:1])]
        return next((path for tree in trees for path in _prose(tree) if mark in tree[path]), None)


def _prose(tree: Mapping[str, str]) -> Iterator[str]:
    paths = (path for path in tree if PurePosixPath(path).suffix.lower() in _PROSE)
    return islice(paths, _PROSE_LIMIT)
