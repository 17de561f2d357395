"""Files that libraries open in C, past Python."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

FRAME = "import pandas as pd; frame = pd.DataFrame({'a': [1, 2]})\n"

BOTH = {
    "pandas parquet": ("pandas", FRAME + "frame.to_parquet('f'); pd.read_parquet('f')"),
    "pandas feather": ("pandas", FRAME + "frame.to_feather('f'); pd.read_feather('f')"),
    "pandas csv": ("pandas", FRAME + "frame.to_csv('f'); pd.read_csv('f')"),
    "pandas csv by pyarrow": (
        "pandas",
        FRAME + "frame.to_csv('f'); pd.read_csv('f', engine='pyarrow')",
    ),
    "pandas hdf": ("tables", FRAME + "frame.to_hdf('f', key='k'); pd.read_hdf('f')"),
    "pyarrow csv": (
        "pyarrow",
        (
            "import pyarrow as pa, pyarrow.csv as c\nc.write_csv(pa.table({'a': [1]}), 'f')\n"
            "c.read_csv('f')"
        ),
    ),
    "pyarrow parquet": (
        "pyarrow",
        (
            "import pyarrow as pa, pyarrow.parquet as p\np.write_table(pa.table({'a': [1]}), 'f')\n"
            "p.ParquetFile('f').read()"
        ),
    ),
    "pyarrow orc": (
        "pyarrow",
        (
            "import pyarrow as pa, pyarrow.orc as p\np.write_table(pa.table({'a': [1]}), 'f')\n"
            "p.read_table('f')"
        ),
    ),
    "pyarrow file": (
        "pyarrow",
        "import pyarrow as pa\npa.OSFile('f', 'wb').write(b'x')\npa.OSFile('f').read()",
    ),
    "pyarrow memory map": (
        "pyarrow",
        "import pyarrow as pa\npa.OSFile('f', 'wb').write(b'x')\npa.memory_map('f').read()",
    ),
    "numpy": ("numpy", "import numpy as np; np.arange(3).tofile('f'); np.fromfile('f')"),
    "h5py": (
        "h5py",
        "import h5py\nwith h5py.File('f', 'w') as f: f['x'] = [1]\nh5py.File('f')['x'][:]",
    ),
    "netCDF4": (
        "netCDF4",
        "import netCDF4\nnetCDF4.Dataset('f', 'w').close()\nnetCDF4.Dataset('f').close()",
    ),
    "polars csv": (
        "polars",
        "import polars as pl; pl.DataFrame({'a': [1]}).write_csv('f'); pl.read_csv('f')",
    ),
    "polars lazily": (
        "polars",
        (
            "import polars as pl; pl.LazyFrame({'a': [1]}).sink_parquet('f');"
            "pl.scan_parquet('f').collect()"
        ),
    ),
    "polars pattern": (
        "polars",
        "import polars as pl; pl.DataFrame({'a': [1]}).write_csv('f'); pl.read_csv('*f')",
    ),
    "duckdb text": (
        "duckdb",
        (
            "import duckdb; duckdb.sql(\"copy (select 1 a) to 'f'\");"
            "duckdb.sql(\"select * from read_csv('f')\").fetchall()"
        ),
    ),
    "duckdb": (
        "duckdb",
        (
            "import duckdb as d\nc = d.connect('f'); c.execute('create table t (a int)')\n"
            "c.close()\nd.connect('f', read_only=True).close()"
        ),
    ),
    "pillow": (
        "PIL",
        "from PIL import Image; Image.new('L', (2, 2)).save('f', 'png'); Image.open('f').load()",
    ),
    "cv2": (
        "cv2",
        (
            "import cv2, os, numpy as np; cv2.imwrite('f.png', np.zeros((2, 2), 'u1'));"
            "cv2.imread('f.png'); os.rename('f.png', 'f')"
        ),
    ),
    "torch": ("torch", "import torch; torch.save(torch.ones(2), 'f'); torch.load('f')"),
}


@pytest.mark.parametrize(("library", "program"), BOTH.values(), ids=BOTH)
def test_files_of_a_library_are_seen(follow, library, program) -> None:
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    seen = follow(program)
    assert seen.done.returncode == 0, seen.done.stderr
    assert "f" in seen.names("write")
    assert {"f", "f.png"} & seen.names("read")


def test_a_partitioned_data_set_is_seen(follow) -> None:
    pytest.importorskip("pyarrow")
    seen = follow(
        FRAME + "frame.assign(b=1).to_parquet('f', partition_cols=['a'])\n"
        "print(len(pd.read_parquet('f')))"
    )
    assert seen.done.stdout == "2\n", seen.done.stderr
    assert len([name for name in seen.names("write") if name.startswith("f/a=")]) == 2
    assert len([name for name in seen.names("read") if name.startswith("f/a=")]) == 2


def test_an_error_of_a_library_shows_as_ever(follow) -> None:
    pytest.importorskip("h5py")
    seen = follow("import h5py; h5py.File('missing')")
    assert "tracker" not in seen.done.stderr
    assert "FileNotFoundError" in seen.done.stderr
