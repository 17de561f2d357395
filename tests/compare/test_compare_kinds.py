"""Files of each kind: what is the same content, what is close, what is different, and where."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import sys
import tarfile
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.compare.files import Way, compare_files, compare_paths
from anew.compare.files.compressed import read_limited
from anew.compare.files.kinds import find_kind
from anew.compare.files.way import TooLargeError
from anew.compare.finding import Tolerance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Image = pytest.importorskip("PIL.Image")


def judge(a: bytes | str, b: bytes | str, name: str = "", rtol: float = 0.0) -> tuple[str, str]:
    data = [each.encode() if isinstance(each, str) else each for each in (a, b)]
    found = compare_files(data[0], data[1], Way(Tolerance(rtol), name=name))
    return found.verdict, found.text


# --- which kind it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nxx", "x.csv", "a picture"),
        (b"\x1f\x8bxx", "", "a compressed file"),
        (b"x,y\n1,2\n", "x.png", "text"),
        (b"x,y\n1,2\n", "x.CSV", "a table"),
        (b"\x00\x01", "x.csv", "bytes"),
        (b"%PDF-1.4", "x.txt", "a PDF file"),
        (b"BM is no picture", "x.txt", "text"),
        (b'<?xml version="1.0"?><svg/>', "", "an SVG file"),
        (b"", "x.json", "JSON"),
    ],
)
def test_the_bytes_say_what_a_file_is_before_its_name(data: bytes, name: str, kind: str):
    assert find_kind(data, Way(name=name).suffix).name == kind


def test_files_of_two_kinds_are_different():
    assert judge(b"\x1f\x8b\0", b"\x89PNG\r\n\x1a\n", "x") == (
        "different",
        "a compressed file → a picture",
    )
    assert judge('{"a": 1}', "<svg>\0</svg>")[0] == "different"


def test_a_file_that_is_not_what_it_seems_is_compared_by_its_bytes():
    verdict, detail = judge(b"\x89HDF\r\n\x1a\n\0", b"\x89HDF\r\n\x1a\n\1", "x.h5")
    assert verdict == "different"
    assert detail.startswith("the first differing byte is 8 of 9; an HDF5 file that cannot be read")


def test_without_its_library_a_file_is_different_and_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    verdict, detail = judge(b"\x89HDF\r\n\x1a\n\0", b"\x89HDF\r\n\x1a\n\1", "x.h5")
    assert verdict == "different"
    assert detail.endswith("; with h5py installed one could look into it")


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("a\nb\n", "a\r\nb\r\n", ("same content", "the line ends differ")),
        ("a\nb", "a\nb\n", ("different", "line 3: the end of the last line differs")),
        ("x 1.0", "x 1.00", ("same content", "numbers written otherwise")),
        ("x 1.0\n", "x 1.5\n", ("different", "line 1: 1.0 → 1.5, by 0.5 (relative 0.5)")),
        ("a 1\nb", "a 1\nc", ("different", "line 2: 'b' → 'c'")),
        ("v1.2.3\n", "v1.2.4\n", ("different", "line 1: 'v1.2.3' → 'v1.2.4'")),
        ("2026-11-21", "2026-11-22", ("different", "'2026-11-21' → '2026-11-22'")),
        ("id 007", "id 7", ("different", "'id 007' → 'id 7'")),
        ("x nan", "x NaN", ("same content", "numbers written otherwise")),
        ("x nan", "x 1.0", ("different", "nan → 1.0")),
        ("é", "è", ("different", "'é' → 'è'")),
        ("a\n\nb", "c\n\nd", ("different", "line 1: 'a' → 'c'; 2 of 3 lines differ")),
        ("", "x", ("different", "'' → 'x'")),
    ],
)
def test_texts_are_compared_line_by_line(a: str, b: str, expected: tuple[str, str]):
    verdict, detail = judge(a, b, "x.txt")
    assert verdict == expected[0]
    assert detail.startswith(expected[1].split(" → ")[0])


def test_a_number_of_more_digits_than_a_float_has_is_compared_by_all():
    assert judge("9007199254740993", "9007199254740992")[0] == "different"
    assert judge("9007199254740993", "9007199254740992", rtol=1e-9)[0] == "close"
    assert judge("0.1000000000000000055511151231257827", "0.1")[0] == "different"


def test_text_in_another_encoding_is_text():
    assert judge("naïve 1".encode("latin-1"), "naïve 2".encode("latin-1"))[1].startswith("1 → 2")
    assert judge("a 1".encode("utf-16"), "a 2".encode("utf-16"))[1].startswith("1 → 2")


def test_only_rounding_is_told_of_files(tmp_path: Path):
    for name, number in (("a.csv", 0.3), ("b.csv", 0.1 + 0.2)):
        (tmp_path / name).write_text(f"x\n{number!r}\n")
    found = compare_paths(tmp_path / "a.csv", tmp_path / "b.csv")
    assert found.text.endswith("this is rounding: --rtol 1e-9 allows it")


# --- tables and trees ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("x,y\n1,a\n", "x,y\n2,a\n", ("different", "column 'x'[0]: 1 → 2, by 1 (relative 1)")),
        ("x;y\n1,5;a\n", "x;y\n1,5;b\n", ("different", "column 'y'[0]: 1 of 1 cells differ, here")),
        ("x,y\n1,a\n", "x,y\n1,a\n2,b\n", ("different", "1 rows → 2 rows")),
        ("x,y\n1,a\n", "x,z\n1,a\n", ("different", "columns without 'y' and with 'z'")),
        ("x,y\n1,2\n", "y,x\n1,2\n", ("different", "columns in another order")),
        ("1,2\n3,4\n", "1,3\n3,4\n", ("different", "column 1[0]: 1 of 2 numbers differ")),
        ("x\n1\n2\n", "x\n1.0\n2.00\n", ("same content", "column 'x': numbers written otherwise")),
        ('x\n"1"\n', "x\n1\n", ("same content", "a table with the same content")),
        ("x\nNA\n", "x\n1\n", ("different", "column 'x'[0]: 1 of 1 cells differ, here 'NA' → '1'")),
        ("x\nNA\n", "x\n\n", ("different", "")),
        ("x,y\n1,2\n", "x,y\n1\n", ("different", "row 0: 2 cells → 1 cells")),
        ("# one\nx\n1\n", "# two\nx\n1\n", ("different", "comment, line 1: '# one' → '# two'")),
    ],
)
def test_tables_are_compared_column_by_column(a: str, b: str, expected: tuple[str, str]):
    verdict, detail = judge(a, b, "x.csv")
    assert verdict == expected[0]
    assert detail.startswith(expected[1])


def test_a_table_says_its_largest_difference():
    rows = [(i, i * 0.5) for i in range(100)]
    a = "x,y\n" + "".join(f"{x},{y}\n" for x, y in rows)
    b = a.replace("\n7,3.5\n", "\n7,3.75\n").replace("\n9,4.5\n", "\n9,6.5\n")
    found = compare_files(a.encode(), b.encode(), Way(name="x.csv"))
    assert found.place == "column 'y'[9]"
    assert found.detail.startswith("2 of 100 numbers differ, here 4.5 → 6.5, by 2 (relative 0.44)")
    assert (found.absolute, found.relative) == (2.0, pytest.approx(2 / 4.5))
    assert found.excerpt.startswith(" 5,2.5\n 6,3.0\n-7,3.5\n+7,3.75")


@pytest.mark.parametrize(
    ("name", "a", "b", "other"),
    [
        ("x.json", '{"a": 1, "b": [2.0]}', '{"b":[2.0],\n"a":1}', '{"a": 1, "b": [2.5]}'),
        ("x.jsonl", '{"a": 1}\n{"b": 2.0}\n', '{"a":1}\n\n{"b":2.0}\n', '{"a": 1}\n{"b": 2.5}\n'),
        ("x.yaml", "a: 1\nb: [2.0]\n", "b:\n- 2.0\na: 1 # one\n", "a: 1\nb: [2.5]\n"),
        ("x.toml", "a = 1\nb = [2.0]\n", "b = [ 2.0 ] # two\na = 1\n", "a = 1\nb = [2.5]\n"),
        ("x.ini", "[s]\na = 1\nb = 2.0\n", "[s]\nb=2.00\na=1\n", "[s]\na = 1\nb = 2.5\n"),
    ],
)
def test_trees_are_compared_leaf_by_leaf(name: str, a: str, b: str, other: str):
    assert judge(a, b, name)[0] == "same content"
    verdict, detail = judge(a, other, name)
    assert verdict == "different"
    assert detail.endswith("2.0 → 2.5, by 0.5 (relative 0.25)")
    assert judge(a, other, name, 0.3)[0] == "close"


def test_a_key_that_is_given_twice_is_not_lost():
    assert judge('{"a": 1, "a": 2}', '{"a": 2}', "x.json")[0] == "different"


def test_an_object_in_yaml_is_not_made():
    a = "!!python/object/apply:os.getcwd []"
    assert judge(a, a + "\n# x", "x.yaml")[0] == "different"


# --- compressed files and archives ---------------------------------------------------------------


COMPRESS = {module.__name__: module.compress for module in (gzip, bz2, lzma, zlib)}


@pytest.mark.parametrize("one", COMPRESS.values(), ids=COMPRESS)
@pytest.mark.parametrize("other", COMPRESS.values(), ids=COMPRESS)
def test_what_is_compressed_counts_not_how(one: Any, other: Any):
    a, b, c = (f"x,y\n1,{n}\n".encode() * 50 for n in (0.5, 0.5, 0.75))
    assert judge(one(a), other(b), "x.csv.gz") in {
        ("same content", "compressed otherwise"),
        ("identical", ""),
    }
    verdict, detail = judge(one(a), other(c), "x.csv.gz")
    assert verdict == "different"
    assert detail.startswith("column 'y'[0]: ")


def test_what_unpacks_to_too_much_is_not_unpacked():
    with pytest.raises(TooLargeError):
        read_limited(gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(bytes(5000)))), 4999)


def test_what_is_packed_again_and_again_is_not_unpacked_forever():
    a, b = b"x", b"y"
    for _ in range(9):
        a, b = gzip.compress(a, mtime=1), gzip.compress(b, mtime=1)
    verdict, detail = judge(a, b, "x")
    assert verdict == "different"
    assert "packed" in detail


def make_tar(members: dict[str, bytes], time: int = 0) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), time
            archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, next(iter(members))
        archive.addfile(link)
    return file.getvalue()


def make_zip(members: dict[str, bytes], year: int = 1990) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), data)
    return file.getvalue()


@pytest.mark.parametrize("make", [make_tar, make_zip])
def test_archives_are_compared_member_by_member(make: Callable[..., bytes]):
    a = make({"a.csv": b"x\n1\n", "b": b"\0"})
    verdict, detail = judge(a, make({"a.csv": b"x\n1\n", "b": b"\0"}, 2000))
    assert (verdict, detail) == ("same content", "archived otherwise")
    verdict, detail = judge(a, make({"a.csv": b"x\n2\n", "b": b"\0"}))
    assert verdict == "different"
    assert detail.startswith("['a.csv'], column 'x'[0]: 1 → 2")
    assert judge(a, make({"a.csv": b"x\n1\n"}))[1] == "only the first archive has 'b'"


def test_the_order_of_members_does_not_count():
    a, b = make_zip({"a": b"1", "b": b"2"}), make_zip({"b": b"2", "a": b"1"})
    assert judge(a, b) == ("same content", "archived otherwise")


# --- pictures ------------------------------------------------------------------------------------


def make_picture(form: str, pixel: int = 0, **how: Any) -> bytes:
    pixels = np.zeros((4, 6, 3), "u1")
    pixels[1, 2] = pixel
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **how)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "WEBP"])
def test_pictures_are_compared_pixel_by_pixel(form: str):
    how = {"lossless": True} if form == "WEBP" else {}
    suffix = f"x.{form.lower()}"
    a, b = make_picture(form, **how), make_picture(form, 51, **how)
    found = compare_files(a, b, Way(name=suffix))
    assert found.verdict == "different"
    assert found.place == "pixel (2, 1)"
    assert found.detail == "1 of 24 pixels differ (4.2 %), RMS 9 of 255, most by 51"
    assert (found.absolute, found.relative) == (51.0, 0.2)
    assert judge(a, b, suffix, 0.2)[0] == "close"
    assert judge(a, b, suffix, 0.19)[0] == "different"


def test_the_picture_of_a_difference_shows_where_it_is():
    found = compare_files(make_picture("PNG"), make_picture("PNG", 51), Way())
    drawn = np.asarray(Image.open(io.BytesIO(found.picture or b"")))
    red = (drawn[:, :, 0] > 200) & (drawn[:, :, 1] < 50)
    assert np.argwhere(red).tolist() == [[1, 2]]


def test_the_picture_of_a_large_difference_is_small_and_shows_each_pixel():
    sizes = []
    for value in (0, 255):
        pixels = np.zeros((40, 4001), "u1")
        pixels[7, 3333] = value
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        sizes.append(file.getvalue())
    found = compare_files(*sizes, Way())
    drawn = np.asarray(Image.open(io.BytesIO(found.picture or b"")))
    assert drawn.shape == (14, 1334, 3)
    assert ((drawn[:, :, 0] > 200) & (drawn[:, :, 1] < 50)).sum() == 1


def test_what_is_written_beside_the_pixels_does_not_count():
    from PIL.PngImagePlugin import PngInfo

    note = PngInfo()
    note.add_text("Software", "another")
    assert judge(make_picture("PNG"), make_picture("PNG", pnginfo=note)) == (
        "same content",
        "the same pixels",
    )
    assert judge(make_picture("TIFF"), make_picture("TIFF", software="x"))[0] == "same content"


def test_what_a_picture_says_of_its_pixels_counts():
    a, b = make_picture("TIFF"), make_picture("TIFF", tiffinfo={33922: (1.0, 2.0)})
    assert judge(a, b) == ("different", "other tags")
    assert judge(make_picture("PNG"), make_picture("PNG", icc_profile=b"x" * 200))[0] == "different"


def test_frames_and_sizes_are_compared():
    def film(*values: int) -> bytes:
        frames = [Image.fromarray(np.full((4, 4), value, "u1")) for value in values]
        file = io.BytesIO()
        frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100)
        return file.getvalue()

    assert judge(film(0, 50), film(0, 50, 99)) == ("different", "2 frames → 3 frames")
    assert judge(film(0, 50), film(0, 90))[1].startswith("frame 2, pixel (0, 0): 16 of 16 pixels")


def test_pictures_of_more_than_eight_bits_are_compared_as_numbers():
    def deep(value: int) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.full((2, 2), value, "u2")).save(file, "PNG")
        return file.getvalue()

    verdict, detail = judge(deep(40000), deep(40001))
    assert verdict == "different"
    assert "40000 → 40001" in detail


# --- arrays and databases ------------------------------------------------------------------------


def make_hdf5(number: float = 1.0, **attributes: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as store:
        store["group/x"] = np.array([number, 2.0])
        store["text"] = "text"
        store["names"] = ["a", "b"]
        store["link"] = h5py.SoftLink("/group/x")
        store["out"] = h5py.ExternalLink("other.h5", "/x")
        store["empty"] = h5py.Empty("f8")
        store.attrs["to"] = store["group/x"].ref
        store["group"].attrs.update(attributes)
    return file.getvalue()


def test_hdf5_is_compared_part_by_part():
    a = make_hdf5()
    assert judge(a, make_hdf5(1.5)) == (
        "different",
        "/group/x[0]: 1 of 2 numbers differ, here 1.0 → 1.5, by 0.5 (relative 0.5)",
    )
    assert judge(a, make_hdf5(1.5), rtol=0.5)[0] == "close"
    told = "/group, attributes: key 'unit' was added"
    assert judge(a, make_hdf5(unit="m")) == ("different", told)
    assert judge(make_hdf5(unit="m"), make_hdf5(unit="s"))[1].startswith(
        "/group, attributes['unit']"
    )


def make_sqlite(number: float, *, more: str = "") -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, x REAL)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(1, 0.5), (2, number)])
        database.executescript(more)
        database.commit()
        return database.serialize()


def test_databases_are_compared_table_by_table():
    a = make_sqlite(1.0)
    assert (
        judge(
            a,
            make_sqlite(
                1.0,
                more="UPDATE t SET x = 9; UPDATE t SET x = 0.5 WHERE n = 1;"
                "UPDATE t SET x = 1.0 WHERE n = 2; PRAGMA user_version = 3",
            ),
        )[0]
        == "same content"
    )
    assert judge(a, make_sqlite(1.5))[1].startswith("table 't', column 'x'[1]: 1 of 2 numbers")
    assert judge(a, make_sqlite(1.5), rtol=0.5)[0] == "close"
    assert (
        judge(a, make_sqlite(1.0, more="DELETE FROM t WHERE n = 1"))[1]
        == "table 't': 2 rows → 1 rows"
    )
    assert judge(a, make_sqlite(1.0, more="CREATE TABLE u (x)"))[1].startswith("schema")


def test_a_database_with_a_log_is_read(tmp_path: Path):
    paths = [tmp_path / name for name in ("a.db", "b.db")]
    for path, number in zip(paths, (1.0, 2.0), strict=True):
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE t (x REAL)")
            database.execute("INSERT INTO t VALUES (?)", (number,))
            database.commit()
    assert compare_paths(*paths).text.startswith("table 't', column 'x'[0]: 1.0 → 2.0")


def make_parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    pd.DataFrame({"x": [1.0, 2.0], "n": [1, 2], "name": ["a", None]} | columns).to_parquet(file)
    return file.getvalue()


def test_columns_are_compared_one_by_one():
    a = make_parquet()
    assert judge(a, make_parquet(x=[1.0, 3.0]))[1].startswith("column 'x'[1]: 1 of 2 numbers")
    assert judge(a, make_parquet(x=[1.0, 3.0]), rtol=0.5)[0] == "close"
    assert judge(a, make_parquet(name=["a", "b"])) == (
        "different",
        "column 'name'[1]: 1 of 2 missing in one alone, here missing → present",
    )
    assert judge(a, make_parquet(n=[1.0, 2.0]))[0] == "close"
    assert judge(a, make_parquet(z=[1, 2])) == ("different", "columns with 'z'")


def test_drawings_are_the_same_whatever_their_parts_are_called():
    def draw(name: str, x: int = 1) -> str:
        return (
            f'<svg><defs><clipPath id="{name}"><rect x="{x}"/></clipPath></defs>'
            f'<g clip-path="url(#{name})"><use xlink:href="#{name}"/></g></svg>'
        )

    assert judge(draw("a1"), draw("b2"), "x.svg")[0] == "same content"
    assert judge(draw("a1"), draw("b2", 2), "x.svg")[0] == "different"
    assert judge(draw("a"), draw("b").replace("url(#b)", "url(#c)"), "x.svg")[0] == "different"


def test_notebooks_are_compared_by_what_their_cells_gave():
    def make(number: float, **said: Any) -> str:
        outputs = [
            {"output_type": "stream", "name": "stdout", "text": ["a\n"]},
            {"output_type": "execute_result", "data": {"text/plain": [f"{number}"]}, **said},
        ]
        cell = {"cell_type": "code", "source": ["x"], "outputs": outputs, **said}
        return json.dumps({"cells": [cell], "metadata": said})

    assert judge(make(0.5, execution_count=1), make(0.5, execution_count=2), "x.ipynb") == (
        "same content",
        "a notebook with the same content",
    )
    assert judge(make(0.5), make(0.75), "x.ipynb") == (
        "different",
        "cell 1, output 2 (text/plain): 0.5 → 0.75, by 0.25 (relative 0.5)",
    )


def test_folders_are_compared_file_by_file(tmp_path: Path):
    for name, number in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name / "in").mkdir(parents=True)
        (tmp_path / name / "in" / "x.csv.gz").write_bytes(gzip.compress(b"x\n%d\n" % number))
        (tmp_path / name / "y.txt").write_text("y")
    a, b, c = (tmp_path / name for name in "abc")
    assert compare_paths(a, b).is_good
    assert compare_paths(a, c).text == "in/x.csv.gz, column 'x'[0]: 1 → 2, by 1 (relative 1)"
    (b / "more").touch()
    assert compare_paths(a, b).text == "only the second folder has 'more'"
    assert compare_paths(a, a / "y.txt").text == "a folder → a file"


# --- laws ----------------------------------------------------------------------------------------

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)
SUFFIXES = st.sampled_from([".csv", ".txt", ".json", ".npy"])


def write(numbers: list[float], suffix: str) -> bytes:
    if suffix == ".npy":
        file = io.BytesIO()
        np.save(file, np.array(numbers))
        return file.getvalue()
    if suffix == ".json":
        return json.dumps(numbers).encode()
    return "\n".join(["x", *map(repr, numbers)]).encode()


@given(NUMBERS, NUMBERS, SUFFIXES)
def test_a_verdict_is_the_same_both_ways(a: list[float], b: list[float], suffix: str):
    one, other = write(a, suffix), write(b, suffix)
    assert judge(one, other, f"x{suffix}")[0] == judge(other, one, f"x{suffix}")[0]


@given(NUMBERS, st.integers(0), st.floats(-1e6, 1e6), SUFFIXES)
def test_a_number_that_is_another_is_never_overlooked(
    a: list[float], at: int, number: float, suffix: str
):
    b = list(a)
    b[at % len(a)] = number
    verdict = judge(write(a, suffix), write(b, suffix), f"x{suffix}")[0]
    assert (verdict in {"identical", "same content"}) == (a == b)


@given(NUMBERS, NUMBERS, SUFFIXES, st.floats(0, 1), st.floats(0, 1))
def test_what_a_tolerance_allows_a_larger_one_allows_too(
    a: list[float], b: list[float], suffix: str, one: float, other: float
):
    files = write(a, suffix), write(b, suffix)
    narrow, wide = (judge(*files, f"x{suffix}", rtol)[0] for rtol in sorted((one, other)))
    assert narrow in {"different", wide}


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(["", ".png", ".h5", ".csv"]))
def test_whatever_the_bytes_there_is_a_verdict(a: bytes, b: bytes, suffix: str):
    verdict, detail = judge(a, b, f"x{suffix}")
    assert (verdict == "identical") == (a == b)
    assert bool(detail) == (a != b)


def test_a_byte_order_mark_is_told_as_such():
    plain, marked = b"a,b\n1,2\n", b"\xef\xbb\xbfa,b\n1,2\n"
    assert judge(plain, marked, "x.csv") == ("same content", "one begins with a byte order mark")


def test_numbers_beyond_all_floats_are_compared_exactly():
    assert judge("a\n1e400\n", "a\n1e500\n", "x.csv")[0] == "different"
    assert judge("a\n1e400\n", "a\n1.0e400\n", "x.csv")[0] == "same content"
