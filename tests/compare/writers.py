"""Write one table, one array and one drawing in many formats: ``python writers.py FOLDER NUMBER``.

Run in a process of its own, so that hash seed, time and ids are others each time.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import sqlite3
import sys
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd


def _table(number):
    return pd.DataFrame({"x": np.arange(8.0), "y": [0.1] * 7 + [number], "name": list("abcdefgh")})


def _array(number):
    array = np.linspace(0.0, 1.0, 60).reshape(6, 10)
    array[2, 3] = number
    return array


def _figure(number):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(3, 2))
    axes.plot([0, 1, 2], [0, number, 1], "o-")
    axes.set_title("title")
    return figure


def _model(number):
    from sklearn.linear_model import Ridge

    rows = np.random.default_rng(0).normal(size=(30, 3))
    return Ridge(alpha=number).fit(rows, rows @ [1.0, 2.0, 3.0])


def _set(number):
    return {"words": {f"word {i}" for i in range(40)}, "table": _table(number)}


class Model:
    """A class of the script itself."""

    def __init__(self, number):
        self.weights, self.names = _array(number), {"a", "b", "c", "d"}


def _write_csv_zip(path, number):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", _table(number).to_csv())
        archive.writestr("plain.txt", "plain")


def _write_tar(path, number):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in (("a.npy", _bytes(number)), ("b.txt", b"plain")):
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), int(__import__("time").time())
            archive.addfile(member, io.BytesIO(data))


def _bytes(number):
    file = io.BytesIO()
    np.save(file, _array(number))
    return file.getvalue()


def _write_h5py(path, number):
    import h5py

    with h5py.File(path, "w", track_order=True) as file:
        file["group/array"] = _array(number)
        file.attrs["history"] = pd.Timestamp.now().isoformat()


def _write_netcdf3(path, number):
    import xarray as xr

    _dataset(xr, number).to_netcdf(path, engine="scipy")


def _write_netcdf4(path, number):
    import xarray as xr

    _dataset(xr, number).to_netcdf(path, engine="netcdf4")


def _dataset(xr, number):
    attributes = {"history": f"{pd.Timestamp.now():%a %b %d %H:%M:%S %Y}: made by a script"}
    return xr.Dataset({"t": (("lat", "lon"), _array(number))}, attrs=attributes)


def _write_zarr(path, number):
    import zarr

    group = zarr.open_group(str(path), mode="w")
    group.create_array("t", data=_array(number), chunks=(3, 5))


def _write_sqlite(path, number):
    with closing(sqlite3.connect(path)) as database:
        _table(number).to_sql("t", database)


def _write_feather(path, number):
    _table(number).to_feather(path)


def _write_joblib(path, number, **how):
    import joblib

    joblib.dump(
        {"model": _model(number), "array": _array(number), "set": set("abcdef")}, path, **how
    )


def _write_mat(path, number):
    from scipy.io import savemat

    savemat(path, {"array": _array(number)})


def _write_notebook(path, number):
    from uuid import uuid4

    text = [f"rmse {number}\n"]
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = {"cell_type": "code", "id": uuid4().hex[:8], "source": ["1"], "outputs": [output]}
    said = {"execution_count": np.random.default_rng().integers(99).item(), "metadata": {}}
    path.write_text(json.dumps({"cells": [cell | said], "nbformat": 4, "metadata": {}}))


def _write_log(path, number):
    now = pd.Timestamp.now()
    lines = [f"{now:%Y-%m-%d %H:%M:%S,%f} INFO rmse {number}", f"object {object()!r}", ""]
    path.write_text("\n".join(lines))


def _write_html(path, number):
    from uuid import uuid4

    path.write_text(f'<div id="{uuid4()}"></div><script>draw("{number}")</script>\n')


def _write_image(path, number):
    from PIL import Image

    pixels = np.full((20, 30, 3), 255 * number, dtype="u1")
    Image.fromarray(pixels).save(path)


WRITERS = {
    "table.csv": lambda path, number: _table(number).to_csv(path),
    "table.tsv": lambda path, number: _table(number).to_csv(path, sep="\t"),
    "table.csv.gz": lambda path, number: _table(number).to_csv(path),
    "table.csv.bz2": lambda path, number: _table(number).to_csv(path),
    "table.csv.xz": lambda path, number: _table(number).to_csv(path),
    "table.csv.zst": lambda path, number: _table(number).to_csv(path),
    "table.csv.zip": _write_csv_zip,
    "table.xlsx": lambda path, number: _table(number).to_excel(path),
    "table.parquet": lambda path, number: _table(number).to_parquet(path),
    "table.feather": _write_feather,
    "table.json": lambda path, number: _table(number).to_json(path),
    "table.h5": lambda path, number: _table(number).to_hdf(path, key="t"),
    "rows.h5": lambda path, number: _table(number).to_hdf(path, key="t", format="table"),
    "table.db": _write_sqlite,
    "table.pkl": lambda path, number: _table(number).to_pickle(path),
    "table.html": _write_html,
    "array.npy": lambda path, number: np.save(path, _array(number)),
    "array.npz": lambda path, number: np.savez_compressed(path, a=_array(number), b=1),
    "array.h5": _write_h5py,
    "array.mat": _write_mat,
    "array.zarr": _write_zarr,
    "array.tar.gz": _write_tar,
    "array.dat": lambda path, number: np.savetxt(path, _array(number)),
    "old.nc": _write_netcdf3,
    "new.nc": _write_netcdf4,
    "figure.eps": lambda path, number: _figure(number).savefig(path),
    "figure.pdf": lambda path, number: _figure(number).savefig(path),
    "figure.svg": lambda path, number: _figure(number).savefig(path),
    "figure.png": lambda path, number: _figure(number).savefig(path),
    "figure.jpg": lambda path, number: _figure(number).savefig(path),
    "figure.tiff": _write_image,
    "figure.bmp": _write_image,
    "figure.gif": _write_image,
    "set.pkl": lambda path, number: path.write_bytes(pickle.dumps(_set(number))),
    "old.pickle": lambda path, number: path.write_bytes(pickle.dumps(_set(number), protocol=2)),
    "own.pkl": lambda path, number: path.write_bytes(pickle.dumps(Model(number))),
    "model.pkl": lambda path, number: path.write_bytes(pickle.dumps(_model(number))),
    "model.joblib": _write_joblib,
    "small.joblib": lambda path, number: _write_joblib(path, number, compress=3),
    "values.pkl.gz": lambda path, number: path.write_bytes(
        gzip.compress(pickle.dumps(_set(number)))
    ),
    "notebook.ipynb": _write_notebook,
    "out.log": _write_log,
    "values.yaml": lambda path, number: path.write_text(f"a:\n  b: {number}\n"),
    "values.toml": lambda path, number: path.write_text(f"[a]\nb = {number}\n"),
    "values.ini": lambda path, number: path.write_text(f"[a]\nb = {number}\n"),
    "values.jsonl": lambda path, number: path.write_text(f'{{"a": 1}}\n{{"b": {number}}}\n'),
}


def main(folder: str, number: str) -> None:
    """Write all."""
    for name, write in WRITERS.items():
        write(Path(folder, name), float(number))


if __name__ == "__main__":
    main(*sys.argv[1:])
