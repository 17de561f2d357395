"""A stamp to write, and one file of each format, written by the library of its field."""

from __future__ import annotations

import json

import pytest

from anew.stamps import Provenance


@pytest.fixture
def stamp():
    """Say what a stamp says."""
    return Provenance(
        trial="0190b2c4-0000-7000-8000-000000000001",
        number=12,
        experiment="bikes & <co>",
        date="2026-11-22T04:00:00Z",
        anew="0.1.0",
        commit="46fca725b5c3835651c83ceee56abfcba665933c",
        command=("python", "fit.py", "--name", "</script>--><x>"),
        parameters={"alpha": 0.3, "name": "Zoë ☃", "deep": {"a": [1, None, True]}},
        inputs={"hourly.csv": "blake3:" + "0" * 64},
        store="project/.anew",
    )


def _frame():
    import pandas as pd

    return pd.DataFrame({"a": range(100), "b": [f"{i} °C" for i in range(100)]})


def _figure(path):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([1, 3, 2])
    figure.savefig(path)


def _picture(path, **options):
    from PIL import Image

    Image.radial_gradient("L").convert("RGB").save(path, **options)


def _blank():
    from PIL import Image

    return Image.new("RGB", (20, 10))


def _arrays(path, **options):
    import h5py

    with h5py.File(path, "w", **options) as file:
        file["x"] = range(1000)
        file.attrs["unit"] = "m"


def _netcdf(path):
    import xarray as xr

    xr.Dataset({"x": ("t", [1.0, 2.0])}, {"title": "short"}).to_netcdf(path, engine="h5netcdf")


def _variables(path, layout="NETCDF4", size=3):
    import netCDF4

    with netCDF4.Dataset(path, "w", format=layout) as file:
        file.createDimension("t", size)
        file.createVariable("x", "f8", ("t",))[:] = [1, 2, 3]
        file["x"].units = "m"


def _npz(path, *, is_packed=False):
    import numpy as np

    (np.savez_compressed if is_packed else np.savez)(path, x=np.arange(100), y=np.eye(3))


def _feather(path):
    import pyarrow as pa

    table = pa.table({"a": range(100), "b": pa.array(["x", "y"] * 50).dictionary_encode()})
    with pa.ipc.new_file(path, table.schema) as file:
        for batch in table.to_batches(max_chunksize=30):
            file.write_batch(batch)


def _parquet_without_arrow(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1, 2]}), path, store_schema=False)


def _notebook(path):
    import nbformat

    cells = [nbformat.v4.new_code_cell('{"metadata": {}}'), nbformat.v4.new_markdown_cell("é")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"a": {"b": 1}}), path)


def _bare_notebook(path):
    path.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


_PAGE = "<!DOCTYPE html><html><head><meta charset='utf-8'></head><body><p>é</body></html>\n"
_STRICT = '<html xmlns="http://www.w3.org/1999/xhtml"><head/><body><p>a</p></body></html>'
_XMP = (
    b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
    b" rdf:about='' xmlns:d='http://purl.org/dc/elements/1.1/'><d:format>image/x</d:format>"
    b"<d:source>a camera</d:source>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def _marked_picture(path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Title", "a gradient")
    info.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    _picture(path, pnginfo=info)


FILES = {
    "figure.png": _figure,
    "figure.jpg": _figure,
    "figure.tif": _figure,
    "figure.webp": _figure,
    "figure.svg": _figure,
    "figure.pdf": _figure,
    "other-xmp.png": _marked_picture,
    "other-xmp.webp": lambda path: _picture(path, lossless=True, xmp=_XMP),
    "other-xmp.jpg": lambda path: _picture(path, xmp=_XMP),
    "exif.jpg": lambda path: _picture(path, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
    "long.tiff": lambda path: _picture(path, big_tiff=True),
    "several.tiff": lambda path: _picture(path, save_all=True, append_images=[_blank()]),
    "packed.tiff": lambda path: _picture(path, compression="tiff_lzw"),
    "other-xmp.tiff": lambda path: _picture(path, tiffinfo={700: _XMP}),
    "exact.webp": lambda path: _picture(path, lossless=True),
    "extended.webp": lambda path: _picture(path, exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
    "arrays.h5": _arrays,
    "latest.hdf5": lambda path: _arrays(path, libver="latest"),
    "many.h5": lambda path: _arrays(path, track_order=True),
    "data.nc": _variables,
    "classic.nc": lambda path: _variables(path, "NETCDF3_CLASSIC"),
    "records.nc": lambda path: _variables(path, "NETCDF3_64BIT_OFFSET", None),
    "wide.nc": lambda path: _variables(path, "NETCDF3_64BIT_DATA"),
    "frame.h5": lambda path: _frame().to_hdf(path, key="k", format="table"),
    "frame.parquet": lambda path: _frame().to_parquet(path),
    "bare.parquet": _parquet_without_arrow,
    "frame.feather": lambda path: _frame().to_feather(path),
    "batches.arrow": _feather,
    "arrays.npz": _npz,
    "packed.npz": lambda path: _npz(path, is_packed=True),
    "frame.xlsx": lambda path: _frame().to_excel(path),
    "page.html": lambda path: path.write_text(_PAGE, encoding="utf-8"),
    "strict.html": lambda path: path.write_text(f'<?xml version="1.0"?>\n{_STRICT}'),
    "part.html": lambda path: _frame().to_html(path, encoding="utf-8"),
    "cells.ipynb": _notebook,
    "empty.ipynb": _bare_notebook,
}


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    """Give a file of a format that has a place for a stamp."""
    path = tmp_path / request.param
    FILES[request.param](path)
    return path


@pytest.fixture
def make(tmp_path):
    """Write one of the files by its name."""

    def make_file(name):
        path = tmp_path / name
        FILES[name](path)
        return path

    return make_file
