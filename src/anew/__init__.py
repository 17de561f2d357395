"""anew: reproducibility for humans.

Records everything that a trial ran on, says when something that matters changed, and makes any
trial anew with one command. Names are loaded when they are first used, so the import is cheap.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from anew.ambient import (
        input,  # noqa: A004 - the glossary's word
        log,
        log_many,
        note,
        output,
        save,
        stamp,
        tag,
    )
    from anew.caching import Cache, cache
    from anew.compare import diff
    from anew.digests import digest, register_digest
    from anew.doctor import configuration
    from anew.errors import AnewError, AnewWarning
    from anew.experiment import Experiment
    from anew.model import Change, Parameter, Trial
    from anew.origins import whence
    from anew.stamps import Provenance
    from anew.stores import open_store
    from anew.trials import trial

__all__ = [
    "AnewError",
    "AnewWarning",
    "Cache",
    "Change",
    "Experiment",
    "Parameter",
    "Provenance",
    "Trial",
    "__version__",
    "cache",
    "configuration",
    "diff",
    "digest",
    "input",
    "log",
    "log_many",
    "note",
    "open_store",
    "output",
    "register_digest",
    "save",
    "stamp",
    "tag",
    "trial",
    "whence",
]

_PLACES = {
    "AnewError": "errors",
    "AnewWarning": "errors",
    "Artifact": "model",
    "Cache": "caching",
    "Change": "model",
    "Experiment": "experiment",
    "Facet": "model",
    "FileUse": "model",
    "Parameter": "model",
    "Provenance": "stamps",
    "StepRecord": "model",
    "Trial": "model",
    "Verdict": "model",
    "cache": "caching",
    "configuration": "doctor",
    "diff": "compare",
    "digest": "digests",
    "input": "ambient",
    "load_ipython_extension": "magic",
    "log": "ambient",
    "log_many": "ambient",
    "note": "ambient",
    "open_store": "stores",
    "output": "ambient",
    "register_digest": "digests",
    "save": "ambient",
    "stamp": "ambient",
    "tag": "ambient",
    "trial": "trials",
    "whence": "origins",
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
    if name in __all__:
        globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
