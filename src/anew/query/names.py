"""The names that mean something in a filter, an order or a list of columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from packaging.utils import canonicalize_name

from anew.query.beside import SERIES
from anew.query.rows import FACTS, name_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.model import Trial
    from anew.types import Store

__all__ = ["Asked", "Known", "KnownOfStore", "KnownOfTrials", "Names"]

_TABLES: Final = {"param": "parameters", "metric": "metrics"}


class Asked(NamedTuple):
    """What a name means: its kind, and the name without what says the kind.

    Parameters
    ----------
    kind
        ``fact``, ``param``, ``metric``, ``tag``, ``package``, ``code`` or one of `SERIES`.
    name
        That of the parameter, and so on.
    """

    kind: str
    name: str


class Known(Protocol):
    """What tells which names there are."""

    def has(self, table: str, name: str) -> bool:
        """Tell whether there is a name in ``parameters``, ``metrics`` or ``tags``."""

    def listed(self, table: str) -> set[str]:
        """List the names in ``parameters``, ``metrics``, ``tags`` or ``packages``."""


class Names(Collection[str]):
    """All names that mean something; what is not asked for is not looked up.

    Parameters
    ----------
    known
        What tells which names there are.
    """

    def __init__(self, known: Known) -> None:
        self._known = known

    def find(self, name: str) -> Asked | None:
        """Tell what a name means; None when nothing, or when it may mean two things."""
        if name in FACTS:
            return Asked("fact", name)
        bare = [kind for kind, table in _TABLES.items() if self._known.has(table, name)]
        if len(bare) == 1:
            return Asked(bare[0], name)
        kind, _, rest = name.partition(".")
        return Asked(kind, rest) if rest and self._is_kind(kind, rest) else None

    def _is_kind(self, kind: str, name: str) -> bool:
        if kind in _TABLES:
            return self._known.has(_TABLES[kind], name)
        if kind in SERIES:
            return self._known.has("metrics", name)
        if kind == "tag":
            return self._known.has("tags", name)
        if kind == "package":
            return canonicalize_name(name) in map(canonicalize_name, self._known.listed("packages"))
        return (kind, name) == ("code", "commit")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        """List the names, those of series only where there is no other for them."""
        tables = [self._known.listed(table) for table in _TABLES.values()]
        yield from FACTS
        for kind, columns in zip(_TABLES, name_columns(*tables), strict=True):
            for name, column in columns.items():
                yield from dict.fromkeys((f"{kind}.{name}", column))
        yield from (f"tag.{name}" for name in self._known.listed("tags"))
        yield "code.commit"

    def __len__(self) -> int:
        return sum(1 for _ in self)


class KnownOfTrials:
    """The names that some trials have.

    Parameters
    ----------
    trials
        The trials, of one store.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._trials = trials

    def has(self, table: str, name: str) -> bool:
        """Tell whether there is a name in ``parameters``, ``metrics`` or ``tags``."""
        return any(name in getattr(trial, table) for trial in self._trials)

    def listed(self, table: str) -> set[str]:
        """List the names in ``parameters``, ``metrics``, ``tags`` or ``packages``."""
        if table != "packages":
            return set().union(*(getattr(trial, table) for trial in self._trials))
        if not self._trials:
            return set()
        uuids = [trial.uuid for trial in self._trials]
        found = self._trials[0].source.facet_of("packages", uuids)
        distinct = {id(content): content for content in found.values()}.values()
        return set().union(*(content.get("versions", ()) for content in distinct))


class KnownOfStore:
    """The names that the trials of a store have.

    Parameters
    ----------
    store
        The store.
    experiment
        Only that of its trials.
    """

    def __init__(self, store: Store, experiment: str | None) -> None:
        self._store = store
        self._experiment = experiment
        self._running = KnownOfTrials(store.running(experiment))

    def has(self, table: str, name: str) -> bool:
        """Tell whether there is a name in ``parameters``, ``metrics`` or ``tags``."""
        is_there = self._running.has(table, name)
        return is_there or self._store.has_name(table, name, self._experiment)

    def listed(self, table: str) -> set[str]:
        """List the names in ``parameters``, ``metrics``, ``tags`` or ``packages``."""
        if table == "packages":
            return self._packages
        return self._running.listed(table) | self._store.names_in(table, self._experiment)

    @cached_property
    def _packages(self) -> set[str]:
        return self._store.packages()
