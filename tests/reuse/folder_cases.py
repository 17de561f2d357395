"""Steps that read folders, patterns and modules in ways of which Python itself tells nothing.

In the texts ``D`` stands for the folder of the case and begins the names of its modules.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Case(NamedTuple):
    """A step, the files that there are, and a change of one that it must see or must not."""

    body: str
    files: dict[str, str]
    path: str
    change: Callable[[Path], object]
    is_seen: bool = True


def put(text: str) -> Callable[[Path], object]:
    """Make a change that writes a file."""
    return lambda path: path.write_text(text, encoding="utf-8")


def put_table(path: Path) -> None:
    """Write a table."""
    pq.write_table(pa.table({"x": [1, 2]}), path)


def make_folder(path: Path) -> None:
    """Make a folder of a file."""
    path.unlink()
    path.mkdir()


def set_time(path: Path) -> None:
    """Change when a file was modified."""
    os.utime(path, (5, 5))


CSV = {"D/a.csv": "x\n1\n"}
DEEP = {**CSV, "D/in/b.txt": "1"}
OUT = {**CSV, "D/out/z": ""}
PLUGIN = {
    "D_plug.py": "import D_deep\ndef run():\n    return D_deep.V\n",
    "D_deep.py": "V = 1\n",
    "D_else.py": "V = 1\n",
}
SEVERAL = "x\n2\n"
EDIT = put("V = 22\n")

LS = 'return subprocess.run(["ls", "D"], capture_output=True, check=True).stdout'
GREP = 'return subprocess.run(["grep", "-r", "1", "D"], capture_output=True).stdout'
CAT = 'return subprocess.run("cat D/*.csv", shell=True, capture_output=True).stdout'
BRACES = """
command = ["bash", "-c", "cat D/{a,b}.csv"]
return subprocess.run(command, capture_output=True).stdout
"""
COPY = """
subprocess.run(["cp", "D/a.csv", "D/out"], check=True)
"""
SCRIPT = """
command = [sys.executable, "script.py", "D"]
return subprocess.run(command, capture_output=True, check=True).stdout
"""
POLARS = """
import polars
return polars.scan_csv("D/*.csv").collect()["x"].sum()
"""
POLARS_IN_SCRIPT = """
command = [sys.executable, "many.py", "D"]
return subprocess.run(command, capture_output=True, check=True).stdout
"""
DUCKDB = """
import duckdb
return duckdb.sql("select sum(x) from 'D/*.csv'").fetchall()
"""
DATASET = """
import pyarrow.dataset
return pyarrow.dataset.dataset("D", format="csv").count_rows()
"""
TABLE = """
import pandas
return len(pandas.read_parquet("D"))
"""
NAMED = 'return importlib.import_module("_".join(("D", "plug"))).run()'
TAKEN = 'return load_module("_".join(("D", "plug"))).run()'
BUILT_IN = 'return __import__("_".join(("D", "plug"))).run()'
TEXT = """
names = {}
exec("import " + "_".join(("D", "plug")) + " as plug", names)
return names["plug"].run()
"""
RUN = """
import runpy
return runpy.run_module("_".join(("D", "plug")))["run"]()
"""
LISTED = """
import pkgutil
return [module.name for module in pkgutil.iter_modules(["D"])]
"""
ENTRIES = """
folder = "D"
return [entry.is_dir() for entry in os.scandir(folder)]
"""
SIZES = """
folder = "D"
return sum(entry.stat().st_size for entry in os.scandir(folder))
"""
PLAIN = """
import D_plug
return D_plug.run()
"""

CASES: dict[str, Case] = {
    "ls finds another file": Case(LS, CSV, "D/b.txt", put("2")),
    "ls of another folder": Case(LS, CSV | {"De/a": "1"}, "De/b", put("2"), is_seen=False),
    "grep reads a file": Case(GREP, CSV, "D/a.csv", put("x\n11\n")),
    "grep reads deep": Case(GREP, DEEP, "D/in/b.txt", put("11")),
    "grep finds a file deep": Case(GREP, DEEP, "D/in/c.txt", put("1")),
    "a shell finds another file": Case(CAT, CSV, "D/b.csv", put("2")),
    "a shell reads a file": Case(CAT, CSV, "D/a.csv", put("3")),
    "a shell passes over names": Case(CAT, CSV, "D/b.txt", put("2"), is_seen=False),
    "braces": Case(BRACES, CSV, "D/b.csv", put("2")),
    "a copy reads": Case(COPY, OUT, "D/a.csv", put("4")),
    "a copy is its own": Case(COPY, OUT, "D/b.csv", put("4"), is_seen=False),
    "a copy is put back": Case(COPY, OUT, "D/out/a.csv", os.remove, is_seen=False),
    "a script reads a file": Case(SCRIPT, CSV, "D/a.csv", put("5")),
    "a script tells itself": Case(SCRIPT, CSV, "D/b.txt", put("2"), is_seen=False),
    "a script with polars": Case(POLARS_IN_SCRIPT, CSV, "D/b.csv", put(SEVERAL)),
    "polars finds another file": Case(POLARS, CSV, "D/b.csv", put(SEVERAL)),
    "polars reads a file": Case(POLARS, CSV, "D/a.csv", put(SEVERAL)),
    "polars passes over names": Case(POLARS, CSV, "D/b.txt", put(SEVERAL), is_seen=False),
    "duckdb finds another file": Case(DUCKDB, CSV, "D/b.csv", put(SEVERAL)),
    "duckdb passes over names": Case(DUCKDB, CSV, "D/b.txt", put(SEVERAL), is_seen=False),
    "a data set grows": Case(DATASET, CSV, "D/b.csv", put(SEVERAL)),
    "a data set changes": Case(DATASET, CSV, "D/a.csv", put("x\n1\n2\n")),
    "pandas finds another file": Case(TABLE, {"D/a.parquet": ""}, "D/b.parquet", put_table),
    "import_module": Case(NAMED, PLUGIN, "D_plug.py", put("def run():\n    return 22\n")),
    "import_module of an importer": Case(NAMED, PLUGIN, "D_deep.py", EDIT),
    "import_module elsewhere": Case(NAMED, PLUGIN, "D_else.py", EDIT, is_seen=False),
    "import_module by a name": Case(TAKEN, PLUGIN, "D_deep.py", EDIT),
    "__import__": Case(BUILT_IN, PLUGIN, "D_deep.py", EDIT),
    "__import__ elsewhere": Case(BUILT_IN, PLUGIN, "D_else.py", EDIT, is_seen=False),
    "a text that imports": Case(TEXT, PLUGIN, "D_deep.py", EDIT),
    "run_module": Case(RUN, PLUGIN, "D_plug.py", put("def run():\n    return 22\n")),
    "run_module of an importer": Case(RUN, PLUGIN, "D_deep.py", EDIT),
    "modules that are listed": Case(LISTED, {"D/one.py": ""}, "D/two.py", put("")),
    "a plain import": Case(PLAIN, PLUGIN, "D_deep.py", EDIT),
    "a comment by a plain import": Case(
        PLAIN, PLUGIN, "D_deep.py", put("# so\nV = 1\n"), is_seen=False
    ),
    "is_dir": Case('return Path("D/a.csv").is_dir()', CSV, "D/a.csv", make_folder),
    "isfile": Case('return os.path.isfile("D/a.csv")', CSV, "D/a.csv", make_folder),
    "exists": Case(
        'return Path("D", "a.csv").exists()', CSV, "D/a.csv", make_folder, is_seen=False
    ),
    "a time of os.stat": Case('return os.stat("D/a.csv").st_mtime', CSV, "D/a.csv", set_time),
    "a time of Path.stat": Case('return Path("D/a.csv").stat().st_mtime', CSV, "D/a.csv", set_time),
    "is_dir of an entry": Case(ENTRIES, CSV, "D/a.csv", make_folder),
    "a file of a listed folder": Case(ENTRIES, CSV, "D/a.csv", put("2"), is_seen=False),
    "a size of an entry": Case(SIZES, CSV, "D/a.csv", put("22")),
    "a size of os.stat": Case(
        'return os.stat("D/a.csv").st_size', CSV, "D/a.csv", set_time, is_seen=False
    ),
}
