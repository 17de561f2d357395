"""Files that libraries open in C, past Python: their functions tell what they are called with.

A function written in Python is noted as `anew.tracker.noting` does; one of C is wrapped.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import re
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..imports import when_imported
from ..noting import note_begin, note_call
from ..uses import expect_write, place_of
from . import BLIND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..active import Current

__all__ = ["start"]

READ, WRITE, MODE = "read", "write", "mode"
LIST, MATCH = "list", "match"
_MOST_FILES = 100_000
_PATTERN = re.compile(r"[*?\[]")
_POLARS = (
    "avro", "csv", "csv_batched", "excel", "ipc", "ipc_schema", "ipc_stream", "json", "lines",
    "ndjson", "ods", "parquet", "parquet_metadata", "parquet_schema",
)  # fmt: skip

_TABLE: dict[str, tuple[tuple[str, int, str], ...]] = {
    "cv2": (("imread", 0, READ), ("imreadmulti", 0, READ), ("imwrite", 0, WRITE)),
    "h5py._hl.files": (("File.__init__", 1, MODE),),
    "netCDF4._netCDF4": (("Dataset.__init__", 1, MODE),),
    "polars": (
        *((f"read_{each}", 0, READ) for each in _POLARS),
        *((f"scan_{each}", 0, READ) for each in _POLARS),
        *((f"DataFrame.write_{each}", 1, WRITE) for each in _POLARS),
        *((f"LazyFrame.sink_{each}", 1, WRITE) for each in _POLARS),
    ),
    "pyarrow": (
        ("memory_map", 0, MODE), ("create_memory_map", 0, WRITE), ("input_stream", 0, READ),
        ("output_stream", 0, WRITE),
    ),
    "pyarrow.csv": (("open_csv", 0, READ), ("read_csv", 0, READ), ("write_csv", 1, WRITE)),
    "pyarrow.feather": (("read_table", 0, READ), ("write_feather", 1, WRITE)),
    "pyarrow.ipc": (
        ("RecordBatchFileReader.__init__", 1, READ), ("RecordBatchFileWriter.__init__", 1, WRITE),
        ("RecordBatchStreamReader.__init__", 1, READ),
        ("RecordBatchStreamWriter.__init__", 1, WRITE),
    ),
    "pyarrow.json": (("open_json", 0, READ), ("read_json", 0, READ)),
    "pyarrow.orc": (
        ("ORCFile.__init__", 1, READ), ("ORCWriter.__init__", 1, WRITE), ("read_table", 0, READ),
    ),
    "pyarrow.parquet.core": (
        ("ParquetDataset.__init__", 1, READ), ("ParquetFile.__init__", 1, READ),
        ("ParquetWriter.__init__", 1, WRITE), ("read_table", 0, READ),
    ),
    "rasterio": (("open", 0, MODE),),
    "safetensors.numpy": (("load_file", 0, READ), ("save_file", 1, WRITE)),
    "safetensors.torch": (("load_file", 0, READ), ("save_file", 1, WRITE)),
    "tables.file": (("File.__init__", 1, MODE),),
    "torch.jit._serialization": (("load", 0, READ), ("save", 1, WRITE)),
    "torch.serialization": (("save", 1, WRITE),),
}  # fmt: skip
"""By module: functions, which of their arguments names files, and what is done with these."""


def start(trace: Current) -> None:
    """Have each library tell of its files once it is imported."""
    for name, functions in _TABLE.items():
        when_imported(name, _follower(trace, name, functions))
    when_imported("pyarrow", lambda module: _on_arrow(module, trace))
    when_imported("pyarrow.dataset", lambda module: _on_dataset(module, trace))
    when_imported("duckdb", lambda module: _on_duckdb(module, trace))
    for name in BLIND:
        when_imported(name, lambda module: trace.unseen(f"files that {module.__name__} opens"))


def _follower(
    trace: Current, name: str, functions: tuple[tuple[str, int, str], ...]
) -> Callable[[Any], None]:
    def follow(module: Any) -> None:
        for path, place, mode in functions:
            owner, _, last = path.rpartition(".")
            holder = getattr(module, owner, None) if owner else module
            function = getattr(holder, last, None)
            if function is not None and not _put_on(trace, holder, last, function, (place, mode)):
                trace.unseen(f"files that {name.partition('.')[0]} opens by {path}")

    return follow


def _put_on(trace: Current, holder: Any, name: str, function: Any, what: tuple[int, str]) -> bool:
    """Note a function of Python, or wrap one of C; tell whether it could be done."""
    place, mode = what

    def see(frame: Any, _: Any) -> None:
        given = frame.f_locals
        argument = given.get(frame.f_code.co_varnames[place])
        _tell(trace, argument, given.get("mode") if mode == MODE else mode)

    if isinstance(getattr(function, "__wrapped__", function), FunctionType):
        return note_begin(function, see)

    def wrapper(*args: Any, **options: Any) -> Any:
        _tell_call(trace, args, options, what)
        return function(*args, **options)

    for each in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, each, getattr(function, each, None))
    wrapper.__wrapped__ = function  # type: ignore[attr-defined]
    try:
        setattr(holder, name, wrapper)
    except TypeError:  # a type of C that nothing can be put on
        return False
    return True


def _tell_call(
    trace: Current, args: tuple[Any, ...], options: dict[str, Any], what: tuple[int, str]
) -> None:
    """Tell of the files that a call of a function of C names."""
    place, mode = what
    try:
        argument = args[place] if len(args) > place else next(iter(options.values()), None)
        if mode == MODE:
            mode = options.get("mode", args[place + 1] if len(args) > place + 1 else "r")
        _tell(trace, argument, mode)
    except Exception:  # noqa: BLE001, S110 - the call itself will say what is wrong with it
        pass


def _tell(trace: Current, argument: Any, mode: Any) -> None:
    """Tell of the files that an argument names: a path, several, a pattern, or a folder.

    Who reads a folder, or by a pattern, also depends on which files there are.
    """
    mode = str(mode or "r")
    is_read = mode == READ or mode.startswith("r") or mode[0] == "a"
    for path, kind in _paths(argument):
        if is_read:
            trace.file(path, kind)
        if kind == READ and (mode == WRITE or mode[0] in "wxa" or "+" in mode):
            trace.file(path, WRITE)


def _paths(argument: Any) -> Iterator[tuple[str, str]]:
    """List what an argument names: files, folders to be listed, patterns."""
    if isinstance(argument, (list, tuple, set)):
        for each in argument:
            yield from _paths(each)
        return
    if not isinstance(argument, (str, bytes, os.PathLike)):
        return
    if isinstance(argument, bytes) and (len(argument) > 4096 or b"\0" in argument):  # noqa: PLR2004
        return  # content, not a name
    path = os.path.expanduser(os.fsdecode(argument).removeprefix("file://"))  # noqa: PTH111
    if os.path.isdir(path):  # noqa: PTH112
        yield from _within(path.rstrip("/") or "/")
    elif _PATTERN.search(path) and not os.path.exists(path):  # noqa: PTH110
        yield from _matching(path)
    else:
        yield path, READ


def _matching(pattern: str) -> Iterator[tuple[str, str]]:
    """List the files that a pattern matches, and those in the folders that it does."""
    import glob

    if "://" in pattern:  # of another machine
        return
    yield pattern, MATCH
    for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207
        if os.path.isdir(path):  # noqa: PTH112
            yield from _within(path.rstrip("/"))
        else:
            yield path, READ


def _within(folder: str) -> Iterator[tuple[str, str]]:
    """List a folder that holds one set of data in many files, with those within it."""
    count = 0
    for parent, _, names in os.walk(folder):
        yield parent, LIST
        for name in names:
            yield os.path.join(parent, name), READ  # noqa: PTH118
        count += len(names)
        if count > _MOST_FILES:
            return


def _on_arrow(module: Any, trace: Current) -> None:
    """See the files of `pyarrow.OSFile`, a type of C: what is made by that name tells."""
    real = module.OSFile

    class OSFile(real):  # type: ignore[misc, valid-type]
        __slots__ = ()

        def __new__(cls, *args: Any, **options: Any) -> Any:
            _tell_call(trace, args, options, (0, MODE))
            return real.__new__(cls, *args, **options)

    for each in ("__module__", "__qualname__", "__doc__"):
        setattr(OSFile, each, getattr(real, each))
    module.OSFile = OSFile


def _on_dataset(module: Any, trace: Current) -> None:
    """See the files of a data set of many."""

    def see_read(frame: Any, _: Any) -> None:
        if frame.f_locals.get("filesystem") is None:
            _tell(trace, frame.f_locals.get("source"), READ)

    note_begin(module.dataset, see_read)
    begun: dict[int, set[str]] = {}

    def see_write(frame: Any, _: Any) -> None:
        folder = frame.f_locals.get("base_dir")
        if not isinstance(folder, (str, os.PathLike)):
            return
        files = (path for path, kind in _within(os.fspath(folder)) if kind == READ)
        found = {f"{path} {os.stat(path).st_mtime_ns}" for path in files}  # noqa: PTH116
        if id(frame) not in begun:
            begun[id(frame)] = found
            return
        for each in sorted(found - begun.pop(id(frame))):
            trace.file(each.rpartition(" ")[0], WRITE)

    note_call(module.write_dataset, see_write)


_QUOTED = re.compile(r"(\bto\s*)?(?:'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\")", re.IGNORECASE)
_CALLS = ("execute", "executemany", "from_query", "query", "sql")
_FILES = ("from_csv_auto", "from_parquet", "read_csv", "read_json", "read_parquet")


def _on_duckdb(module: Any, trace: Current) -> None:
    """See the files that DuckDB is told by name, in its text too."""
    trace.unseen("files that duckdb opens, other than those named in quotes by its SQL")
    _wrap_duckdb(module, "connect", lambda args, options: _see_database(trace, args, options))
    kind = module.DuckDBPyConnection
    for name in _CALLS:
        _wrap_duckdb(module, name, lambda args, _: _see_text(trace, args[0]))
        _wrap_duckdb(kind, name, lambda args, _: _see_text(trace, args[1]))
    for name in _FILES:
        _wrap_duckdb(module, name, lambda args, _: _tell(trace, args[0], READ))
        _wrap_duckdb(kind, name, lambda args, _: _tell(trace, args[1], READ))


def _wrap_duckdb(holder: Any, name: str, see: Callable[[Any, Any], None]) -> None:
    real = getattr(holder, name, None)
    if real is None:
        return

    def wrapper(*args: Any, **options: Any) -> Any:
        try:  # noqa: SIM105
            see(args or tuple(options.values()), options)
        except Exception:  # noqa: BLE001, S110 - the call itself will say what is wrong with it
            pass
        return real(*args, **options)

    for each in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, each, getattr(real, each, None))
    setattr(holder, name, wrapper)


def _see_database(trace: Current, args: Any, options: Any) -> None:
    database = options.get("database", args[0] if args else "")
    place = place_of(os.fsdecode(database))
    if place is not None and not os.fsdecode(database).startswith(":"):
        trace.file(place, READ)
        if not options.get("read_only"):
            expect_write(place)


def _see_text(trace: Current, text: Any) -> None:
    """See the files that are named in quotes: what comes after ``to`` is written."""
    if not isinstance(text, str):
        return
    for to, single, double in _QUOTED.findall(text):
        name = single.replace("''", "'") or double.replace('""', '"')
        if name and to:
            trace.file(name, WRITE)
        elif name and (_PATTERN.search(name) or os.path.isfile(name)):  # noqa: PTH113
            _tell(trace, name, READ)
