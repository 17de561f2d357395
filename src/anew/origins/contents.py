"""The content of a file, whatever holds it: a digest of pixels, numbers, cells or lines."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from anew.compare.files.archives import read_zip
from anew.compare.files.compressed import unpack
from anew.compare.files.kinds import find_kind
from anew.compare.files.npy import read_npy
from anew.compare.files.office import read_cells
from anew.compare.files.pdf import read_drawn
from anew.compare.files.tables import find_delimiter, split_comments
from anew.compare.files.texts import decode_text
from anew.compare.files.vector import number_ids
from anew.digests import digest_bytes, digest_value

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["digest_decoded", "family_of", "is_picture", "open_picture"]

_STAMPS: Final = frozenset({"anew_provenance.npy", "$provenance"})
_PIXELS: Final = 1 << 28
_DEEP_MODES: Final = ("I", "F")
_PACKED: Final = frozenset({".gz", ".bz2", ".xz", ".zst", ".z"})

_FAMILIES: Final = {
    "picture": ".png .jpg .jpeg .tif .tiff .webp .bmp .dib .gif",
    "table": ".csv .tsv .parquet .pq .feather .arrow .arrows .ipc .orc",
    "array": ".npy .npz",
    "hdf5": ".h5 .hdf5 .hdf .nc .nc4 .mat",
    "office": ".xlsx .ods .docx .odt .pptx",
    "archive": ".zip",
    "notebook": ".ipynb",
    "tree": ".json .geojson .jsonld",
    "drawing": ".svg .svgz .pdf",
    "text": ".txt .md .rst .tex .html .htm .yaml .yml .toml .ini .cfg .log .jsonl .ndjson",
}
_BY_SUFFIX: Final = {
    suffix: family for family, listed in _FAMILIES.items() for suffix in listed.split()
}


def family_of(name: str) -> str:
    """Name the family of files among which the same content may be, by the name of one.

    Examples
    --------
    >>> family_of("a/table.csv.gz"), family_of("x.tiff"), family_of("model.pkl")
    ('table', 'picture', '')
    """
    path = PurePosixPath(name.lower())
    if path.suffix in _PACKED:
        path = path.with_suffix("")
    return _BY_SUFFIX.get(path.suffix, "")


def digest_decoded(data: bytes, name: str) -> str | None:
    """Digest what is in a file, so that it is the same however it is compressed and described.

    Parameters
    ----------
    data
        The bytes of the file.
    name
        What it is called; its suffix tells where its bytes do not.

    Returns
    -------
    str or None
        The family and a digest; None for what cannot be read, or has no other form.

    Raises
    ------
    ImportError
        When the library that reads such files is not installed.

    Notes
    -----
    Nothing of a file is executed. Metadata, as of pictures and of HDF5, are left out.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _digest(data, PurePosixPath(name.lower()))
    except ImportError:
        raise
    except Exception:  # noqa: BLE001 - whatever its reader dislikes: it is known by its bytes alone
        return None


def is_picture(data: bytes, name: str) -> bool:
    """Tell whether a file is a picture of pixels.

    Parameters
    ----------
    data
        Its bytes.
    name
        What it is called.
    """
    return find_kind(data, PurePosixPath(name.lower()).suffix).module == "pictures"


def open_picture(data: bytes) -> Any:
    """Open a picture of a size that fits into memory.

    Raises
    ------
    ValueError
        When it has too many pixels.
    """
    from PIL import Image

    picture = Image.open(io.BytesIO(data))
    if picture.width * picture.height * getattr(picture, "n_frames", 1) > _PIXELS:
        message = "it has too many pixels"
        raise ValueError(message)
    return picture


def _digest(data: bytes, path: PurePosixPath) -> str | None:
    kind = find_kind(data, path.suffix)
    if kind.module == "compressed":
        inner = path.with_suffix("") if path.suffix in _PACKED else path
        return _digest(unpack(data), inner)
    read = _READERS.get(kind.function)
    if read is None:
        return None
    family, value = read(data)
    return f"{family} {digest_value(value)}"


def _read_picture(data: bytes) -> tuple[str, Any]:
    import numpy as np
    from PIL import ImageSequence

    with open_picture(data) as picture:
        frames = []
        for frame in ImageSequence.Iterator(picture):
            is_deep = frame.mode.startswith(_DEEP_MODES)
            shown = np.array(frame if is_deep else frame.convert("RGBA"))
            if not is_deep:
                shown[shown[..., 3] == 0] = 0  # some formats forget the colour of what is clear
            frames.append([list(shown.shape), str(shown.dtype), digest_bytes(shown.tobytes())])
    return "picture", frames


def _read_array(data: bytes) -> tuple[str, Any]:
    return "array", read_npy(data)


def _read_zip(data: bytes) -> tuple[str, Any]:
    """Read the members of an archive; those that are arrays as such."""
    members = {n: each for n, each in read_zip(data).items() if n not in _STAMPS}
    if members and all(name.endswith(".npy") for name in members):
        return "array", {name: read_npy(each) for name, each in members.items()}
    return "archive", {name: digest_bytes(each) for name, each in members.items()}


def _read_parquet(data: bytes) -> tuple[str, Any]:
    from pyarrow import parquet

    return _read_columns(parquet.ParquetFile(io.BytesIO(data)).read())


def _read_arrow(data: bytes) -> tuple[str, Any]:
    from pyarrow import feather

    return _read_columns(feather.read_table(io.BytesIO(data)))


def _read_stream(data: bytes) -> tuple[str, Any]:
    from pyarrow import ipc

    return _read_columns(ipc.open_stream(io.BytesIO(data)).read_all())


def _read_csv(data: bytes) -> tuple[str, Any]:
    import pandas as pd

    _, text = split_comments((decode_text(data) or "").replace("\r\n", "\n"))
    separator = find_delimiter(text) if any(each in text for each in ",;\t|") else ","
    frame = pd.read_csv(io.StringIO(text), sep=separator, low_memory=False)
    return "table", [[str(name), _plain(frame[name].to_numpy())] for name in frame.columns]


def _read_columns(table: Any) -> tuple[str, Any]:
    """Read the columns of a table; what pandas says of them beside is left out."""
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    return "table", [[name, _plain(table[name].to_pandas().to_numpy())] for name in names]


def _plain(column: Any) -> Any:
    """Give a column as one of whole numbers, of floats, or of texts, as a CSV would have it."""
    import numpy as np

    if column.dtype.kind in "iu":
        return column.astype(np.int64) if column.dtype != np.uint64 else column
    if column.dtype.kind == "f":
        return column.astype(np.float64)
    if column.dtype.kind == "b":
        return column
    return [None if _is_missing(each) else str(each) for each in column.tolist()]


def _is_missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN


def _read_hdf5(data: bytes) -> tuple[str, Any]:
    import h5py
    import numpy as np

    found: dict[str, Any] = {}

    def visit(name: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset) and part.shape is not None:
            value = np.asarray(part[()])
            found[name] = value if not value.dtype.hasobject else [str(e) for e in value.ravel()]

    with h5py.File(io.BytesIO(data), "r") as file:
        file.visititems(visit)
    return "hdf5", found


def _read_json(data: bytes) -> tuple[str, Any]:
    value = json.loads(data)
    if isinstance(value, dict):
        value = {name: each for name, each in value.items() if name not in _STAMPS}
    return "tree", json.dumps(value, sort_keys=True)


def _read_notebook(data: bytes) -> tuple[str, Any]:
    """Read the cells of a notebook with what they gave, without its metadata."""
    names = ("cell_type", "source", "outputs")
    cells = json.loads(data)["cells"]
    plain = [{name: each.get(name) for name in names} for each in cells]
    return "notebook", json.dumps(plain, sort_keys=True)


def _read_office(data: bytes) -> tuple[str, Any]:
    cells = read_cells(read_zip(data))
    if not cells:
        message = "it has no cells"
        raise ValueError(message)
    filled = {
        sheet: {at: _plain_cell(text) for at, text in each.items() if text}
        for sheet, each in cells.items()
    }
    return "office", filled


def _plain_cell(text: str) -> str:
    """Write a number as all would, for programs write as many digits as they like."""
    try:
        return repr(float(text))
    except ValueError:
        return text


def _read_svg(data: bytes) -> tuple[str, Any]:
    """Read a drawing without its metadata, whatever its parts are called among themselves."""
    root = ET.fromstring(data)  # noqa: S314 - expat refuses entities that multiply
    for parent in root.iter():
        for child in [each for each in parent if each.tag.endswith("}metadata")]:
            parent.remove(child)
    shown = ET.canonicalize(ET.tostring(root, encoding="unicode"), strip_text=True)
    return "drawing", number_ids(shown)


def _read_pdf(data: bytes) -> tuple[str, Any]:
    return "drawing", read_drawn(data)


def _read_text(data: bytes) -> tuple[str, Any]:
    text = decode_text(data)
    if text is None or not text.strip():
        message = "it has no text"
        raise ValueError(message)
    return "text", [line.rstrip() for line in text.strip().splitlines()]


_READERS: Final[dict[str, Callable[[bytes], tuple[str, Any]]]] = {
    "compare_pictures": _read_picture,
    "compare_npy": _read_array,
    "compare_zip": _read_zip,
    "compare_parquet": _read_parquet,
    "compare_arrow": _read_arrow,
    "compare_stream": _read_stream,
    "compare_tables": _read_csv,
    "compare_hdf5": _read_hdf5,
    "compare_json": _read_json,
    "compare_notebooks": _read_notebook,
    "compare_office": _read_office,
    "compare_svg": _read_svg,
    "compare_pdf": _read_pdf,
    "compare_text_files": _read_text,
}
