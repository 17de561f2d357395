"""A stamp in each format: found again, and everything else as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

from anew.digests import digest_file
from anew.stamps import bare_bytes, bare_digest, read_stamp, write_stamp

OTHER_XMP = [f"other-xmp.{each}" for each in ("png", "jpg", "tiff", "webp")]
"""Pictures with XMP that says something in the words of Dublin Core."""


def _read_picture(path):
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()
        return picture.mode, picture.size, picture.tobytes()


def _read_frame(path):
    import pandas as pd

    reader = {".parquet": pd.read_parquet, ".feather": pd.read_feather, ".xlsx": pd.read_excel}
    return reader[path.suffix](path).to_dict()


def _read_arrow(path):
    import pyarrow as pa

    return pa.ipc.open_file(path).read_all().to_pydict()


def _read_npz(path):
    import numpy as np

    with np.load(path) as file:
        return {name: file[name].tolist() for name in file if name != "anew_provenance"}


def _read_arrays(path):
    import h5py

    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        found = {name: file[name][()].tolist() for name in names if hasattr(file[name], "dtype")}
        found.update({name: str(file.attrs[name]) for name in file.attrs})
    found.pop("anew_provenance", None)
    return found


def _read_variables(path):
    import netCDF4

    with netCDF4.Dataset(path) as file:
        found = {name: (file[name][:].tolist(), file[name].__dict__) for name in file.variables}
        return found, set(file.ncattrs()) - {"anew_provenance"}


def _read_notebook(path):
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    notebook.metadata.pop("anew_provenance", None)
    return notebook


def _read_page(path):
    text = path.read_text(encoding="utf-8")
    start = text.find('<script type="application/ld+json" id="anew-provenance">')
    end = text.find("</script>\n", start) + len("</script>\n")
    return text if start < 0 else text[:start] + text[end:]


def _read_drawing(path):
    root = ET.parse(path).getroot()  # noqa: S314 - written above
    for child in list(root):
        if child.get("id") == "anew-provenance":
            root.remove(child)
    return ET.canonicalize(ET.tostring(root))


def _render(path):
    if shutil.which("pdftoppm"):
        run = subprocess.run(["pdftoppm", "-r", "50", path], capture_output=True, check=True)
        return run.stdout
    return path.read_bytes().split(b"%%EOF")[0]


_READERS = {
    **dict.fromkeys((".png", ".jpg", ".tif", ".tiff", ".webp"), _read_picture),
    **dict.fromkeys((".h5", ".hdf5"), _read_arrays),
    ".nc": _read_variables,
    **dict.fromkeys((".parquet", ".feather", ".xlsx"), _read_frame),
    ".arrow": _read_arrow,
    ".npz": _read_npz,
    ".html": _read_page,
    ".ipynb": _read_notebook,
    ".svg": _read_drawing,
    ".pdf": _render,
}


def test_a_stamp_comes_back_as_it_was_written(file, stamp):
    place = write_stamp(file, stamp)
    found = read_stamp(file)
    assert (place.inside, place.why, place.path) == (True, "", str(file))
    assert found is not None
    assert found.content == bare_digest(file)
    assert (found.parameters, found.command) == (stamp.parameters, stamp.command)
    assert (found.trial, found.experiment, found.inputs) == (
        stamp.trial,
        stamp.experiment,
        stamp.inputs,
    )


def test_the_content_is_the_same_to_the_reader_of_its_format(file, stamp):
    before = _READERS[file.suffix](file)
    write_stamp(file, stamp)
    assert _READERS[file.suffix](file) == before


def test_without_its_stamp_a_file_is_byte_by_byte_what_it_was(file, stamp):
    before, digest = file.read_bytes(), bare_digest(file)
    write_stamp(file, stamp)
    assert file.read_bytes() != before
    assert bare_bytes(str(file), file.read_bytes()) == before
    assert bare_digest(file) == digest


def test_a_file_has_the_same_digest_with_and_without_a_stamp(file, stamp):
    before = digest_file(file).digest
    write_stamp(file, stamp)
    assert digest_file(file).digest == before


def test_a_second_stamp_takes_the_place_of_the_first(file, stamp):
    from dataclasses import replace

    other = replace(stamp, number=13, parameters={})
    write_stamp(file, stamp)
    write_stamp(file, other)
    assert read_stamp(file).number == 13
    twice = file.read_bytes()
    bare = bare_bytes(str(file), twice)
    file.write_bytes(bare)
    write_stamp(file, other)
    assert file.read_bytes() == twice


def test_mode_and_times_of_a_file_are_kept(file, stamp):
    file.chmod(0o640)
    os.utime(file, ns=(1_600_000_000_123_456_789, 1_500_000_000_987_654_321))
    write_stamp(file, stamp)
    found = file.stat()
    assert (found.st_mode & 0o777, found.st_mtime_ns) == (0o640, 1_500_000_000_987_654_321)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_stamp_is_found_whatever_a_file_is_called(make, stamp, tmp_path):
    for name in ("figure.png", "figure.pdf", "arrays.h5", "frame.parquet", "arrays.npz"):
        path = make(name)
        write_stamp(path, stamp)
        moved = path.rename(tmp_path / "attachment")
        assert read_stamp(moved).trial == stamp.trial


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs exiftool")
@pytest.mark.parametrize(
    "name",
    ["figure.png", "figure.jpg", "figure.tif", "long.tiff", "exact.webp", "figure.pdf", *OTHER_XMP],
)
def test_exiftool_shows_the_stamp(make, stamp, name):
    path = make(name)
    write_stamp(path, stamp)
    printed = subprocess.run(
        ["exiftool", "-json", "-a", "-G1", "-warning", "-all", path],
        capture_output=True,
        check=True,
    ).stdout
    (told,) = json.loads(printed)
    assert told["XMP-anew:Trial"] == stamp.trial
    assert told["XMP-anew:Experiment"] == stamp.experiment
    assert json.loads(told["XMP-anew:Provenance"])["number"] == 12
    assert not [each for each in told if each.endswith(":Warning")]
    if name in OTHER_XMP:
        assert (told["XMP-dc:Format"], told["XMP-dc:Source"]) == ("image/x", "a camera")


@pytest.mark.skipif(not shutil.which("h5dump"), reason="needs h5dump")
def test_h5dump_shows_the_stamp(make, stamp):
    path = make("arrays.h5")
    write_stamp(path, stamp)
    told = subprocess.run(["h5dump", "-A", path], capture_output=True, check=True, text=True).stdout
    assert 'ATTRIBUTE "anew_provenance"' in told
    assert stamp.trial in told


def test_other_libraries_show_the_stamp(make, stamp):
    import h5py
    import numpy as np
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in ("frame.parquet", "bare.parquet", "batches.arrow", "arrays.npz", "frame.xlsx"):
        write_stamp(make(name), stamp)
    arrays, book = make("many.h5"), make("frame.xlsx")
    write_stamp(arrays, stamp)
    write_stamp(book, stamp)
    folder = arrays.parent
    with h5py.File(arrays) as file, np.load(folder / "arrays.npz") as archive:
        told = [file.attrs["anew_provenance"], str(archive["anew_provenance"])]
    told += [
        pq.read_schema(folder / name).metadata[b"anew_provenance"]
        for name in ("frame.parquet", "bare.parquet")
    ]
    told.append(pa.ipc.open_file(folder / "batches.arrow").schema.metadata[b"anew_provenance"])
    told += [
        each.value
        for each in openpyxl.load_workbook(book).custom_doc_props.props
        if each.name == "anew provenance"
    ]
    assert [json.loads(each)["trial"] for each in told] == [stamp.trial] * 6


def test_an_object_of_json_has_a_stamp_inside_only_when_asked(tmp_path, stamp):
    path = tmp_path / "metrics.json"
    path.write_text('{\n  "rmse": 35.68\n}\n')
    assert write_stamp(path, stamp).path == f"{path}.prov.json"
    assert json.loads(path.read_text()) == {"rmse": 35.68}
    digest = bare_digest(path)
    place = write_stamp(path, stamp, into_json=True)
    said = json.loads(path.read_text())
    assert (place.inside, list(said)) == (True, ["$provenance", "rmse"])
    assert said["$provenance"]["trial"] == stamp.trial
    assert bare_digest(path) == digest
    assert [each.name for each in tmp_path.iterdir()] == ["metrics.json"]


def test_a_folder_of_zarr_has_it_in_its_attributes(tmp_path, stamp):
    import zarr

    for version in (2, 3):
        folder = tmp_path / f"v{version}.zarr"
        zarr.create_group(folder, zarr_format=version, attributes={"unit": "m"}).create_array(
            "x", shape=3, dtype="f8"
        )
        assert write_stamp(folder, stamp).inside
        attributes = zarr.open_group(folder, mode="r").attrs
        assert attributes["unit"] == "m"
        assert attributes["anew_provenance"]["trial"] == stamp.trial
        assert read_stamp(folder).trial == stamp.trial


def test_a_stamp_that_a_file_took_over_from_another_one_is_not_that_of_this_file(make, stamp):
    import xarray as xr

    path = make("data.nc")
    write_stamp(path, stamp)
    other = path.with_name("other.nc")
    with xr.open_dataset(path) as data:
        data.to_netcdf(other)
    assert read_stamp(other).content != bare_digest(other)
    write_stamp(other, stamp)
    assert read_stamp(other).content == bare_digest(other) != bare_digest(path)


def test_a_table_that_is_written_again_has_no_stamp_but_what_its_metadata_says(make, stamp):
    import pyarrow.parquet as pq

    path = make("frame.parquet")
    write_stamp(path, stamp)
    other = path.with_name("other.parquet")
    pq.write_table(pq.read_table(path), other)
    assert read_stamp(other) is None
    write_stamp(other, stamp)
    assert read_stamp(other).content == bare_digest(other)


def test_pdf_of_every_structure_is_updated(tmp_path, make, stamp):
    pikepdf = pytest.importorskip("pikepdf")
    plain = make("figure.pdf")
    ways = {
        "streams.pdf": {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        "linear.pdf": {"linearize": True},
        "plain.pdf": {"object_stream_mode": pikepdf.ObjectStreamMode.disable},
    }
    for name, way in ways.items():
        path = tmp_path / name
        with pikepdf.open(plain) as pdf:
            with pdf.open_metadata() as metadata:
                metadata["dc:title"] = "charge"
            pdf.save(path, **way)
        before = path.read_bytes()
        assert write_stamp(path, stamp).inside
        assert path.read_bytes().startswith(before)
        with pikepdf.open(path) as pdf:
            assert pdf.docinfo["/AnewTrial"] == stamp.trial
            assert pdf.open_metadata()["dc:title"] == "charge"
            assert stamp.trial in str(pdf.Root.Metadata.read_bytes())
            assert [str(each) for each in pdf.check_pdf_syntax()] == []


def test_an_encrypted_pdf_keeps_its_stamp_beside_it(tmp_path, make, stamp):
    pikepdf = pytest.importorskip("pikepdf")
    path = tmp_path / "secret.pdf"
    with pikepdf.open(make("figure.pdf")) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))
    place = write_stamp(path, stamp)
    assert (place.inside, place.why) == (False, "it is encrypted")


def test_the_schema_says_what_a_stamp_says(stamp, request):
    import jsonschema

    text = (request.config.rootpath / "docs/reference/stamp-1.schema.json").read_text()
    schema, said = json.loads(text), json.loads(stamp.to_json())
    jsonschema.validate(said, schema)
    assert list(schema["properties"]) == list(said) == schema["required"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**said, "more": "x"}, schema)


def test_what_others_added_to_a_stamped_file_is_never_lost_with_the_stamp(make, stamp):
    import zipfile

    import h5py
    import numpy as np

    archive, arrays = make("arrays.npz"), make("arrays.h5")
    for path in (archive, arrays):
        write_stamp(path, stamp)
    with zipfile.ZipFile(archive, "a") as file, file.open("z.npy", "w") as member:
        np.save(member, np.arange(7))
    with h5py.File(arrays, "r+") as file:
        file.attrs["later"] = "kept"
    for path in (archive, arrays):
        assert path.suffix == ".npz" or read_stamp(path).content != bare_digest(path)
        write_stamp(path, stamp)
        assert read_stamp(path).content == bare_digest(path)
    with np.load(archive) as file:
        assert sorted(file) == ["anew_provenance", "x", "y", "z"]
    with h5py.File(arrays) as file:
        assert (file.attrs["later"], file.attrs["unit"]) == ("kept", "m")


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs exiftool")
@pytest.mark.parametrize(
    "name", ["figure.png", "figure.jpg", "figure.tif", "exact.webp", "figure.pdf"]
)
def test_what_exiftool_adds_to_a_stamped_file_stays(make, stamp, name):
    path = make(name)
    before = _READERS[path.suffix](path)
    write_stamp(path, stamp)
    subprocess.run(
        ["exiftool", "-overwrite_original", "-XMP-dc:Title=charge", path],
        check=True,
        capture_output=True,
    )
    write_stamp(path, stamp)
    told = subprocess.run(
        ["exiftool", "-XMP-dc:Title", "-b", path], capture_output=True, check=True
    )
    assert told.stdout == b"charge"
    assert _READERS[path.suffix](path) == before
    assert read_stamp(path).content == bare_digest(path)
