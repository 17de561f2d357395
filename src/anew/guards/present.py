"""What a trial would run on if it began now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.provenance import capture
from anew.provenance.locks import LocksCollector
from anew.provenance.requirements import RequirementsCollector
from anew.records import dataclass, field
from anew.settings import is_installed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anew.guards.sources import Source
    from anew.model import Trial
    from anew.settings import Settings

__all__ = ["Present", "find_last", "find_script", "look_around"]

_OF_PROJECT: Final = (LocksCollector(), RequirementsCollector())
"""What is the same whatever interpreter runs."""


@dataclass(frozen=True)
class Present:
    """A project and an interpreter, as they are now.

    Parameters
    ----------
    settings
        Those of the project.
    facets
        Content of facets by name, of the interpreter that is to run.
    script
        What is run, when that is a file.
    sources
        The project's code that the script reaches, parsed; all of it without a script.
    is_seeded
        Whether the shared generators are seeded from outside, as for the steps of an experiment.
    """

    settings: Settings
    facets: Mapping[str, Mapping[str, Any]]
    script: Path | None = None
    sources: tuple[Source, ...] = field(default=(), repr=False)
    is_seeded: bool = False

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.settings.root


def look_around(
    settings: Settings,
    *,
    script: Path | None = None,
    facets: Mapping[str, Mapping[str, Any]] | None = None,
    is_seeded: bool = False,
) -> Present:
    """Look at what a trial would run on; nothing is written.

    Parameters
    ----------
    settings
        Those of the project.
    script
        What is to be run, when that is a file.
    facets
        What the interpreter that is to run tells of itself; by default this one is meant.
    is_seeded
        Whether the shared generators are seeded from outside.
    """
    if facets is None:
        facets = {facet.name: facet.content for facet in capture(settings.root).facets}
    else:
        told = {each.name: each.collect(settings.root) for each in _OF_PROJECT}
        facets = {**told, **facets}
    from anew.guards.sources import find_sources

    sources = tuple(find_sources(settings.root, script))
    return Present(settings, facets, script, sources, is_seeded)


def find_script(words: Sequence[str], root: Path) -> Path | None:
    """Find the file that a command line runs.

    Parameters
    ----------
    words
        The command line, as of `sys.argv`: a script or notebook, a module, or any command.
    root
        The project's folder.

    Returns
    -------
    pathlib.Path or None
        None when it is no Python of the project, as where somebody types.
    """
    module = words[0].replace(".", "/") if words else ""
    named = [word for word in words if word.endswith((".py", ".ipynb"))]
    for name in (*named[:1], f"{module}.py", f"{module}/__main__.py"):
        path = Path(name).absolute()
        if path.is_file() and path.is_relative_to(root) and not is_installed(path):
            return path
    return None


def find_last(trials: list[Trial]) -> Trial | None:
    """Find the last trial that ended and was the user's own.

    Parameters
    ----------
    trials
        In the order of their numbers.

    Returns
    -------
    Trial or None
        None when there is none but running ones and those that made others anew.
    """
    return next((t for t in reversed(trials) if t.status != "running" and not t.reproduces), None)
