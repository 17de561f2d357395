"""What is in a file, by how it begins and what it is called, and who compares it."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.compare.files.texts import compare_decoded, decode_text
from anew.compare.finding import DIFFERENT, IDENTICAL, SAME_CONTENT, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.compare.files.way import Way

__all__ = ["KINDS", "Kind", "compare_files", "find_kind"]

_PICKLED: Final = frozenset({".pkl", ".pickle", ".p", ".joblib", ".jl"})
_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_HEAD: Final = 4096
_SAID: Final = 80
_LIBRARIES: Final = {"PIL": "Pillow", "yaml": "PyYAML"}


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Parameters
    ----------
    name
        What it is called, with its article.
    module, function
        Who compares two of them: a function of two byte strings and a `Way`.
    magic
        How it begins, at one of several choices.
    suffixes
        What it is called, where nothing else tells it.
    fits
        What else must hold of its bytes.
    """

    name: str
    module: str
    function: str
    magic: tuple[bytes, ...] = ()
    suffixes: frozenset[str] = frozenset()
    fits: Callable[[bytes], bool] | None = None

    def has(self, data: bytes, suffix: str) -> bool:
        """Tell whether a file is of this kind."""
        if self.magic and not data.startswith(self.magic):
            return False
        if self.suffixes and suffix not in self.suffixes:
            return False
        return self.fits is None or self.fits(data)

    def compare(self, a: bytes, b: bytes, way: Way) -> Finding:
        """Compare two files of this kind."""
        module = import_module(f"anew.compare.files.{self.module}")
        found: Finding = getattr(module, self.function)(a, b, way)
        return found


def _is_text(data: bytes) -> bool:
    return decode_text(data) is not None


def _is_svg(data: bytes) -> bool:
    return b"<svg" in data[:_HEAD] and _is_text(data)


def _is_office(data: bytes) -> bool:
    return b"[Content_Types].xml" in data or b"opendocument" in data[:_HEAD]


def _is_late_hdf5(data: bytes) -> bool:
    """Tell whether HDF5 begins after what another program reads, as in files of MATLAB 7.3."""
    return data[512:520] == b"\x89HDF\r\n\x1a\n"


def _is_torch(data: bytes) -> bool:
    return b"/data.pkl" in data[:_HEAD]


def _is_duckdb(data: bytes) -> bool:
    return data[8:12] == b"DUCK"


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _ends(data: bytes) -> bool:
    """Tell whether bytes end as a pickle does, before what may follow it in its file."""
    return data.endswith(b".")


def _of(*suffixes: str) -> frozenset[str]:
    return frozenset(suffixes)


_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PROTOCOLS: Final = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))

# The first that fits is it: what says by its bytes what it is goes before what its name tells.
KINDS: Final = (
    Kind(
        "a picture",
        "pictures",
        "compare_pictures",
        (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"),
    ),
    Kind("a picture", "pictures", "compare_pictures", (b"BM",), _of(".bmp", ".dib")),
    Kind("a picture", "pictures", "compare_pictures", (b"RIFF",), _of(".webp")),
    Kind(
        "a compressed file",
        "compressed",
        "compare_compressed",
        (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"),
    ),
    Kind(
        "a compressed file", "compressed", "compare_compressed", _ZLIB, _PICKLED | _of(".z", ".gz")
    ),
    Kind("an HDF5 file", "hdf5", "compare_hdf5", (b"\x89HDF\r\n\x1a\n",)),
    Kind("an HDF5 file", "hdf5", "compare_hdf5", fits=_is_late_hdf5),
    Kind("a NetCDF file", "netcdf", "compare_netcdf", (b"CDF\x01", b"CDF\x02", b"CDF\x05")),
    Kind("an NPY file", "npy", "compare_npy", (b"\x93NUMPY",)),
    Kind("a Parquet file", "columns", "compare_parquet", (b"PAR1",)),
    Kind("an Arrow file", "columns", "compare_arrow", (b"ARROW1", b"FEA1")),
    Kind(
        "an Arrow stream",
        "columns",
        "compare_stream",
        (b"\xff\xff\xff\xff",),
        _of(".arrow", ".arrows", ".ipc", ".feather"),
    ),
    Kind("an ORC file", "columns", "compare_orc", (b"ORC",), _of(".orc")),
    Kind("an SQLite database", "sqlite", "compare_sqlite", (b"SQLite format 3\0",)),
    Kind("a PDF file", "pdf", "compare_pdf", (b"%PDF-",)),
    Kind("an Office document", "office", "compare_office", _ZIP, fits=_is_office),
    Kind("a file of PyTorch", "torch", "compare_torch", _ZIP, fits=_is_torch),
    Kind("a ZIP archive", "archives", "compare_zip", _ZIP),
    Kind("a TAR archive", "archives", "compare_tar", fits=_is_tar),
    Kind("a file of MATLAB", "matlab", "compare_matlab", (b"MATLAB 5.0 MAT-file",)),
    Kind("a file of Stata", "stata", "compare_stata", (b"<stata_dta>",)),
    Kind("a file of Stata", "stata", "compare_stata", (), _of(".dta")),
    Kind("a DuckDB database", "duck", "compare_duckdb", fits=_is_duckdb),
    Kind("a safetensors file", "safetensors", "compare_safetensors", (), _of(".safetensors")),
    Kind("a pickle", "pickles", "compare_pickles", _PROTOCOLS, _PICKLED),
    Kind("a pickle", "pickles", "compare_pickles", _PROTOCOLS, fits=_ends),
    Kind("a pickle", "pickles", "compare_pickles", (), _PICKLED, fits=_ends),
    Kind("a PostScript file", "vector", "compare_postscript", (b"%!PS",), fits=_is_text),
    Kind("an SVG file", "vector", "compare_svg", fits=_is_svg),
    Kind("a notebook", "notebooks", "compare_notebooks", (), _of(".ipynb"), fits=_is_text),
    Kind("a table", "tables", "compare_tables", (), _of(".csv", ".tsv"), fits=_is_text),
    Kind("JSON", "trees", "compare_json", (), _of(".json", ".geojson", ".jsonld"), fits=_is_text),
    Kind("lines of JSON", "trees", "compare_lines", (), _of(".jsonl", ".ndjson"), fits=_is_text),
    Kind("YAML", "trees", "compare_yaml", (), _of(".yaml", ".yml"), fits=_is_text),
    Kind("TOML", "trees", "compare_toml", (), _of(".toml"), fits=_is_text),
    Kind("INI", "trees", "compare_ini", (), _of(".ini", ".cfg"), fits=_is_text),
    Kind("text", "texts", "compare_text_files", fits=_is_text),
    Kind("bytes", "kinds", "compare_raw"),
)


def find_kind(data: bytes, suffix: str) -> Kind:
    """Find out what is in a file.

    Parameters
    ----------
    data
        Its bytes.
    suffix
        Its suffix, with the dot, in lower case.
    """
    return next(kind for kind in KINDS if kind.has(data, suffix))


def compare_files(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two files by what is in them.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare, and what they are called.

    Returns
    -------
    Finding
        ``identical`` for equal bytes alone. A file that cannot be read as what it seems to be is
        compared as text or by its bytes, and that is said.
    """
    if a == b:
        return Finding()
    kind, other = (find_kind(data, way.suffix) for data in (a, b))
    if kind.name != other.name:
        texts = decode_text(a), decode_text(b)
        if texts[0] is not None and texts[1] is not None:
            return compare_decoded(texts[0], texts[1], way)
        return Finding(DIFFERENT, f"{kind.name} → {other.name}")
    found = _look(kind, a, b, way)
    if found.verdict == IDENTICAL:
        return replace(found, verdict=SAME_CONTENT, detail=f"{kind.name} with the same content")
    return found


def _look(kind: Kind, a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two files of a kind; say so when that cannot be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return kind.compare(a, b, way)
    except ImportError as error:
        module = (error.name or str(error)).partition(".")[0]
        library = _LIBRARIES.get(module, module)
        return _fall_back(a, b, way, f"with {library} installed one could look into it")
    except Exception as error:  # noqa: BLE001 - whatever a reader dislikes, the bytes are there
        said = re.sub(r" at 0x[0-9a-f]+", "", " ".join(str(error).split()))[:_SAID]
        told = said or type(error).__name__
        return _fall_back(a, b, way, f"{kind.name} that cannot be read: {told}")


def _fall_back(a: bytes, b: bytes, way: Way, why: str) -> Finding:
    """Compare as text, else by bytes, and say why not closer."""
    texts = decode_text(a), decode_text(b)
    if texts[0] is None or texts[1] is None:
        found = compare_raw(a, b, way)
    else:
        found = compare_decoded(texts[0], texts[1], way)
    return replace(found, detail=f"{found.detail}; {why}" if found.detail else why)


def compare_raw(a: bytes, b: bytes, way: Way) -> Finding:  # noqa: ARG001 - like its siblings
    """Compare bytes of which nothing more is known.

    Parameters
    ----------
    a, b
        Bytes that differ.
    way
        How to compare; bytes are equal or not.
    """
    if len(a) != len(b):
        return Finding(DIFFERENT, f"{grouped(len(a))} bytes → {grouped(len(b))} bytes")
    at = _first(a, b)
    return Finding(DIFFERENT, f"the first differing byte is {grouped(at)} of {grouped(len(a))}")


def _first(a: bytes, b: bytes) -> int:
    """Find the first byte that differs, by halves."""
    low, high = 0, len(a)
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low
