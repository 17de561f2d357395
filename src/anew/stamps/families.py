"""Which family of formats a file belongs to: the built-in ones, and those of plugins."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from anew.stamps.sidecar import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.stamps.content import Content, Found, Pieces
    from anew.stamps.document import Provenance
    from anew.types import Stamp

__all__ = ["GROUP", "JSON", "family_of", "find", "find_by_name", "is_known", "plugins"]

GROUP: Final = "anew.stamps"
"""The group of entry points by which plugins bring formats of their own."""


class _Family(NamedTuple):
    """A format of anew's own, whose module is loaded when there is a file of it."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    has_mark: bool = True
    """Whether files tell by their first bytes what they are, whatever their names."""
    functions: tuple[str, str, str] = ("is_mine", "find", "put")

    def is_mine(self, content: Content) -> bool:
        """Tell whether content is of this format."""
        return cast("bool", self._function(0)(content))

    def find(self, content: Content) -> Found | None:
        """Find the stamp in it."""
        return cast("Found | None", self._function(1)(content))

    def put(self, content: Content, stamp: Provenance, text: str) -> Pieces:
        """Give it with a stamp."""
        return cast("Pieces", self._function(2)(content, stamp, text))

    def _function(self, place: int) -> Callable[..., object]:
        module = import_module(f"anew.stamps.{self.module}")
        return cast("Callable[..., object]", getattr(module, self.functions[place]))


JSON: Final = _Family(
    "JSON", (".json",), "notebook", has_mark=False, functions=("is_object", "find_key", "put_key")
)
"""Objects of JSON have a stamp inside only where that is asked for, but lose it as all others."""

_ATTRIBUTES: Final = _Family(
    "Zarr", ("zarr.json", ".zattrs"), "zarr", has_mark=False, functions=("is_mine", "find", "put")
)
_FAMILIES: Final = (
    _Family("PNG", (".png",), "png"),
    _Family("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg"),
    _Family("TIFF", (".tif", ".tiff"), "tiff"),
    _Family("WebP", (".webp",), "webp"),
    _Family("PDF", (".pdf",), "pdf"),
    _Family("HDF5", (".h5", ".hdf5", ".hdf", ".he5"), "hdf5"),
    _Family("NetCDF", (".nc", ".nc4", ".netcdf", ".cdf"), "netcdf"),
    _Family("Parquet", (".parquet", ".pq"), "parquet"),
    _Family("Arrow", (".arrow", ".feather", ".ipc"), "arrow"),
    _Family("NPZ", (".npz",), "npz"),
    _Family("XLSX", (".xlsx", ".xlsm"), "xlsx"),
    _Family("SVG", (".svg",), "svg"),
    _Family("HTML", (".html", ".htm"), "html", has_mark=False),
    _Family(
        "notebook",
        (".ipynb",),
        "notebook",
        has_mark=False,
        functions=("is_notebook", "find", "put"),
    ),
    JSON,
    _ATTRIBUTES,
)
_BY_SUFFIX: Final = {suffix: family for family in _FAMILIES for suffix in family.suffixes}
_NEVER: Final = frozenset(
    {"", ".bin", ".c", ".cfg", ".csv", ".dat", ".db", ".gz", ".ini", ".joblib", ".md", ".npy"}
    | {".pickle", ".pkl", ".pt", ".py", ".pyc", ".so", ".toml", ".tsv", ".txt", ".yaml", ".yml"}
)
"""No plugin is asked for these."""


@cache
def plugins() -> dict[str, Stamp]:
    """Load what plugins bring, by the suffix of the files; what cannot be loaded is left out."""
    from importlib.metadata import entry_points

    found: dict[str, Stamp] = {}
    for entry in entry_points(group=GROUP):
        try:
            stamp: Stamp = entry.load()
            found |= dict.fromkeys(stamp.suffixes, stamp)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a plugin is its own affair
            from anew.notices import warn_once

            warn_once(f"the stamps of {entry.value} cannot be loaded: {error}", about=entry.value)
    return found


def is_known(path: str) -> bool:
    """Tell whether files of such a name may have a stamp inside."""
    return _of_name(path) is not None


def family_of(path: str, content: Content) -> Stamp | None:
    """Give the family of a file by its name, if its content is of it, too."""
    family = _of_name(path)
    return family if family is not None and _is_of(family, content) else None


def find(path: str, content: Content) -> Found | None:
    """Find the stamp in a file, also in one whose name does not tell its format."""
    family = _of_name(path)
    tried = [family] if family else []
    tried += (each for each in _FAMILIES if each.has_mark and each is not family)
    for each in tried:
        if _is_of(each, content) and (found := _find(each, content)):
            return found
    return None


def find_by_name(path: str, content: Content) -> Found | None:
    """Find the stamp in a file whose name tells its format."""
    family = family_of(path, content)
    return _find(family, content) if family else None


def _of_name(path: str) -> Stamp | None:
    name = os.path.basename(path).lower()  # noqa: PTH119 - paths are text here
    if name in _BY_SUFFIX:
        return _BY_SUFFIX[name]
    suffix = os.path.splitext(name)[1]  # noqa: PTH122 - as above
    if suffix in _NEVER or name.endswith(SUFFIX):
        return None
    return _BY_SUFFIX.get(suffix) or plugins().get(suffix)


def _is_of(family: Stamp, content: Content) -> bool:
    try:
        return family.is_mine(content)
    except Exception:  # noqa: BLE001 - a strange file is no error, and of no family
        return False


def _find(family: Stamp, content: Content) -> Found | None:
    try:
        return family.find(content)
    except Exception:  # noqa: BLE001 - a damaged file, or a faulty plugin: then it has none
        return None
