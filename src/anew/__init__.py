"""anew: reproducibility for humans.

Records everything that a trial ran on, says when something that matters changed, and makes any
trial anew with one command. Names are loaded when they are first used, so the import is cheap.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from anew.ambient import input, log, save  # noqa: A004 - the glossary's word
    from anew.compare import diff
    from anew.errors import AnewError, AnewWarning
    from anew.experiment import Experiment
    from anew.model import Artifact, Change, Facet, FileUse, Parameter, StepRecord, Trial, Verdict
    from anew.stores import open_store

__all__ = [
    "AnewError",
    "AnewWarning",
    "Artifact",
    "Change",
    "Experiment",
    "Facet",
    "FileUse",
    "Parameter",
    "StepRecord",
    "Trial",
    "Verdict",
    "__version__",
    "diff",
    "input",
    "log",
    "open_store",
    "save",
]

_PLACES = {
    "AnewError": "errors",
    "AnewWarning": "errors",
    "Artifact": "model",
    "Change": "model",
    "Experiment": "experiment",
    "Facet": "model",
    "FileUse": "model",
    "Parameter": "model",
    "StepRecord": "model",
    "Trial": "model",
    "Verdict": "model",
    "diff": "compare",
    "input": "ambient",
    "log": "ambient",
    "open_store": "stores",
    "save": "ambient",
}


def __getattr__(name: str) -> _typing.Any:
    """Load a public name when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        found: _typing.Any = version("anew")
    elif name in _PLACES:
        found = getattr(_importlib.import_module(f"anew.{_PLACES[name]}"), name)
    else:
        message = f"module 'anew' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
