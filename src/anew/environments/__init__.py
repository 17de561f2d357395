"""The environment of a trial, rebuilt from its facets: interpreter, packages, projects."""

from __future__ import annotations

from anew.environments.current import use_current
from anew.environments.environment import Environment
from anew.environments.problems import Problem, RebuildError
from anew.environments.rebuild import find_problems, rebuild, rebuild_in

__all__ = [
    "Environment",
    "Problem",
    "RebuildError",
    "find_problems",
    "rebuild",
    "rebuild_in",
    "use_current",
]
