"""The data behind a plot: what a figure shows, as one table of Arrow, and as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from anew.formats.arrow import ARROW
from anew.formats.loaded import is_instance
from anew.model import Artifact
from anew.tracker.plotted import pack, read_figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Protocol

    from anew.tracker.reading import SeenProcess
    from anew.types import Store

    class _Recorder(Protocol):
        """What keeps a plot with a trial."""

        store: Store

        def adopt(self, artifact: Artifact, role: str, name: str) -> None: ...
        def warn(self, text: str) -> None: ...


__all__ = ["ROLE", "keep_figure", "keep_plots", "to_csv", "to_table"]

ROLE: Final = "plot"
"""That of an artifact which is the data behind a figure; its name is that of the figure."""

_ABOUT: Final = ("title", "xlabel", "ylabel", "xscale", "yscale")
_CHANNELS: Final = ("red", "green", "blue", "alpha")
_EDGES: Final = 3
_BYTES: Final = 8


def keep_figure(recorder: _Recorder, name: str, value: object) -> Artifact | None:
    """Keep the data behind a figure that is saved by name; of all else nothing.

    Parameters
    ----------
    recorder
        Of the trial.
    name
        The name of the artifact.
    value
        What is saved.

    Returns
    -------
    Artifact or None
        What is kept.
    """
    if is_instance(value, "matplotlib.figure.Figure"):
        try:
            return _keep(recorder, name, pack(read_figure(value)))
        except Exception as error:  # noqa: BLE001 - a recorder never breaks the work it records
            recorder.warn(f"the data behind {name!r}: {error}")
    return None


def keep_plots(
    recorder: _Recorder, folder: Path, processes: Iterable[SeenProcess], names: dict[str, str]
) -> None:
    """Keep the data behind the figures that programs saved.

    Parameters
    ----------
    recorder
        Of the trial.
    folder
        Its trace folder.
    processes
        What was seen.
    names
        By absolute path, what the trial calls the files that it wrote.
    """
    found = {path: name for process in processes for path, name in process.plots}
    for path, file in found.items():
        if path in names and (folder / file).exists():  # else it went with the file it was of
            try:
                _keep(recorder, names[path], (folder / file).read_bytes())
            except Exception as error:  # noqa: BLE001 - as above
                recorder.warn(f"the data behind {names[path]!r}: {error}")


def _keep(recorder: _Recorder, name: str, packed: bytes) -> Artifact | None:
    """Keep a plot; one that shows nothing is none."""
    table = to_table(packed)
    if not table.num_rows:
        return None
    data = ARROW.encode(table)
    digest = recorder.store.objects.put(data)
    count = len({(row["axes"], row["series"]) for row in _keys(table)})
    summary = f"data of {count} series"
    kept = Artifact(name, ROLE, ARROW.name, digest, None, len(data), summary)
    recorder.adopt(kept, ROLE, name)
    return kept


def to_table(packed: bytes) -> Any:
    """Make a table of what `anew.tracker.plotted.pack` wrote.

    Parameters
    ----------
    packed
        A plot.

    Returns
    -------
    pyarrow.Table
        A row for each column of each series: ``axes`` and ``series`` (from 1), ``title``,
        ``xlabel``, ``ylabel``, ``xscale``, ``yscale``, ``kind``, ``label``, ``column``, and its
        values: ``numbers`` in C order with their ``shape``, or ``texts``. A series that was too
        large has one row with neither.
    """
    import pyarrow as pa

    rows = list(_read_rows(packed)) if packed else []
    kinds = {"axes": pa.int32(), "series": pa.int32(), **dict.fromkeys(_ABOUT, pa.string())}
    kinds |= dict.fromkeys(("kind", "label", "column"), pa.string())
    kinds |= {"shape": pa.list_(pa.int64()), "numbers": pa.list_(pa.float64())}
    kinds |= {"texts": pa.list_(pa.string())}
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def to_csv(table: Any) -> str:
    """Write a plot as CSV (RFC 4180): a line for each point.

    Parameters
    ----------
    table
        As `to_table` gives it.

    Returns
    -------
    str
        Columns ``axes``, ``series``, ``xlabel``, ``ylabel``, ``kind``, ``label``, and those of the
        series: x and y, and what else their kind has. An image has ``row`` and ``column``, and the
        middle of each of its cells as x and y.
    """
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    heads = ("axes", "series", "xlabel", "ylabel", "kind", "label")
    for row in table.to_pylist():
        parts.setdefault(tuple(row[name] for name in heads), []).append(row)
    series = {head: _spread_all(rows) for head, rows in parts.items()}
    names = dict.fromkeys(name for columns in series.values() for name in columns)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*heads, *names])
    for head, columns in series.items():
        length = max(map(len, columns.values()), default=0)
        for at in range(length):
            cells = (columns.get(name, ()) for name in names)
            writer.writerow([*head, *(each[at] if at < len(each) else "" for each in cells)])
    return file.getvalue()


def _keys(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.select(["axes", "series"]).to_pylist()
    return found


def _read_rows(packed: bytes) -> Iterator[dict[str, Any]]:
    """Read a packed plot, column by column."""
    import numpy as np

    head, _, numbers = packed.partition(b"\n")
    at = 0
    for number, axes in enumerate(json.loads(head), start=1):
        about = {"axes": number, **{name: axes[name] for name in _ABOUT}}
        for order, each in enumerate(axes["series"], start=1):
            row = {**about, "series": order, "kind": each["kind"], "label": each["label"]}
            if not each["columns"]:
                yield row
            for column in each["columns"]:
                values = column.get("texts")
                named = {**row, "column": column["name"]}
                if values is not None:
                    yield {**named, "texts": values}
                    continue
                count = int(np.prod(column["shape"]))
                kind = "<i8" if column["whole"] else "<f8"
                part = np.frombuffer(numbers, kind, count, at * _BYTES)
                at += count
                yield {**named, "shape": column["shape"], "numbers": part.astype(float)}


def _spread_all(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Give the columns of a series as those of a CSV."""
    found: dict[str, list[Any]] = {}
    named = {row["column"]: row for row in rows if row["column"] is not None}
    places = [named.pop(name) for name in ("extent", "corners") if name in named]
    for row in named.values():
        found |= _spread(row)
    if places and "row" in found:
        x, y = _find_middles(_read_numbers(places[0]), named["values"]["shape"][:2])
        middles = {"x": [*map(_short, x)], "y": [*map(_short, y)]}
        found = {"row": found.pop("row"), "column": found.pop("column"), **middles, **found}
    return found


def _read_numbers(row: dict[str, Any]) -> Any:
    import numpy as np

    return np.asarray(row["numbers"], dtype=float).reshape(row["shape"])


def _find_middles(places: Any, shape: list[int]) -> Any:
    """Find the middle of each cell of an image, from its extent, or of a mesh, from its corners."""
    import numpy as np

    rows, columns = shape
    if places.ndim == 1:
        left, right, first, last = places
        x = left + (right - left) * (np.arange(columns) + 0.5) / columns
        y = first + (last - first) * (np.arange(rows) + 0.5) / rows
        return np.tile(x, rows).tolist(), np.repeat(y, columns).tolist()
    if places.shape[:2] != (rows, columns):
        places = (places[:-1, :-1] + places[1:, :-1] + places[:-1, 1:] + places[1:, 1:]) / 4
    return places[..., 0].ravel().tolist(), places[..., 1].ravel().tolist()


def _spread(row: dict[str, Any]) -> dict[str, list[Any]]:
    """Give a column as columns of a CSV: those of an image by row, column and colour."""
    import numpy as np

    name = row["column"]
    if row["texts"] is not None:
        return {name: row["texts"]}
    values = _read_numbers(row)
    if values.ndim == 1:
        return {name: [_short(each) for each in values.tolist()]}
    rows, columns = np.indices(values.shape[:2])
    found = {"row": rows.ravel().tolist(), "column": columns.ravel().tolist()}
    if values.ndim < _EDGES:
        return {**found, "value": [_short(each) for each in values.ravel().tolist()]}
    channels = zip(_CHANNELS, np.moveaxis(values, 2, 0), strict=False)
    return {**found, **{c: [_short(each) for each in v.ravel().tolist()] for c, v in channels}}


def _short(number: float) -> float | int | str:
    """Write whole numbers as such, and nothing where there is no number."""
    if number != number:  # noqa: PLR0124 - NaN
        return ""
    return int(number) if number.is_integer() and abs(number) < 1e15 else number  # noqa: PLR2004
