"""The terms on which two trials are compared: what is close enough, and what is noise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from time import time
from typing import TYPE_CHECKING, cast

from anew.compare.files.way import Way
from anew.compare.noise import RULES, Noise, Rule, choose_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anew.compare.finding import Tolerance
    from anew.compare.stamps import Span
    from anew.model import Trial
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["Case", "Terms"]


@dataclass(frozen=True)
class Terms:
    """On which terms two trials are compared.

    Parameters
    ----------
    tolerances
        By name or pattern of an output, metric or step, as ``*.csv``: the relative tolerance that
        holds for it in the place of the one for all. The first that fits counts.
    rules
        The kinds of noise that are ignored.
    moved
        Pairs of folders: where something was for the first trial, and where for the second. Those
        of the projects and of their environments are known without.
    """

    tolerances: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[Rule, ...] = RULES
    moved: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings, moved: Iterable[tuple[str, str]] = ()) -> Terms:
        """Give the terms that the settings of a project say.

        Parameters
        ----------
        settings
            The settings; ``tolerances`` and ``ignore`` are asked.
        moved
            Pairs of folders, as above.
        """
        return cls(dict(settings.tolerances), choose_rules(settings.ignore), tuple(moved))


@dataclass(frozen=True)
class Case:
    """Two trials, and how they are compared.

    Parameters
    ----------
    a, b
        The trials; ``a`` is the reference.
    tolerance
        How far apart numbers may be, where nothing else is said for them.
    terms
        What else is said.
    noise
        What texts of the two may differ in.
    """

    a: Trial
    b: Trial
    tolerance: Tolerance
    terms: Terms
    noise: Noise

    @classmethod
    def of(cls, a: Trial, b: Trial, tolerance: Tolerance, terms: Terms | None) -> Case:
        """Put together what is known of two trials.

        Parameters
        ----------
        a, b
            The trials.
        tolerance
            How far apart numbers may be.
        terms
            What else is said; every rule of noise by default.
        """
        wanted = terms or Terms()
        places = [*wanted.moved, *_find_moved(a, b)]
        moved = tuple(sorted(dict.fromkeys(places), key=lambda pair: -len(pair[1])))
        noise = Noise(wanted.rules, moved, (_span(a), _span(b)))
        return cls(a, b, tolerance, wanted, noise)

    def tolerance_of(self, name: str) -> Tolerance:
        """Give the tolerance that holds for a name."""
        for pattern, rtol in self.terms.tolerances.items():
            if any(fnmatchcase(each, pattern) for each in (name, PurePosixPath(name).name)):
                return replace(self.tolerance, rtol=rtol)
        return self.tolerance

    def way(self, name: str) -> Way:
        """Say how files of a name are compared."""
        return Way(self.tolerance_of(name), self.noise, name)


def _span(trial: Trial) -> Span:
    start = trial.started.timestamp()
    return start, time() if trial.seconds is None else start + trial.seconds


def _find_moved(a: Trial, b: Trial) -> list[tuple[str, str]]:
    """Find the places of the projects and of the environments in which two trials ran."""
    roots, environments = [], []
    for trial in (a, b):
        store = cast("Store", trial.source)
        roots.append(str(store.process(trial.uuid).get("root", "")))
        facet = trial.facets.get("python", {})
        program = Path(str(facet.get("executable", "")))
        is_own = facet.get("prefix") in {"venv", "conda"} and program.parent.name == "bin"
        environments.append(str(_expand(program.parent.parent)) if is_own else "")
    pairs = [(roots[0], roots[1]), (environments[0], environments[1])]
    return [(old, new) for old, new in pairs if old and new and old != new]


def _expand(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # nobody's home
        return path
