"""Files that a program saves by the functions of libraries that are made for results.

Whoever opens a file for writing is asked, by the names of the functions that are at work, whether
it is one of these: nothing is put around them.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .trace import Trace

__all__ = ["expect_saver", "is_saving", "name_of", "tell_saved"]

_NUMPY = ("numpy.",)
_PANDAS = ("pandas.core.",)
_POLARS = ("polars.",)
_PLOTLY = ("plotly.",)
_SAVERS = {
    "__init__": ("h5py._hl.files", "pandas.io.excel.", "pyarrow."),
    "_put": ("zarr.storage.",),
    "imsave": ("matplotlib.",),
    "open": ("pandas.io.pytables",),
    "print_figure": ("matplotlib.",),
    "save": (*_NUMPY, "PIL.", "matplotlib."),
    "savefig": ("matplotlib.",),
    "savetxt": _NUMPY,
    "savez": _NUMPY,
    "savez_compressed": _NUMPY,
    "to_csv": _PANDAS,
    "to_excel": _PANDAS,
    "to_feather": _PANDAS,
    "to_hdf": _PANDAS,
    "to_netcdf": ("xarray.",),
    "to_parquet": _PANDAS,
    "to_zarr": ("xarray.",),
    "write_csv": _POLARS,
    "write_excel": _POLARS,
    "write_feather": ("pyarrow.",),
    "write_html": _PLOTLY,
    "write_image": _PLOTLY,
    "write_ipc": _POLARS,
    "write_parquet": _POLARS,
    "write_table": ("pyarrow.",),
}
"""By the name of a function, how the names of the modules begin in which it saves a file."""

_FRAMES = 60

_HANDED = (
    ".csv", ".feather", ".html", ".jpeg", ".jpg", ".npy", ".npz", ".parquet", ".pdf", ".png",
    ".svg", ".tif", ".tiff", ".tsv", ".txt", ".webp", ".xlsx",
)  # fmt: skip
"""How the names of files end that a program opens itself, for a function that saves results."""

_expected: list[str] = []


def tell_saved(path: str, traces: Iterable[Trace]) -> None:
    """Tell traces of a file that is saved.

    Parameters
    ----------
    path
        Absolute and normal.
    traces
        Which traces.
    """
    for trace in traces:
        if ("saved", path) not in trace.told:
            trace.told.add(("saved", path))
            trace.write("saved", path=path)


def expect_saver(path: str) -> None:
    """Expect that a program which opens a file itself hands it to one of the functions."""
    if path.endswith(_HANDED) and not _expected:
        _expected.append(path)
        from .plugins import handed

        handed.start()


def name_of(given: Any) -> str | None:
    """Give the path of a file that is open; None for whatever else is written to."""
    name = getattr(given, "name", None)
    return name if isinstance(name, str) and hasattr(given, "write") else None


def is_saving() -> bool:
    """Tell whether one of the functions is at work in this thread."""
    frame = sys._getframe(2)  # noqa: SLF001
    for _ in range(_FRAMES):
        places = _SAVERS.get(frame.f_code.co_name)
        if places and str(frame.f_globals.get("__name__")).startswith(places):
            return True
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False
