"""What a figure of matplotlib shows: the series that were plotted, as numbers and texts.

A plot is plain data: the axes of a figure, each with its series, each of these with columns. It is
packed as one line of JSON followed by the numbers, eight bytes each.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
Matplotlib and NumPy are those of the program, which has loaded them.
"""

from __future__ import annotations

import sys

from .axes import names_at, plain, values_of

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Column = tuple[str, Any]
    Reader = Callable[[Any, Any], list[Column | None]]

__all__ = ["pack", "read_figure"]

_MOST = 5_000_000
"""Of more numbers in one series only their count is kept."""

_LONGEST = 1000
_BARE = len(("kind", "label", "columns"))
_OTHER = (("y", "x"), ("x", "y"))
_NAMED = ("title", "xlabel", "ylabel", "xscale", "yscale")


def read_figure(figure: Any) -> list[dict[str, Any]]:
    """Read the series of a figure.

    Parameters
    ----------
    figure
        A figure of matplotlib.

    Returns
    -------
    list of dict
        For each of its axes ``title``, ``xlabel``, ``ylabel``, ``xscale``, ``yscale`` and
        ``series``: a list of ``kind``, ``label`` and ``columns``, which are pairs of a name and an
        array, or a list of texts where an axis has categories or dates. Kinds are line, scatter,
        bar, errorbar, stem, image, mesh, area, segments, arrows; ``other`` names what is drawn
        besides. A scale of colours has no data of its own.
    """
    found = []
    for axes in figure.get_axes():
        if hasattr(axes, "_colorbar"):
            continue
        about = {name: str(getattr(axes, f"get_{name}")())[:_LONGEST] for name in _NAMED}
        series = [each for each in _read_axes(axes) if each["columns"] or len(each) > _BARE]
        if series:
            found.append({**about, "series": series})
    return found


def pack(plot: list[dict[str, Any]]) -> bytes:
    """Write a plot as bytes: its description as a line of JSON, then the numbers.

    Parameters
    ----------
    plot
        As `read_figure` gives it.
    """
    from .trace import to_json

    numpy = sys.modules["numpy"]
    parts: list[bytes] = []

    def describe(name: str, values: Any) -> dict[str, Any]:
        if isinstance(values, list):
            return {"name": name, "texts": values}
        whole = values.dtype.kind in "iub"
        parts.append(numpy.ascontiguousarray(values, "<i8" if whole else "<f8").tobytes())
        return {"name": name, "whole": whole, "shape": list(values.shape)}

    told = [
        {
            **axes,
            "series": [
                {**each, "columns": [describe(*column) for column in each["columns"]]}
                for each in axes["series"]
            ],
        }
        for axes in plot
    ]
    return b"".join([to_json(told).encode("ascii"), b"\n", *parts])


def _read_axes(axes: Any) -> Iterator[dict[str, Any]]:
    """Read what was drawn into axes; what belongs together once."""
    taken: set[int] = set()
    for container in axes.containers:
        kind = type(container).__name__
        if kind in _CONTAINERS:
            yield _read(kind[: -len("Container")].lower(), container, axes, _CONTAINERS[kind])
            inner = getattr(container, "errorbar", None) or ()
            taken |= {id(each) for each in (*_parts(container), *_parts(inner))}
    for name, kind, read in _ARTISTS:
        for artist in getattr(axes, name):
            if id(artist) not in taken:
                yield _read(kind, artist, axes, read)
    for collection in axes.collections:
        if id(collection) not in taken:
            yield _read_collection(axes, collection)


def _read(kind: str, artist: Any, axes: Any, read: Reader) -> dict[str, Any]:
    """Read a series; what cannot be read, as of a class of the program's own, is only named."""
    try:
        return _tell(kind, artist, read(axes, artist))
    except Exception:  # noqa: BLE001 - of whatever library
        return {**_tell("other", artist, []), "type": type(artist).__name__}


def _parts(container: Any) -> Iterator[Any]:
    """Give all that a container holds, groups in it too."""
    for each in container:
        if isinstance(each, (tuple, list)):
            yield from _parts(each)
        elif each is not None:
            yield each


def _tell(kind: str, artist: Any, columns: list[Column | None]) -> dict[str, Any]:
    """Describe a series; one that is too large is only counted."""
    label = str(artist.get_label() or "")[:_LONGEST]
    kept = [each for each in columns if each is not None]
    size = sum(getattr(values, "size", 0) or len(values) for _, values in kept)
    told = {"kind": kind, "label": "" if label.startswith("_") else label, "columns": kept}
    return told if size <= _MOST else {**told, "columns": [], "left_out": size}


def _read_line(axes: Any, line: Any) -> list[Column | None]:
    """Read a line; of one across the axes, only where it stands."""
    if hasattr(line, "get_data_3d"):
        return [(name, plain(each)) for name, each in zip("xyz", line.get_data_3d())]  # noqa: B905
    is_of_x, is_of_y = line.get_transform().contains_branch_seperately(axes.transData)
    x = values_of(axes.xaxis, "x", line.get_xdata(orig=False)) if is_of_x else None
    y = values_of(axes.yaxis, "y", line.get_ydata(orig=False)) if is_of_y else None
    return [x, y]


def _read_stem(axes: Any, container: Any) -> list[Column | None]:
    return _read_line(axes, container.markerline)


def _read_errorbar(axes: Any, container: Any) -> list[Column | None]:
    """Read the points and how far their bars reach; some points may have none."""
    line, _, bars = container.lines
    numpy = sys.modules["numpy"]
    named = ["x"] * bool(container.has_xerr) + ["y"] * bool(container.has_yerr)
    reaches = {  # by the direction: for each bar its two ends
        name: numpy.array([plain(path.vertices) for path in reach.get_paths()]).reshape(-1, 2, 2)
        for name, reach in zip(named, bars)  # noqa: B905 - not in Python 3.9
    }
    if line is not None:
        points = {"x": plain(line.get_xdata(orig=False)), "y": plain(line.get_ydata(orig=False))}
        if len({len(each) for each in points.values()}) == 1:
            reaches = {name: _align(ends, name, points) for name, ends in reaches.items()}
    else:  # where a bar of one direction stands is the other number of its point
        points = {
            other: reaches[name][:, 0, "xy".index(other)]
            for name, other in _OTHER
            if name in reaches
        }
    axis = {"x": axes.xaxis, "y": axes.yaxis}
    columns = [values_of(axis[name], name, points[name]) for name in "xy" if name in points]
    for name, ends in reaches.items():
        for end, where in enumerate(("low", "high")):
            columns.append(values_of(axis[name], f"{name}_{where}", ends[:, end, "xy".index(name)]))
    return columns


def _align(ends: Any, name: str, points: dict[str, Any]) -> Any:
    """Give each point its bar, in their order, and those that are left out none."""
    numpy = sys.modules["numpy"]
    count = len(points["x"])
    if len(ends) == count:
        return ends
    found, at = numpy.full((count, 2, 2), numpy.nan), 0
    along, across = "xy".index(name), 1 - "xy".index(name)
    for i in range(count):
        if at < len(ends) and ends[at, 0, across] == points["xy"[across]][i]:
            low, high = sorted(ends[at, :, along])
            if low <= points[name][i] <= high:
                found[i], at = ends[at], at + 1
    return found


def _read_bars(axes: Any, container: Any) -> list[Column | None]:
    """Read bars: where they stand, from where to where they reach, and how wide they are."""
    numpy = sys.modules["numpy"]
    lying = getattr(container, "orientation", None) == "horizontal"
    boxes = [(e.get_x(), e.get_y(), e.get_width(), e.get_height()) for e in container.patches]
    if not boxes:
        return []
    x, y, width, height = (numpy.array(each, dtype=float) for each in zip(*boxes))  # noqa: B905 - as above
    axis, name = (axes.yaxis, "y") if lying else (axes.xaxis, "x")
    side, width, low, high = (y, height, x, x + width) if lying else (x, width, y, y + height)
    middle = side + width / 2
    place, names = values_of(axis, name, middle), names_at(axis, middle)
    return [place, names, ("from", low), ("to", high), ("width", width)]


def _read_image(_: Any, image: Any) -> list[Column | None]:
    """Read the values of an image, and where it lies: from left to right, and down its rows."""
    left, right, bottom, top = image.get_extent()
    ends = (bottom, top) if getattr(image, "origin", "upper") == "lower" else (top, bottom)
    return [("values", plain(image.get_array())), ("extent", plain([left, right, *ends]))]


def _read_collection(axes: Any, collection: Any) -> dict[str, Any]:
    """Read points, meshes, areas and segments."""
    kinds = {each.__name__ for each in type(collection).__mro__}
    for name, kind, read in _COLLECTIONS:
        if name in kinds:
            return _read(kind, collection, axes, read)
    return {**_tell("other", collection, []), "type": type(collection).__name__}


def _read_mesh(_: Any, collection: Any) -> list[Column | None]:
    """Read the values of a mesh, row by row, and the corners of its cells."""
    values, corners = plain(collection.get_array()), plain(collection.get_coordinates())
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    if values.ndim == 1 and values.size == rows * columns:
        values = values.reshape(rows, columns)
    return [("values", values), ("corners", corners)]


def _read_segments(axes: Any, collection: Any) -> list[Column | None]:
    deep = getattr(collection, "_segments3d", None)
    pieces = collection.get_segments() if deep is None else deep
    return _join(axes, [plain(each) for each in pieces], collection.get_array())


def _read_solid(axes: Any, collection: Any) -> list[Column | None]:
    """Read the corners of surfaces in space."""
    return _join(axes, [plain(each) for each in collection._faces], collection.get_array())  # noqa: SLF001


def _read_arrows(_: Any, collection: Any) -> list[Column | None]:
    """Read where arrows stand, and which way they show."""
    known = {name.lower(): value for name, value in vars(collection).items()}
    return [(name, plain(known[name]).ravel()) for name in "xyuv"]


def _read_outlines(axes: Any, collection: Any) -> list[Column | None]:
    """Read areas: those between two lines as such, of others the corners."""
    pieces = [plain(each.vertices) for each in collection.get_paths()]
    offsets, values = plain(collection.get_offsets()), collection.get_array()
    if len(pieces) == 1 and len(offsets) > 1:  # one shape in many places: hexagons
        columns = [
            values_of(axes.xaxis, "x", offsets[:, 0]),
            values_of(axes.yaxis, "y", offsets[:, 1]),
        ]
        if values is not None and len(values) == len(offsets):
            columns.append(("colour", plain(values)))
        return columns
    for along in (0, 1):
        bands = [_read_band(each, along) for each in pieces]
        if bands and all(each is not None for each in bands):
            return _join(
                axes, bands, values, ("x", "y1", "y2") if along == 0 else ("y", "x1", "x2")
            )
    return _join(axes, pieces, values)


def _read_band(corners: Any, along: int) -> Any:
    """Read the area between two lines: along an axis, from one to the other; None of others."""
    numpy = sys.modules["numpy"]
    count = (len(corners) - 3) // 2
    one, other = corners[1 : count + 1], corners[count + 2 : 2 * count + 2][::-1]
    if count < 1 or len(corners) != 2 * count + 3 or len(one) != len(other):
        return None
    ends = numpy.array_equal(corners[[0, count + 1]], other[[0, -1]])
    if not ends or not numpy.array_equal(one[:, along], other[:, along]):
        return None
    return numpy.column_stack([one[:, along], one[:, 1 - along], other[:, 1 - along]])


def _read_points(axes: Any, collection: Any) -> list[Column | None]:
    """Read points with what their colours and sizes say."""
    numpy = sys.modules["numpy"]
    deep = getattr(collection, "_offsets3d", None)
    if deep is not None:
        return [(name, plain(each)) for name, each in zip("xyz", deep)]  # noqa: B905
    if not collection.get_offset_transform().contains_branch(axes.transData):
        return _read_outlines(axes, collection)  # contours, before matplotlib 3.8
    offsets = plain(collection.get_offsets())
    columns = [values_of(axes.xaxis, "x", offsets[:, 0]), values_of(axes.yaxis, "y", offsets[:, 1])]
    sizes, colours = collection.get_sizes(), collection.get_array()
    if len(sizes) == len(offsets) > 1:
        columns.append(("size", plain(sizes)))
    if colours is not None and numpy.size(colours) == len(offsets):
        columns.append(("colour", plain(colours)))
    return columns


def _read_outline(axes: Any, patch: Any) -> list[Column | None]:
    """Read the corners of an area, in the data's own numbers."""
    path = patch.get_path().transformed(patch.get_patch_transform())
    corners = path.vertices
    return [values_of(axes.xaxis, "x", corners[:, 0]), values_of(axes.yaxis, "y", corners[:, 1])]


def _join(
    axes: Any, pieces: list[Any], values: Any = None, names: tuple[str, ...] = ("x", "y", "z")
) -> list[Column | None]:
    """Put several lines into columns, with the number of each and what its colour says."""
    numpy = sys.modules["numpy"]
    counts = [len(each) if each.ndim == 2 else 0 for each in pieces]  # noqa: PLR2004 - x and y
    whole = [each for each, count in zip(pieces, counts) if count]  # noqa: B905 - as above
    if not whole:
        return []
    columns: list[Column | None] = [("piece", numpy.repeat(numpy.arange(len(pieces)), counts))]
    axis = {"x": axes.xaxis, "y": axes.yaxis}
    for name, each in zip(names, numpy.concatenate(whole).T):  # noqa: B905 - as above
        columns.append(values_of(axis[name[0]], name, each) if name[0] in axis else (name, each))
    if values is not None and numpy.size(values) == len(pieces):
        columns.append(("colour", numpy.repeat(plain(values).ravel(), counts)))
    return columns


_CONTAINERS: dict[str, Reader] = {
    "BarContainer": _read_bars,
    "ErrorbarContainer": _read_errorbar,
    "StemContainer": _read_stem,
}
_ARTISTS: tuple[tuple[str, str, Reader], ...] = (
    ("lines", "line", _read_line),
    ("images", "image", _read_image),
    ("patches", "area", _read_outline),
)
_COLLECTIONS: tuple[tuple[str, str, Reader], ...] = (
    ("PathCollection", "scatter", _read_points),
    ("QuadMesh", "mesh", _read_mesh),
    ("LineCollection", "segments", _read_segments),
    ("Quiver", "arrows", _read_arrows),
    ("Barbs", "arrows", _read_arrows),
    ("Poly3DCollection", "area", _read_solid),
    ("PolyCollection", "area", _read_outlines),
    ("ContourSet", "area", _read_outlines),
)
