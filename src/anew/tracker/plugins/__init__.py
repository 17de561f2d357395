"""What is seen of single libraries: a small module for each concern, put on when it is imported.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

from ..imports import when_imported

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..active import Current

__all__ = ["PLUGINS", "install"]

BLIND = (
    "av", "catboost", "decord", "fiona", "itk", "lightgbm", "lmdb", "osgeo", "pyogrio",
    "pyreadstat", "pysam", "rpy2", "SimpleITK", "soundfile", "tensorflow", "tiledb",
    "torchcodec", "vtkmodules", "xgboost",
)  # fmt: skip
"""Libraries that open files by themselves, and are not followed."""

PLUGINS: dict[str, str] = {
    "absl.flags": "arguments",
    "argparse": "arguments",
    "click": "arguments",
    "docopt": "arguments",
    "fire": "arguments",
    "hydra": "arguments",
    "omegaconf": "arguments",
    "typer": "arguments",
    "tyro": "arguments",
    "aiohttp": "network",
    "httpx": "network",
    "urllib.request": "network",
    "urllib3": "network",
    "numpy.random": "randomness",
    "random": "randomness",
    "torch": "randomness",
    "matplotlib.backend_bases": "figures",
    "cv2": "libraries",
    "duckdb": "libraries",
    "h5py": "libraries",
    "netCDF4": "libraries",
    "polars": "libraries",
    "pyarrow": "libraries",
    "rasterio": "libraries",
    "safetensors": "libraries",
    "tables": "libraries",
    "torch.serialization": "libraries",
    **dict.fromkeys(BLIND, "libraries"),
}
"""By the library whose import puts it on, the plugin: a module with ``start(trace)``.

It is called once, whichever of its libraries comes first, and asks for the others itself by
`when_imported`.
"""

_started: set[str] = set()


def install(trace: Current, only: str = "") -> None:
    """Have each plugin put on when its library is imported, or now if it is.

    Parameters
    ----------
    trace
        Where plugins tell what they see.
    only
        The name of a plugin; all of them by default.
    """
    for library, plugin in PLUGINS.items():
        if only in ("", plugin):
            when_imported(library, _starter(plugin, trace))


def _starter(plugin: str, trace: Current) -> Callable[[Any], None]:
    def start(_: Any) -> None:
        if plugin not in _started:
            _started.add(plugin)
            package = __import__(f"{__name__}.{plugin}", fromlist=["start"])
            package.start(trace)

    return start
