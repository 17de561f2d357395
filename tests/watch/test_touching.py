"""Files that a step reads and writes."""

from __future__ import annotations

import ctypes
import glob
import io
import json
import linecache
import os
import pickle
import pkgutil
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from anew.digests import digest_bytes
from anew.watch import touching, unseen

READERS = {
    "open": lambda: open("data.csv").close(),
    "open-bytes": lambda: open(b"data.csv").close(),
    "open-absolute": lambda: open(os.path.abspath("data.csv")).close(),
    "open-up": lambda: open("sub/../data.csv").close(),
    "open-to-update": lambda: open("data.csv", "r+").close(),
    "open-to-append": lambda: open("data.csv", "a").close(),
    "open-code": lambda: io.open_code(os.path.abspath("data.csv")).close(),
    "os.open": lambda: os.close(os.open("data.csv", os.O_RDONLY)),
    "pathlib-text": lambda: Path("data.csv").read_text(),
    "pathlib-bytes": lambda: Path("data.csv").read_bytes(),
    "pandas": lambda: pd.read_csv("data.csv"),
    "numpy-text": lambda: np.loadtxt("data.csv", skiprows=1, delimiter=","),
    "numpy-bytes": lambda: np.fromfile("data.csv", dtype=np.uint8),
    "numpy-map": lambda: np.memmap("data.csv", dtype=np.uint8, mode="r"),
    "shutil": lambda: shutil.copy("data.csv", "copy.csv"),
    "zip": lambda: zipfile.ZipFile("z.zip", "w").write("data.csv"),
    "link": lambda: os.link("data.csv", "same.csv"),
    "rename": lambda: os.rename("data.csv", "moved.csv"),
    "child": lambda: subprocess.run(["cat", "data.csv"], stdout=subprocess.DEVNULL, check=True),
    "child-option": lambda: subprocess.run(["true", "--in=data.csv"], check=True),
    "child-folder": lambda: subprocess.run(["true", "../data.csv"], cwd="sub", check=True),
    "shell": lambda: subprocess.run("cat <data.csv >/dev/null", shell=True, check=True),
    "system": lambda: os.system("cat data.csv >/dev/null"),
    "size": lambda: os.path.getsize("data.csv"),
    "stat": lambda: os.stat("data.csv"),
    "pathlib-stat": lambda: Path("data.csv").stat().st_size,
    "truncate": lambda: os.truncate("data.csv", 1),
    "get_data": lambda: pkgutil.get_data("pack", "data.txt"),
}


@pytest.mark.parametrize("name", sorted(READERS.keys() - {"get_data"}))
def test_a_file_that_is_read_is_seen_with_its_content(touch_of, put, name):
    digest = put("data.csv", "x,y\n1,2\n")
    put("sub/other.csv", "")
    assert touch_of(READERS[name]).reads["data.csv"] == digest


def test_data_of_a_package_is_seen(touch_of, put, monkeypatch, project):
    put("pack/__init__.py", "")
    digest = put("pack/data.txt", "5")
    monkeypatch.syspath_prepend(project)
    assert touch_of(READERS["get_data"]).reads == {"pack/data.txt": digest}
    sys.modules.pop("pack")


WRITERS = {
    "open": lambda: Path("out.bin").write_bytes(b"x"),
    "open-new": lambda: open("out.bin", "x").close(),
    "append": lambda: open("out.bin", "a").close(),
    "os.open": lambda: os.close(os.open("out.bin", os.O_WRONLY | os.O_CREAT)),
    "pathlib": lambda: Path("out.bin").write_text("x"),
    "touch": lambda: Path("out.bin").touch(),
    "pandas": lambda: pd.DataFrame({"a": [1]}).to_csv("out.bin"),
    "numpy": lambda: np.zeros(3).tofile("out.bin"),
    "json": lambda: json.dump([1], open("out.bin", "w")),
    "pickle": lambda: Path("out.bin").write_bytes(pickle.dumps(1)),
    "replace": lambda: (Path("t").write_text("x"), os.replace("t", "out.bin")),
    "rename": lambda: (Path("t").write_text("x"), Path("t").rename("out.bin")),
    "copy": lambda: shutil.copy("in.bin", "out.bin"),
    "move": lambda: (Path("t").write_text("x"), shutil.move("t", "out.bin")),
    "child": lambda: subprocess.run(["touch", "out.bin"], check=True),
    "shell": lambda: subprocess.run("echo x >out.bin", shell=True, check=True),
    "sqlite": lambda: sqlite3.connect("out.bin").executescript("create table t (x)").close(),
}


@pytest.mark.parametrize("name", sorted(WRITERS))
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_that_is_written_is_seen_with_its_content_at_the_end(touch_of, put, name):
    put("in.bin", "x")
    touch = touch_of(WRITERS[name])
    assert touch.writes == {"out.bin": digest_bytes(Path("out.bin").read_bytes())}
    assert [path for path in touch.reads if path not in {"in.bin", "out.bin"}] == []


def test_a_file_that_is_looked_for_and_missing_is_seen(touch_of):
    def look():
        with pytest.raises(FileNotFoundError):
            open("gone.csv")

    assert touch_of(look).reads == {"gone.csv": None}


def test_a_file_written_before_it_is_read_is_not_read(touch_of):
    def step():
        np.save("a.npy", np.ones(3))
        np.load("a.npy")

    touch = touch_of(step)
    assert touch.reads == {}
    assert touch.writes.keys() == {"a.npy"}


def test_a_file_written_and_removed_again_is_neither(touch_of):
    def step():
        Path("t").write_text("x")
        Path("t").read_text()
        Path("t").unlink()
        with tempfile.TemporaryDirectory(dir=".") as folder:
            Path(folder, "u").write_text("x")
            os.listdir(folder)
        with tempfile.NamedTemporaryFile(dir=".") as stream:
            stream.write(b"x")

    touch = touch_of(step)
    assert (touch.reads, touch.writes) == ({}, {})


def test_a_file_read_then_overwritten_was_read_as_it_was(touch_of, put):
    digest = put("a", "old")

    def step():
        Path("a").write_text(Path("a").read_text() + "new")

    touch = touch_of(step)
    assert touch.reads == {"a": digest}
    assert touch.writes == {"a": digest_bytes(b"oldnew")}


def test_a_file_written_over_without_reading_is_not_read(touch_of, put):
    put("a", "old")
    assert touch_of(lambda: Path("a").write_text("new")).reads == {}


def test_a_folder_that_is_renamed_takes_its_files_along(touch_of):
    def step():
        os.makedirs("t/u")
        Path("t/u/x").write_text("1")
        os.rename("t", "final")

    touch = touch_of(step)
    assert touch.writes == {"final/u/x": digest_bytes(b"1")}
    assert touch.reads == {}


LISTERS = {
    "listdir": lambda: os.listdir("d"),
    "scandir": lambda: list(os.scandir("d")),
    "glob": lambda: glob.glob("d/*.csv"),
    "pathlib-glob": lambda: list(Path("d").glob("*.csv")),
    "iterdir": lambda: list(Path("d").iterdir()),
    "walk": lambda: list(os.walk("d")),
    "open-folder": lambda: [os.listdir(fd := os.open("d", os.O_RDONLY)), os.close(fd)],
}


@pytest.mark.parametrize("name", sorted(LISTERS))
def test_a_folder_that_is_listed_is_seen_with_its_entries(touch_of, put, name):
    put("d/a.csv", "1")
    before = touch_of(LISTERS[name]).reads["d"]
    assert before.startswith("listing:")
    put("d/a.csv", "other content")
    put("d/.anew/x", "")
    assert touch_of(LISTERS[name]).reads["d"] == before
    put("d/b.csv", "1")
    assert touch_of(LISTERS[name]).reads["d"] != before


def test_a_database_is_read_and_written_when_it_changed(touch_of, project):
    with sqlite3.connect("a.db") as base:
        base.execute("create table t (x)")
    base.close()
    digest = digest_bytes(Path("a.db").read_bytes())

    def read():
        base = sqlite3.connect("a.db")
        base.execute("select * from t").fetchall()
        base.close()

    def add():
        with sqlite3.connect(f"file:{project}/a.db?mode=rw", uri=True) as base:
            base.execute("insert into t values (1)")
        base.close()

    touch = touch_of(read)
    assert (touch.reads, touch.writes) == ({"a.db": digest}, {})
    touch = touch_of(add)
    assert touch.reads == {"a.db": digest}
    assert touch.writes.keys() == {"a.db"}


def test_files_named_by_arguments_count_as_read(touch_of, put):
    digests = {name: put(name, name) for name in ("a.h5", "b", "c.parquet", "e.nc")}
    touch = touch_of(
        lambda *_: None, "a.h5", {"k": ["b", ("c.parquet", "none.h5")]}, names=["e.nc"]
    )
    assert touch.reads == digests
    assert touch.writes == {}


def test_files_named_by_arguments_that_changed_unseen_count_as_written(touch_of, put):
    put("old.h5", "1")

    def in_c(*paths):
        with unseen():
            for path in paths:
                Path(path).write_text("made")

    touch = touch_of(in_c, "old.h5", "new.h5")
    assert touch.reads == {}
    assert touch.writes == dict.fromkeys(("new.h5", "old.h5"), digest_bytes(b"made"))


def test_what_a_library_in_c_writes_to_a_named_file_is_seen(touch_of):
    touch = touch_of(lambda path: pd.DataFrame({"a": [1]}).to_parquet(path), "out.parquet")
    assert touch.writes.keys() == {"out.parquet"}
    assert touch.reads == {}


def test_a_parquet_file_by_a_computed_name_is_read(touch_of, project):
    pd.DataFrame({"a": [1]}).to_parquet("a2012.parquet")
    touch = touch_of(lambda year: pd.read_parquet(f"a{year}.parquet"), 2012)
    assert touch.reads == {"a2012.parquet": digest_bytes(Path("a2012.parquet").read_bytes())}


def test_a_library_loaded_by_its_path_is_read(touch_of, put):
    digest = put("fit.so", "not really")

    def load():
        with pytest.raises(OSError, match="fit"):
            ctypes.CDLL("./fit.so")

    assert touch_of(load).reads["fit.so"] == digest


def test_python_reading_for_itself_is_not_the_step(touch_of, put, project, monkeypatch):
    put("helpers_of_touching.py", "import json\nx = 1\n")
    put("source.py", "a = 1\n")
    monkeypatch.syspath_prepend(project)

    def step():
        import importlib.metadata

        import helpers_of_touching  # noqa: F401

        linecache.checkcache()
        linecache.getline("source.py", 1)
        importlib.metadata.version("numpy")
        Path(np.__file__).read_bytes()
        Path("/proc/self/stat").read_bytes()
        os.path.exists(sys.executable)

    assert touch_of(step).reads == {}
    sys.modules.pop("helpers_of_touching")


def test_source_opened_by_the_step_counts(touch_of, put):
    digest = put("module.py", "x = 1\n")
    assert touch_of(lambda: Path("module.py").read_text()).reads == {"module.py": digest}


def test_declared_files_count(touch_of, put, project):
    digest = put("in.h5", "1")

    def step(hold=[]):  # noqa: B006
        from anew.watch import current

        current().input("in.h5")
        current().input("none.h5")
        with unseen():
            Path("out.h5").write_text("2")
        current().output("out.h5")

    touch = touch_of(step)
    assert touch.reads == {"in.h5": digest, "none.h5": None}
    assert touch.writes == {"out.h5": digest_bytes(b"2")}


def test_what_fails_in_the_step_fails_as_ever(touch_of, project):
    with pytest.raises(ValueError, match="null"):
        open("a\0b")
    with touching(project) as touch:
        with pytest.raises(ValueError, match="null"):
            open("a\0b")
        with pytest.raises(TypeError):
            open([])
        with pytest.raises(TypeError):
            os.stat(3.5)
        with pytest.raises(TypeError):
            os.listdir([])
        with pytest.raises(IsADirectoryError):
            open(".")
    assert touch.writes == {}


def test_a_step_that_fails_leaves_nothing_behind(project):
    before = (os.stat, os.lstat, os.access, os.readlink, sys.stdout, sys.stderr)
    with pytest.raises(KeyError), touching(project):
        {}[os.stat]
    assert (os.stat, os.lstat, os.access, os.readlink, sys.stdout, sys.stderr) == before
