"""Files that a stamp would break, or could not be found in: they are as they were."""

from __future__ import annotations

import base64
import struct
import time
import zlib

import pytest

from anew.errors import StampError
from anew.stamps import bare_bytes, bare_digest, read_stamp, write_stamp
from anew.stamps.families import plugins


def _is_left_alone(path, stamp):
    before = path.read_bytes()
    place = write_stamp(path, stamp)
    return not place.inside and path.read_bytes() == before and read_stamp(path) is not None


def _is_stamped(path, stamp):
    before = path.read_bytes()
    inside = write_stamp(path, stamp).inside
    return inside and bare_bytes(str(path), path.read_bytes()) == before


def test_a_table_whose_footer_is_signed_can_still_be_read(tmp_path, stamp):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow.parquet import encryption

    class Keys(encryption.KmsClient):
        def __init__(self, _):
            super().__init__()

        def wrap_key(self, key, _):
            return base64.b64encode(key)

        def unwrap_key(self, key, _):
            return base64.b64decode(key)

    factory, access = encryption.CryptoFactory(Keys), encryption.KmsConnectionConfig()
    how = encryption.EncryptionConfiguration("f", column_keys={"c": ["a"]}, plaintext_footer=True)
    path, table = tmp_path / "signed.parquet", pa.table({"a": [1, 2], "b": [3, 4]})
    keys = factory.file_encryption_properties(access, how)
    with pq.ParquetWriter(path, table.schema, encryption_properties=keys) as file:
        file.write_table(table)
    assert _is_left_alone(path, stamp)
    opened = pq.ParquetFile(path, decryption_properties=factory.file_decryption_properties(access))
    assert opened.read() == table


def test_arrays_that_somebody_else_writes_still_say_that_they_are_not_closed(tmp_path, stamp):
    import h5py

    path = tmp_path / "copy.h5"
    with h5py.File(tmp_path / "arrays.h5", "w", libver="latest") as file:
        file["x"] = [1, 2]
        file.swmr_mode = True
        path.write_bytes((tmp_path / "arrays.h5").read_bytes())
    assert _is_left_alone(path, stamp)
    assert _is_stamped(tmp_path / "arrays.h5", stamp)


def test_arrays_behind_a_block_of_the_user_are_stamped(tmp_path, stamp):
    import h5py

    path = tmp_path / "arrays.h5"
    with h5py.File(path, "w", userblock_size=1024) as file:
        file["x"] = [1, 2]
    path.write_bytes(b"mine".ljust(512) + path.read_bytes()[512:])
    assert _is_stamped(path, stamp)
    with h5py.File(path) as file:
        assert file.attrs["anew_provenance"].decode() == read_stamp(path).to_json()
    assert path.read_bytes().startswith(b"mine")


@pytest.mark.parametrize(
    "end",
    ["<script>let a = 1;", "<style>a {", "<textarea>words", "<!-- remark", "</bo"],
)
def test_a_page_that_ends_where_no_element_can_stand_is_left_alone(tmp_path, stamp, end):
    path = tmp_path / "page.html"
    path.write_text(f"<html><body><p>1 &lt; 2</p>{end}")
    assert _is_left_alone(path, stamp)


def test_a_page_whose_script_speaks_of_elements_is_stamped(tmp_path, stamp):
    path = tmp_path / "page.html"
    path.write_text("<p>a</p><script>let a = '<!-- <style> <textarea' + (1 < 2)</script>")
    assert _is_stamped(path, stamp)


def test_a_damaged_stamp_in_a_drawing_does_not_hide_the_next_one(make, stamp):
    path = make("figure.svg")
    write_stamp(path, stamp)
    path.write_bytes(path.read_bytes().replace(b"<anew:provenance>", b"<anew:provenancf>"))
    assert _is_stamped(path, stamp)


def test_a_file_that_is_not_what_its_name_tells_says_so(tmp_path, stamp):
    for name, data in {"a.png": b"", "a.arrow": b"stream", "a.json": b"[]", "a.csv": b"a"}.items():
        (tmp_path / name).write_bytes(data)
        why = write_stamp(tmp_path / name, stamp).why
        assert ("not of the format" in why) is (name in {"a.png", "a.arrow"})


def test_damage_to_a_footer_is_no_error(make, stamp):
    path = make("batches.arrow")
    data = path.read_bytes()
    length = int.from_bytes(data[-10:-6], "little")
    path.write_bytes(data[: -10 - length] + b"\xff" * length + data[-10:])
    assert _is_left_alone(path, stamp)


def test_a_place_in_which_a_stamp_is_not_found_again_is_not_used(tmp_path, stamp, monkeypatch):
    class Deaf:
        name, suffixes = "deaf", (".deaf",)

        def is_mine(self, content):
            return True

        def find(self, content):
            return None

        def put(self, content, stamp, text):
            return [range(content.size), text.encode()]

    monkeypatch.setitem(plugins(), ".deaf", Deaf())
    path = tmp_path / "a.deaf"
    path.write_bytes(b"data")
    assert _is_left_alone(path, stamp)
    assert write_stamp(path, stamp).why == "what is in it hides the stamp"


def test_a_plugin_that_fails_leaves_its_file_as_it_was(tmp_path, stamp, monkeypatch):
    class Faulty:
        name, suffixes = "faulty", (".faulty",)

        def is_mine(self, content):
            return True

        def find(self, content):
            raise KeyError(self.name)

        def put(self, content, stamp, text):
            raise KeyError(self.name)

    monkeypatch.setitem(plugins(), ".faulty", Faulty())
    path = tmp_path / "a.faulty"
    path.write_bytes(b"data")
    digest = bare_digest(path)
    assert _is_left_alone(path, stamp)
    assert bare_digest(path) == digest
    assert write_stamp(path, stamp).why == "faulty cannot be written: 'faulty'"


def test_a_stamp_in_a_picture_that_is_far_too_long_is_refused(make, stamp):
    path = make("figure.png")
    data = path.read_bytes()
    said = b"iTXtanew-provenance" + bytes(5) + b"x" * 10_000_000
    chunk = struct.pack(">I", len(said) - 4) + said + struct.pack(">I", zlib.crc32(said))
    path.write_bytes(data[:33] + chunk + data[33:])
    with pytest.raises(StampError, match="more than 32,768"):
        read_stamp(path)
    write_stamp(path, stamp)
    assert read_stamp(path).trial == stamp.trial
    assert path.stat().st_size < len(data) + 10_000


def test_netcdf_of_the_classic_formats_shows_its_stamp_to_all_readers(make, stamp):
    import netCDF4
    import xarray as xr

    for name in ("classic.nc", "records.nc"):
        path = make(name)
        write_stamp(path, stamp)
        with xr.open_dataset(path, engine="scipy") as data:
            assert data.attrs == {"anew_provenance": read_stamp(path).to_json()}
            assert data.x.values.tolist() == [1, 2, 3]
        with netCDF4.Dataset(path, "a") as file:
            file.title = "changed"
        assert read_stamp(path) is None


def test_records_whose_number_tells_more_than_there_are_get_nothing_behind_them(tmp_path, stamp):
    import netCDF4
    from scipy.io import netcdf_file

    path = tmp_path / "bytes.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("t", None)
        file.createDimension("y", 3)
        file.createVariable("x", "i2", ("t", "y"))[:] = [[1, 2, 3]] * 5
    assert _is_left_alone(path, stamp)
    with netcdf_file(path, mmap=False) as file:
        assert file.variables["x"][:].tolist() == [[1, 2, 3]] * 5


def test_what_netcdf_took_over_from_another_file_comes_back_without_the_stamp(tmp_path, stamp):
    import xarray as xr

    path, other = tmp_path / "a.nc", tmp_path / "b.nc"
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(path, engine="scipy")
    write_stamp(path, stamp)
    xr.load_dataset(path, engine="scipy").to_netcdf(other, engine="scipy")
    assert read_stamp(other) is None
    assert _is_stamped(other, stamp)


@pytest.mark.parametrize("name", [".zgroup", ".zarray", "zarr.json"])
def test_a_folder_of_zarr_without_attributes_has_its_stamp_beside_it(tmp_path, stamp, name):
    folder = tmp_path / "a.zarr"
    folder.mkdir()
    (folder / name).write_text('{"zarr_format": 2}')
    place = write_stamp(folder, stamp)
    assert place.path == f"{folder}.prov.json"
    assert read_stamp(folder).trial == stamp.trial
    assert [each.name for each in folder.iterdir()] == [name]


def test_a_series_of_pictures_whose_last_one_is_cut_is_left_alone(make, stamp):
    path = make("several.tiff")
    path.write_bytes(path.read_bytes()[:-300])
    assert _is_left_alone(path, stamp)


def test_a_document_that_tells_of_endless_objects_is_left_alone(tmp_path, stamp):
    path = tmp_path / "endless.pdf"
    table = b"1 0 obj\n<< /Type /XRef /W [0 0 0] /Index [0 999999999999] /Size 9 /Root 1 0 R"
    table += b" /Length 0 >>\nstream\n\nendstream\nendobj\n"
    path.write_bytes(b"%PDF-1.5\n" + table + b"startxref\n9\n%%EOF\n")
    assert _is_left_alone(path, stamp)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b"<!---->" * 9_000 + b"<x"),
        ("a.svg", b"<!DOCTYPE [ ]>" * 4_000 + b"<x"),
        ("a.svg", b"<?x?>" * 12_000 + b"<x"),
        ("a.jpg", b"\xff\xd8" + b"\xff\xe1\0\0" * 5_000_000),
        ("a.webp", b"RIFF\0\0\0\0WEBP" + b"ANMF\0\0\0\0" * 2_000_000),
        ("a.parquet", b"PAR1\x19\xf3" + b"\xff" * 8 + b"\x01\x0b\0\0\0PAR1"),
    ],
)
def test_a_file_made_to_take_long_keeps_nobody_busy(tmp_path, stamp, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    begun = time.process_time()
    assert read_stamp(path) is None
    assert _is_left_alone(path, stamp)
    assert time.process_time() - begun < 30, "it kept its reader busy"
