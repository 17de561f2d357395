"""What of trials is not in their records, read for many of them at once when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from anew.errors import AnewError
from anew.model import Summary
from anew.where import Commits, Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.model import Artifact, Result, Trial
    from anew.types import TrialSource

__all__ = ["SERIES", "Beside", "read_artifact"]

SERIES: Final = ("count", "first", "last", "max", "min")
"""What there is to ask of a series beside its last value, as in ``min.rmse``."""

_SMALL_BYTES: Final = 256
_READ_BACK: Final = frozenset({"json", "npy-scalar"})


class Beside:
    """What is read for some trials together.

    Parameters
    ----------
    trials
        The trials, all of one store.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._trials = trials
        self._uuids = [trial.uuid for trial in trials]
        self._read: dict[tuple[str, ...], dict[str, Any]] = {}
        self._values: dict[str | None, Any] = {}

    @property
    def _source(self) -> TrialSource:
        return self._trials[0].source

    def result(self, trial: Trial) -> Any:
        """Give the result in short; see `read_result`."""
        key = ("result",)
        if key not in self._read:
            self._read[key] = dict(self._source.results(self._uuids))
            self._read[key] |= {
                each.uuid: artifact
                for each in self._trials
                if each.status == "running"
                for artifact in self._source.artifacts(each.uuid)
                if artifact.role == "result"
            }
        artifact = self._read[key].get(trial.uuid)
        return None if artifact is None else read_artifact(self._source, artifact, self._values)

    def facet(self, name: str, trial: Trial) -> dict[str, Any]:
        """Give the content of a facet, empty when there is none."""
        key = ("facet", name)
        if key not in self._read:
            self._read[key] = self._source.facet_of(name, self._uuids)
        return dict(self._read[key].get(trial.uuid, {}))

    def strict(self, trial: Trial) -> str | None:
        """Tell how strict a trial was begun that strict mode let pass."""
        found = self.facet("strict", trial)
        return str(found.get("mode")) if found else None

    def reproduces(self, trial: Trial) -> int | str | None:
        """Give the number of the trial that was made anew; its UUID when it is not here."""
        if trial.reproduces is None:
            return None
        key = ("numbers",)
        if key not in self._read:
            wanted = [each.reproduces for each in self._trials if each.reproduces]
            self._read[key] = self._source.numbers(wanted)
        number: int | None = self._read[key].get(trial.reproduces)
        return trial.reproduces if number is None else number

    def find(self, prefix: str, name: str, trial: Trial) -> Any:
        """Give what a name with a prefix means; None when the trial has nothing of it."""
        if prefix in SERIES:
            summary = self._summary(name, trial)
            return None if summary is None else getattr(summary, prefix)
        if prefix == "tag":
            return name in trial.tags
        if prefix == "package":
            return self._version(name, trial)
        return self._commit(trial) if (prefix, name) == ("code", "commit") else None

    def _summary(self, metric: str, trial: Trial) -> Summary | None:
        key = ("series", metric)
        if key not in self._read:
            ended = [each.uuid for each in self._trials if each.status != "running"]
            found = self._source.summaries(metric, ended)
            for each in self._trials:
                if each.uuid not in found and metric in each.metrics:  # its journal has it
                    points = self._source.points(each.uuid, metric)
                    found[each.uuid] = Summary.of([point.value for point in points])
            self._read[key] = dict(found)
        return self._read[key].get(trial.uuid)

    def _version(self, name: str, trial: Trial) -> Version | None:
        """Give the version of a package, under whichever spelling of its name."""
        key = ("package", canonicalize_name(name))
        if key not in self._read:
            self._read[key] = {}
            by_facet: dict[int, Any] = {}
            self.facet("packages", trial)
            for uuid, content in self._read["facet", "packages"].items():
                if id(content) not in by_facet:
                    versions = content.get("versions", {}).items()
                    named = {canonicalize_name(each): version for each, version in versions}
                    by_facet[id(content)] = named.get(key[1])
                self._read[key][uuid] = by_facet[id(content)]
        version = self._read[key].get(trial.uuid)
        return None if version is None else Version(version)

    def _commit(self, trial: Trial) -> Commits | None:
        """Give the commits of the code: of the snapshot, and of the user's own repository."""
        found = [self.facet(name, trial).get("commit") for name in ("snapshot", "git")]
        commits = [str(each) for each in found if each]
        return Commits(*commits) if commits else None


def read_artifact(
    source: TrialSource, artifact: Artifact | Result, known: dict[str | None, Any]
) -> Any:
    """Read a small plain value; one line about any other.

    Parameters
    ----------
    source
        Where its content is.
    artifact
        The record of it.
    known
        What was read already, by digest; what is read now is added.
    """
    if artifact.format not in _READ_BACK or artifact.size_bytes > _SMALL_BYTES:
        return artifact.summary
    if artifact.digest not in known:
        try:
            value = source.load(artifact)
        except AnewError:  # the object is gone: what is known of it is still worth a line
            return artifact.summary
        if hasattr(value, "dtype"):  # no dates as numbers
            value = value.item() if value.dtype.kind in "biuf" else artifact.summary
        known[artifact.digest] = value
    return known[artifact.digest]
