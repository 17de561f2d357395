"""What two trials differ in: all that went in, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, cast

from anew.changes import compare_facets, describe_file, grouped
from anew.compare.finding import IDENTICAL, Tolerance
from anew.compare.scalars import compare_numbers
from anew.compare.trials import compare_trials
from anew.errors import AnewError, UsageError
from anew.model import UNSET, Change, FileUse, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.model import Facet, Trial
    from anew.types import Store

__all__ = ["Difference", "compare_surroundings", "diff"]

_TOLD_ELSEWHERE: Final = frozenset({"packages", "seeds", "snapshot"})


@dataclass(frozen=True)
class Difference:
    """What two trials differ in; false when it is nothing.

    Parameters
    ----------
    a, b
        The numbers of the trials.
    parameters
        Values by name, those of both trials; ``UNSET`` where a trial has none.
    seeds
        Root seeds, when they differ.
    metrics
        Last values by name; None where a trial has none.
    result
        How the results compare, when they are not identical.
    code
        A unified diff of the snapshots, data files left out.
    packages
        Versions by name; None where it was not installed.
    data
        Input files that differ.
    facets
        What else the trials ran on.
    """

    a: int
    b: int
    parameters: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    seeds: tuple[int, int] | None = None
    metrics: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    result: Verdict | None = None
    code: str = ""
    packages: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    data: list[Change] = field(default_factory=list)
    facets: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self) if each.name not in {"a", "b"})

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew diff --json`` prints it; what is ``UNSET`` is left out."""
        return {
            "a": self.a,
            "b": self.b,
            "parameters": _to_pairs(self.parameters),
            "seeds": list(self.seeds) if self.seeds else None,
            "metrics": _to_pairs(self.metrics),
            "result": _to_plain(self.result) if self.result else None,
            "code": self.code,
            "packages": _to_pairs(self.packages),
            "data": [vars(change) for change in self.data],
            "facets": [vars(change) for change in self.facets],
        }


def _to_plain(verdict: Verdict) -> dict[str, Any]:
    """Give all but the picture, which is no text."""
    return {name: value for name, value in vars(verdict).items() if name != "picture"}


def _to_pairs(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Write pairs as objects without what is absent."""
    return {
        name: {side: value for side, value in zip("ab", pair, strict=True) if value is not UNSET}
        for name, pair in table.items()
    }


def diff(a: Trial, b: Trial) -> Difference:
    """Say what two trials differ in.

    Parameters
    ----------
    a, b
        Trials of one store, the earlier one first.

    Returns
    -------
    Difference
        Plain data; false when the trials do not differ.

    Raises
    ------
    UsageError
        When the trials are of different stores.
    """
    store = cast("Store", a.source)
    if cast("Store", b.source).folder != store.folder:
        message = f"trials of two stores: {store.url!r} and {cast('Store', b.source).url!r}"
        raise UsageError(message, hint="take both trials from one store")
    old, new = store.facets(a.uuid), store.facets(b.uuid)
    code, remark = _diff_code(store, a, b, (old.get("snapshot"), new.get("snapshot")))
    return Difference(
        a=a.number,
        b=b.number,
        parameters=_diff_values(a.parameters, b.parameters),
        seeds=None if a.seed == b.seed else (a.seed, b.seed),
        metrics=_diff_metrics(a.metrics, b.metrics),
        result=_diff_results(a, b),
        code=code,
        packages=_diff_packages(old.get("packages"), new.get("packages")),
        data=_diff_data(a.files, b.files),
        facets=[*remark, *_diff_facets(old, new, in_scratch=bool(a.reproduces or b.reproduces))],
    )


def _diff_values(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give the parameters that differ; NaN does not differ from NaN, 1 does from True."""
    from anew.digests import digest_value

    pairs = {name: (old.get(name, UNSET), new.get(name, UNSET)) for name in {**old, **new}}
    return {
        name: pair
        for name, pair in pairs.items()
        if UNSET in pair or digest_value(pair[0]) != digest_value(pair[1])
    }


def _diff_metrics(
    old: dict[str, float], new: dict[str, float]
) -> dict[str, tuple[float | None, float | None]]:
    pairs = {name: (old.get(name), new.get(name)) for name in {**old, **new}}
    return {
        name: pair
        for name, pair in pairs.items()
        if None in pair or compare_numbers(*pair, Tolerance()).verdict != IDENTICAL
    }


def _diff_results(a: Trial, b: Trial) -> Verdict | None:
    """Compare the results alone."""
    for verdict in compare_trials(a, b):
        if verdict.kind == "result" and verdict.verdict != IDENTICAL:
            return verdict
    return None


def _diff_code(
    store: Store, a: Trial, b: Trial, snapshots: tuple[Facet | None, Facet | None]
) -> tuple[str, list[Change]]:
    """Compare the snapshots; say so when they cannot be."""
    from anew.code.snapshot import diff as diff_snapshots

    old, new = snapshots
    if old is None or new is None:
        without = [t.number for t, each in zip((a, b), snapshots, strict=True) if each is None]
        named = " and ".join(f"trial {number}" for number in without)
        return "", [Change("code", f"not compared: {named} has no snapshot")]
    if old.content["tree"] == new.content["tree"]:
        return "", []
    data = {use.path for trial in (a, b) for use in trial.files}
    commits = old.content["commit"], new.content["commit"]
    try:
        return diff_snapshots(store.folder / "git", *commits, exclude=sorted(data)), []
    except AnewError as error:
        return "", [Change("code", f"not compared: {error.message}")]


def _diff_packages(
    old: Facet | None, new: Facet | None
) -> dict[str, tuple[str | None, str | None]]:
    """Compare versions, and where a distribution was installed from."""
    before, after = ({} if facet is None else _name_packages(facet) for facet in (old, new))
    pairs = {name: (before.get(name), after.get(name)) for name in sorted({**before, **after})}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _name_packages(facet: Facet) -> dict[str, str]:
    versions, origins = facet.content["versions"], facet.content.get("origins", {})
    return {
        name: f"{version} ({origins[name]})" if name in origins else version
        for name, version in versions.items()
    }


def _diff_data(old: Iterable[FileUse], new: Iterable[FileUse]) -> list[Change]:
    """Compare the files that were read."""
    before, after = ({use.path: use for use in uses if use.role == "input"} for uses in (old, new))
    changes = []
    for path in sorted({**before, **after}):
        one, other = before.get(path), after.get(path)
        if one is None or other is None:
            which, use = ("second", other) if one is None else ("first", one)
            changes.append(Change(path, f"read by the {which} alone{_size(use)}"))
        elif one.digest != other.digest:
            changes.append(Change(path, describe_file(one, other)))
    return changes


def _size(use: FileUse | None) -> str:
    if use is None:
        return ""
    rows = "" if use.rows is None else f"{grouped(use.rows)} rows, "
    return f" ({rows}{grouped(use.size_bytes)} bytes)"


def compare_surroundings(a: Trial, b: Trial) -> list[Change]:
    """Say what differs in what two trials ran on: packages, interpreter, machine, variables.

    Parameters
    ----------
    a, b
        The trials, also of two stores.
    """
    old, new = (trial.source.facets(trial.uuid) for trial in (a, b))
    packages = {
        name: table["packages"].content
        for name, table in (("a", old), ("b", new))
        if "packages" in table
    }
    told = (
        compare_facets({"packages": packages["a"]}, {"packages": packages["b"]})
        if len(packages) == len("ab")
        else []
    )
    return [*told, *_diff_facets(old, new, in_scratch=bool(a.reproduces or b.reproduces))]


def _diff_facets(old: dict[str, Facet], new: dict[str, Facet], *, in_scratch: bool) -> list[Change]:
    """Compare the facets that both trials have; say which one of them lacks.

    A scratch folder has no repository, and its place in the import path says nothing.
    """
    shared = (old.keys() & new.keys()) - _TOLD_ELSEWHERE - ({"git"} if in_scratch else set())
    one, other = ({name: table[name].content for name in shared} for table in (old, new))
    if in_scratch:
        one, other = map(_without_path, (one, other))
    lacking = [
        Change(name, f"not compared: recorded for the {'first' if name in old else 'second'} alone")
        for name in sorted((old.keys() ^ new.keys()) - {"reproduction", "snapshot", "verification"})
    ]
    return [*compare_facets(one, other), *lacking]


def _without_path(facets: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave the import path out of the command's variables."""
    command = facets.get("command", {})
    variables = {n: v for n, v in command.get("environment", {}).items() if n != "PYTHONPATH"}
    return facets | {"command": {**command, "environment": variables}}
