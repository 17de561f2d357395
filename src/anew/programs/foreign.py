"""Facts of the interpreter that a program runs in, where it is not the one that runs anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from anew.facts import use_paths
from anew.provenance import make_facet, use_facets
from anew.provenance.conda import describe_conda
from anew.provenance.interpreter import ask_interpreter
from anew.provenance.kept import recall
from anew.provenance.masking import show_path
from anew.provenance.packages import mark_packages, packages_of

if TYPE_CHECKING:
    from anew.programs.interpreter import Interpreter
    from anew.settings import Settings

__all__ = ["use_interpreter"]


def use_interpreter(interpreter: Interpreter, settings: Settings) -> None:
    """Have the facets ``python``, ``packages`` and ``conda`` tell of an interpreter.

    Parameters
    ----------
    interpreter
        The one that the program runs in, another than that of anew.
    settings
        Those of the project.

    Raises
    ------
    EnvironmentProblemError
        When it does not start.
    """
    root, place = settings.root, settings.folder / "known"
    asked = ask_interpreter(interpreter.path, os.environ, place)
    use_paths(asked.paths)
    python = asked.facts | {"executable": show_path(asked.facts["executable"], root)}
    mark = mark_packages(asked.paths, root)
    packages = recall(place, "packages-other", mark, lambda: packages_of(asked.paths, root))
    found = {"python": python, "packages": packages, "conda": describe_conda(Path(asked.prefix))}
    use_facets(make_facet(name, content) for name, content in found.items())
