"""The libraries that compute: which BLAS, for which processor, with how many threads."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.masking import mask_variable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from types import ModuleType

__all__ = ["NumericsCollector", "ask_for_numerics", "numerics_of"]

_POOLED: Final = (b"blas", b"mkl_rt", b"blis", b"iomp", b"gomp", b"libomp", b"vcomp")
_VARIABLES: Final = (
    "BLIS_",
    "GOTO_",
    "MKL_",
    "NUMEXPR_",
    "OMP_",
    "OPENBLAS_",
    "VECLIB_",
)


class NumericsCollector:
    """Collect numerical libraries and their threads, at the end: they appear when imported."""

    name = "numerics"
    at_end = True

    def freshness(self, root: Path) -> Hashable:  # noqa: ARG002 - the protocol's
        """Give None: threads may be set at any time, and asking costs no more than looking."""
        return None

    def collect(self, root: Path) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Ask the libraries that are loaded; none is loaded for it."""
        return numerics_of(_load().threadpool_info() if _may_have_pools() else ())


def ask_for_numerics(computing: Sequence[str]) -> dict[str, Any]:
    """Give the content of the facet ``numerics`` where it is known which libraries are loaded.

    Parameters
    ----------
    computing
        Those that may compute with threads of their own. As long as they are the same, they are
        asked for their threads, and not looked for.
    """
    if not computing:
        return numerics_of(())
    libraries = _find_libraries(tuple(computing))
    for each in libraries.lib_controllers:
        each.set_additional_attributes()  # some can be changed
    return numerics_of(libraries.info())


@lru_cache(maxsize=1)
def _find_libraries(_: tuple[str, ...]) -> Any:
    return _load().ThreadpoolController()


def numerics_of(pools: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the content of the facet ``numerics``.

    Parameters
    ----------
    pools
        What threadpoolctl tells of each library that was loaded, also in another process that has
        the variables of this one.

    Returns
    -------
    dict
        ``libraries`` and ``environment``.
    """
    libraries = [
        {
            "library": found["internal_api"],
            "version": found["version"],
            "threads": found["num_threads"],
            "architecture": found.get("architecture"),
            "layer": found.get("threading_layer"),
            "file": PurePath(found["filepath"]).name,
        }
        for found in pools
    ]
    return {
        "libraries": sorted(libraries, key=lambda library: str(library["file"])),
        "environment": {
            name: mask_variable(name, value)
            for name, value in sorted(os.environ.items())
            if name.startswith(_VARIABLES)
        },
    }


def _may_have_pools() -> bool:
    """Tell whether any library is loaded of which threadpoolctl, slow to load itself, can tell."""
    try:
        mapped = Path("/proc/self/maps").read_bytes()
    except OSError:
        return True
    return any(name in mapped for name in _POOLED)


def _load() -> ModuleType:
    """Import threadpoolctl, and take back the variable that it sets for the whole process."""
    variable = "KMP_DUPLICATE_LIB_OK"
    was_there = variable in os.environ
    import threadpoolctl

    if not was_there:
        os.environ.pop(variable, None)
    module: ModuleType = threadpoolctl
    return module
